import Load
import Report
import Statistics
import Testing

@testable import Checks

@Suite struct NextStepTests {
  private func document(
    _ assertions: [Assertion], check: CheckKind = .fairness, failures: [String: Int] = [:],
    statuses: [String: Int] = [:]
  ) -> ReportDocument {
    let failed = failures.values.reduce(0, +)
    return ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "0"), check: check, target: TargetSection(url: "http://alvin.xyz/"),
      startedAt: "2026-11-25T00:00:00Z", durationSeconds: 1, assertions: assertions,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: failed, completed: failed, succeeded: 0, failed: failed, retried: 0),
        statuses: statuses, failures: failures, rate: RateSection(achieved: 1)))
  }

  private func line(
    _ name: String, _ verdict: Verdict, _ actual: String = "5", finding: Assertion.Finding? = nil
  ) -> String? {
    var assertion = Assertion(name: name, verdict: verdict, expected: "0", actual: actual)
    assertion.finding = finding
    return NextStep.line(for: document([assertion]))
  }

  @Test(
    "Each kind of failure has its own help",
    arguments: [
      ("refused", [:], "Nothing listens"), ("timeout", [:], "what the backends do"), ("reset", [:], "cut off"),
      ("tls", [:], "inspect"), ("malformed", [:], "shows the faulty line"),
      ("status", ["200": 90, "502": 10], "got no answer from a backend"),
      ("status", ["503": 1], "No backend was available"),
      ("status", ["429": 1], "rate limit"), ("status", ["401": 1], "credentials"),
      ("status", ["404": 2], "nothing at this path"),
      ("status", ["500": 2], "its log"), ("status", ["520": 2], "log of the server"),
    ])
  func failure(_ kind: String, _ statuses: [String: Int], _ words: String) throws {
    let failed = Assertion(name: "noRequestFailed", verdict: .fail, expected: "0", actual: "10")
    let line = try #require(NextStep.line(for: document([failed], failures: [kind: 10], statuses: statuses)))
    #expect(line.contains(words), "\(line)")
  }

  @Test("The same assertion has other help where something else was found")
  func condition() {
    #expect(line("policy", .fail, finding: .policy(.sticky, stickyBy: "client address"))?.contains("ip_hash") == true)
    #expect(line("policy", .fail, finding: .policy(.single, stickyBy: nil))?.contains("every server") == true)
    #expect(
      line("policy", .inconclusive, finding: .policy(.unknown, stickyBy: nil))?.contains("while nobody else") == true)
    for check in [CheckKind.failover, .reloadTest] {
      let open = Assertion(
        name: "everyBackendAnswered", verdict: .inconclusive, expected: "", actual: "baseline: not b")
      #expect(NextStep.line(for: document([open], check: check))?.contains("--settle") == true)
    }
    #expect(line("everyBackendAnswered", .fail, finding: .silent("b"))?.contains("Start the silent ones") == true)
  }

  @Test("What failed comes before what was not decided, and whom an assertion is about does not matter")
  func order() {
    let open = Assertion(name: "generatorOnTime", verdict: .inconclusive, expected: "0", actual: "5")
    let failed = Assertion(name: "failoverLostNoRequest(app-1)", verdict: .fail, expected: "0", actual: "5")
    #expect(NextStep.line(for: document([open, failed]))?.contains("proxy_next_upstream") == true)
    #expect(NextStep.line(for: document([open]))?.contains("--workers") == true)
  }

  @Test("What a manager could not do comes before the rest, then what says most of what a visitor meets")
  func priority() {
    func failed(_ name: String) -> Assertion { Assertion(name: name, verdict: .fail, expected: "0", actual: "5") }
    let acted = document([failed("chosenAgain(app-1)"), failed("othersTookOver(app-1)"), failed("managerActed")])
    #expect(NextStep.line(for: acted)?.hasPrefix("Run the manager's command by hand") == true)
    let down = document([failed("maxDeviation"), failed("siteUpAtTheEnd")])
    #expect(NextStep.line(for: down)?.hasPrefix("The site is down") == true)
  }

  @Test(
    "Only a reload that cut answers is advised to drain, and what failed in its own phase decides",
    arguments: [
      ("reset", "Have the app finish"), ("truncated", "Have the app finish"), ("timeout", "what hangs"),
      ("refused", "one instance at a time"), ("tls", "inspect"),
    ])
  func lost(_ kind: String, _ words: String) throws {
    let failed = Assertion(name: "reloadLostNoRequest", verdict: .fail, expected: "0", actual: "5")
    var document = document([failed], check: .reloadTest, failures: ["status": 90], statuses: ["503": 90])
    var traffic = try #require(document.traffic)
    traffic.failures = [kind: 5]
    document.phases = [
      PhaseSection(name: "reload", startSeconds: 1, durationSeconds: 1, traffic: traffic, longestGapSeconds: 0)
    ]
    let line = try #require(NextStep.line(for: document))
    #expect(line.contains(words) && !line.contains("process.on"), "\(line)")
  }

  @Test("Where the backup took over, the advice is not to have one")
  func backup() {
    let lost = Assertion(name: "lastPrimaryLostNoRequest", verdict: .fail, expected: "0", actual: "5")
    let took = Assertion(name: "backupTookOver", verdict: .pass, expected: "it answers", actual: "it does")
    #expect(NextStep.line(for: document([lost]))?.hasPrefix("Add a backup") == true)
    #expect(NextStep.line(for: document([lost, took]))?.hasPrefix("The backup takes over") == true)
  }

  @Test("Beside a pass stands what to ask next")
  func pass() {
    let held = Assertion(name: "policy", verdict: .pass, expected: "0", actual: "0")
    #expect(NextStep.line(for: document([held]))?.contains("lbcheck reload-test http://alvin.xyz/") == true)
    #expect(NextStep.line(for: document([held], check: .inspect))?.contains("lbcheck fairness") == true)
  }

  @Test("Each line is a sentence, whatever it is about", arguments: AssertionKind.allCases)
  func sentences(kind: AssertionKind) {
    for verdict in [Verdict.fail, .inconclusive] {
      for (actual, failure) in [
        ("silent: b", MainFailure.failure(.refused)), ("sticky by ip", .failure(.timeout)), ("5", nil),
      ] {
        let assertion = Assertion(kind, verdict: verdict, expected: "", actual: actual)
        for wasCut in [false, true] {
          let facts = NextStep.Facts(check: .load, mainFailure: failure, assertion: assertion, wasCut: wasCut)
          guard let text = NextStep.step(kind, facts) else { continue }
          #expect(text.hasSuffix("."), "\(kind): \(text)")
          #expect(text.first?.isUppercase == true || text.hasPrefix("`"), "\(text)")
        }
      }
    }
  }

  @Test(
    "A command to paste has its URL quoted for a shell",
    arguments: [CheckKind.inspect, .fairness, .reloadTest, .failover])
  func pasted(check: CheckKind) throws {
    var passed = document([Assertion(name: "answers", verdict: .pass, expected: "0", actual: "0")], check: check)
    passed.target = TargetSection(url: "http://alvin.xyz/?a=1&b=2;id")
    passed.verdict = .pass
    let line = try #require(NextStep.line(for: passed))
    #expect(line.contains(" 'http://alvin.xyz/?a=1&b=2;id'`"), "\(line)")
  }

  @Test(
    "The next command has the target of this one: its profile, or its URL with the addresses that were given",
    arguments: [
      (["alvin.xyz"], "alvin.xyz"), (["--backend-header", "xyz", "alvin.xyz"], "alvin.xyz"),
      (["--quiet", "alvin.xyz", "--requests", "9"], "alvin.xyz"),
      (["--profile", "Profiles/ci.json5"], "--profile Profiles/ci.json5"), ([], "http://alvin.xyz/"),
      (
        ["--resolve=alvin.xyz:80:127.0.0.1", "http://alvin.xyz/", "--rate", "50"],
        "--resolve=alvin.xyz:80:127.0.0.1 http://alvin.xyz/"
      ),
    ])
  func sameTarget(_ words: [String], _ target: String) throws {
    var held = document([Assertion(name: "policy", verdict: .pass, expected: "0", actual: "0")])
    held.command = ["lbcheck", "fairness"] + words
    let line = try #require(NextStep.line(for: held))
    #expect(line.contains("`lbcheck reload-test \(target)`"), "\(line)")
  }

  @Test("What fails in a way that a visitor meets has a line")
  func helped() {
    let without = AssertionKind.allCases.filter { kind in
      let assertion = Assertion(kind, verdict: .fail, expected: "", actual: "5")
      let open = Assertion(kind, verdict: .inconclusive, expected: "", actual: "5")
      return NextStep.step(kind, NextStep.Facts(check: .load, mainFailure: .failure(.refused), assertion: assertion))
        == nil
        && NextStep.step(kind, NextStep.Facts(check: .load, mainFailure: .failure(.refused), assertion: open)) == nil
    }
    #expect(
      Set(without) == [
        .lostNoRequest(.lastBackup), .leftNoGap(.brokenReload), .leftNoGap(.brokenRestart), .comparison(.verdict),
        .comparison(.sameLoad), .comparison(.figuresDecided),
        .comparison(.baseline),
      ])
  }
}
