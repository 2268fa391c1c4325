import Statistics
import Testing

@Suite struct ExactTurnsTests {
  private func turns(_ weights: [String: Int], count: Int, seed: UInt64) -> [String] {
    var generator = SplitMix64(seed: seed)
    let turn = weights.sorted { $0.key < $1.key }.flatMap { Array(repeating: $0.key, count: $0.value) }
    return (0..<count).flatMap { _ in turn.shuffled(using: &generator) }
  }

  @Test("Turns whose order varies are exact wherever the look begins, and chance is not")
  func exact() throws {
    for seed in UInt64(1)...200 {
      let weights = ["a": 3, "b": 1, "c": 1]
      let order = Array(turns(weights, count: 80, seed: seed).dropFirst(Int(seed % 5)))
      #expect(try #require(ExactTurns([order], weights: weights)).share == 1, "seed \(seed)")
      var generator = SplitMix64(seed: seed)
      let chance = order.shuffled(using: &generator)
      #expect(try #require(ExactTurns([chance], weights: weights)).share < 0.6, "seed \(seed)")
      #expect(try #require(ExactTurns([order], weights: ["a": 1, "b": 1, "c": 1])).share < 0.6, "seed \(seed)")
    }
  }

  @Test("Too few turns, one backend and weights that cannot be say nothing")
  func nothing() {
    let weights = ["a": 3, "b": 1, "c": 1]
    #expect(ExactTurns([turns(weights, count: 11, seed: 1)], weights: weights) == nil)
    #expect(ExactTurns([["a", "a"]], weights: ["a": 1]) == nil)
    #expect(ExactTurns([["a", "b"]], weights: ["a": 0, "b": 1]) == nil)
    #expect(ExactTurns([["a", "b"]], weights: ["a": .max, "b": .max]) == nil)
  }
}
