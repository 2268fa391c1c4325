import Report
import Testing

@testable import lbcheck

/// What a report means for the exit status, and that no credential leaves with it.
@Suite struct ReportOutcomeTests {
  private func document(_ verdict: Verdict, interrupted: Bool? = nil) -> ReportDocument {
    ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "0"), check: .load,
      target: TargetSection(url: "http://user:hunter2@alvin.xyz/"), startedAt: "2026-11-28T12:00:00Z",
      durationSeconds: 1, verdict: verdict, interrupted: interrupted)
  }

  @Test(
    "The verdict is the status, unless the run was interrupted",
    arguments: [
      (Verdict.pass, nil, lbcheck.ExitStatus.passed), (.fail, nil, .failed), (.inconclusive, nil, .inconclusive),
      (.pass, true, .interrupted), (.fail, true, .interrupted),
    ])
  func status(_ verdict: Verdict, _ interrupted: Bool?, _ status: lbcheck.ExitStatus) {
    let report = ReportOutcome(document(verdict, interrupted: interrupted), in: nil, ReportOptions())
    #expect(report.status == status)
    #expect(report.unwritten == .inconclusive)
  }

  @Test("A status that a command gives wins over the verdict's")
  func given() {
    #expect(ReportOutcome(document(.fail), in: nil, ReportOptions(), status: .passed).status == .passed)
  }

  @Test("Credentials are left out unless they are asked for", arguments: [false, true])
  func secrets(_ shows: Bool) {
    var options = ReportOptions()
    options.showsSecrets = shows
    #expect(ReportOutcome(document(.pass), in: nil, options).document.target.url.contains("hunter2") == shows)
  }
}
