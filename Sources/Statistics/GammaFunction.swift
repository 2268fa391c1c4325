import Glibc

/// The incomplete gamma function.
public enum GammaFunction {
  /// The regularised upper incomplete gamma function Q(a, x) = Γ(a, x) / Γ(a), within 1e-10.
  ///
  /// The power series (DLMF 8.11.4) serves up to x = a + 1, the continued fraction (DLMF 8.9.2) beyond, evaluated by
  /// Lentz's method. Both take some √a steps.
  ///
  /// - Parameters:
  ///   - a: the shape, larger than 0 and finite.
  ///   - x: the lower end of the integral, at least 0; infinity gives 0.
  /// - Returns: 0…1, or not-a-number for parameters out of range.
  public static func upperRegularized(_ a: Double, _ x: Double) -> Double {
    guard a > 0, a.isFinite, x >= 0 else { return .nan }
    if x == 0 { return 1 }
    if x == .infinity { return 0 }
    let value = x < a + 1 ? 1 - scale(a, x) / a * series(a, x) : scale(a, x) * continuedFraction(a, x)
    return min(max(value, 0), 1)
  }

  private static let stepLimit = 1_000_000

  /// xᵃ e⁻ˣ / Γ(a).
  private static func scale(_ a: Double, _ x: Double) -> Double {
    guard a > 20 else { return exp(a * log(x) - x - logGamma(a)) }
    // The plain form subtracts numbers of the size a · log a; with Stirling's series (DLMF 5.11.1) none is large.
    let distance = (x - a) / a
    let stirling = 1 / (12 * a) - 1 / (360 * a * a * a) + 1 / (1_260 * a * a * a * a * a)
    return exp(a * (log1p(distance) - distance) - stirling) * (a / (2 * .pi)).squareRoot()
  }

  private static func logGamma(_ a: Double) -> Double {
    var sign: Int32 = 0
    return lgamma_r(a, &sign)
  }

  private static func series(_ a: Double, _ x: Double) -> Double {
    var term = 1.0
    var sum = 1.0
    for step in 1...stepLimit {
      term *= x / (a + Double(step))
      sum += term
      if term < sum * 1e-17 { break }
    }
    return sum
  }

  private static func continuedFraction(_ a: Double, _ x: Double) -> Double {
    let tiny = 1e-300
    var denominator = x + 1 - a
    var upper = 1 / tiny
    var lower = 1 / denominator
    var fraction = lower
    for step in 1...stepLimit {
      let numerator = -Double(step) * (Double(step) - a)
      denominator += 2
      lower = numerator * lower + denominator
      if abs(lower) < tiny { lower = tiny }
      upper = denominator + numerator / upper
      if abs(upper) < tiny { upper = tiny }
      lower = 1 / lower
      let factor = lower * upper
      fraction *= factor
      if abs(factor - 1) < 1e-16 { break }
    }
    return fraction
  }
}
