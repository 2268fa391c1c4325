import Glibc

/// Between which values of a sample a quantile of the whole lies, whatever its distribution.
///
/// The number of values below the quantile q is binomial with n and q, so that the l-th smallest value lies above it
/// with the probability P(B ≤ l − 1), and the u-th below it with P(B ≥ u); each is kept to half of what the confidence
/// leaves. Source: W. Q. Meeker, G. J. Hahn and L. A. Escobar, Statistical Intervals (2nd edition, 2017), section 5.2.
public struct QuantileInterval: Sendable, Equatable {
  /// The rank of the lower end, from 1; nil where too few values lie below for any of them to be one.
  public var lowerRank: Int?
  /// The rank of the upper end, at most the size of the sample; nil where too few values lie above.
  public var upperRank: Int?

  /// The ranks of a sample's values.
  ///
  /// They come from the binomial distribution itself, or from the normal one with a correction for continuity where more
  /// than two thousand values are expected on either side.
  ///
  /// - Parameters:
  ///   - count: the size of the sample, of independent values.
  ///   - quantile: q, 0…1 exclusive.
  ///   - level: the confidence, 0…1 exclusive.
  /// - Returns: nil for parameters out of range.
  public init?(count: Int, quantile: Double, level: Double) {
    guard count > 0, count < 1 << 52, quantile > 0, quantile < 1, level > 0, level < 1 else { return nil }
    let size = Double(count)
    let tail = (1 - level) / 2
    if size * min(quantile, 1 - quantile) > 2000 {
      let spread = -NormalDistribution.quantile(tail) * (size * quantile * (1 - quantile)).squareRoot()
      lowerRank = Self.within(count, Int((size * quantile - 0.5 - spread).rounded(.down)) + 1)
      upperRank = Self.within(count, Int((size * quantile - 0.5 + spread).rounded(.up)) + 1)
    } else if quantile <= 0.5 {
      (lowerRank, upperRank) = Self.ranks(count, quantile, tail)
    } else {
      // Counted from the other end, where the steps are few.
      let mirrored = Self.ranks(count, 1 - quantile, tail)
      lowerRank = mirrored.upper.map { count + 1 - $0 }
      upperRank = mirrored.lower.map { count + 1 - $0 }
    }
  }

  private static func within(_ count: Int, _ rank: Int) -> Int? { (1...count).contains(rank) ? rank : nil }

  private static func ranks(_ count: Int, _ quantile: Double, _ tail: Double) -> (lower: Int?, upper: Int?) {
    let size = Double(count)
    var lower: Int?
    var below = 0.0
    for number in 0..<count {
      let k = Double(number)
      let logarithm =
        lgamma(size + 1) - lgamma(k + 1) - lgamma(size - k + 1) + k * log(quantile) + (size - k) * log1p(-quantile)
      below += exp(logarithm)
      if below <= tail { lower = number + 1 }
      if below >= 1 - tail { return (lower, number + 1) }
    }
    return (lower, nil)
  }
}

extension Histogram {
  /// Between which values, in nanoseconds, a percentile of the whole lies; an end is nil where nothing bounds it.
  ///
  /// - Parameters:
  ///   - percentile: 0…100 exclusive.
  ///   - level: the confidence, 0…1 exclusive.
  ///   - effectiveCount: how many independent values carry as much information, 1…``count``; left out, as many as there
  ///     are. Ranks are then spread over the whole sample, rounded outwards.
  /// - Returns: nil if the histogram is empty or a parameter out of range.
  public func interval(
    ofPercentile percentile: Double, level: Double, effectiveCount: Int? = nil
  ) -> (lower: UInt64?, upper: UInt64?)? {
    let size = Swift.min(UInt64(Swift.max(effectiveCount ?? .max, 1)), count)
    guard let whole = Int(exactly: size),
      let ranks = QuantileInterval(count: whole, quantile: percentile / 100, level: level)
    else { return nil }
    let scale = Double(count) / Double(size)
    func rank(_ position: Double) -> UInt64 { Swift.min(Swift.max(UInt64(position), 1), count) }
    return (
      ranks.lowerRank.map { value(atRank: rank((Double($0 - 1) * scale).rounded(.down) + 1)) },
      ranks.upperRank.map { value(atRank: rank((Double($0) * scale).rounded(.up))) }
    )
  }
}
