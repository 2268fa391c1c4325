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

  /// Who got the fewest for what was expected, by name where several did.
  var leastGiven: String? {
    let part = names.indices.filter { expected[$0] > 0 }.map {
      (name: names[$0], of: Double(counts[$0]) / expected[$0])
    }
    return part.min { $0.of < $1.of }?.name
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

  /// The backends whose share is further from its expectation than a tolerance, as far as a sample of that size can show it.
  ///
  /// Of independent draws one is named falsely with a probability of at most `risk` for all of them together: their Wilson
  /// intervals at 1 − risk/k each lie beyond the tolerance.
  ///
  /// - Parameter limit: what is tolerated of an expected share.
  func beyond(risk: Double, _ limit: (Double) -> Double) -> [String] {
    named { share, part in
      let interval = part.interval(level: 1 - risk / Double(max(names.count, 1)))
      return interval.lowerBound > share + limit(share) || interval.upperBound < share - limit(share)
    }
  }

  /// The same with one tolerance for all.
  func beyond(_ tolerance: Double, risk: Double) -> [String] { beyond(risk: risk) { _ in tolerance } }

  /// The backends whose share may be further from its expectation than a limit: so large a sample does not rule it out with 99 %
  /// (one-sided).
  func maybeBeyond(_ limit: (Double) -> Double) -> [String] {
    named { share, part in
      let interval = part.interval(level: 0.98)
      return interval.lowerBound < share - limit(share) || interval.upperBound > share + limit(share)
    }
  }

  /// The backends whose share as it was counted is further from its expectation than a limit.
  func over(_ limit: (Double) -> Double) -> [String] { named { abs($1.share - $0) > limit($0) } }

  /// The backends of which something holds, by their expected share and what was counted.
  private func named(_ holds: (Double, Proportion) -> Bool) -> [String] {
    zip(zip(names, counts), expected).compactMap { entry, expected in
      Proportion(entry.1, of: total).flatMap { holds(expected, $0) ? entry.0 : nil }
    }
  }
}
