import Glibc

/// How well a percentile of durations that depend on each other is known: from it follows the interval at any confidence.
public struct PercentilePrecision: Sendable, Equatable {
  /// How many independent durations would tell as much, above 0.
  public let independent: Double
  /// By how much slow durations that come in clusters skew what blocks of them show; 0 is not at all.
  public let skewness: Double
  /// Those of the variance that blocks show, at least 1.
  public let degreesOfFreedom: Double

  /// The confidence of the intervals that reports show and that a run may end by.
  public static let level = 0.95
}

/// In files an object of three numbers.
extension PercentilePrecision: Codable {
  private enum Field: String, CodingKey { case independent, skewness, degreesOfFreedom }

  /// - Throws: `DecodingError` for a number out of its range.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    independent = try fields.decode(Double.self, forKey: .independent)
    try fields.demand(independent > 0 && independent.isFinite, .independent)
    skewness = try fields.decode(Double.self, forKey: .skewness)
    try fields.demand(skewness.isFinite, .skewness)
    degreesOfFreedom = try fields.decode(Double.self, forKey: .degreesOfFreedom)
    try fields.demand(degreesOfFreedom >= 1 && degreesOfFreedom.isFinite, .degreesOfFreedom)
  }
}

extension QuantileInterval {
  /// The ranks in a sample of durations that depend on each other.
  ///
  /// - Parameters:
  ///   - count: the size of the sample, above 0.
  ///   - quantile, level: 0…1 exclusive.
  /// - Throws: a shortage where no rank bounds the quantile.
  init(
    _ precision: PercentilePrecision, count: Int, quantile: Double, level: Double
  ) throws(PercentileShortage) {
    let size = Double(count)
    let t = StudentT.quantile((1 + level) / 2, degreesOfFreedom: precision.degreesOfFreedom)
    let spread = size * (quantile * (1 - quantile) / precision.independent).squareRoot()
    let skew = precision.skewness * (1 + 2 * t * t) / 6
    func rank(_ deviations: Double) -> Double { (size * quantile + deviations * spread).rounded(.down) }
    let (lower, upper) = (rank(skew - t), rank(skew + t) + 1)
    guard lower >= 1, upper <= size, lower <= upper else { throw .fewBeyond }
    (lowerRank, upperRank) = (Int(lower), Int(upper))
  }
}

extension Histogram {
  /// Between which values, in nanoseconds, a percentile of the whole lies; ``value(atPercentile:)`` is among them.
  ///
  /// - Parameters:
  ///   - percentile: 0…100 exclusive.
  ///   - level: the confidence, 0…1 exclusive.
  ///   - precision: what the order of the same values, or of a part of them, shows.
  public func interval(
    ofPercentile percentile: Double, level: Double, _ precision: PercentilePrecision
  ) -> Result<ClosedRange<UInt64>, PercentileShortage> {
    Result { () throws(PercentileShortage) in
      guard let size = Int(exactly: count), percentile > 0, percentile < 100, level > 0, level < 1,
        let value = value(atPercentile: percentile)
      else { throw .fewBeyond }
      let ranks = try QuantileInterval(precision, count: size, quantile: percentile / 100, level: level)
      guard let lower = ranks.lowerRank, let upper = ranks.upperRank else { throw .fewBeyond }
      return Swift.min(interpolated(atRank: lower), value)...Swift.max(interpolated(atRank: upper), value)
    }
  }

  /// About the value of a rank, 1…``count``, as if those of a bucket lay evenly in it: a whole bucket would widen the interval
  /// of a long sequence by a tenth and more.
  private func interpolated(atRank rank: Int) -> UInt64 {
    var before: UInt64 = 0
    for (bucket, count) in counts.enumerated() where count > 0 {
      guard before + count < UInt64(rank) else {
        let (lowest, highest) = (
          Swift.max(Self.lowest(ofBucket: bucket), smallest), Swift.min(Self.highest(ofBucket: bucket), largest)
        )
        let share = (Double(UInt64(rank) - before) - 0.5) / Double(count)
        return lowest + UInt64(share * Double(highest - Swift.min(lowest, highest)))
      }
      before += count
    }
    return largest
  }
}
