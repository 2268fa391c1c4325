import Statistics
import Testing

@Suite struct RotationTests {
  private func repeated(_ turn: [Int], count: Int, from phase: Int = 0) -> [Int] {
    (0..<count).map { turn[($0 + phase) % turn.count] }
  }

  private func random(weights: [Int], count: Int, seed: UInt64) -> [Int] {
    var generator = SplitMix64(seed: seed)
    let pool = weights.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    return (0..<count).map { _ in pool[Int(generator.next() % UInt64(pool.count))] }
  }

  @Test("The smooth weighted order of 5, 1, 1 is nginx's a a b a c a a")
  func smoothOrder() {
    #expect(Rotation.smoothWeightedOrder(weights: [5, 1, 1]) == [0, 0, 1, 0, 2, 0, 0])
    #expect(Rotation.smoothWeightedOrder(weights: [10, 2, 2]) == [0, 0, 1, 0, 2, 0, 0])
    #expect(Rotation.smoothWeightedOrder(weights: [1, 1, 1]) == [0, 1, 2])
    #expect(Rotation.smoothWeightedOrder(weights: [3, 1]) == [0, 0, 1, 0])
    #expect(Rotation.smoothWeightedOrder(weights: [0, 2, -5]) == [1])
    for weights in [[], [0], [-1], [.max, .max - 1], [.max, 1], [.min]] {
      #expect(Rotation.smoothWeightedOrder(weights: weights).isEmpty)
    }
    #expect(Rotation.smoothWeightedOrder(weights: [.max, .max]) == [0, 1])
  }

  @Test(
    "Smooth weighted round robin is found and shown from rest, whatever the phase",
    arguments: [[5, 1, 1], [3, 1], [2, 1, 1], [7, 3, 2], [99, 1], [50, 49]])
  func weighted(weights: [Int]) {
    let order = Rotation.smoothWeightedOrder(weights: weights)
    for phase in 0..<min(order.count, 5) {
      let segments = [repeated(order, count: 1_000, from: phase)]
      let rotation = Rotation(segments: segments)
      #expect(rotation.period == order)
      #expect(rotation.score == 1)
      #expect(BalancingPolicy.observed(inSegments: segments) == .weightedRoundRobin)
    }
  }

  @Test("A plain rotation survives a retry that shifts its phase once")
  func phaseShift() {
    let segments = [repeated([0, 1, 2], count: 100) + repeated([0, 1, 2], count: 100, from: 2)]
    let rotation = Rotation(segments: segments)
    #expect(rotation.period == [0, 1, 2])
    #expect(rotation.score > 0.95 && rotation.score < 1)
    #expect(BalancingPolicy.observed(inSegments: segments, rotation: rotation) == .roundRobin)
  }

  @Test(
    "Foreign requests that take a turn every now and then do not hide the rotation",
    arguments: 1...20 as ClosedRange<UInt64>)
  func foreignTraffic(seed: UInt64) {
    for weights in [[1, 1, 1], [5, 1, 1], [7, 3, 2]] {
      let order = Rotation.smoothWeightedOrder(weights: weights)
      var generator = SplitMix64(seed: seed)
      var position = 0
      let sequence = (0..<2_000).map { _ in
        position += generator.unit() < 0.005 ? 2 : 1
        return order[position % order.count]
      }
      #expect(Rotation(segments: [sequence]).period == order)
    }
  }

  @Test("Answers replaced at random do not spoil the period that is reported", arguments: 1...20 as ClosedRange<UInt64>)
  func noise(seed: UInt64) {
    let order = Rotation.smoothWeightedOrder(weights: [20, 11, 5])
    var generator = SplitMix64(seed: seed)
    let sequence = repeated(order, count: 3_000).map { generator.unit() < 0.04 ? Int(generator.next() % 3) : $0 }
    #expect(Rotation(segments: [sequence]).period == order)
  }

  @Test("Four workers that rotate apart show one rotation, each in its own phase")
  func workers() {
    let order = [0, 1, 2, 3]
    let segments = (0..<4).map { repeated(order, count: 25, from: $0) }
    #expect(Rotation(segments: segments).period == order)
    #expect(BalancingPolicy.observed(inSegments: segments) == .roundRobin)
  }

  @Test("Many short connections together prove a rotation")
  func shortSegments() {
    let segments = (0..<50).map { repeated([4, 5, 6], count: 5, from: $0) } + [[], [4]]
    #expect(Rotation(segments: segments).period == [4, 5, 6])
  }

  @Test("Two backends in turn are a rotation of two")
  func alternation() {
    let segments = [repeated([7, 3], count: 40)]
    #expect(Rotation(segments: segments).period == [3, 7])
    #expect(BalancingPolicy.observed(inSegments: segments) == .roundRobin)
  }

  @Test("An order that is not nginx's begins with its lexicographically smallest rotation")
  func otherOrders() {
    #expect(Rotation(segments: [repeated([2, 1, 0], count: 60)]).period == [0, 2, 1])
    let blocks = [repeated([1, 0, 0, 0, 0, 1, 1, 1], count: 80)]
    #expect(Rotation(segments: blocks).period == [0, 0, 0, 0, 1, 1, 1, 1])
    #expect(BalancingPolicy.observed(inSegments: blocks) == .roundRobin)
  }

  @Test(
    "Random choices are random and never a rotation; where a backend is too rare to tell, they are unknown",
    arguments: [[1, 1], [1, 1, 1], [5, 1, 1], [9, 1], [99, 1], [98, 1, 1]])
  func randomChoices(weights: [Int]) {
    let isRare = weights[0] > 90
    for seed in 1...40 as ClosedRange<UInt64> {
      let segments = [random(weights: weights, count: 1_000, seed: seed)]
      let rotation = Rotation(segments: segments)
      #expect(rotation.period.isEmpty)
      #expect(BalancingPolicy.observed(inSegments: segments, rotation: rotation) == (isRare ? .unknown : .random))
      let needed = BalancingPolicy.requestsForChance(inSegments: segments, rotation: rotation)
      #expect(isRare ? needed! > 10_000 : needed == nil)
    }
  }

  @Test("Short random sequences are never a rotation", arguments: [[1, 1], [1, 1, 1], [5, 1, 1], [9, 1]])
  func shortRandomChoices(weights: [Int]) {
    for seed in 1...1_000 as ClosedRange<UInt64> {
      let count = 10 + Int(seed % 30)
      #expect(Rotation(segments: [random(weights: weights, count: count, seed: seed)]).period.isEmpty)
    }
  }

  @Test("Backends that are kept for a while are neither random nor a rotation", arguments: [0.9, 0.99])
  func stickyInTime(stay: Double) {
    for seed in 1...20 as ClosedRange<UInt64> {
      var generator = SplitMix64(seed: seed)
      var backend = 0
      let sequence = (0..<2_000).map { _ in
        if generator.unit() > stay { backend = 1 - backend }
        return backend
      }
      #expect(BalancingPolicy.observed(inSegments: [sequence]) == .unknown)
    }
    #expect(BalancingPolicy.observed(inSegments: (0..<9).map { Array(repeating: $0 % 3, count: 50) }) == .unknown)
    #expect(BalancingPolicy.observed(inSegments: [(0..<100).map { $0 / 50 }]) == .unknown)
  }

  @Test("Too short a sequence proves nothing")
  func tooShort() {
    #expect(BalancingPolicy.observed(inSegments: [[0, 1, 2, 0, 1, 2]]) == .unknown)
    #expect(BalancingPolicy.observed(inSegments: [random(weights: [1, 1, 1], count: 15, seed: 3)]) == .unknown)
    // A perfect rotation seen too rarely to be claimed is not called random either.
    for count in 20...25 {
      let order = Rotation.smoothWeightedOrder(weights: [5, 1, 1])
      #expect(BalancingPolicy.observed(inSegments: [repeated(order, count: count)]) == .unknown)
    }
  }

  @Test("A period longer than a third of the sequence is not claimed")
  func longPeriod() {
    let order = Array(0..<20)
    #expect(BalancingPolicy.observed(inSegments: [repeated(order, count: 59)]) == .unknown)
    #expect(BalancingPolicy.observed(inSegments: [repeated(order, count: 60)]) == .roundRobin)
    #expect(BalancingPolicy.observed(inSegments: [repeated(order, count: 30)]) == .unknown)
    #expect(Rotation(segments: [repeated(Array(0..<513), count: 3_000)]).period.isEmpty)
    #expect(Rotation(segments: [repeated(Array(0..<512), count: 3_000)]).period.count == 512)
  }

  @Test("One backend is single, with nothing to rotate")
  func single() {
    let segments = [[8, 8, 8], [8], []]
    #expect(BalancingPolicy.observed(inSegments: segments) == .single)
    #expect(Rotation(segments: segments).period.isEmpty)
    #expect(Rotation(segments: segments).score == 1)
  }

  @Test("Empty and extreme input is answered without a trap")
  func hostile() {
    for segments in [[], [[]], [[], []], [[0]], [[0], [1]], [[.max, .min]], [[0, 1]]] as [[[Int]]] {
      let rotation = Rotation(segments: segments)
      #expect(rotation.period.isEmpty)
      #expect(rotation.score == 0)
    }
    #expect(BalancingPolicy.observed(inSegments: []) == .unknown)
    #expect(BalancingPolicy.observed(inSegments: [[0], [1]]) == .unknown)
    #expect(BalancingPolicy.observed(inSegments: [Array(0..<2_000)]) == .unknown)
    #expect(Rotation(segments: [repeated([.min, .max], count: 60)]).period == [.min, .max])
  }

  @Test("Without a period the score is the agreement at as many positions as there are backends")
  func scoreWithoutPeriod() {
    #expect(Rotation(segments: [[0, 1, 0, 0, 1]]).score == 1.0 / 3)
  }

  @Test(
    "Five thousand requests by chance have no period, and a period of 512 backends is found in as many",
    .timeLimit(.minutes(1)))
  func long() {
    #expect(Rotation(segments: [random(weights: [3, 2, 1], count: 5_000, seed: 1)]).period.isEmpty)
    #expect(Rotation(segments: [repeated(Array(0..<512), count: 5_000)]).period == Array(0..<512))
  }
}
