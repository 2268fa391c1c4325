import Report
import Statistics
import Testing

@testable import Checks

/// How often a random balancer fails that is fair, and how often one that is not.
@Suite struct ChanceSimulationTests {
  /// The verdict on shares after one sample of the default size, or two.
  private func verdict(_ shares: [Double], named: [Int], seed: UInt64) -> Verdict? {
    var generator = SplitMix64(seed: seed)
    func draw() -> String {
      var left = generator.nextShare()
      let index = shares.indices.first { index in
        left -= shares[index]
        return left < 0
      }
      return String(index ?? shares.count - 1)
    }
    var expectation = FairnessExpectation()
    expectation.policy = .random
    expectation.backends = named.enumerated().map {
      ExpectedBackend(name: String($0.offset), role: .primary(weight: $0.element))
    }
    var seen = FairnessObservations()
    seen.serial = [(0..<400).map { _ in draw() }]
    seen.mixedConnections = 50
    for sample in 1...2 {
      let order = (0..<expectation.requestsForChance).map { _ in draw() }
      let counts = Dictionary(order.map { ($0, 1) }, uniquingKeysWith: +)
      seen.concurrent = counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      seen.samples = sample
      let judgement = FairnessJudgement(seen, against: expectation)
      if sample == 2 || !judgement.wantsAnotherSample {
        return judgement.assertions.first { $0.name == "chance" }?.verdict
      }
    }
    return nil
  }

  @Test(
    "Of 200 fair random balancers none fails", arguments: [[1, 1], [1, 1, 1], [5, 3, 2], [1, 1, 1, 1, 1, 1, 1, 1]])
  func fair(_ weights: [Int]) {
    let sum = Double(weights.reduce(0, +))
    let failed = (UInt64(1)...200).filter {
      verdict(weights.map { Double($0) / sum }, named: weights, seed: $0) != .pass
    }
    #expect(failed.isEmpty)
  }

  @Test(
    "A share that is off by the tolerance is found in 99 of 100",
    arguments: [([0.52, 0.48], [1, 1]), ([0.3533, 0.3233, 0.3234], [1, 1, 1]), ([0.48, 0.312, 0.208], [5, 3, 2])])
  func unfair(_ shares: [Double], _ weights: [Int]) {
    let found = (UInt64(1)...200).count { verdict(shares, named: weights, seed: $0) == .fail }
    #expect(found >= 197)
  }
}
