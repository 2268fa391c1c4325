import Glibc

/// The Anderson–Darling test of whether values come from a distribution that is known in all its parameters.
///
/// Sources: T. W. Anderson and D. A. Darling, "A Test of Goodness of Fit", Journal of the American Statistical Association 49
/// (1954); M. A. Stephens, "EDF Statistics for Goodness of Fit and Some Comparisons", same journal 69 (1974), case 0. The
/// p-value is the limit for many values, good from five on: G. Marsaglia and J. Marsaglia, "Evaluating the Anderson–Darling
/// Distribution", Journal of Statistical Software 9 (2004).
public struct AndersonDarling: Sendable, Equatable {
  /// A²: at least 0; 2.492 is exceeded by chance in one of 20 samples.
  public let statistic: Double
  /// The probability, 0…1, of a statistic at least this large if the distribution holds; to six digits.
  public let pValue: Double

  /// Tests whether intervals are exponential, as those between the events of a Poisson process are.
  ///
  /// - Parameters:
  ///   - intervals: in any order, at least 0.
  ///   - mean: the one that was asked for, in the same unit, above 0.
  ///   - resolution: the step of the clock, in the same unit; shorter intervals than half of it count as half of it.
  /// - Returns: nil for fewer than five intervals or values out of range.
  public init?(exponential intervals: [Double], mean: Double, resolution: Double) {
    guard intervals.count >= 5, mean > 0, mean.isFinite, resolution > 0, resolution < mean,
      intervals.allSatisfy({ $0 >= 0 && $0.isFinite })
    else { return nil }
    let sorted = intervals.map { max($0, resolution / 2) / mean }.sorted()
    let count = Double(sorted.count)
    var sum = 0.0
    for (index, value) in sorted.enumerated() {
      // The logarithms of the distribution function here and of what it leaves at the mirrored place.
      sum += Double(2 * index + 1) * (log(-expm1(-value)) - sorted[sorted.count - 1 - index])
    }
    self.init(statistic: max(-count - sum / count, 0))
  }

  init(statistic: Double) {
    self.statistic = statistic
    pValue = min(max(1 - Self.limit(statistic), 0), 1)
  }

  /// The distribution function of the statistic for many values.
  private static func limit(_ z: Double) -> Double {
    guard z > 0 else { return 0 }
    if z < 2 {
      return exp(-1.2337141 / z) / z.squareRoot()
        * (2.00012 + (0.247105 - (0.0649821 - (0.0347962 - (0.0116720 - 0.00168691 * z) * z) * z) * z) * z)
    }
    // Beyond, the polynomial turns round.
    let z = min(z, 32)
    return exp(-exp(1.0776 - (2.30695 - (0.43424 - (0.082433 - (0.008056 - 0.0003146 * z) * z) * z) * z) * z))
  }
}
