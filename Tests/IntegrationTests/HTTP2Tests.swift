import Foundation
import Support
import Testing

extension Integration {
  /// The program over HTTP/2, against the servers that are met in the field.
  @Suite struct HTTP2Tests {
    let tool: LbcheckTool
    let certificates: TestCertificates

    init() throws {
      tool = try LbcheckTool()
      certificates = try TestCertificates()
    }

    private func balancer(_ kind: HTTP2Server) throws -> HTTP2Balancer {
      try HTTP2Balancer(kind, certificates.issue("127.0.0.1"))
    }

    /// Everything that a report says was sent, without what was refused unseen.
    private func sent(_ report: LbcheckTool.Outcome.Report) -> Int {
      let requests = report["traffic"]["requests"]
      return (requests["completed"].integer ?? 0) + (report["preparation"]["requests"].integer ?? 0)
    }

    @Test(
      "Ten thousand requests are those that the backends log, in clear text and by ALPN",
      arguments: HTTP2Server.allCases)
    func counted(_ kind: HTTP2Server) throws {
      let balancer = try balancer(kind)
      let clear = try tool.run([
        "load", "http://127.0.0.1:\(balancer.port)/", "--http", "2", "-n", "10000", "-c", "10", "--multiplex", "10",
        "--json",
      ])
      #expect(clear.status == 0, "\(clear.messages)\(clear.output)")
      let first = try #require(clear.report)
      let http2 = first["traffic"]["http2"]
      #expect(first["traffic"]["requests"]["succeeded"].integer == 10_000)
      #expect((http2["connections"].integer ?? 0) >= 10 && (http2["streams"].integer ?? 0) >= 10_000)
      // nginx ends each connection after 500 requests; the others keep theirs.
      #expect((http2["goAways"].integer ?? -1) >= (kind == .nginx ? 10 : 0), "\(http2)")
      #expect(http2["windows"]["stream"].integer == 16_777_216)
      #expect(try balancer.logged(atLeast: sent(first)) == sent(first))
      let secure = try tool.run([
        "load", "https://127.0.0.1:\(balancer.tlsPort)/", "--cacert", certificates.authority, "--http", "auto", "-n",
        "2000",
        "--fresh-connections", "10%", "--json",
      ])
      #expect(secure.status == 0, "\(secure.messages)\(secure.output)")
      let second = try #require(secure.report)
      #expect(second["traffic"]["requests"]["succeeded"].integer == 2_000)
      #expect(second["traffic"]["http2"]["connectionsOfHTTP1"].integer == nil)
      #expect((second["traffic"]["http2"]["connections"].integer ?? 0) > 50)
      #expect(try balancer.logged(atLeast: sent(first) + sent(second)) == sent(first) + sent(second))
    }

    @Test(
      "A balancer of requests deals out streams, one of connections gives all streams of a connection to one backend")
    func pinned() throws {
      let balancer = try balancer(.nginx)
      let requests = try tool.run([
        "fairness", "http://127.0.0.1:\(balancer.port)/", "--http", "2", "-c", "12", "--multiplex", "10", "--json",
      ])
      #expect(requests.status == 0, "\(requests.messages)\(requests.output)")
      #expect(requests.report?.assertion("per")?["actual"].text == "each request")
      let backends = try HTTP2Backends(3)
      let stream = try ConnectionBalancer(to: backends.ports)
      let connections = try tool.run([
        "fairness", "http://127.0.0.1:\(stream.port)/", "--http", "2", "-c", "12", "--multiplex", "10", "--json",
      ])
      #expect(connections.status == 1, "\(connections.messages)\(connections.output)")
      #expect(connections.report?.assertion("per")?["actual"].text == "each connection")
      #expect(connections.report?.assertion("per")?["verdict"].text == "fail")
      // These backends speak no HTTP/1.1, so every look went over HTTP/2.
      #expect((connections.report?["preparation"]["requests"].integer ?? 0) >= 800)
    }

    @Test("sessions' visitors speak HTTP/2, too")
    func visitors() throws {
      let backends = try HTTP2Backends(3)
      let stream = try ConnectionBalancer(to: backends.ports)
      let outcome = try tool.run([
        "sessions", "http://127.0.0.1:\(stream.port)/", "--http", "2", "--visitors", "30", "--json",
      ])
      #expect(outcome.report?["sessions"]["visitors"].integer == 30, "\(outcome.messages)\(outcome.output)")
      #expect(
        outcome.report?["traffic"]["http2"]["streams"].integer
          == outcome.report?["traffic"]["requests"]["completed"].integer)
    }

    @Test(
      "A reload drains: no request is lost, over connections that end by GOAWAY",
      arguments: [HTTP2Server.nginx, .haproxy])
    func reload(_ kind: HTTP2Server) throws {
      let balancer = try balancer(kind)
      let master = try #require(balancer.server.processes.min())
      let signal = kind == .nginx ? "HUP" : "USR2"
      let outcome = try withExtendedLifetime(balancer) {
        try tool.run([
          "reload-test", "http://127.0.0.1:\(balancer.port)/", "--http", "2", "-c", "4", "--multiplex", "10", "--rate",
          "300",
          "--reload-command", "kill -\(signal) \(master)", "--no-restart", "--settle", "2s", "--no-replacement",
          "--json",
        ])
      }
      let report = try #require(outcome.report, "\(outcome.messages)")
      let requests = report["traffic"]["requests"]
      #expect(requests["failed"].integer == 0 && (requests["succeeded"].integer ?? 0) > 500, "\(outcome.output)")
      #expect((report["traffic"]["http2"]["goAways"].integer ?? 0) >= 1, "\(report["traffic"]["http2"])")
      #expect((report["traffic"]["http2"]["connections"].integer ?? 0) >= 5)
    }

    @Test("What does not speak HTTP/2 is named before any traffic, and never asked by HTTP/1.1 in its place")
    func refused() throws {
      let backends = try LoggedBackends()
      let clear = try tool.run(["load", "http://127.0.0.1:\(backends.ports[0])/", "--http", "2"])
      #expect(
        clear.status == 3 && clear.messages.contains("it does not speak HTTP/2 at this port"), "\(clear.messages)")
      let nginx = try NginxTLS(certificates.issue("127.0.0.1"))
      let url = "https://127.0.0.1:\(nginx.port)/"
      let alone = try tool.run(["load", url, "--cacert", certificates.authority, "--http", "2"])
      #expect(alone.status == 3 && alone.messages.contains("does not choose HTTP/2 by ALPN"), "\(alone.messages)")
      let either = try tool.run([
        "load", url, "--cacert", certificates.authority, "--http", "auto", "-n", "100", "--json",
      ])
      #expect(either.report?["traffic"]["http2"]["connections"].integer == 0, "\(either.messages)\(either.output)")
      #expect((either.report?["traffic"]["http2"]["connectionsOfHTTP1"].integer ?? 0) > 0)
      for options in [
        ["--multiplex", "3"], ["--http", "auto", "--multiplex", "3"], ["--http", "2", "--multiplex", "1001"],
      ] {
        let outcome = try tool.run(["load", url] + options)
        #expect(outcome.status == 2 && outcome.messages.contains("--multiplex"), "\(outcome.messages)")
      }
    }

    @Test("inspect says whether HTTP/2 is spoken, and how that is known")
    func inspect() throws {
      let balancer = try balancer(.haproxy)
      func rows(_ url: String, _ options: [String] = []) throws -> [String: LbcheckTool.Outcome.Report] {
        let outcome = try tool.run(["inspect", url, "--cacert", certificates.authority, "--json"] + options)
        let groups = try #require(outcome.report, "\(outcome.messages)")["inspection"]["groups"].list
        let group = groups.first { $0["title"].text == "Versions of HTTP" }
        return Dictionary(uniqueKeysWithValues: (group?["rows"].list ?? []).map { ($0["name"].text ?? "", $0) })
      }
      let secure = try rows("https://127.0.0.1:\(balancer.tlsPort)/")["HTTP/2"]
      #expect(secure?["value"].text == "yes" && secure?["note"].text?.hasSuffix("the server chose h2.") == true)
      let clear = try rows("http://127.0.0.1:\(balancer.port)/", ["--http", "2"])["HTTP/2"]
      #expect(clear?["value"].text == "yes" && clear?["note"].text?.contains("prior knowledge") == true)
      let backends = try LoggedBackends()
      #expect(try rows("http://127.0.0.1:\(backends.ports[0])/")["HTTP/2"]?["value"].text == "no")
      let other = try HTTP2Backends(1)
      let lone = try tool.run(["inspect", "http://127.0.0.1:\(other.ports[0])/"])
      #expect(lone.messages.contains("speaks HTTP/2 at this port, and no HTTP/1.1"), "\(lone.messages)")
    }
  }
}

/// Backends that speak HTTP/2 alone, each with its name.
private final class HTTP2Backends: Sendable {
  let ports: [UInt16]
  private let server: ServerProcess
  private let folder: TemporaryFolder

  init(_ count: Int) throws {
    ports = FreePort.reserve(count)
    folder = try TemporaryFolder()
    let servers = ports.map { port in
      """
      server {
        listen 127.0.0.1:\(port) http2;
        location / { add_header X-Backend app-\(port); default_type text/plain; return 200 "ok"; }
      }
      """
    }
    let file = try folder.write(
      Nginx.configuration(in: folder, workers: 1, http: servers.joined(separator: "\n")), to: "nginx.conf")
    server = try Nginx.start(file, in: folder, ports: ports)
  }
}

/// HAProxy in `mode tcp`: each connection goes to the next server, whatever it carries.
private final class ConnectionBalancer: Sendable {
  let port: UInt16
  private let server: ServerProcess
  private let folder: TemporaryFolder

  init(to ports: [UInt16]) throws {
    port = FreePort.reserve()
    folder = try TemporaryFolder()
    let lines = ports.enumerated().map { "  server s\($0.offset) 127.0.0.1:\($0.element)" }.joined(separator: "\n")
    let file = try folder.write(
      """
      global
        nbthread 1
      defaults
        mode tcp
        timeout connect 5s
        timeout client 30s
        timeout server 30s
      listen app
        bind 127.0.0.1:\(port)
        balance roundrobin
      \(lines)

      """, to: "haproxy.cfg")
    server = try ServerProcess("haproxy", ["-db", "-f", file], debianPackage: "haproxy", in: folder, ports: [port])
  }
}
