import Report
import Testing

@testable import Checks

@Suite struct GateHeadlineTests {
  private func check(
    _ name: CheckKind, _ verdict: Verdict, _ summary: String, notJudged: [String]? = nil, advice: String? = nil,
    thresholds: [Assertion] = []
  ) -> GateCheck {
    var report = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "0"), check: name, target: TargetSection(url: "http://a.test/"),
      startedAt: "2026-11-25T00:00:00Z", durationSeconds: 1, verdict: verdict, summary: summary)
    report.notJudged = notJudged
    report.advice = advice.map { ["Something else.", $0] }
    return GateCheck(
      check: name, profile: "p.json5", verdict: Verdict.worst(of: [verdict] + thresholds.map(\.verdict)),
      thresholds: thresholds, report: report)
  }

  private func document(_ checks: [GateCheck], isInterrupted: Bool = false) -> ReportDocument {
    ReportDocument(
      gate: GateSection(checks: checks), target: "http://127.0.0.1/", startedAt: "2026-11-25T00:00:00Z",
      durationSeconds: 1, command: [],
      isInterrupted: isInterrupted)
  }

  @Test("A gate says what failed, and ends in what its first failing check says to do")
  func failed() {
    let gate = document([
      check(.fairness, .inconclusive, "Not decided: the order is random.", advice: "Ask again."),
      check(.reloadTest, .fail, "The reload lost 5 requests.", advice: "Drain."),
    ])
    #expect(
      gate.summary == "1 of 2 checks failed, 1 not decided. reload-test: The reload lost 5 requests.")
    #expect(gate.advice == ["Drain."])
  }

  @Test("What was not decided says why")
  func undecided() {
    let gate = document([check(.load, .pass, "Well."), check(.fairness, .inconclusive, "Not decided: so few.")])
    #expect(gate.summary == "1 of 2 checks not decided. fairness: Not decided: so few.")
    let missing = document([GateCheck(check: .load, profile: "p", verdict: .inconclusive, problem: "nobody listens")])
    #expect(missing.summary == "1 of 1 checks not decided. load: Nobody listens.")
  }

  @Test("An interrupted gate says to let it run to its end, unless something failed before")
  func interrupted() {
    let rest = GateCheck(check: .load, profile: "p", verdict: .inconclusive, problem: "not run: interrupted")
    for first in [rest, check(.fairness, .pass, "Well.", advice: "Keep it.")] {
      let gate = document([first, rest], isInterrupted: true)
      #expect(gate.verdict == .inconclusive && gate.advice == [NextStep.toItsEnd])
    }
    let failed = document([check(.fairness, .fail, "It is not.", advice: "Mend it."), rest], isInterrupted: true)
    #expect(failed.verdict == .fail && failed.advice == ["Mend it."])
  }

  @Test("A threshold that is not met is named beside a check that passed, and has the advice in place of the pass's")
  func threshold() {
    var missed = Assertion(name: "p99 < 1ms", verdict: .fail, expected: "< 1ms", actual: "25 ms")
    let gate = document([check(.load, .pass, "All is well.", advice: "Keep it.", thresholds: [missed])])
    #expect(gate.summary == "1 of 1 checks failed. load: Not met: p99 < 1ms (25 ms).")
    #expect(gate.advice == nil)
    missed.advice = "Add capacity."
    #expect(
      document([check(.load, .pass, "Well.", advice: "Keep it.", thresholds: [missed])]).advice == ["Add capacity."])
  }

  @Test("What was not measured is not listed as not decided")
  func notMeasured() {
    func open(_ name: String, _ actual: String) -> Assertion {
      Assertion(name: name, verdict: .inconclusive, expected: "", actual: actual)
    }
    let gate = document([
      check(
        .load, .pass, "All is well.",
        thresholds: [
          open("kept > 90%", Assertion.notMeasured), open("requests > 10", "5"),
          open("gap(x) < 1s", Assertion.notMeasured),
        ])
    ])
    #expect(
      gate.summary
        == "1 of 1 checks not decided. load: Not decided: requests > 10 (5). Not measured: kept > 90%; gap(x) < 1s.")
    let missed = Assertion(name: "p99 < 1ms", verdict: .fail, expected: "< 1ms", actual: "25 ms")
    #expect(
      document([check(.load, .pass, "Well.", thresholds: [missed, open("kept > 90%", Assertion.notMeasured)])]).summary
        == "1 of 1 checks failed. load: Not met: p99 < 1ms (25 ms). Not measured: kept > 90%.")
  }

  @Test("Where all passed, what a check did not judge is carried")
  func passed() {
    let gate = document([
      check(.load, .pass, "All is well."),
      check(
        .reloadTest, .pass, "The reload lost no request. Not judged: the restart lost 5 of 100 requests.",
        notJudged: ["the restart lost 5 of 100 requests"]),
    ])
    #expect(
      gate.summary == "2 of 2 checks passed. reload-test: Not judged: the restart lost 5 of 100 requests.")
    #expect(document([check(.load, .pass, "All is well.")]).summary == "1 of 1 checks passed.")
  }
}
