import Foundation
import Glibc

/// One nginx that plays several backends: each port answers with its name in `X-Backend`.
package final class NginxBackends: Sendable {
  package let names: [String]
  package let ports: [UInt16]
  package let server: ServerProcess
  private let folder: TemporaryFolder

  package init(_ names: [String]) throws {
    self.names = names
    ports = FreePort.reserve(names.count)
    folder = try TemporaryFolder()
    let servers = zip(names, ports).map { name, port in
      """
      server {
        listen 127.0.0.1:\(port);
        location / { add_header X-Backend \(name); default_type text/plain; return 200 "\(name)\\n"; }
        location /missing { return 404; }
      }
      """
    }
    let configuration = try folder.write(
      Nginx.configuration(in: folder, workers: 1, http: servers.joined(separator: "\n")), to: "nginx.conf")
    server = try Nginx.start(configuration, in: folder, ports: ports)
  }
}

/// A balancer that a test has started.
package protocol Balancer: AnyObject {
  var port: UInt16 { get }
}

/// nginx as a balancer: `X-Upstream-Addr` lists whom it asked.
package final class NginxBalancer: Balancer, Sendable {
  package let port: UInt16
  package let server: ServerProcess
  private let folder: TemporaryFolder

  /// - Parameters:
  ///   - upstream: the lines of the `upstream` block.
  ///   - header: whether the balancer says whom it asked.
  package init(upstream: String, workers: Int = 1, header: Bool = true, extra: String = "") throws {
    port = FreePort.reserve()
    folder = try TemporaryFolder()
    let configuration = """
      upstream app {
        \(upstream)
        keepalive 64;
      }
      server {
        listen 127.0.0.1:\(port)\(workers > 1 ? " reuseport" : "");
        \(extra)
        location / {
          proxy_pass http://app;
          proxy_http_version 1.1;
          proxy_set_header Connection "";
          \(header ? "add_header X-Upstream-Addr $upstream_addr always;" : "")
          proxy_hide_header X-Backend;
        }
      }
      """
    let file = try folder.write(
      Nginx.configuration(in: folder, workers: workers, http: configuration), to: "nginx.conf")
    server = try Nginx.start(file, in: folder, ports: [port])
  }
}

package enum Nginx {
  /// A whole configuration that runs as any user and keeps to its folder.
  package static func configuration(in folder: TemporaryFolder, workers: Int, http: String) -> String {
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
      .map { "  \($0)_temp_path \(folder.path)/\($0);" }.joined(separator: "\n")
    return """
      daemon off;
      pid \(folder.path)/nginx.pid;
      error_log \(folder.path)/error.log warn;
      worker_processes \(workers);
      \(getuid() == 0 ? "user root;" : "")
      worker_rlimit_nofile 8192;
      events { worker_connections 4096; }
      http {
        access_log off;
        keepalive_requests 1000000;
      \(temporary)
      \(http)
      }
      """
  }

  package static func start(_ configuration: String, in folder: TemporaryFolder, ports: [UInt16]) throws
    -> ServerProcess
  {
    try ServerProcess(
      "nginx", ["-p", folder.path, "-e", folder.path + "/start.log", "-c", configuration], debianPackage: "nginx",
      in: folder, ports: ports)
  }
}

/// HAProxy as a balancer: `X-Backend` names the server that answered.
package final class HAProxyBalancer: Balancer, Sendable {
  package let port: UInt16
  package let server: ServerProcess
  private let folder: TemporaryFolder

  /// - Parameters:
  ///   - balance: the algorithm, such as `roundrobin`.
  ///   - servers: name, port and options of each.
  ///   - serverTimeout: after which a server that has not answered gets 504, in HAProxy's own units.
  package init(
    balance: String, servers: [(name: String, port: UInt16, options: String)], serverTimeout: String = "30s"
  ) throws {
    port = FreePort.reserve()
    folder = try TemporaryFolder()
    let lines = servers.map { "  server \($0.name) 127.0.0.1:\($0.port) \($0.options)" }.joined(separator: "\n")
    let configuration = """
      global
        maxconn 2000
        nbthread 2
      defaults
        mode http
        timeout connect 5s
        timeout client 30s
        timeout server \(serverTimeout)
      listen app
        bind 127.0.0.1:\(port)
        balance \(balance)
        http-response set-header X-Backend %s
      \(lines)

      """
    let file = try folder.write(configuration, to: "haproxy.cfg")
    server = try ServerProcess(
      "haproxy", ["-db", "-f", file], debianPackage: "haproxy", in: folder, ports: [port])
  }
}

/// gunicorn in one of the versions that `Tests/run` installs.
package enum Gunicorn {
  package static func start(
    _ version: String, _ arguments: [String], in folder: TemporaryFolder, port: UInt16
  ) throws -> ServerProcess {
    let environment = ProcessInfo.processInfo.environment
    let python = environment["LBCHECK_PYTHON"] ?? ""
    let folders =
      environment["LBCHECK_GUNICORN"]
      ?? URL(fileURLWithPath: python).deletingLastPathComponent().deletingLastPathComponent().path + "/gunicorn"
    let packages = "\(folders)/\(version)"
    guard FileManager.default.fileExists(atPath: packages + "/gunicorn") else {
      throw TestFailure("no gunicorn \(version) at \(packages): run Tests/run, which installs it")
    }
    return try ServerProcess(
      "env", ["PYTHONPATH=\(packages):\(folder.path)", python, "-m", "gunicorn"] + arguments,
      debianPackage: "coreutils",
      in: folder, ports: [port])
  }
}
