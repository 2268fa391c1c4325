import Foundation
import Glibc
import Support

/// Servers of HTTP/2 as their users run them, in front of three backends of HTTP/1.1, each with a log of every request.
///
/// They listen at a port that speaks HTTP/2 in clear text and, where they have a certificate, at one where ALPN chooses it.
enum HTTP2Server: String, CaseIterable, Sendable {
  case nginx, haproxy, nghttpx
}

final class HTTP2Balancer: Balancer, Sendable {
  let port: UInt16
  let tlsPort: UInt16
  let server: ServerProcess
  private let backends: LoggedBackends
  private let folder: TemporaryFolder

  init(_ kind: HTTP2Server, _ certificate: TestCertificates.Pair) throws {
    backends = try LoggedBackends()
    folder = try TemporaryFolder()
    let ports = FreePort.reserve(2)
    (port, tlsPort) = (ports[0], ports[1])
    switch kind {
    case .nginx: server = try Self.nginx(ports, certificate, backends.ports, in: folder)
    case .haproxy: server = try Self.haproxy(ports, certificate, backends.ports, in: folder)
    case .nghttpx: server = try Self.nghttpx(ports, certificate, backends.ports, in: folder)
    }
  }

  /// The requests that the backends have logged, once there are as many.
  func logged(atLeast count: Int) throws -> Int { try backends.logged(atLeast: count) }

  private static func nginx(
    _ ports: [UInt16], _ certificate: TestCertificates.Pair, _ backends: [UInt16], in folder: TemporaryFolder
  ) throws -> ServerProcess {
    let configuration = """
      upstream app { \(backends.map { "server 127.0.0.1:\($0);" }.joined(separator: " ")) keepalive 64; }
      server {
        listen 127.0.0.1:\(ports[0]) http2;
        listen 127.0.0.1:\(ports[1]) ssl http2;
        ssl_certificate \(certificate.certificate);
        ssl_certificate_key \(certificate.key);
        location / { proxy_pass http://app; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
      """
    // Every 500 requests a connection ends by GOAWAY.
    let whole = Nginx.configuration(in: folder, workers: 1, http: configuration)
      .replacingOccurrences(of: "keepalive_requests 1000000;", with: "keepalive_requests 500;")
    return try Nginx.start(try folder.write(whole, to: "nginx.conf"), in: folder, ports: ports)
  }

  private static func haproxy(
    _ ports: [UInt16], _ certificate: TestCertificates.Pair, _ backends: [UInt16], in folder: TemporaryFolder
  ) throws -> ServerProcess {
    let both = try [certificate.certificate, certificate.key].map { try String(contentsOfFile: $0, encoding: .utf8) }
    let pair = try folder.write(both.joined(), to: "both.pem")
    let lines = backends.enumerated().map { "  server s\($0.offset) 127.0.0.1:\($0.element)" }.joined(separator: "\n")
    let file = try folder.write(
      """
      global
        maxconn 2000
        master-worker
      defaults
        mode http
        timeout connect 5s
        timeout client 30s
        timeout server 30s
      listen app
        bind 127.0.0.1:\(ports[0]) proto h2
        bind 127.0.0.1:\(ports[1]) ssl crt \(pair) alpn h2,http/1.1
        balance roundrobin
      \(lines)

      """, to: "haproxy.cfg")
    return try ServerProcess("haproxy", ["-W", "-f", file], debianPackage: "haproxy", in: folder, ports: ports)
  }

  private static func nghttpx(
    _ ports: [UInt16], _ certificate: TestCertificates.Pair, _ backends: [UInt16], in folder: TemporaryFolder
  ) throws -> ServerProcess {
    let file = try folder.write("", to: "nghttpx.conf")
    let arguments =
      ["--conf=\(file)", "--workers=1", "--frontend=127.0.0.1,\(ports[0]);no-tls", "--frontend=127.0.0.1,\(ports[1])"]
      + backends.map { "--backend=127.0.0.1,\($0)" } + [certificate.key, certificate.certificate]
    return try ServerProcess("nghttpx", arguments, debianPackage: "nghttp2-proxy", in: folder, ports: ports)
  }
}

/// Three backends of HTTP/1.1 in one nginx, which logs each request.
final class LoggedBackends: Sendable {
  let ports: [UInt16]
  private let server: ServerProcess
  private let folder: TemporaryFolder

  init() throws {
    let folder = try TemporaryFolder()
    self.folder = folder
    ports = FreePort.reserve(3)
    let servers = ports.map { port in
      """
      server {
        listen 127.0.0.1:\(port);
        access_log \(folder.path)/access.log;
        location / { add_header X-Backend app-\(port); default_type text/plain; return 200 "ok"; }
      }
      """
    }
    let file = try folder.write(
      Nginx.configuration(in: folder, workers: 1, http: servers.joined(separator: "\n")), to: "nginx.conf")
    server = try Nginx.start(file, in: folder, ports: ports)
  }

  func logged(atLeast count: Int) throws -> Int {
    let end = Date(timeIntervalSinceNow: 10)
    while true {
      let text = try String(contentsOfFile: folder.path + "/access.log", encoding: .utf8)
      let lines = text.split(separator: "\n").count
      if lines >= count || Date() > end { return lines }
      usleep(20_000)
    }
  }
}
