import Deployment
import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct UnaskedChangesTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Two phases of two seconds with an answer of one backend every 10 ms, its generations by the number of the answer.
  private func changes(
    hasAction: Bool = false, isTouched: Bool = false, lists: [InstanceList] = [], generation: (Int) -> Int?
  ) -> (changes: UnaskedChanges, phases: [PhaseSection]) {
    var measured = Measurements()
    measured.backends = [Measurements.Backend(name: "a")]
    measured.generations = (0..<3).map { Generation(backend: 0, name: "\($0)") }
    measured.records = (0..<400).map { index in
      let due = Nanoseconds(index) * 10_000_000
      return RequestRecord(
        due: due, sent: due, done: due + 1_000_000, connection: 0, backend: 0, generation: generation(index),
        status: 200)
    }
    let phases = (0..<2).map { place in
      PhaseSection(
        name: ["baseline", "stop b"][place], startSeconds: Double(2 * place), durationSeconds: 2,
        action: place == 1 && hasAction ? ActionSection(command: ["x"], startSeconds: 2, durationSeconds: 0.1) : nil,
        traffic: TrafficSection(
          requests: RequestCounts(scheduled: 200, completed: 200, succeeded: 200, failed: 0, retried: 0),
          rate: RateSection(achieved: 100)), longestGapSeconds: 0.01)
    }
    return (
      UnaskedChanges(in: phases, of: measured, InstanceHistory(lists), touching: { _, _ in isTouched }), phases
    )
  }

  @Test("A backend that changed its process in a phase in which nothing was done to it is found, without any list")
  func untouched() {
    // In the middle of the baseline, and of the second phase.
    let (early, phases) = changes { $0 < 100 ? 0 : 1 }
    #expect(early.seen.map(\.index) == [0] && early.isEarly && early.verdict == .inconclusive)
    #expect(early.assertion(phases).actual == "baseline: a changed its process by itself")
    #expect(early.openPhases(of: 2) == [1])
    let (late, _) = changes(hasAction: true) { $0 < 300 ? 0 : 1 }
    #expect(late.seen.map(\.index) == [1] && late.verdict == .fail && late.openPhases(of: 2).isEmpty)
  }

  @Test("What an action is meant to replace is replaced; a new process that goes again was not asked to")
  func touched() {
    let (replaced, _) = changes(hasAction: true, isTouched: true) { $0 < 250 ? 0 : 1 }
    #expect(replaced.seen.isEmpty && replaced.verdict == .pass && replaced.isWatched)
    let (again, _) = changes(hasAction: true, isTouched: true) { $0 < 220 ? 0 : $0 < 300 ? 1 : 2 }
    #expect(again.seen.map(\.index) == [1])
  }

  @Test("A process that falls silent while the manager lists it throughout is idle; one that is listed no more is gone")
  func idle() {
    func list(_ phase: String, _ moment: InstanceList.Moment, _ pids: [Int32]) -> InstanceList {
      InstanceList(
        phase: phase, moment: moment, instances: pids.map { ManagedInstance(name: "\($0)", pid: $0, status: "running") }
      )
    }
    // The second of three processes answers no more from the middle of the second phase on.
    func silent(_ index: Int) -> Int { index < 300 ? index % 2 + 1 : 1 }
    let staying = [
      list("baseline", .before, [1, 2]), list("stop b", .before, [1, 2]), list("stop b", .after, [1, 2]),
      list("stop b", .end, [1, 2]),
    ]
    #expect(changes(hasAction: true, lists: staying, generation: silent).changes.seen.isEmpty)
    #expect(changes(hasAction: true, generation: silent).changes.seen.map(\.index) == [1])
    var gone = staying
    gone[3] = list("stop b", .end, [1])
    #expect(changes(hasAction: true, lists: gone, generation: silent).changes.seen.map(\.index) == [1])
  }

  @Test("Without lists and generations nothing is said")
  func unwatched() {
    let nothing = UnaskedChanges(in: [], of: Measurements(), InstanceHistory([]), touching: { _, _ in false })
    #expect(!nothing.isWatched && nothing.seen.isEmpty)
  }
}
