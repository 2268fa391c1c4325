import Load
import Platform
import Testing

@testable import Checks

@Suite struct GenerationChangesTests {
  /// An answer every 10 ms of one backend, by the generation that `who` says.
  private func records(_ count: Int, backend: Int = 0, _ who: (Int) -> Int?) -> [RequestRecord] {
    (0..<count).map { index in
      let due = Nanoseconds(index) * 10_000_000
      let generation = who(index)
      return RequestRecord(
        due: due, sent: due, done: due + 1_000_000, connection: 0, backend: generation == nil ? nil : backend,
        generation: generation, status: 200, failure: generation == nil ? .closed : nil, isRetry: false,
        isUpstreamRetried: false)
    }
  }

  private func changes(_ records: [RequestRecord], watched: (Int) -> Bool = { _ in true }) -> [[Int]] {
    let changes = GenerationChanges(records, in: 0..<3_000_000_000, watched: watched)
    return [changes.gone, changes.arrived]
  }

  @Test("Two processes that take turns throughout, and one that answers seldom, are no change")
  func steady() {
    #expect(changes(records(300) { $0 % 2 }) == [[], []])
    #expect(changes(records(300) { $0 == 40 ? 1 : 0 }) == [[], []], "one answer tells nothing")
    #expect(changes(records(300) { (40...48).contains($0) ? 1 : 0 }) == [[], []])
    #expect(changes(records(300) { $0 > 290 ? nil : 0 }) == [[], []], "the whole backend is gone")
  }

  @Test("A process that is followed by another one, alone or beside a third, has changed")
  func crash() {
    #expect(changes(records(300) { $0 < 150 ? 0 : 1 }) == [[0], [1]])
    #expect(changes(records(300) { $0 % 2 == 0 ? 2 : $0 < 150 ? 0 : 1 }) == [[0], [1]])
    #expect(changes(records(300) { $0 / 100 }) == [[0, 1], [1, 2]])
  }

  @Test("More processes, or fewer, are a change as well")
  func scale() {
    #expect(changes(records(300) { $0 < 150 ? 0 : $0 % 2 }) == [[], [1]])
    #expect(changes(records(300) { $0 < 150 ? $0 % 2 : 0 }) == [[1], []])
  }

  @Test("Only what is watched counts, and a change in the last moment is left to the next phase")
  func watched() {
    #expect(changes(records(300) { $0 < 150 ? 0 : 1 }) { $0 == 1 } == [[], [1]])
    #expect(changes(records(300) { $0 < 270 ? 0 : 1 })[0] == [])
  }
}
