import Foundation
import Support

/// Servers of gRPC's own implementation, each with its name in its trailers, and a log of every call.
final class GRPCServers: Sendable {
  let ports: [UInt16]
  let names: [String]
  private let server: ServerProcess
  private let folder: TemporaryFolder

  /// - Parameter states: those of the health check, a server each; `down` answers every call UNAVAILABLE.
  init(_ states: String...) throws {
    let ports = FreePort.reserve(states.count)
    self.ports = ports
    names = states.indices.map { "app-\($0 + 1)" }
    folder = try TemporaryFolder()
    guard let python = ProcessInfo.processInfo.environment["LBCHECK_PYTHON"] else {
      throw TestFailure("LBCHECK_PYTHON names no Python with grpcio; start Tests/run")
    }
    let servers = zip(zip(ports, names), states).map { "\($0.0)=\($0.1)=\($1)" }
    server = try ServerProcess(
      "env",
      [python, LbcheckTool.root + "/Tests/IntegrationTests/Python/grpc_servers.py", folder.path + "/calls"] + servers,
      debianPackage: "coreutils", in: folder, ports: ports)
  }

  /// Has the servers restart one after the other: once they have answered what they have, or at once.
  func restartCommand(isGraceful: Bool) throws -> String {
    guard let pid = server.processes.min() else { throw TestFailure("the servers have ended") }
    return "kill -\(isGraceful ? "HUP" : "USR1") \(pid)"
  }

  /// How many calls each server has logged, once there are as many.
  func logged(atLeast count: Int) throws -> [String: Int] {
    let end = Date(timeIntervalSinceNow: 10)
    while true {
      let text = try String(contentsOfFile: folder.path + "/calls", encoding: .utf8)
      let lines = text.split(separator: "\n")
      guard lines.count >= count || Date() > end else {
        usleep(20_000)
        continue
      }
      return lines.reduce(into: [:]) { $0[String($1.prefix { $0 != " " }), default: 0] += 1 }
    }
  }
}

/// A balancer of gRPC in front of such servers, by a header that names who answered.
final class GRPCBalancer: Balancer, Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case nginx, haproxy
  }

  let port: UInt16
  let tlsPort: UInt16
  let server: ServerProcess
  private let folder: TemporaryFolder

  init(_ kind: Kind, to backends: [UInt16], _ certificate: TestCertificates.Pair) throws {
    folder = try TemporaryFolder()
    let ports = FreePort.reserve(2)
    (port, tlsPort) = (ports[0], ports[1])
    switch kind {
    case .nginx:
      let configuration = """
        upstream app { \(backends.map { "server 127.0.0.1:\($0);" }.joined(separator: " ")) keepalive 16; }
        server {
          listen 127.0.0.1:\(ports[0]) http2;
          listen 127.0.0.1:\(ports[1]) ssl http2;
          ssl_certificate \(certificate.certificate);
          ssl_certificate_key \(certificate.key);
          location / { grpc_pass grpc://app; add_header X-Upstream-Addr $upstream_addr always; }
        }
        """
      let file = try folder.write(Nginx.configuration(in: folder, workers: 1, http: configuration), to: "nginx.conf")
      server = try Nginx.start(file, in: folder, ports: ports)
    case .haproxy:
      let both = try [certificate.certificate, certificate.key].map { try String(contentsOfFile: $0, encoding: .utf8) }
      let pair = try folder.write(both.joined(), to: "both.pem")
      let lines = backends.map { "  server s-\($0) 127.0.0.1:\($0) proto h2" }.joined(separator: "\n")
      let file = try folder.write(
        """
        global
          maxconn 2000
          master-worker
          nbthread 1
        defaults
          mode http
          timeout connect 5s
          timeout client 30s
          timeout server 30s
          retries 3
          option redispatch 1
        listen app
          bind 127.0.0.1:\(ports[0]) proto h2
          bind 127.0.0.1:\(ports[1]) ssl crt \(pair) alpn h2
          balance roundrobin
          http-response set-header X-Upstream %s
        \(lines)

        """, to: "haproxy.cfg")
      server = try ServerProcess("haproxy", ["-W", "-f", file], debianPackage: "haproxy", in: folder, ports: ports)
    }
  }
}
