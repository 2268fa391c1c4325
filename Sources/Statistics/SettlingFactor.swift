/// How many times as many observations it takes until it is settled on which side of a margin a difference lies.
///
/// The ends of an interval come nearer to its middle with 1/√n. It is not enough that an interval around the same middle would
/// just keep clear of the margin, since half of all repetitions have their middle nearer to it: for a part `power` of them to be
/// clear of it, the distance has to be (z + z_β)/z times half the interval's width. The difference is taken as it was measured;
/// where it was measured by chance too far from the margin, the factor is too small.
///
/// Source: S.-C. Chow, J. Shao and H. Wang, Sample Size Calculations in Clinical Research (2nd edition, 2008), section 3.2:
/// n grows with ((z_α + z_β) σ / (ε − δ))² to show that a difference ε is beyond δ, and with
/// ((z_α + z_{β/2}) σ / (δ − |ε|))² to show that it is within, where either side may fail.
public enum SettlingFactor {
  /// The part of all repetitions that the factor is to settle.
  public static let power = 0.9

  /// The factor; `nil` where none settles it: the difference is at the margin, or an end of its interval is missing.
  ///
  /// - Parameters:
  ///   - difference: as it was measured.
  ///   - low: the lower end of its two-sided interval.
  ///   - high: the upper end.
  ///   - level: the confidence of the interval, 0…1 exclusive.
  ///   - margin: the size of a difference that counts as none, 0 or more.
  ///   - needed: the size that a difference has to exceed to count, at least `margin`.
  public static func factor(
    _ difference: Double, low: Double, high: Double, level: Double, within margin: Double, beyond needed: Double
  ) -> Double? {
    guard let z = quantile(level) else { return nil }
    func factor(_ half: Double, _ distance: Double, failing share: Double) -> Double? {
      guard distance > 0 else { return nil }
      let ratio = half * (1 + NormalDistribution.quantile(1 - share) / z) / distance
      return ratio.isFinite ? max(1, ratio * ratio) : nil
    }
    let size = difference.magnitude
    if size > needed {
      return factor(difference > 0 ? difference - low : high - difference, size - needed, failing: 1 - power)
    }
    guard size < margin,
      let above = factor(high - difference, margin - difference, failing: (1 - power) / 2),
      let below = factor(difference - low, margin + difference, failing: (1 - power) / 2)
    else { return nil }
    return max(above, below)
  }

  /// The factor where the interval of any number of observations is known, as that of a share is, which shrinks faster than with
  /// 1/√n where nothing or everything has the property; `nil` where `most` does not settle it.
  ///
  /// - Parameter interval: the interval of so many times as many observations with the same difference.
  public static func factor(
    _ difference: Double, level: Double, within margin: Double, beyond needed: Double, most: Double,
    interval: (Double) -> (low: Double, high: Double)
  ) -> Double? {
    func settles(_ times: Double) -> Bool {
      let (low, high) = interval(times)
      return factor(difference, low: low, high: high, level: level, within: margin, beyond: needed).map { $0 <= 1 }
        ?? false
    }
    guard settles(most) else { return nil }
    var (few, enough) = (1.0, most)
    while enough > few * 1.01 {
      let middle = (few * enough).squareRoot()
      if settles(middle) { enough = middle } else { few = middle }
    }
    return enough
  }

  /// Half the width of an interval in standard errors.
  private static func quantile(_ level: Double) -> Double? {
    let z = NormalDistribution.quantile((1 + level) / 2)
    return z > 0 && z.isFinite ? z : nil
  }
}
