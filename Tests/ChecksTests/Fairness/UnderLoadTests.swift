import Load
import Report
import Statistics
import Testing

@testable import Checks

/// Balancers that deal out many requests at a time in another way than one after another.
@Suite struct UnderLoadTests {
  private static let names = ["a", "b", "c"]

  private func assertion(
    _ name: String, under load: (_ turn: Int, _ connection: Int, inout SplitMix64) -> Int, seed: UInt64,
    sets count: Int = 3_000
  ) throws -> Assertion {
    var generator = SplitMix64(seed: seed)
    var seen = FairnessObservations()
    seen.serial = [(0..<400).map { Self.names[$0 % 3] }]
    var answers: [(connection: UInt32, backend: Int)] = []
    for turn in 0..<count {
      let connection = Int(generator.next() % 50)
      let backend = load(turn, connection, &generator)
      answers.append((UInt32(connection), backend))
      // As far as the order of sending is off that of arrival.
      let sent = UInt64(turn) * 1_000 + generator.next() % 25_000
      seen.inFlight.append(.init(sent: sent, done: sent + 40_000, backend: backend))
    }
    seen.pinned = PinnedConnections(answers)
    seen.concurrent = Self.names.enumerated().map { entry in
      (entry.element, answers.count { $0.backend == entry.offset })
    }
    seen.mixedConnections = 1
    seen.requests = 400 + count
    var expectation = FairnessExpectation()
    // So that shares by chance are no matter here.
    expectation.tolerance = 0.2
    expectation.backends = Self.names.map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    return try #require(FairnessJudgement(seen, against: expectation).assertions.first { $0.name == name })
  }

  @Test("A rotation that is chance under load is left open, and one that is one is not")
  func chance() throws {
    for seed in UInt64(1)...100 {
      let random = try assertion("rotationScore", under: { _, _, generator in Int(generator.next() % 3) }, seed: seed)
      #expect(random.verdict == .inconclusive, "seed \(seed)")
      let turns = try assertion("rotationScore", under: { turn, _, _ in turn % 3 }, seed: seed)
      #expect(turns.verdict == .pass, "seed \(seed)")
      // Four workers that rotate apart.
      var workers = [0, 1, 2, 0]
      let apart = try assertion(
        "rotationScore",
        under: { _, connection, _ in
          workers[connection % 4] += 1
          return workers[connection % 4] % 3
        }, seed: seed)
      #expect(apart.verdict == .pass, "seed \(seed)")
    }
  }

  @Test("Connections that keep to a backend under load leave open what is dealt out")
  func pinned() throws {
    for seed in UInt64(1)...100 {
      let all = try assertion("per", under: { _, connection, _ in connection % 3 }, seed: seed)
      #expect(all.verdict == .inconclusive && all.reason?.contains("of 50 connections") == true, "seed \(seed)")
      let some = try assertion("per", under: { turn, connection, _ in connection % 10 == 0 ? 1 : turn % 3 }, seed: seed)
      #expect(some.verdict == .inconclusive && some.reason?.contains("5 of 50") == true, "seed \(seed)")
      let none = try assertion("per", under: { turn, _, _ in turn % 3 }, seed: seed)
      #expect(none.verdict == .pass, "seed \(seed)")
    }
  }

  @Test("A backend that carries nearly all holds connections by chance")
  func rare() throws {
    var generator = SplitMix64(seed: 1)
    let answers = (0..<3_000).map { turn in
      (connection: UInt32(turn % 50), backend: generator.next() % 50 == 0 ? 1 : 0)
    }
    let pinned = try #require(PinnedConnections(answers))
    #expect(pinned.count > 0 && pinned.isChance)
  }
}
