import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct FailoverJudgementTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Phases of one second with a request every 10 ms, answered by the named backends in turn.
  private func judge(_ phases: [[String]]) -> FailoverJudgement {
    var measured = Measurements()
    let names = ["a", "b", "spare"]
    measured.backends = names.map { Measurements.Backend(name: $0) }
    for (place, backends) in phases.enumerated() {
      for index in 0..<100 {
        let due = Nanoseconds(place) * Self.second + Nanoseconds(index) * 10_000_000
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + 2_000_000, connection: 0,
            backend: names.firstIndex(of: backends[index * backends.count / 100]), generation: nil, status: 200,
            failure: nil, isRetry: false, isUpstreamRetried: false))
      }
    }
    let spans = phases.indices.map { place in
      PhaseSpan(
        name: "\(place)", start: Nanoseconds(place) * Self.second, end: Nanoseconds(place + 1) * Self.second,
        action: nil)
    }
    let sections = spans.map { PhaseAnalysis($0, of: measured, previous: [], staleAfter: 0).section }
    return FailoverJudgement(measured, spans, sections, settle: Self.second)
  }

  private func verdict(_ judgement: FailoverJudgement, _ name: String) -> Verdict? {
    judgement.assertions.first { $0.name == name }?.verdict
  }

  @Test("A backup that takes over and falls silent again passes")
  func takeover() {
    var judgement = judge([["a", "b"], ["a", "spare", "spare"], ["spare", "a", "a"]])
    judgement.judge(backup: "spare", at: 1)
    #expect(judgement.assertions.map(\.verdict) == [.pass, .pass, .pass, .pass])
    #expect(judgement.assertions[2].actual.hasPrefix("first answer 0.342 s after the stop"))
  }

  @Test("A backup that answers too early, not at all, or for ever fails")
  func faults() {
    var judgement = judge([["a", "spare"], ["b"], ["spare"]])
    judgement.judge(backup: "spare", at: 1)
    #expect(verdict(judgement, "backupSilentBefore") == .fail)
    #expect(verdict(judgement, "backupTookOver") == .fail)
    #expect(verdict(judgement, "backupFellSilent") == .fail)
  }

  @Test("Each of several stops has assertions of its own; one that never came back fails its phase")
  func inTurn() {
    var judgement = judge([["a", "b", "a", "b"], ["b"], ["b", "a", "b"], ["a"], ["a"]])
    judgement.judgeBaseline()
    judgement.judge(stopOf: "a", at: 1, isOneOfMany: true)
    judgement.judge(stopOf: "b", at: 3, isOneOfMany: true)
    #expect(verdict(judgement, "chosenAgain(a)") == .pass)
    #expect(verdict(judgement, "othersTookOver(b)") == .pass)
    #expect(verdict(judgement, "chosenAgain(b)") == .fail)
    #expect(judgement.phases.map(\.verdict) == [.pass, .pass, .pass, .pass, .fail])
  }

  @Test("A site that does not answer after the repair fails loudly")
  func repair() {
    var judgement = judge([["a"]])
    judgement.judgeActions(answersAgain: false)
    #expect(verdict(judgement, "repaired") == .fail)
  }
}
