import Load
import Platform
import Report
import Testing

@testable import Checks

/// Reloads whose answers show less than they seem to.
@Suite struct ReloadEvidenceTests {
  /// What one request of a phase met; of 500 before the reload and 500 from its start, one every 10 ms.
  private struct Answer {
    var takes: Nanoseconds = 1_000_000
    var backend: Int? = 0
    var generation: Int?
    var template: UInt16 = 0
  }

  private func judge(_ answer: (Int) -> Answer) -> ReloadJudgement {
    var measured = Measurements()
    measured.backends = [Measurements.Backend(name: "a")]
    measured.generations = ["1", "2"].map { Generation(backend: 0, name: $0) }
    for index in 0..<1000 {
      let (due, answer) = (Nanoseconds(index) * 10_000_000, answer(index))
      measured.records.append(
        RequestRecord(
          due: due, sent: due, done: due + answer.takes, connection: 0, backend: answer.backend,
          generation: answer.generation ?? (index < 510 ? 0 : 1), status: 200, template: answer.template))
    }
    return judge(measured)
  }

  private func judge(_ measured: Measurements) -> ReloadJudgement {
    ReloadJudgement(
      PhaseAnalysis.all(
        PhaseSpan.reloadAfterFiveSeconds, of: measured, staleAfter: 1, methods: ["GET", "POST"]), of: measured,
      methods: ["GET", "POST"], plan: ReloadPlan(), hasGenerations: true)
  }

  private func verdicts(_ judgement: ReloadJudgement, _ name: String) -> [Verdict] {
    judgement.assertions.filter { $0.name.hasPrefix(name) }.map(\.verdict)
  }

  @Test("A site that hangs until after the last request was due has left a gap")
  func gapPastTheEnd() {
    for (hangs, verdict) in [(0, Verdict.pass), (50, .pass), (300, .fail)] {
      let judgement = judge { index in
        // Answered all at once, a moment after the last one was due.
        Answer(takes: index >= 985 ? Nanoseconds(max(985 + hangs, index) - index) * 10_000_000 + 1_000_000 : 1_000_000)
      }
      #expect(verdicts(judgement, "reloadLeftNoGap") == [verdict], "\(hangs)")
    }
  }

  @Test("A method whose answers no backend gives leaves its losses open, as do more than a twentieth of all answers")
  func unnamedMethod() {
    func named(_ isNobodys: @escaping (Int) -> Bool, post: @escaping (Int) -> Bool) -> [Verdict] {
      verdicts(
        judge { Answer(backend: isNobodys($0) ? nil : 0, template: post($0) ? 1 : 0) }, "servedByBackends")
    }
    let isPost = { (index: Int) in index % 50 == 0 }
    #expect(named({ _ in false }, post: isPost) == [])
    #expect(named(isPost, post: isPost) == [.inconclusive])
    #expect(named({ $0 % 10 == 0 }, post: { _ in false }) == [.inconclusive])
    #expect(named({ $0 % 50 == 0 }, post: { _ in false }) == [])
    // Where nobody names a backend, that is told elsewhere.
    #expect(named({ _ in true }, post: isPost) == [])
  }

  @Test("Answers that name no generation at the end leave open whether all were replaced")
  func withoutNames() {
    var measured = Measurements()
    measured.backends = [Measurements.Backend(name: "a")]
    measured.generations = ["1", "2"].map { Generation(backend: 0, name: $0) }
    for last in [nil, 1] as [Int?] {
      measured.records = (0..<1000).map { index in
        let due = Nanoseconds(index) * 10_000_000
        return RequestRecord(
          due: due, sent: due, done: due + 1_000_000, connection: 0, backend: 0,
          generation: index < 510 ? 0 : index < 600 ? 1 : last, status: 200)
      }
      let wanted: [Verdict] = [last == nil ? .inconclusive : .pass]
      #expect(verdicts(judge(measured), "everyGenerationReplaced") == wanted)
      #expect(verdicts(judge(measured), "noStaleGeneration") == wanted)
    }
  }
}
