import Platform
import Report
import Testing

@testable import Checks
@testable import Load

/// What is reported of losses that may be of what was done before the command of their phase.
@Suite struct LateEffectsTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// A baseline, a reload and a restart of a second each with a request every 10 ms, answered by turns by the generations that are
  /// given for each, of `a` and `b` by turns; the restart's command begins so late, and loses what is given by its numbers.
  private func notes(
    _ generations: [[Int]], failing: ClosedRange<Int>?, commandAfter delay: Double = 0, cutDone: [Nanoseconds] = []
  ) -> [String] {
    let names = ["baseline", "reload", "restart"]
    var measured = Measurements()
    measured.backends = ["a", "b"].map { Measurements.Backend(name: $0) }
    measured.generations = (0..<6).map { Generation(backend: $0 % 2, name: "\($0)") }
    func add(due: Nanoseconds, done: Nanoseconds, _ life: Int?, _ failure: FailureKind?) {
      measured.records.append(
        RequestRecord(
          due: due, sent: due, done: done, connection: 0, backend: life.map { $0 % 2 }, generation: life, status: nil,
          failure: failure, isRetry: false, isUpstreamRetried: false))
    }
    for phaseIndex in names.indices {
      for index in 0..<100 {
        let due = Nanoseconds(phaseIndex) * Self.second + Nanoseconds(index) * 10_000_000
        let fails = phaseIndex == 2 && failing?.contains(index) == true
        let answering = generations[phaseIndex]
        add(due: due, done: due + 1_000_000, fails ? nil : answering[index % answering.count], fails ? .refused : nil)
      }
    }
    for done in cutDone { add(due: 2 * Self.second - 5_000_000, done: done, nil, .reset) }
    let spans = names.enumerated().map { phaseIndex, name in
      PhaseSpan(
        name: name, start: Nanoseconds(phaseIndex) * Self.second, end: Nanoseconds(phaseIndex + 1) * Self.second,
        action: phaseIndex == 0
          ? nil
          : ActionSection(
            command: ["x"], exitStatus: 0, startSeconds: Double(phaseIndex) + (phaseIndex == 2 ? delay : 0),
            durationSeconds: 0.1)
      )
    }
    let judgement = ReloadJudgement(
      PhaseAnalysis.all(spans, of: measured, staleAfter: 0.2), of: measured, plan: ReloadPlan(), hasGenerations: false)
    return judgement.notes.filter { $0.hasPrefix("restart: ") && !$0.contains("in flight") && !$0.contains("kept") }
  }

  @Test("Losses dated before the command are distinguished from those after it, those of cut requests by their end")
  func beforeTheCommand() {
    let generations = [[0, 1], [2, 3], [4, 5]]
    #expect(notes(generations, failing: 0...9) == [])
    #expect(
      notes(generations, failing: 10...39, commandAfter: 0.2) == [
        "restart: 10 of its 30 failed requests failed before its command began, because of what came before."
      ])
    #expect(notes(generations, failing: 20...39, commandAfter: 0.2) == [])
    let cut = notes(
      generations, failing: nil, commandAfter: 0.2,
      cutDone: [2 * Self.second + 100_000_000, 2 * Self.second + 250_000_000])
    #expect(cut.first?.hasPrefix("restart: 1 of its 2 failed requests failed before its command") == true)
  }

  @Test("Where processes that the reload was replacing still answered at its end, the restart's losses may be its own")
  func lingering() {
    let lingering = [[0, 1], [2, 1], [4, 5]]
    #expect(
      notes(lingering, failing: 30...39) == [
        "restart: processes from before the reload still answered when it began (b 1), so its losses may be late effects "
          + "of the reload; a longer --settle separates them."
      ])
    #expect(notes(lingering, failing: nil) == [])
    // Nothing was on its way, or all was over.
    #expect(notes([[0, 1], [0, 1], [4, 5]], failing: 30...39) == [])
    #expect(notes([[0, 1], [2, 3], [4, 5]], failing: 30...39) == [])
  }
}
