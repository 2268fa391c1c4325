import Foundation
import Support
import Testing

extension Integration {
  /// gRPC against its own implementation, behind balancers that speak it.
  @Suite struct GRPCTests {
    let tool: LbcheckTool
    let certificates: TestCertificates
    private let health = ["--grpc", "grpc.health.v1.Health/Check"]
    private let say = ["--grpc", "test.Echo/Say"]

    init() throws {
      tool = try LbcheckTool()
      certificates = try TestCertificates()
    }

    private func balancer(_ kind: GRPCBalancer.Kind, _ servers: GRPCServers) throws -> GRPCBalancer {
      try GRPCBalancer(kind, to: servers.ports, certificates.issue("127.0.0.1"))
    }

    private func message(_ text: String) throws -> [String] {
      ["--body", "@" + (try tool.folder.write(text, to: "message"))]
    }

    /// Everything that a report says was sent.
    private func sent(_ report: LbcheckTool.Outcome.Report) -> Int {
      (report["traffic"]["requests"]["completed"].integer ?? 0) + (report["preparation"]["requests"].integer ?? 0)
    }

    @Test(
      "A server is asked itself, without a balancer: calls are counted as it logs them, by the name in its trailers")
    func alone() throws {
      let servers = try GRPCServers("SERVING")
      let url = "http://127.0.0.1:\(servers.ports[0])/"
      let first = try tool.run(
        ["load", url, "-n", "2000", "-c", "4", "--multiplex", "5", "--json", "--out", "report"] + health)
      let report = try #require(first.report, "\(first.messages)")
      #expect(first.status == 0, "\(first.messages)\(first.output)")
      #expect(report["traffic"]["requests"]["succeeded"].integer == 2_000)
      #expect(report["backends"].list.map { $0["name"].text } == ["app-1"])
      #expect(try servers.logged(atLeast: sent(report)) == ["app-1": sent(report)])
      #expect(try tool.problems(tool.folder.path + "/report") == "")
    }

    @Test(
      "Each status is the outcome of as many calls as were answered with it, by its name; OK alone passes",
      arguments: [nil] + GRPCBalancer.Kind.allCases)
    func statuses(_ kind: GRPCBalancer.Kind?) throws {
      let servers = try GRPCServers("SERVING")
      let balancer = try kind.map { try self.balancer($0, servers) }
      let url = "http://127.0.0.1:\(balancer?.port ?? servers.ports[0])/"
      let names = [
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
      ]
      for (code, name) in names.enumerated() {
        let outcome = try withExtendedLifetime(balancer) {
          try tool.run(
            ["load", url, "-n", "20", "--no-probe", "--backend-header", "x-backend", "--json"] + say
              + message("\(code)"))
        }
        let report = try #require(outcome.report, "\(outcome.messages)")
        let traffic = report["traffic"]
        #expect(outcome.status == (code == 0 ? 0 : 1), "\(name): \(outcome.output)")
        #expect(traffic["requests"]["succeeded"].integer == (code == 0 ? 20 : 0))
        #expect(traffic["failures"].keys == (code == 0 ? [] : ["gRPC \(name)"]))
        #expect(traffic["failures"]["gRPC \(name)"].integer == (code == 0 ? nil : 20))
        #expect(traffic["statuses"].keys == ["200"] && report["backends"].list.map { $0["requests"].integer } == [20])
        let isSaid = report["notes"].texts.contains { $0.contains("gRPC \(name): asked for \(code), 100%") }
        #expect(isSaid == (code > 0), "\(report["notes"].texts)")
        #expect(try servers.logged(atLeast: 20 * (code + 1)) == ["app-1": 20 * (code + 1)])
      }
    }

    @Test("Health other than SERVING fails by its name", arguments: ["NOT_SERVING", "SERVICE_UNKNOWN", "UNKNOWN"])
    func unhealthy(_ state: String) throws {
      let servers = try GRPCServers(state)
      let outcome = try tool.run(
        ["load", "http://127.0.0.1:\(servers.ports[0])/", "-n", "20", "--json", "--out", "report"] + health)
      #expect(outcome.status == 1)
      #expect(try tool.problems(tool.folder.path + "/report") == "")
      #expect(outcome.report?["traffic"]["failures"]["gRPC health \(state)"].integer == 20, "\(outcome.output)")
    }

    @Test("A call that is late fails, by the server's deadline or by the client's time-out, which a note tells apart")
    func late() throws {
      let servers = try GRPCServers("SERVING")
      let load = ["load", "http://127.0.0.1:\(servers.ports[0])/", "-n", "4", "-c", "2", "--no-probe", "--json"]
      let deadline = try tool.run(load + say + message("deadline") + ["-H", "grpc-timeout: 100m"])
      #expect(deadline.report?["traffic"]["failures"]["gRPC DEADLINE_EXCEEDED"].integer == 4, "\(deadline.output)")
      let whose = "(the answer's status, not lbcheck's time-out; the call said grpc-timeout: 100m)"
      #expect(deadline.report?["notes"].texts.contains { $0.contains(whose) } == true, "\(deadline.output)")
      let late = try tool.run(load + say + message("sleep 700") + ["--timeout", "300ms", "-H", "grpc-timeout: 9S"])
      #expect(late.report?["traffic"]["failures"]["timeout"].integer == 4, "\(late.output)")
      let own = "(lbcheck's time-out, no answer's status; the call said grpc-timeout: 9S)"
      #expect(late.report?["notes"].texts.contains { $0.contains(own) } == true, "\(late.output)")
      // Both end at the same time: what is there first counts.
      let both = try tool.run(load + say + message("sleep 700") + ["--timeout", "300ms"])
      let failures = both.report?["traffic"]["failures"]
      let counts = ["timeout", "gRPC DEADLINE_EXCEEDED"].map { failures?[$0].integer ?? 0 }
      #expect(counts.reduce(0, +) == 4 && both.output.contains("the call said grpc-timeout: 300m"), "\(both.output)")
    }

    @Test(
      "The server has as long as --timeout says, unless the user gives the field",
      arguments: [nil] + GRPCBalancer.Kind.allCases)
    func deadlines(_ kind: GRPCBalancer.Kind?) throws {
      let servers = try GRPCServers("SERVING")
      let balancer = try kind.map { try self.balancer($0, servers) }
      let url = "http://127.0.0.1:\(balancer?.port ?? servers.ports[0])/"
      func outcome(_ seconds: String, _ options: [String]) throws -> [String] {
        let outcome = try withExtendedLifetime(balancer) {
          try tool.run(["load", url, "-n", "4", "--no-probe", "--json"] + say + message("left " + seconds) + options)
        }
        let report = try #require(outcome.report, "\(outcome.messages)")
        return report["traffic"]["requests"]["succeeded"].integer == 4 ? [] : report["notes"].texts
      }
      #expect(try outcome("100 121", ["--timeout", "2m"]) == [])
      #expect(try outcome("5 11", []) == [])
      #expect(try outcome("10 21", ["--timeout", "2m", "-H", "grpc-timeout: 20S"]) == [])
      let other = try outcome("100 121", ["--timeout", "20s"])
      #expect(other.contains { $0.contains("gRPC OUT_OF_RANGE: ") }, "\(other)")
    }

    @Test("A method that streams its answer is no unary call, and one that there is not is named so")
    func otherMethods() throws {
      let servers = try GRPCServers("SERVING")
      let load = ["load", "http://127.0.0.1:\(servers.ports[0])/", "-n", "4", "-c", "2", "--no-probe", "--json"]
      let stream = try tool.run(load + ["--grpc", "test.Echo/Stream"])
      #expect(stream.report?["traffic"]["failures"]["gRPC message malformed"].integer == 4, "\(stream.output)")
      let none = try tool.run(load + ["--grpc", "test.Echo/None"])
      #expect(none.report?["traffic"]["failures"]["gRPC UNIMPLEMENTED"].integer == 4, "\(none.output)")
    }

    @Test(
      "A balancer's rotation passes in clear text and by ALPN, and what it sent is what the servers log",
      arguments: GRPCBalancer.Kind.allCases)
    func rotation(_ kind: GRPCBalancer.Kind) throws {
      let servers = try GRPCServers("SERVING", "SERVING")
      let balancer = try balancer(kind, servers)
      var expected = 0
      for (url, options) in [
        ("http://127.0.0.1:\(balancer.port)/", health),
        ("https://127.0.0.1:\(balancer.tlsPort)/", ["--cacert", certificates.authority] + health),
        ("http://127.0.0.1:\(balancer.port)/", say + (try message("hello")) + ["--probe-as-is"]),
      ] {
        let outcome = try withExtendedLifetime(balancer) {
          try tool.run(["fairness", url, "-n", "1000", "-c", "4", "--multiplex", "3", "--json"] + options)
        }
        let report = try #require(outcome.report, "\(outcome.messages)")
        #expect(outcome.status == 0 && report["verdict"].text == "pass", "\(outcome.messages)\(outcome.output)")
        #expect(report["fairness"]["policy"].text == "round-robin" && report["fairness"]["per"].text == "request")
        #expect(report["backends"].list.map { $0["requests"].integer } == [500, 500])
        expected += sent(report)
      }
      // Without that no message is sent beside the traffic: the health check shows who answers, but not this call's order.
      let open = try withExtendedLifetime(balancer) {
        try tool.run(["fairness", "http://127.0.0.1:\(balancer.port)/", "-n", "1000", "--json"] + say)
      }
      let report = try #require(open.report, "\(open.messages)")
      #expect(
        open.status == 3 && report["traffic"]["requests"]["failed"].integer == 0, "\(open.messages)\(open.output)")
      #expect(
        report.assertion("policy")?["detail"].text?.contains("The order of test.Echo/Say was not looked at") == true)
      expected += sent(report)
      #expect(try servers.logged(atLeast: expected).values.reduce(0, +) == expected)
    }

    @Test(
      "One of two servers that does not serve, or is down, fails the verdict, though each answers with status 200",
      arguments: GRPCBalancer.Kind.allCases, ["NOT_SERVING", "down"])
    func oneOfTwo(_ kind: GRPCBalancer.Kind, _ state: String) throws {
      let servers = try GRPCServers("SERVING", state)
      let balancer = try balancer(kind, servers)
      let name = state == "down" ? "gRPC UNAVAILABLE" : "gRPC health \(state)"
      for check in ["load", "fairness"] {
        let outcome = try withExtendedLifetime(balancer) {
          try tool.run(
            [check, "http://127.0.0.1:\(balancer.port)/", "-n", "400", "-c", "4", "--json"] + health)
        }
        let report = try #require(outcome.report, "\(outcome.messages)")
        #expect(outcome.status == 1 && report["verdict"].text == "fail", "\(outcome.messages)\(outcome.output)")
        #expect(abs((report["traffic"]["failures"][name].integer ?? 0) - 200) <= 4, "\(report["traffic"]["failures"])")
        #expect(report["traffic"]["statuses"].keys == ["200"])
        let failed = report["backends"].list.map { $0["failed"].integer ?? 0 }.sorted()
        #expect(failed.count == 2 && failed[0] == 0 && failed[1] > 190, "\(failed)")
      }
    }

    @Test("What answers without gRPC is no success: a page, and a balancer with nobody behind it")
    func others() throws {
      let page = try HTTP2Balancer(.nginx, certificates.issue("127.0.0.1"))
      let asked = try withExtendedLifetime(page) {
        try tool.run(["load", "http://127.0.0.1:\(page.port)/", "-n", "20", "--json"] + health)
      }
      #expect(asked.status == 1)
      #expect(asked.report?["traffic"]["failures"]["no grpc-status"].integer == 20, "\(asked.output)")
      let nobody = try GRPCBalancer(.nginx, to: [FreePort.reserve()], certificates.issue("127.0.0.1"))
      let down = try withExtendedLifetime(nobody) {
        try tool.run(["load", "http://127.0.0.1:\(nobody.port)/", "-n", "20", "--json"] + health)
      }
      #expect(down.status == 1 && down.report?["traffic"]["failures"]["status"].integer == 20, "\(down.output)")
      #expect(down.report?["traffic"]["statuses"]["502"].integer == 20)
    }

    @Test(
      "A reload of the balancer drains: no call is lost, though none is made again",
      arguments: GRPCBalancer.Kind.allCases)
    func reload(_ kind: GRPCBalancer.Kind) throws {
      let servers = try GRPCServers("SERVING", "SERVING")
      let balancer = try balancer(kind, servers)
      let master = try #require(balancer.server.processes.min())
      let outcome = try withExtendedLifetime(balancer) {
        try tool.run(
          [
            "reload-test", "http://127.0.0.1:\(balancer.port)/", "-c", "4", "--multiplex", "10", "--rate", "200",
            "--reload-command", "kill -\(kind == .nginx ? "HUP" : "USR2") \(master)", "--no-restart", "--settle", "2s",
            "--no-replacement", "--json",
          ] + health)
      }
      let report = try #require(outcome.report, "\(outcome.messages)")
      let requests = report["traffic"]["requests"]
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(requests["failed"].integer == 0 && (requests["succeeded"].integer ?? 0) > 300, "\(requests)")
      #expect((report["traffic"]["http2"]["goAways"].integer ?? 0) >= 1, "\(report["traffic"]["http2"])")
    }

    @Test("Of a backend that the trailers name the generation may be its certificate's")
    func certificate() throws {
      let servers = try GRPCServers("SERVING", "SERVING")
      let balancer = try balancer(.nginx, servers)
      let outcome = try withExtendedLifetime(balancer) {
        try tool.run(
          [
            "reload-test", "https://127.0.0.1:\(balancer.tlsPort)/", "--cacert", certificates.authority, "--rate", "50",
            "--backend-header", "x-backend", "--generation-certificate", "--reload-command", "true", "--no-restart",
            "--settle", "1s", "--json",
          ] + health)
      }
      let report = try #require(outcome.report, "\(outcome.messages)")
      let first = report["phases"].list.first?["generations"].list ?? []
      #expect(first.map { $0["backend"].text } == ["app-1", "app-2"], "\(outcome.output)")
      #expect(Set(first.map { $0["generation"].text }).count == 1, "\(outcome.output)")
    }

    @Test(
      "A rolling restart loses nothing where servers finish their calls, and is found out where they do not",
      arguments: [true, false])
    func rollingRestart(isGraceful: Bool) throws {
      let servers = try GRPCServers("SERVING", "SERVING")
      let balancer = try balancer(.haproxy, servers)
      let outcome = try withExtendedLifetime(balancer) {
        try tool.run(
          [
            "reload-test", "http://127.0.0.1:\(balancer.port)/", "-c", "4", "--multiplex", "10", "--rate", "60",
            "--reload-command", try servers.restartCommand(isGraceful: isGraceful), "--no-restart", "--settle", "3s",
            "--no-replacement", "--probe-as-is", "--json",
          ] + say + message("sleep 100"))
      }
      let report = try #require(outcome.report, "\(outcome.messages)")
      let failed = report["traffic"]["requests"]["failed"].integer ?? -1
      #expect(isGraceful ? failed == 0 : failed > 0, "\(outcome.messages)\(outcome.output)")
      #expect(report.assertion("reloadLostNoRequest")?["verdict"].text == (isGraceful ? "pass" : "fail"))
      #expect(report.assertion("everyBackendAnswered")?["verdict"].text == "pass")
    }

    @Test("What contradicts a call is one clear error, before any traffic")
    func usage() throws {
      for (options, words) in [
        (["--http", "1.1"], "--grpc needs HTTP/2: leave out --http 1.1"),
        (["--http", "auto"], "--grpc needs HTTP/2: leave out --http auto"),
        (["--method", "PUT"], "leave out --method"), (["--request", "/a"], "leave out --request"),
        (["--targets", "x"], "leave out --targets"), (["--expect-status", "2xx"], "leave out --expect-status"),
        (["-H", "TE: trailers"], "header 'TE' is set by lbcheck itself in a gRPC call"),
      ] {
        let outcome = try tool.run(["load", "http://127.0.0.1:9/"] + health + options)
        #expect(outcome.status == 2 && outcome.messages.contains(words), "\(outcome.messages)")
      }
      let path = try tool.run(["load", "http://127.0.0.1:9/api"] + health)
      #expect(
        path.status == 2 && path.messages.contains("give the URL without one, as http://127.0.0.1:9/"),
        "\(path.messages)")
      let name = try tool.run(["load", "http://127.0.0.1:9/", "--grpc", "Health.Check"])
      #expect(
        name.status == 2 && name.messages.contains("--grpc takes a gRPC service and its method"), "\(name.messages)")
      let testbed = try tool.run(["reload-test", "--testbed"] + health)
      #expect(testbed.status == 2 && testbed.messages.contains("the testbed speaks no gRPC"), "\(testbed.messages)")
      for options in [["--post-path", "/a"], ["--slow-path", "/a"]] {
        let outcome = try tool.run(
          ["reload-test", "http://127.0.0.1:9/", "--reload-command", "true"] + health + options)
        #expect(outcome.status == 2 && outcome.messages.contains("leave out \(options[0])"), "\(outcome.messages)")
      }
    }
  }
}
