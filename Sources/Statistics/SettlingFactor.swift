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
    let z = NormalDistribution.quantile((1 + level) / 2)
    guard z > 0, z.isFinite else { return nil }
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
}
