import Glibc

extension ChiSquare {
  /// The noncentrality with which a chi-square test finds a deviation: n · Σ (p − q)² / q for n observations with shares p where q
  /// are expected.
  ///
  /// The noncentral distribution is a mixture of central ones with weights by Poisson. Source: N. L. Johnson, S. Kotz and
  /// N. Balakrishnan, "Continuous Univariate Distributions", volume 2, 2nd edition (1995), chapter 29.
  ///
  /// - Parameters:
  ///   - degreesOfFreedom: of the test, 1…10,000.
  ///   - significance: below this p-value the test finds a deviation, above 0 and below 1.
  ///   - power: the probability with which it finds this one, above `significance` and below 1.
  /// - Returns: `nil` for parameters out of range.
  public static func noncentrality(degreesOfFreedom: Int, significance: Double, power: Double) -> Double? {
    guard (1...10_000).contains(degreesOfFreedom), significance > 0, power > significance, power < 1 else { return nil }
    let limit = bisected { ChiSquare(statistic: $0, degreesOfFreedom: degreesOfFreedom).pValue <= significance }
    return bisected { upperTail(limit, degreesOfFreedom, noncentrality: $0) >= power }
  }

  /// The least number from 0 on for which a condition holds, to nine digits; it holds for all larger ones.
  private static func bisected(_ holds: (Double) -> Bool) -> Double {
    var (low, high) = (0.0, 1.0)
    while !holds(high), high < 1e9 { (low, high) = (high, 2 * high) }
    while high - low > 1e-9 * high {
      let middle = (low + high) / 2
      if holds(middle) { high = middle } else { low = middle }
    }
    return high
  }

  /// The probability of a statistic of at least `limit`.
  private static func upperTail(_ limit: Double, _ degreesOfFreedom: Int, noncentrality: Double) -> Double {
    let mean = noncentrality / 2
    // Beyond nine standard deviations the weights are below 1e-18.
    let reach = 9 * (mean + 1).squareRoot() + 9
    let terms = Int(max(mean - reach, 0))...Int(mean + reach)
    return terms.reduce(0) { sum, term in
      let weight = exp(Double(term) * log(max(mean, .leastNormalMagnitude)) - mean - lgamma(Double(term) + 1))
      return sum + weight * GammaFunction.upperRegularized(Double(degreesOfFreedom) / 2 + Double(term), limit / 2)
    }
  }
}
