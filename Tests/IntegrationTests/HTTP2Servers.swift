import Foundation
import Glibc
import Support

/// Servers of HTTP/2 as their users run them, in front of three backends of HTTP/1.1, each with a log of every request.
///
/// They listen at a port that speaks HTTP/2 in clear text and, where they have a certificate, at one where ALPN chooses it.
enum HTTP2Server: String, CaseIterable, Sendable {
  case nginx, haproxy, nghttpx, envoy, caddy, traefik
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
    case .envoy: server = try Self.envoy(ports, certificate, backends.ports, in: folder)
    case .caddy: server = try Self.caddy(ports, certificate, backends.ports, in: folder)
    case .traefik: server = try Self.traefik(ports, certificate, backends.ports, in: folder)
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

/// Those of PyPI, as `Tests/run` installs them.
extension HTTP2Balancer {
  /// - Parameter program: its path below the environment's folder, with a `*` for the version of Python.
  private static func start(
    _ program: String, _ arguments: [String], in folder: TemporaryFolder, ports: [UInt16]
  ) throws -> ServerProcess {
    let python = ProcessInfo.processInfo.environment["LBCHECK_PYTHON"] ?? LbcheckTool.root + "/.build/venv/bin/python"
    let environment = URL(fileURLWithPath: python).deletingLastPathComponent().deletingLastPathComponent().path
    // The shell finds the version.
    return try ServerProcess(
      "sh",
      ["-c", "program=$(echo \(environment)/\(program)); HOME=\(folder.path) exec $program \"$@\"", "sh"] + arguments,
      debianPackage: "dash", in: folder, ports: ports)
  }

  fileprivate static func envoy(
    _ ports: [UInt16], _ certificate: TestCertificates.Pair, _ backends: [UInt16], in folder: TemporaryFolder
  ) throws -> ServerProcess {
    let manager = """
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: app
          route_config:
            virtual_hosts: [{name: app, domains: ["*"], routes: [{match: {prefix: /}, route: {cluster: app}}]}]
          http_filters:
            - name: envoy.filters.http.router
              typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
      """.split(separator: "\n").map { "          " + $0 }.joined(separator: "\n")
    let endpoints = backends.map {
      "{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: \($0)}}}}"
    }.joined(separator: ", ")
    let file = try folder.write(
      """
      static_resources:
        listeners:
          - address: {socket_address: {address: 127.0.0.1, port_value: \(ports[0])}}
            filter_chains:
              - filters:
      \(manager)
          - address: {socket_address: {address: 127.0.0.1, port_value: \(ports[1])}}
            filter_chains:
              - transport_socket:
                  name: envoy.transport_sockets.tls
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                    common_tls_context:
                      alpn_protocols: [h2, http/1.1]
                      tls_certificates:
                        - certificate_chain: {filename: \(certificate.certificate)}
                          private_key: {filename: \(certificate.key)}
                filters:
      \(manager)
        clusters:
          - name: app
            connect_timeout: 2s
            load_assignment: {cluster_name: app, endpoints: [{lb_endpoints: [\(endpoints)]}]}

      """, to: "envoy.yaml")
    return try start(
      "lib/python3*/site-packages/envoy/_bin/envoy",
      ["-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "warning"], in: folder, ports: ports)
  }

  fileprivate static func caddy(
    _ ports: [UInt16], _ certificate: TestCertificates.Pair, _ backends: [UInt16], in folder: TemporaryFolder
  ) throws -> ServerProcess {
    let proxy = """
        reverse_proxy \(backends.map { "127.0.0.1:\($0)" }.joined(separator: " ")) {
          lb_policy round_robin
        }
      """
    let file = try folder.write(
      """
      {
        admin off
        auto_https off
        persist_config off
        servers {
          protocols h1 h2 h2c
        }
      }
      http://127.0.0.1:\(ports[0]) {
        bind 127.0.0.1
      \(proxy)
      }
      https://127.0.0.1:\(ports[1]) {
        bind 127.0.0.1
        tls \(certificate.certificate) \(certificate.key)
      \(proxy)
      }

      """, to: "Caddyfile")
    return try start("bin/caddy", ["run", "--config", file, "--adapter", "caddyfile"], in: folder, ports: ports)
  }

  private static func answers(_ url: String) -> Bool {
    let curl = Process()
    curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    curl.arguments = ["curl", "-fsS", "-o", "/dev/null", url]
    curl.standardError = FileHandle.nullDevice
    guard (try? curl.launchUnblocked()) != nil else { return false }
    curl.waitUntilExit()
    return curl.terminationStatus == 0
  }

  fileprivate static func traefik(
    _ ports: [UInt16], _ certificate: TestCertificates.Pair, _ backends: [UInt16], in folder: TemporaryFolder
  ) throws -> ServerProcess {
    let control = FreePort.reserve()
    let urls = backends.map { "{url: \"http://127.0.0.1:\($0)\"}" }.joined(separator: ", ")
    let routes = try folder.write(
      """
      http:
        routers:
          clear: {rule: "PathPrefix(`/`)", service: app, entryPoints: [clear]}
          secure: {rule: "PathPrefix(`/`)", service: app, entryPoints: [secure], tls: {}}
        services: {app: {loadBalancer: {servers: [\(urls)]}}}
      tls:
        stores: {default: {defaultCertificate: {certFile: \(certificate.certificate), keyFile: \(certificate.key)}}}

      """, to: "routes.yaml")
    let file = try folder.write(
      """
      entryPoints:
        clear: {address: "127.0.0.1:\(ports[0])"}
        secure: {address: "127.0.0.1:\(ports[1])"}
        traefik: {address: "127.0.0.1:\(control)"}
      api: {insecure: true}
      providers: {file: {filename: \(routes), watch: false}}
      global: {checkNewVersion: false, sendAnonymousUsage: false}
      log: {level: ERROR}

      """, to: "traefik.yaml")
    let server = try start("bin/traefik", ["--configFile=\(file)"], in: folder, ports: ports + [control])
    // It listens before it has its routes.
    let end = Date(timeIntervalSinceNow: 10)
    while !answers("http://127.0.0.1:\(control)/api/http/services/app@file") {
      guard Date() < end else { throw TestFailure("traefik has no routes") }
      usleep(20_000)
    }
    return server
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
