import Glibc

/// A share in a sample, with estimates for the whole population.
public struct Proportion: Sendable, Equatable {
  /// How many of the sample had the property, 0…``total``; not whole where the sample is counted in effective sizes.
  public var count: Double
  /// The size of the sample, above 0.
  public var total: Double

  /// - Returns: nil for counts out of range.
  public init?(_ count: Double, of total: Double) {
    guard total > 0, total.isFinite, count >= 0, count <= total else { return nil }
    self.count = count
    self.total = total
  }

  public init?(_ count: Int, of total: Int) { self.init(Double(count), of: Double(total)) }

  /// The share, 0…1.
  public var share: Double { count / total }

  /// The Wilson score interval, within 0…1.
  ///
  /// Source: E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", Journal of the
  /// American Statistical Association 22 (1927).
  ///
  /// - Parameter level: the confidence, 0…1 exclusive.
  public func interval(level: Double) -> ClosedRange<Double> {
    let z = NormalDistribution.quantile((1 + level) / 2)
    let middle = (2 * count + z * z) / (2 * (total + z * z))
    let half = z * (z * z + 4 * count * (1 - share)).squareRoot() / (2 * (total + z * z))
    // At the ends, rounding would leave a tiny error.
    let low = count == 0 ? 0 : max(0, middle - half)
    return low...max(low, count == total ? 1 : min(1, middle + half))
  }

  /// The interval of a share that may be rare: where none of the sample had the property, from 0 to the exact one-sided bound
  /// 1 − (1 − level)^(1/n), about 3/n at 95 %; otherwise ``interval(level:)``.
  ///
  /// Source: J. A. Hanley and A. Lippman-Hand, "If Nothing Goes Wrong, Is Everything All Right?", JAMA 249 (1983), the rule of
  /// three.
  ///
  /// - Parameter level: the confidence, 0…1 exclusive.
  public func rareInterval(level: Double) -> ClosedRange<Double> {
    count == 0 ? 0...(-expm1(log1p(-level) / total)) : interval(level: level)
  }

  /// The interval of this share less another of an independent sample, within −1…1.
  ///
  /// Source: R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
  /// eleven methods", Statistics in Medicine 17 (1998), method 10: the hybrid of two Wilson score intervals.
  ///
  /// - Parameter level: the confidence, 0…1 exclusive.
  public func difference(from other: Proportion, level: Double) -> ClosedRange<Double> {
    let (own, others) = (interval(level: level), other.interval(level: level))
    let difference = share - other.share
    func root(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
    return
      (difference - root(share - own.lowerBound, others.upperBound - other.share))...(difference
      + root(own.upperBound - share, other.share - others.lowerBound))
  }
}
