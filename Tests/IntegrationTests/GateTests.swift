import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// What a CI job acts on.
  @Suite struct GateTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private final class State: Sendable {
      let turn = Atomic(0)
      let milliseconds = Atomic(3)
    }

    /// Two backends in rotation, each answer after the state's delay.
    private func server(_ state: State = State(), names: [String] = ["app-1", "app-2"]) throws -> ScriptedServer {
      try ScriptedServer { connection in
        while connection.readRequest() {
          let number = state.turn.wrappingAdd(1, ordering: .relaxed).oldValue
          connection.pause(milliseconds: UInt32(state.milliseconds.load(ordering: .relaxed)))
          connection.send(
            "HTTP/1.1 200 OK\r\nX-Backend: \(names[number % names.count])\r\nX-Generation: 1\r\n"
              + "Content-Length: 2\r\n\r\nok")
        }
      }
    }

    private func profile(_ server: ScriptedServer, _ gate: String, _ more: String = "", name: String = "ci") throws
      -> String
    {
      try tool.folder.write(
        """
        {
          target: "http://127.0.0.1:\(server.port)/",
          backendHeader: "X-Backend",
          \(more)
          gate: { \(gate) },
        }
        """, to: name + ".json5")
    }

    private func gate(
      _ profiles: [String], _ options: [String] = [], onGitHub: Bool = false, interruptAfter: Double? = nil
    ) throws -> LbcheckTool.Outcome {
      let environment =
        onGitHub ? ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": tool.folder.path + "/summary.md"] : [:]
      return try tool.run(
        ["gate"] + profiles + ["--json", "--out", tool.folder.path + "/gate"] + options, environment: environment,
        interruptAfter: interruptAfter, by: SIGTERM)
    }

    private func annotations(_ outcome: LbcheckTool.Outcome) -> [String] {
      outcome.messages.split(separator: "\n").filter { $0.hasPrefix("::") }.map(String.init)
    }

    private func expectValidFiles() throws {
      let wrong = try tool.problems(tool.folder.path + "/gate", formats: ["junit"])
      #expect(wrong == "")
    }

    @Test(
      "A step's summary that cannot be written leaves no gate passed, and none hangs",
      arguments: ["/dev/full", "missing/summary.md", "pipe"])
    func unwrittenSummary(name: String) throws {
      let place = name.hasPrefix("/") ? name : tool.folder.path + "/" + name
      if name == "pipe" { #expect(mkfifo(place, 0o600) == 0) }
      let server = try server()
      let path = try profile(server, "checks: ['load']", "requests: 50,")
      let outcome = try tool.run(
        ["gate", path, "--out", tool.folder.path + "/gate"],
        environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": place], deadline: 60)
      #expect(outcome.status == 3, "\(outcome.messages)")
      #expect(outcome.messages.contains("the step's summary cannot be written to \(place)"))
    }

    @Test("An answer of a backend that nobody expected fails the gate, whose report is written")
    func unexpectedBackend() throws {
      let server = try server(names: ["app-1", "app-2", "app-3"])
      let path = try profile(
        server, "checks: ['fairness', 'load']", "backends: { 'app-1': 1, 'app-2': 1 }, requests: 300,")
      let outcome = try gate([path])
      #expect(outcome.status == 1, "\(outcome.messages)")
      let checks = outcome.report?["gate"]["checks"].list ?? []
      #expect(checks.map { $0["check"].text } == ["fairness", "load"])
      #expect(checks.first?["report"].assertion("noOtherBackend")?["verdict"].text == "fail")
      #expect(tool.folder.read("gate/report.json") != nil)
    }

    @Test("Two profiles whose checks hold: status 0, valid files, no annotation but what is met")
    func passes() throws {
      let server = try server()
      let first = try profile(
        server, "checks: ['fairness', 'load'], thresholds: ['failed == 0', 'fairness: share(app-1) within 5%']",
        "requests: 200,")
      let second = try profile(server, "checks: ['inspect']", name: "second")
      let outcome = try gate([first, second], onGitHub: true)
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      let checks = outcome.report?["gate"]["checks"].list ?? []
      #expect(checks.map { $0["check"].text } == ["fairness", "load", "inspect"])
      #expect(checks.map { $0["folder"].text } == ["1-fairness", "2-load", "3-inspect"])
      #expect(checks.allSatisfy { $0["verdict"].text == "pass" })
      let met = annotations(outcome)
      #expect(!met.isEmpty && met.allSatisfy { $0.hasPrefix("::notice title=lbcheck ") }, "\(met)")
      #expect(met.contains { $0.contains("(failed == 0): expected == 0, got 0, at the limit") }, "\(met)")
      for file in ["report.md", "report.html", "junit.xml", "1-fairness/report.json", "2-load/report.md"] {
        #expect(tool.folder.read("gate/" + file) != nil, "\(file)")
      }
      #expect(tool.folder.read("summary.md")?.contains("3 of 3 checks passed") == true)
      try expectValidFiles()
      withExtendedLifetime(server) {}
    }

    @Test("Every kind of threshold can fail, each with its own test case and annotation")
    func everyKindFails() throws {
      let server = try server()
      let failing = [
        "p50 < 1ms", "p99.5 < 1ms", "min < 1ms", "mean < 1ms", "max < 1ms", "failed > 0", "requests < 10",
        "retried > 0", "unsent > 0", "rate > 1000000", "share(app-1) > 60%", "share(nobody) within 5%",
        "status(2xx) == 0", "status(200) < 1%", "p99 within 1% of baseline", "p95 < 1us", "firstByte.p99 < 1us",
        "connect.p50 > 10s", "bytesSent < 1kB", "bytesReceived > 1GB",
      ]
      let path = try profile(
        server, "checks: ['load'], thresholds: ['failed == 0', \(failing.map { "'\($0)'" }.joined(separator: ", "))]",
        "requests: 150,")
      let baseline = try tool.folder.write(
        """
        {"schema": "lbcheck.report/1", "tool": {"name": "lbcheck", "version": "1"}, "check": "load",
         "target": {"url": "http://a/", "addresses": []}, "startedAt": "2026-01-01T00:00:00Z", "durationSeconds": 1,
         "verdict": "pass", "assertions": [], "notes": [], "traffic": {"requests": {"scheduled": 1, "completed": 1,
         "succeeded": 1, "failed": 0, "retried": 0, "unsent": 0}, "statuses": {"200": 1}, "failures": {},
         "rate": {"achieved": 1}, "latency": {"unit": "ms", "min": 900, "mean": 900, "p50": 900, "p90": 900, "p99": 900,
         "p999": 900, "max": 900, "histogram": ""}}}
        """, to: "baseline.json")
      let outcome = try gate([path], ["--baseline", baseline], onGitHub: true)
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      let thresholds = outcome.report?["gate"]["checks"][0]["thresholds"].list ?? []
      for text in failing {
        let found = thresholds.first { $0["name"].text == text }
        #expect(found?["verdict"].text == "fail", "\(text): \(found?["actual"].text ?? "missing")")
      }
      #expect(thresholds.first { $0["name"].text == "failed == 0" }?["verdict"].text == "pass")
      // Ten of a kind, and how many more.
      #expect(annotations(outcome).count { $0.hasPrefix("::error title=lbcheck load::") } == 10)
      #expect(
        annotations(outcome).contains { $0.hasPrefix("::error::") && $0.hasSuffix("more; see the step's summary") })
      try expectValidFiles()
      withExtendedLifetime(server) {}
    }

    @Test("Thresholds about phases, and the reload test's own manager")
    func phases() throws {
      let path = try tool.folder.write(
        """
        { testbed: true, settle: "700ms",
          gate: { checks: ["reload-test"], thresholds: ["outage(reload) == 0", "failed(reload) == 0", "gap(restart) == 0",
            "outage(restart) == 0"] } }
        """, to: "phases.json5")
      let outcome = try gate([path])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      let thresholds = outcome.report?["gate"]["checks"][0]["thresholds"].list ?? []
      #expect(thresholds.map { $0["verdict"].text } == ["pass", "pass", "fail", "fail"])
      try expectValidFiles()
    }

    @Test(
      "What is wrong is refused before any traffic, with its place",
      arguments: [
        ("checks: ['load'], thresholds: ['failed == 0', 'p99 < 200']", "gate.thresholds[1]: expected a time such as"),
        ("checks: ['load'], thresholds: ['p99 < 200']", "\n  p99 < 200\n        ^~~\n"),
        ("checks: ['laod']", "gate.checks[0]: expected fairness, sessions, reload-test"),
        ("thresholds: ['p99 < 1s']", "names no checks; add gate: { checks: [\"fairness\"] }"),
        ("checks: ['load'], thresholds: ['outage(reload) == 0']", "none of the checks (load) measures that"),
        ("checks: ['load'], thresholds: ['p99 < 2 * baseline']", "needs --baseline FILE"),
        ("checks: ['load'], baseline: 'missing.json'", "baseline missing.json: \(SystemWording.noSuchFile)"),
        ("checks: ['load'], treshold: []", "unknown key; did you mean 'gate.thresholds'?"),
      ])
    func refused(gate text: String, message: String) throws {
      let state = State()
      let server = try server(state)
      let outcome = try gate([try profile(server, text)])
      #expect(outcome.status == 2)
      #expect(outcome.messages.contains(message), "\(outcome.messages)")
      #expect(state.turn.load(ordering: .relaxed) == 0)
      #expect(tool.folder.read("gate/report.json") == nil)
      withExtendedLifetime(server) {}
    }

    /// Checks whose manager cannot do what it will be asked to, the check that says so, the status and the reason.
    private static let unready: [(deploy: String, checks: String, named: String, status: Int32, reason: String)] = [
      (
        "reload: 'no-such-program-of-ours reload', restart: 'true'", "'load', 'reload-test'", "reload-test", 3,
        "the reload command cannot be started: no-such-program-of-ours"
      ),
      (
        "reload: 'true', restart: 'no-such-program-of-ours'", "'fairness', 'reload-test'", "reload-test", 3,
        "the restart command cannot be started"
      ),
      ("reload: 'true'", "'load', 'reload-test', 'failover'", "failover", 2, "nothing to stop and start backends with"),
      ("reload: 'true', break: 'true'", "'inspect', 'reload-test'", "reload-test", 2, "takes two commands"),
      ("", "'load', 'reload-test'", "reload-test", 2, "nothing to reload with"),
      ("pm2: 'shop', pm2Program: '/no/such/pm2'", "'load', 'failover'", "failover", 3, "/no/such/pm2"),
    ]

    @Test("Every check's manager is asked before any traffic of the gate", arguments: unready.indices)
    func unreadyManager(_ index: Int) throws {
      let (deploy, checks, named, status, reason) = Self.unready[index]
      let server = try server()
      let path = try profile(server, "checks: [\(checks)]", "deploy: { \(deploy) }, requests: 50,")
      let outcome = try gate([path])
      #expect(outcome.status == status, "\(outcome.messages)")
      let lines = outcome.messages.split(separator: "\n").filter { $0.contains(named) && $0.contains(reason) }
      #expect(lines.count == 1, "\(outcome.messages)")
      #expect(server.connectionCount == 0)
      #expect(tool.folder.read("gate/report.json") == nil)
      withExtendedLifetime(server) {}
    }

    @Test("A target that is down is status 3, a report all the same, and the other checks still run")
    func unreachable() throws {
      let server = try server()
      let down = try tool.folder.write(
        "{ target: 'http://127.0.0.1:\(FreePort.reserve())/', gate: { checks: ['load'] } }", to: "down.json5")
      let up = try profile(server, "checks: ['load']", "requests: 20,")
      let outcome = try gate([down, up], onGitHub: true)
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      let checks = outcome.report?["gate"]["checks"].list ?? []
      #expect(checks.map { $0["verdict"].text } == ["inconclusive", "pass"])
      #expect(checks[0]["problem"].text?.contains("does not answer") == true)
      #expect(annotations(outcome).count == 1 && annotations(outcome)[0].hasPrefix("::warning "))
      try expectValidFiles()
      withExtendedLifetime(server) {}
    }

    @Test("Hostile names in annotations, JUnit and summary are text and nothing else")
    func hostile() throws {
      let names = [
        "a|b`c`", "<script>alert(1)</script>", "]]>&amp;", "::error::gotcha", "##[error]x", "%0A::warning::y",
        "\u{1B}[31mred", String(repeating: "z", count: 4096), "\u{FF}\u{FE}",
      ]
      let server = try server(names: names)
      let path = try profile(
        server, "checks: ['load', 'fairness'], thresholds: ['share(app-1) > 0']", "requests: 180,")
      let outcome = try gate([path], onGitHub: true)
      #expect([1, 3].contains(outcome.status), "\(outcome.messages)")
      for line in annotations(outcome) {
        #expect(line.hasPrefix("::error title=lbcheck ") || line.hasPrefix("::warning title=lbcheck "), "\(line)")
      }
      #expect(!outcome.messages.contains("##[") && !outcome.messages.contains("\u{1B}"))
      let summary = tool.folder.read("summary.md") ?? ""
      #expect(!summary.contains("<script>") && !summary.contains("\u{1B}") && summary.contains("Gate"))
      try expectValidFiles()
      withExtendedLifetime(server) {}
    }

    @Test("Twenty equal reruns raise no false alarm against a baseline, and a slower build fails")
    func baseline() throws {
      let state = State()
      state.milliseconds.store(20, ordering: .relaxed)
      let server = try server(state)
      let path = try profile(server, "checks: ['load']", "rate: 300, duration: '600ms',")
      let base = try tool.run(["gate", path, "--out", tool.folder.path + "/base"])
      #expect([0, 3].contains(base.status), "\(base.messages)")
      for number in 1...20 {
        let outcome = try gate([path], ["--baseline", tool.folder.path + "/base"], onGitHub: true)
        let worse =
          outcome.report?["gate"]["checks"][0]["thresholds"].list.filter { $0["verdict"].text == "fail" } ?? []
        #expect(worse.isEmpty, "rerun \(number): \(outcome.output)")
        // A generator that the machine held up says so itself.
        #expect([0, 3].contains(outcome.status))
        #expect(!annotations(outcome).contains { $0.hasPrefix("::error") })
        #expect(tool.folder.read("gate/junit.xml")?.contains("<failure") == false)
      }

      let kept = tool.folder.read("base/report.json")
      for baseline in ["base", "base/report.json"].map({ "\(tool.folder.path)/\($0)" }) {
        let refused = try tool.run(["gate", path, "--baseline", baseline, "--out", tool.folder.path + "/base/"])
        #expect(refused.status == 2 && refused.messages.contains("which would be replaced"), "\(refused.messages)")
      }
      #expect(tool.folder.read("base/report.json") == kept && kept != nil)

      // A run that the machine disturbed does not decide; then the next has to.
      var outcome = base
      for _ in 0..<4 where outcome.status != 1 {
        state.milliseconds.store(20, ordering: .relaxed)
        _ = try tool.run(["gate", path, "--out", tool.folder.path + "/base"])
        state.milliseconds.store(28, ordering: .relaxed)
        outcome = try gate([path], ["--baseline", tool.folder.path + "/base/report.json"], onGitHub: true)
      }
      #expect(outcome.status == 1, "\(outcome.output)")
      let thresholds = outcome.report?["gate"]["checks"][0]["thresholds"].list ?? []
      #expect(thresholds.first { $0["name"].text == "p50 against the baseline" }?["verdict"].text == "fail")
      #expect(
        annotations(outcome).contains {
          $0.contains("p50 is no worse than in the baseline (p50 against the baseline): expected no worse than")
        })
      try expectValidFiles()
      withExtendedLifetime(server) {}
    }

    @Test("SIGTERM in the middle: the broken build is repaired, the rest said to be not run, status 130")
    func terminated() throws {
      let marker = tool.folder.path + "/broken"
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          if FileManager.default.fileExists(atPath: marker) { return connection.reset() }
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nX-Generation: 1\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let path = try profile(
        server, "checks: ['reload-test', 'load']",
        """
        deploy: { reload: "true", break: "touch \(marker)", repair: "rm -f \(marker)" },
        reload: { settle: "500ms", replacement: false, restart: false }, requests: 10,
        """)
      let outcome = try gate([path], interruptAfter: 2.5)
      #expect(outcome.status == 130, "\(outcome.messages)\(outcome.output)")
      #expect(!FileManager.default.fileExists(atPath: marker))
      let checks = outcome.report?["gate"]["checks"].list ?? []
      #expect(checks.map { $0["check"].text } == ["reload-test", "load"])
      #expect(checks[0]["report"]["interrupted"].integer == 1)
      #expect(checks[0]["report"].assertion("repaired")?["verdict"].text == "pass", "\(outcome.output)")
      #expect(checks[1]["problem"].text == "not run: interrupted")
      #expect(outcome.report?["interrupted"].integer == 1)
      try expectValidFiles()
      withExtendedLifetime(server) {}
    }
  }
}
