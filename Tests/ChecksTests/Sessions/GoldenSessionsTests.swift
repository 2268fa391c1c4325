import Load
import Report
import Testing

@testable import Checks

/// Compares whole reports on visitors of known balancers with files in `Golden`.
@Suite struct GoldenSessionsTests {
  private let names = ["a", "b", "c"]

  @Test(
    "Visitors stay by a cookie; when b stops its own go elsewhere, and with a bad hash everybody's",
    arguments: [true, false])
  func stopped(isConsistent: Bool) throws {
    var staged = StagedVisitors(300, backends: names)
    staged.findings.cookies = [.init(name: "SERVERID", answers: 300, seconds: 3600)]
    staged.come(4, StagedBalancer.sticky)
    staged.control(.address) { .by(StagedVisitors.hash($0 + 4711) % 3) }
    staged.control(.cookies) { .by(StagedVisitors.hash($0) % 3) }
    staged.draw([1300, 1320, 1310])
    staged.rest([1.25, 2.5, 5, 10]) { visitor, _ in StagedVisitors.hash(visitor) % 3 }
    staged.findings.stopped = "b"
    staged.findings.actions = [action("stop", at: 4), action("start", at: 20)]
    staged.come(2, in: .stop("b")) { visitor, request, turn in
      let own = StagedVisitors.hash(visitor) % 3
      return .by(!isConsistent ? (own + 1) % 3 / 2 * 2 : own == 1 ? visitor % 2 * 2 : own)
    }
    staged.come(2, in: .start("b"), StagedBalancer.sticky)
    staged.findings.newcomers = (0..<30).map { .by($0 % 3) }

    let settings = try GoldenFindings.settings()
    var plan = SessionsPlan()
    plan.chosenVisitors = 300
    let answers = staged.findings.rounds.flatMap(\.answers)
    let records = GoldenFindings.requests(seconds: answers.count / 100) { index in
      RequestRecord.Outcome(backend: answers[index].backend)
    }
    let findings = SessionsCheck.Findings(
      common: GoldenFindings.findings([GoldenFindings.stage(.traffic, records, names)]), sessions: staged.findings)
    var report = SessionsCheck(settings, manager: nil, actions: [], plan: plan, watch: CheckWatch()).report(
      on: findings)
    report.list(settings)
    #expect(report.verdict == (isConsistent ? .pass : .fail))
    try GoldenFile.compare(report, with: isConsistent ? "sessions" : "sessions-rehashed")
  }

  private func action(_ name: String, at seconds: Double) -> ActionSection {
    ActionSection(command: [name, "b"], exitStatus: 0, startSeconds: seconds, durationSeconds: 0.1)
  }
}
