import Glibc

/// Student's t distribution.
public enum StudentT {
  /// The value that a variable of this distribution stays below with a given probability, to about 1 part in 100, and to 1
  /// in 10⁵ from five degrees of freedom on.
  ///
  /// Source: G. W. Hill, "Algorithm 396: Student's t-Quantiles", Communications of the ACM 13 (1970).
  ///
  /// - Parameters:
  ///   - probability: 0…1 exclusive.
  ///   - degreesOfFreedom: at least 1, whole or not.
  /// - Returns: not-a-number for parameters out of range.
  public static func quantile(_ probability: Double, degreesOfFreedom n: Double) -> Double {
    guard probability > 0, probability < 1, n >= 1 else { return .nan }
    let bothTails = 2 * min(probability, 1 - probability)
    let magnitude = (n * square(bothTails, n)).squareRoot()
    return probability < 0.5 ? -magnitude : magnitude
  }

  /// t²/n for the probability of being farther from 0 than t.
  private static func square(_ bothTails: Double, _ n: Double) -> Double {
    if n == 1 {
      let slope = 1 / tan(bothTails * .pi / 2)
      return slope * slope
    }
    if n == 2 { return (2 / (bothTails * (2 - bothTails)) - 2) / 2 }
    let a = 1 / (n - 0.5)
    let b = 48 / (a * a)
    var c = ((20_700 * a / b - 98) * a - 16) * a + 96.36
    let d = ((94.5 / (b + c) - 3) / b + 1) * (a * .pi / 2).squareRoot() * n
    let y = pow(d * bothTails, 2 / n)
    guard y > 0.05 + a else {
      let far = 1 / (((n + 6) / (n * y) - 0.089 * d - 0.822) * (n + 2) * 3) + 0.5 / (n + 4)
      return (far * y - 1) * (n + 1) / (n + 2) + 1 / y
    }
    let x = NormalDistribution.quantile(bothTails / 2)
    if n < 5 { c += 0.3 * (n - 4.5) * (x + 0.6) }
    c += (((0.05 * d * x - 5) * x - 7) * x - 2) * x + b
    let z = x * x
    let scaled = (((((0.4 * z + 6.3) * z + 36) * z + 94.5) / c - z - 3) / b + 1) * x
    return expm1(a * scaled * scaled)
  }
}
