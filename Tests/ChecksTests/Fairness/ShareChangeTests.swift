import Load
import Report
import Statistics
import Testing

@testable import Checks

/// Weights that change in the run, and other visitors' requests.
@Suite struct ShareChangeTests {
  /// A balancer of a, b and c whose weights may change, and requests of others in between.
  private struct Balancer {
    var isRandom = false
    /// How many requests of others come before each of lbcheck's, on average.
    var others = 0.0
    var random: SplitMix64
    private var turn = 0

    init(isRandom: Bool = false, others: Double = 0, seed: UInt64) {
      (self.isRandom, self.others) = (isRandom, others)
      random = SplitMix64(seed: seed)
      turn = Int(random.next() % 3)
    }

    private mutating func unit() -> Double { Double(random.next() >> 11) * 0x1p-53 }

    /// - Parameter share: of the balancer's requests at the time that are lbcheck's; the fewer, the more come in between.
    mutating func answer(_ pool: [Int], others: Double) -> Int {
      if isRandom { return pool[Int(random.next() % UInt64(pool.count))] }
      while unit() < others / (1 + others) { turn += 1 }
      turn += 1
      return pool[turn % pool.count]
    }

    mutating func seen(_ count: Int, _ pool: (Int) -> [Int] = { _ in [0, 1, 2] }) -> FairnessObservations {
      let names = ["a", "b", "c"]
      var seen = FairnessObservations()
      seen.serial = [(0..<400).map { _ in names[answer([0, 1, 2], others: others)] }]
      // Many at a time leave others less room.
      seen.burst =
        others > 0 || isRandom
        ? (0..<(others > 0 ? 6_000 : 1_500)).map { _ in names[answer([0, 1, 2], others: others / 10)] } : []
      seen.inFlight = (0..<count).map { index in
        let time = UInt64(index) * 2_000_000
        return .init(sent: time, done: time + 1_000_000, backend: answer(pool(index), others: others))
      }
      seen.concurrent = names.indices.map { index in (names[index], seen.inFlight.count { $0.backend == index }) }
      seen.mixedConnections = 50
      seen.requests = 400 + count
      return seen
    }
  }

  private func judge(_ seen: FairnessObservations, tolerance: Double = 0.02) -> (FairnessJudgement, [String: Verdict]) {
    var expectation = FairnessExpectation()
    expectation.tolerance = tolerance
    expectation.backends = ["a", "b", "c"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    let judgement = FairnessJudgement(seen, against: expectation)
    return (judgement, Dictionary(judgement.assertions.map { ($0.name, $0.verdict) }, uniquingKeysWith: { $1 }))
  }

  @Test("Weights that change in the run fail, though they add up to the expected ones, with the time and the shares")
  func weights() throws {
    for seed in UInt64(1)...100 {
      var balancer = Balancer(seed: seed)
      // Each has a third in the end.
      let parts = [[0, 0, 0, 0, 1, 2], [0, 1, 1, 2, 2]]
      let seen = balancer.seen(3_300) { parts[$0 < 1_500 ? 0 : 1] }
      let (judgement, verdicts) = judge(seen, tolerance: 0.1)
      #expect(verdicts["policy"] == .pass && verdicts["maxDeviation"] == .fail, "seed \(seed)")
      let change = try #require(seen.change?.share)
      #expect(abs(change.position - 1_500) < 100, "seed \(seed)")
      #expect(judgement.notes.contains { $0.hasPrefix("The shares changed at ") && $0.contains("a had ") })
    }
  }

  @Test("Of 200 balancers whose weights stay, by turn and by chance, none is said to have changed")
  func fair() {
    for seed in UInt64(1)...100 {
      var (rotation, chance) = (Balancer(seed: seed), Balancer(isRandom: true, seed: seed))
      let even = rotation.seen(3_000)
      #expect(even.change == nil && even.serialChange == nil && judge(even).1.values.allSatisfy { $0 == .pass })
      let drawn = chance.seen(3_000)
      #expect(drawn.change == nil && drawn.serialChange == nil, "seed \(seed)")
      #expect(judge(drawn).0.policy == .random && judge(drawn).1["policy"] == .fail, "seed \(seed)")
    }
  }

  @Test("A fair rotation never fails for other visitors' requests, be they ten times as many, and they are named")
  func others() {
    for others in [0.02, 0.3, 1, 3, 10] {
      for seed in UInt64(1)...20 {
        var balancer = Balancer(others: others, seed: seed)
        let (judgement, verdicts) = judge(balancer.seen(3_000))
        #expect(!verdicts.values.contains(.fail), "\(others), seed \(seed): \(judgement.policy) \(verdicts)")
        #expect(
          judgement.policy == .unknown || judgement.notes.contains { $0.contains("other visitors' requests") },
          "\(others), seed \(seed)")
        if others >= 3 {
          #expect(judgement.notes.contains { $0.contains("other visitors' requests") }, "\(others), seed \(seed)")
        }
      }
    }
  }
}
