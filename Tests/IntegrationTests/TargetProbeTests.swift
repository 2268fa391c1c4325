import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// What lbcheck sends, beside what it says that it sent.
  @Suite struct TargetProbeTests {
    typealias Report = LbcheckTool.Outcome.Report
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// The requests of a report by method, where its traffic is of one method; those of a gate's checks together.
    private func sent(_ report: Report, traffic method: String) -> [String: Int] {
      var sent: [String: Int] = [:]
      let reports = report["gate"].keys.isEmpty ? [report] : report["gate"]["checks"].list.map { $0["report"] }
      for report in reports {
        let requests = report["traffic"]["requests"]
        let own =
          (requests["scheduled"].integer ?? 0) - (requests["unsent"].integer ?? 0) + (requests["retried"].integer ?? 0)
        if own > 0 { sent[method, default: 0] += own }
        let preparation = report["preparation"]
        for method in preparation["methods"].keys {
          sent[method, default: 0] += preparation["methods"][method].integer ?? 0
        }
        let purposes = preparation["purposes"]
        #expect(purposes.keys.reduce(0) { $0 + (purposes[$1].integer ?? 0) } == preparation["requests"].integer)
      }
      return sent
    }

    private func purposes(_ outcome: LbcheckTool.Outcome) -> [String: Int] {
      let purposes = outcome.report?["preparation"]["purposes"]
      return Dictionary(uniqueKeysWithValues: (purposes?.keys ?? []).map { ($0, purposes?[$0].integer ?? 0) })
    }

    @Test("Ten orders are ten, whatever is asked beside them")
    func orders() throws {
      for (options, beside) in [
        ([], ["GET": 25]), (["--backend-header", "X-Backend"], ["GET": 1]), (["--no-probe"], [:]),
        (["--no-probe", "--backend-header", "X-Backend"], [:]), (["--connections", "1"], ["GET": 25]),
        (["--rate", "100"], ["GET": 25]), (["--workers", "2", "--fresh-connections", "1"], ["GET": 25]),
      ] as [([String], [String: Int])] {
        let shop = try MethodCounter()
        let outcome = try tool.run(
          ["load", shop.url, "-X", "POST", "--body", "item=1", "-n", "10", "--json"] + options)
        #expect(outcome.status == 0, "\(options): \(outcome.messages)")
        let headline = outcome.report?["summary"].text ?? ""
        #expect(headline.hasPrefix("10 requests at ") && headline.hasSuffix("; none failed."), "\(headline)")
        #expect(shop.methods == beside.merging(["POST": 10]) { $1 }, "\(options)")
        #expect(outcome.report?["preparation"]["requests"].integer == beside["GET"] ?? 0, "\(options)")
        let notes = outcome.report?["notes"].texts ?? []
        #expect(notes.contains { $0.contains("POST is not safe") } == !beside.isEmpty, "\(options): \(notes)")
      }
    }

    /// Every check with little traffic, by name, and the method that it may be given.
    private static let checks: [[String]] = [
      ["load", "-n", "50"],
      ["fairness", "-n", "90"],
      ["inspect"],
      ["capacity", "--start-rate", "100", "--max-rate", "200", "--step", "200ms", "--p50", "5s", "--precision", "50%"],
      ["capacity", "--max-rate", "100", "--step", "200ms", "--p50", "5s", "--precision", "50%"],
      ["capacity", "--ladder", "50:200ms,100:200ms", "--p50", "5s"],
      ["reload-test", "--reload-command", "true", "--no-restart", "--no-replacement", "--settle", "300ms"],
      ["failover", "--stop-command", "true", "--start-command", "true", "--settle", "300ms"],
    ]

    @Test("The server counts what the report says, in every check", arguments: checks)
    func account(check: [String]) throws {
      for method in ["GET", "POST"] {
        for options in [[], ["--backend-header", "X-Backend"], ["--probe-as-is"]] {
          let server = try MethodCounter()
          let outcome = try tool.run([check[0], server.url, "-X", method, "--json"] + check.dropFirst() + options)
          let report = try #require(outcome.report, "\(outcome.messages)")
          #expect(
            sent(report, traffic: method) == server.methods,
            "\(check[0]) -X \(method) \(options): \(purposes(outcome))")
          #expect((report["preparation"]["requests"].integer ?? 0) > 0)
          if options == ["--probe-as-is"] { #expect(server.methods.keys.sorted() == expectedMethods(check[0], method)) }
        }
      }
    }

    /// What is not there is always looked for with GET, and HTTP/2 by its own beginning, which reads as PRI.
    private func expectedMethods(_ check: String, _ method: String) -> [String] {
      check == "inspect" ? Set([method, "GET", "PRI"]).sorted() : [method]
    }

    @Test("A server that closes kept connections after reading counts what the report says, each sending once")
    func closing() throws {
      let received = Mutex(0)
      let server = try ScriptedServer { connection in
        // Keep-alive is promised, and the next request is read and left without an answer.
        for isAnswered in [true, false] where connection.readRequest() {
          received.withLock { $0 += 1 }
          if isAnswered { connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n") }
        }
      }
      let url = "http://127.0.0.1:\(server.port)/"
      let outcome = try tool.run(["load", url, "-n", "40", "--connections", "2", "--json"])
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(sent(report, traffic: "GET")["GET"] == received.withLock { $0 }, "\(outcome.output)")
      let retried = report["traffic"]["requests"]["retried"].integer ?? 0
      #expect(retried > 0)
      let text = try tool.run(["load", url, "-n", "40", "--connections", "2"])
      #expect(text.output.contains("sent in all: 40 traffic + "), "\(text.output)")
      #expect(text.output.contains(" sent again + "), "\(text.output)")
      withExtendedLifetime(server) {}
    }

    @Test("Without probes plain HTTP on what may be a port of TLS says so")
    func unprobedTLS() throws {
      let server = try ScriptedServer { connection in _ = connection.readRequest() }
      let url = "127.0.0.1:\(server.port)/"
      let outcome = try tool.run(["load", "http://" + url, "-n", "20", "--no-probe", "--json"])
      #expect(outcome.status == 1, "\(outcome.messages)")
      #expect(outcome.report?.assertion("noRequestFailed")?["detail"].text?.contains("https://\(url)") == true)
      withExtendedLifetime(server) {}
    }

    @Test("Without probes every request at the server is the report's traffic")
    func noProbes() throws {
      for check in Self.checks where check[0] != "inspect" {
        let server = try MethodCounter()
        let names = ["a", "b", "c"].flatMap { ["--backend", $0] }
        let outcome = try tool.run(
          [check[0], server.url, "-X", "POST", "--json", "--no-probe", "--backend-header", "X-Backend"]
            + check.dropFirst() + (["fairness", "failover"].contains(check[0]) ? names : []))
        let report = try #require(outcome.report, "\(check): \(outcome.messages)")
        #expect(server.methods.keys.sorted() == ["POST"], "\(check)")
        #expect(sent(report, traffic: "POST") == server.methods, "\(check)")
        // The steps of a search for the highest rate are what was asked for, and the report shows one of them.
        #expect(purposes(outcome).keys.filter { $0 != "capacity step" } == [], "\(check)")
      }
      // Nobody to look at.
      let server = try MethodCounter()
      #expect(try tool.run(["inspect", server.url, "--no-probe"]).status == 2)
      #expect(try tool.run(["fairness", server.url, "--no-probe"]).status == 2)
      #expect(
        try tool.run([
          "failover", server.url, "--no-probe", "--backend-header", "X-Backend", "--stop-command", "true",
          "--start-command", "true",
        ]).status == 2)
      #expect(try tool.run(["load", server.url, "--no-probe", "--probe-as-is"]).status == 2)
      #expect(server.total == 0)
      let fairness = try tool.run([
        "fairness", server.url, "--no-probe", "--backend-header", "X-Backend", "-n", "90", "--json",
      ])
      #expect(fairness.status == 3, "\(fairness.output)")
      #expect(fairness.report?.assertion("policy")?["verdict"].text == "inconclusive")
    }

    @Test("What the choice of a backend depends on is asked, and each answer counts")
    func sticky() throws {
      let server = try MethodCounter { _, _ in MethodCounter.Answer(backend: "a") }
      let outcome = try tool.run(["fairness", server.url, "-n", "50", "--policy", "single", "--json"])
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(sent(report, traffic: "GET") == server.methods)
      // Ten values of path, query and address, each twice with the request as it is in between; a wrong guess at two equal
      // backends would leave out one of them less than once in a thousand times.
      #expect(purposes(outcome)["sticky probe"] == 1 + 3 * 10 * 3)
      #expect(purposes(outcome)["serial look"] == 400 && purposes(outcome)["fresh connections"] == 400)
    }

    @Test("The order of GETs says nothing of POSTs, and where GETs lead or what they lack decides nothing")
    func otherOrder() throws {
      // GETs are refused by whoever stands in front; the POSTs always go to a, then to a and b by turns.
      for backends in [["a"], ["a", "b"]] {
        let server = try MethodCounter { method, before in
          method == "POST"
            ? MethodCounter.Answer(status: 201, backend: backends[before % backends.count])
            : MethodCounter.Answer(status: 405, backend: nil)
        }
        let outcome = try tool.run([
          "fairness", server.url, "-X", "POST", "--expect-status", "201", "-n", "200", "--backend-header", "X-Backend",
          "--policy", backends.count == 1 ? "single" : "round-robin", "--json",
        ])
        let report = try #require(outcome.report, "\(outcome.messages)")
        #expect(sent(report, traffic: "POST") == server.methods)
        #expect(outcome.status == (backends.count == 1 ? 0 : 3), "\(outcome.output)")
        #expect(report.assertion("policy")?["verdict"].text == (backends.count == 1 ? "pass" : "inconclusive"))
        #expect(report.assertion("rotationScore") == nil)
        #expect(report.assertion("noRedirects") == nil)
        #expect(purposes(outcome)["sticky probe"] == nil)
      }
    }

    @Test("A sample that a second one replaces is counted, and its failures are not forgotten")
    func discarded() throws {
      // Two answers of three are a's, which no two samples of a fair draw show. One request of the first sample fails.
      let server = try MethodCounter { _, before in
        MethodCounter.Answer(status: before == 425 + 20 ? 503 : 200, backend: ["a", "a", "b"][before % 3])
      }
      let outcome = try tool.run(["fairness", server.url, "-n", "300", "--policy", "random", "--json"])
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(purposes(outcome)["discarded sample"] == 300)
      #expect(sent(report, traffic: "GET") == server.methods)
      #expect(report.assertion("noProbeFailed")?["actual"].text?.hasSuffix("failed: 1 status 503") == true)
    }

    @Test("What is asked after a step that failed is counted")
    func recovery() throws {
      // From the hundredth request to the two hundredth nobody answers.
      let server = try MethodCounter { _, before in
        MethodCounter.Answer(status: (100..<200).contains(before) ? 503 : 200, backend: "a")
      }
      let outcome = try tool.run([
        "capacity", server.url, "-X", "POST", "--start-rate", "100", "--max-rate", "400", "--step", "400ms", "--p50",
        "5s",
        "--precision", "50%", "--json",
      ])
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(sent(report, traffic: "POST") == server.methods, "\(purposes(outcome))")
      #expect((purposes(outcome)["recovery"] ?? 0) > 0, "\(outcome.output)")
    }

    @Test("A gate's checks each say what they sent, and so does a merged report")
    func gateAndMerge() throws {
      let server = try MethodCounter()
      let profile = try tool.folder.write(
        "{ target: \"\(server.url)\", method: \"POST\", requests: 60, gate: { checks: [\"load\", \"fairness\"] } }",
        to: "ci.json5")
      let gate = try tool.run(["gate", profile, "--json"])
      #expect(sent(try #require(gate.report, "\(gate.messages)"), traffic: "POST") == server.methods)

      let shared = try MethodCounter()
      for shard in ["1/2", "2/2"] {
        let part = try tool.run(["load", shared.url, "-X", "POST", "-n", "40", "--shard", shard, "--out", "parts"])
        #expect(part.status == 0, "\(part.messages)")
      }
      let merged = try tool.run(["merge", "parts", "--json", "--out", "whole"])
      let report = try #require(merged.report, "\(merged.messages)")
      #expect(sent(report, traffic: "POST") == shared.methods)
      #expect(shared.methods == ["POST": 40, "GET": 50])
      #expect(try tool.problems("whole") == "")
    }

    @Test("A dead backend that only the first requests meet fails fairness, and inspect and load name it")
    func deadBackend() throws {
      let backends = try NginxBackends(["one", "two"])
      let dead = FreePort.reserve()
      // nginx's own defaults: after one failure nobody asks the dead one for ten seconds.
      let servers = (backends.ports + [dead]).map { "server 127.0.0.1:\($0);" }.joined(separator: " ")
      func balancer() throws -> String { "http://127.0.0.1:\(try started(servers).port)/" }
      let name = "127.0.0.1:\(dead)"
      for options in [[], ["--policy", "single", "--backend-header", "X-Upstream-Addr"]] {
        let fairness = try tool.run(["fairness", try balancer(), "--json"] + options)
        #expect(fairness.status == 1, "\(options): \(fairness.messages)\(fairness.output)")
        #expect(fairness.output.contains("failed tries: \(name)"), "\(fairness.output)")
        if options.isEmpty {
          #expect(fairness.report?.assertion("everyBackendAnswered")?["actual"].text == "silent: \(name)")
          #expect(fairness.report?["summary"].text?.hasPrefix("Backends that never answered: \(name)") == true)
        }
      }
      let load = try tool.run(["load", try balancer(), "-n", "100"])
      #expect(load.status == 0 && load.output.contains("\(name) (1×)"), "\(load.output)")
      let inspect = try tool.run(["inspect", try balancer(), "--json"])
      #expect(inspect.report?["summary"].text?.contains(name) == true, "\(inspect.output)")
      let rows = inspect.report?["inspection"]["groups"].list.flatMap { $0["rows"].list } ?? []
      #expect(rows.contains { $0["name"].text == "Failed tries" && $0["value"].text == "\(name) (1×)" })
      withExtendedLifetime((backends, Self.kept)) {}
    }

    /// Balancers live until the test has ended.
    private static let kept = Kept()
    private final class Kept: @unchecked Sendable { var balancers: [NginxBalancer] = [] }

    private func started(_ upstream: String) throws -> NginxBalancer {
      Self.kept.balancers = [try NginxBalancer(upstream: upstream)]
      return Self.kept.balancers[0]
    }

    @Test(
      "A stranger that only the first requests meet fails fairness, as does a backup; nor does it fall silent unseen")
    func answeredBefore() throws {
      for (options, assertion) in [
        (["--backend", "a", "--backend", "b", "--backend", "spare=backup"], "backupSilent"),
        (["--backend", "a", "--backend", "b"], "noOtherBackend"), ([], "everyBackendAnswered"),
      ] {
        let server = try MethodCounter { _, before in
          MethodCounter.Answer(backend: before < 4 ? "spare" : ["a", "b"][before % 2])
        }
        let outcome = try tool.run(["fairness", server.url, "-n", "1000", "--json"] + options)
        #expect(outcome.status == 1, "\(options): \(outcome.messages)")
        #expect(outcome.report?.assertion(assertion)?["verdict"].text == "fail", "\(outcome.output)")
      }
    }

    @Test("Half of the answers are the balancer's own: no figure of them is the backends'")
    func answeredByTheBalancer() throws {
      for (name, more) in [("f5/<NOSRV>", []), (nil, ["--backend-header", "X-Backend"])] as [(String?, [String])] {
        for check in ["load", "capacity", "inspect"] {
          let server = try MethodCounter { _, before in
            MethodCounter.Answer(backend: before.isMultiple(of: 2) ? "f5/a" : name)
          }
          let limits = [
            "load": ["-n", "100"], "inspect": [],
            "capacity": ["--start-rate", "50", "--max-rate", "50", "--step", "200ms", "--p50", "5s"],
          ]
          let outcome = try tool.run([check, server.url, "--json"] + (limits[check] ?? []) + more)
          #expect(outcome.status == 3, "\(check): \(outcome.output)\(outcome.messages)")
          let served = outcome.report?.assertion("servedByBackends")
          #expect(served?["verdict"].text == "inconclusive", "\(check): \(outcome.output)")
        }
      }
    }

    @Test("A failure before the traffic is reported and fails; that there is no page where orders go is no failure")
    func failuresBefore() throws {
      let server = try MethodCounter { _, before in
        MethodCounter.Answer(status: before == 9 ? 502 : 200, backend: before == 9 ? nil : "a")
      }
      let load = try tool.run(["load", server.url, "-n", "40", "--json"])
      #expect(load.status == 1)
      #expect(load.report?["traffic"]["requests"]["failed"].integer == 0)
      #expect(load.report?.assertion("noProbeFailed")?["actual"].text == "1 failed: 1 status 502")
      let shop = try MethodCounter { method, _ in
        MethodCounter.Answer(status: method == "POST" ? 201 : 405, backend: "a")
      }
      for check in ["load", "fairness"] {
        let orders = try tool.run(
          [
            check, shop.url, "-X", "POST", "--expect-status", "201", "-n", "40", "--policy", "single", "--json",
          ].filter { check == "fairness" || !["--policy", "single"].contains($0) })
        #expect(orders.status == 0, "\(orders.output)\(orders.messages)")
        #expect(orders.report?["backends"][0]["name"].text == "a")
      }
    }

    @Test("A header that was given and that no answer has leaves the verdict open")
    func givenButAbsent() throws {
      for check in ["load", "fairness", "capacity", "reload-test"] {
        let server = try MethodCounter { _, _ in MethodCounter.Answer(backend: "a") }
        let more = [
          "capacity": ["--start-rate", "50", "--max-rate", "50", "--step", "200ms", "--p50", "5s"],
          "reload-test": ["--reload-command", "touch reloaded", "--settle", "300ms"],
        ]
        let outcome = try tool.run(
          [check, server.url, "--backend-header", "X-Nope"] + (more[check] ?? ["-n", "40"]))
        #expect(outcome.status == 3, "\(check): \(outcome.output)")
        #expect(
          (outcome.output + outcome.messages).contains("'X-Nope'"), "\(check): \(outcome.output)\(outcome.messages)")
      }
      #expect(!FileManager.default.fileExists(atPath: tool.folder.path + "/reloaded"))
    }

    @Test("With a header given only the first of several addresses is sent a request")
    func addresses() throws {
      let folder = try TemporaryFolder()
      let port = FreePort.reserve()
      let hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
      let server = """
        server {
          \(hosts.map { "listen \($0):\(port);" }.joined(separator: " "))
          access_log \(folder.path)/access.log;
          location / { add_header X-Backend a; return 200 a; }
        }
        """
      let file = try folder.write(Nginx.configuration(in: folder, workers: 1, http: server), to: "nginx.conf")
      let nginx = try Nginx.start(file, in: folder, ports: [port])
      func requests() -> Int { folder.read("access.log")?.split(separator: "\n").count ?? 0 }
      for (options, count) in [([], 3 + 24), (["--backend-header", "X-Backend"], 1), (["--no-probe"], 0)] {
        let before = requests()
        let outcome = try tool.run(
          [
            "load", "http://alvin.xyz:\(port)/", "--resolve", "alvin.xyz:\(port):\(hosts.joined(separator: ","))", "-n",
            "30", "--json",
          ] + options)
        #expect(outcome.report?["target"]["addresses"].list.count == 3, "\(outcome.messages)")
        #expect(outcome.report?["preparation"]["requests"].integer == count)
        #expect(requests() - before == 30 + count, "\(options)")
      }
      withExtendedLifetime(nginx) {}
    }
  }
}
