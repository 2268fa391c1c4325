import Load
import Report
import Statistics
import Testing

@testable import Checks

@Suite struct SilentSpellTests {
  private func seen(_ count: Int, _ backend: (Int) -> Int) -> FairnessObservations {
    var seen = FairnessObservations()
    seen.concurrent = ["a", "b", "c"].map { ($0, 1) }
    seen.inFlight = (0..<count).map {
      .init(sent: UInt64($0) * 2_000_000, done: UInt64($0) * 2_000_000 + 1_000_000, backend: backend($0))
    }
    return seen
  }

  @Test("A backend that is away for a while is named, with the time")
  func away() throws {
    let seen = seen(3_000) { (800..<1_550).contains($0) ? $0 % 2 : $0 % 3 }
    #expect(seen.silences.map(\.text) == ["c silent from 1.6 s to 3.1 s"])
    var expectation = FairnessExpectation()
    expectation.tolerance = 1
    let every = FairnessJudgement(seen, against: expectation).assertions.first { $0.name == "everyBackendAnswered" }
    #expect(every?.verdict == .fail && every?.actual == "away: c silent from 1.6 s to 3.1 s")
  }

  @Test("Of 200 fair balancers, by turn and by chance, none has a silent backend")
  func fair() {
    for seed in UInt64(1)...100 {
      var generator = SplitMix64(seed: seed)
      #expect(seen(2_000) { _ in Int(generator.next() % 3) }.silences.isEmpty, "seed \(seed)")
      #expect(seen(2_000) { ($0 + Int(seed)) % 3 }.silences.isEmpty, "seed \(seed)")
    }
  }

  @Test("A pause of all, a rare backend and one with a request to answer are no silence")
  func noSilence() {
    var paused = seen(900) { $0 % 3 }
    for index in 450..<900 {
      paused.inFlight[index].sent += 3_000_000_000
      paused.inFlight[index].done += 3_000_000_000
    }
    #expect(paused.silences.isEmpty)
    #expect(seen(1_000) { $0 % 200 == 0 ? 1 : 0 }.silences.isEmpty)
    var slow = seen(3_000) { (800..<1_550).contains($0) ? $0 % 2 : $0 % 3 }
    let last = slow.inFlight.lastIndex { $0.backend == 2 && $0.sent < 1_600_000_000 }!
    slow.inFlight[last].done = 3_090_000_000
    #expect(slow.silences.isEmpty)
  }

  @Test("Chance is distinguished from a rotation that others' requests disturb, by the requests under load")
  func disturbed() {
    for seed in UInt64(1)...100 {
      var generator = SplitMix64(seed: seed)
      #expect(seen(3_000) { _ in Int(generator.next() % 3) }.isRandomThroughout(per: .request), "seed \(seed)")
      // One in seven is another visitor's.
      var turn = 0
      let disturbed = seen(3_000) { _ in
        turn += generator.next() % 7 == 0 ? 2 : 1
        return turn % 3
      }
      #expect(!disturbed.isRandomThroughout(per: .request), "seed \(seed)")
    }
  }
}
