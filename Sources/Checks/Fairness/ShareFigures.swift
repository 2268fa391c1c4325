internal import Statistics

/// Counts by backend against the shares that were expected.
struct ShareFigures {
  /// Each backend's expected share; empty where the policy has none.
  let shares: [String: Double]
  /// All counts together.
  let total: Int
  /// The expected shares of all backends, those that answered unexpectedly with 0.
  let expected: [Double]
  /// What was counted, in the same order.
  let names: [String]
  let counts: [Int]
  let deviation: ShareDeviation?
  let chiSquare: ChiSquare?
  /// The smallest deviation that so many would show.
  let detectable: Double?

  init(_ counted: [(name: String, answers: Int)], _ shares: [String: Double]) {
    self.shares = shares
    let total = counted.reduce(0) { $0 + $1.answers }
    let names = shares.keys.sorted() + counted.map(\.name).filter { shares[$0] == nil }.sorted()
    let counts = names.map { name in counted.first { $0.name == name }?.answers ?? 0 }
    let expected = names.map { shares[$0] ?? 0 }
    let hasShares = !shares.isEmpty && total > 0
    deviation = hasShares ? ShareDeviation(counts: counts, expectedShares: expected) : nil
    chiSquare = hasShares && names.count > 1 ? ChiSquare(observed: counts, expectedShares: expected) : nil
    detectable =
      hasShares
      ? expected.compactMap { ShareDeviation.detectableDeviation(requests: total, expectedShare: $0) }.max() : nil
    (self.total, self.expected, self.names, self.counts) = (total, expected, names, counts)
  }

  /// Of faults of a size so many show in the first sample of chance: 99 of 100 in both together.
  static let power = 0.995

  /// The deviation of one share, the others making up for it, that 99 runs of 100 find to be no chance.
  func found(_ expectation: FairnessExpectation) -> Double? {
    let noncentrality = ChiSquare.noncentrality(
      degreesOfFreedom: expected.count { $0 > 0 } - 1, significance: expectation.significance, power: Self.power)
    let spread = expected.map { $0 * (1 - $0) }.max() ?? 0
    return noncentrality.map { ($0 * spread / Double(max(total, 1))).squareRoot() }
  }

  /// Whether so many show each backend's distance where it is as large as what is tolerated.
  func show(_ tolerance: Double, orPart part: Double) -> Bool {
    expected.allSatisfy { share in
      let detectable = ShareDeviation.detectableDeviation(requests: total, expectedShare: share)
      return (detectable ?? 1) <= max(tolerance, part * share)
    }
  }

  /// The backends whose share is further from its expectation than a tolerance, as far as a sample of that size can show it.
  ///
  /// Of independent draws one is named falsely with a probability of at most `risk` for all of them together: their Wilson
  /// intervals at 1 − risk/k each lie beyond the tolerance.
  ///
  /// - Parameter part: a part of the expected share that is tolerated where it is more.
  func beyond(_ tolerance: Double, orPart part: Double = 0, risk: Double) -> [String] {
    zip(zip(names, counts), expected).compactMap { entry, expected in
      let interval = Proportion(entry.1, of: total)?.interval(level: 1 - risk / Double(max(names.count, 1)))
      guard let interval else { return nil }
      let limit = max(tolerance, part * expected)
      return interval.lowerBound > expected + limit || interval.upperBound < expected - limit ? entry.0 : nil
    }
  }
}
