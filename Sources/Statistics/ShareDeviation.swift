/// How far the shares of the backends are from those expected.
public struct ShareDeviation: Sendable, Equatable {
  /// The share of each backend, 0…1, in the order of the counts.
  public var shares: [Double]
  /// The share each was expected to have, 0…1, scaled to a sum of 1.
  public var expectedShares: [Double]
  /// The largest distance of a share from the expected one, 0…1.
  public var maxDeviation: Double
  /// Jain's fairness index, 1/n…1, where 1 is exactly as expected.
  ///
  /// It is (Σx)² / (n · Σx²) with x the share over the expected share, of the backends that expect any. Traffic to the
  /// others does not show here, but in ``maxDeviation``. Source: R. Jain, D. Chiu and W. Hawe, "A Quantitative Measure
  /// of Fairness and Discrimination for Resource Allocation in Shared Computer Systems", DEC-TR-301 (1984), section 2.
  public var jainIndex: Double

  /// Compares counts with expected shares.
  ///
  /// - Parameters:
  ///   - counts: the requests of each backend, at least 0.
  ///   - expectedShares: the share or weight of each, at least 0; left out, all are expected to have the same.
  /// - Returns: nil if nothing was counted, or if the parameters are out of range or of different lengths.
  public init?(counts: [Int], expectedShares: [Double]? = nil) {
    guard let expected = Self.normalized(expectedShares ?? counts.map { _ in 1 }), expected.count == counts.count,
      counts.allSatisfy({ $0 >= 0 })
    else { return nil }
    let total = counts.reduce(0.0) { $0 + Double($1) }
    guard total > 0 else { return nil }

    let shares = counts.map { Double($0) / total }
    self.shares = shares
    self.expectedShares = expected
    maxDeviation = zip(shares, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
    jainIndex = Self.jainIndex(of: zip(shares, expected).filter { $1 > 0 }.map { $0 / $1 })
  }

  private static func jainIndex(of values: [Double]) -> Double {
    // Scaled by the largest, so that squares can neither overflow nor vanish.
    guard let largest = values.max(), largest > 0 else { return 0 }
    let scaled = values.map { $0 / largest }
    let sum = scaled.reduce(0, +)
    return sum * sum / (Double(scaled.count) * scaled.reduce(0) { $0 + $1 * $1 })
  }

  /// The smallest deviation of one share that a sample is likely to show.
  ///
  /// A balancer that really deviates by this much is distinguished from a random one with the expected share at 5 %
  /// significance (two-sided) with 80 % power: (z₀.₉₇₅ + z₀.₈) · √(p (1 − p) / n). A smaller deviation may be there and
  /// not be seen: more requests are needed. Source: NIST/SEMATECH e-Handbook, section 7.2.4.2, solved for the distance
  /// with both variances taken at p.
  ///
  /// - Parameters:
  ///   - requests: the size of the sample n, at least 1.
  ///   - expectedShare: the expected share p, 0…1.
  /// - Returns: the distance of shares, or nil for parameters out of range.
  public static func detectableDeviation(requests: Int, expectedShare: Double) -> Double? {
    guard requests > 0, (0...1).contains(expectedShare) else { return nil }
    let quantiles = NormalDistribution.quantile(0.975) + NormalDistribution.quantile(0.8)
    return quantiles * (expectedShare * (1 - expectedShare) / Double(requests)).squareRoot()
  }

  /// Weights scaled to a sum of 1; nil unless all are finite, none is negative and one is larger than 0.
  public static func normalized(_ weights: [Double]) -> [Double]? {
    guard let largest = weights.max(), largest > 0, weights.allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
    let scaled = weights.map { $0 / largest }
    let sum = scaled.reduce(0, +)
    return scaled.map { $0 / sum }
  }
}
