import Testing

@testable import Report

/// What a CI server shows of a gate: JUnit's file, and GitHub's annotations.
@Suite struct ContinuousIntegrationTests {
  private static let threshold = {
    var threshold = Assertion(
      name: "p99 < 200ms", verdict: .pass, expected: "< 200ms", actual: "120 ms",
      meaning: "p99 of the latency is below 200ms")
    threshold.distance = "80.0 ms within the limit (40%)"
    return threshold
  }()

  private static let lost = {
    var lost = Assertion(
      .lostNoRequest(.reload), verdict: .fail, expected: "0 of 500 failed", actual: "3", detail: "Three were lost.")
    lost.advice = "Drain."
    return lost
  }()

  private static func gate(_ thresholds: [Assertion]) -> ReportDocument {
    var report = Example.full
    report.check = .reloadTest
    report.assertions = [lost]
    return ReportDocument(
      tool: report.tool, check: .gate, target: report.target, startedAt: report.startedAt, durationSeconds: 1,
      verdict: .fail,
      gate: GateSection(checks: [
        GateCheck(check: .reloadTest, profile: "ci.json5", verdict: .fail, thresholds: thresholds, report: report)
      ]))
  }

  @Test("A case of JUnit's file is named by identifier and sentence, and has the figures where it passed, too")
  func junit() {
    let xml = JUnitWriter().write(Self.gate([Self.threshold]))
    #expect(
      xml.contains(
        """
            <testcase classname="lbcheck.reload-test" name="reloadLostNoRequest: No request lost during the reload" time="12.500">
              <failure type="fail" message="expected 0 of 500 failed, got 3">expected: 0 of 500 failed
        actual: 3
        why: Three were lost.
        what to do: Drain.</failure>
            </testcase>
            <testcase classname="lbcheck.reload-test" name="p99 &lt; 200ms: p99 of the latency is below 200ms" time="0.000">
              <system-out>expected: &lt; 200ms
        actual: 120 ms
        distance: 80.0 ms within the limit (40%)</system-out>
            </testcase>

        """), "\(xml)")
  }

  @Test("GitHub gets an error for what failed and a notice for a threshold that is met, with the figures of both")
  func annotations() {
    #expect(
      GitHubWriter().annotations(Self.gate([Self.threshold])).map(\.line) == [
        "::error title=lbcheck reload-test::No request lost during the reload (reloadLostNoRequest): expected 0 of 500 failed, got 3"
          + "%0AWhy: Three were lost.%0AWhat to do: Drain.",
        "::notice title=lbcheck reload-test::p99 of the latency is below 200ms (p99 < 200ms): expected < 200ms, got 120 ms, "
          + "80.0 ms within the limit (40%25)",
      ])
  }

  @Test("Of each kind GitHub shows ten annotations; the next says how many more there are")
  func most() {
    let lines = GitHubWriter().annotations(Self.gate(Array(repeating: Self.threshold, count: 13))).map(\.line)
    #expect(lines.count { $0.hasPrefix("::notice title") } == 10)
    #expect(lines.last == "::notice::3 more; see the step's summary")
  }
}
