/// A figure of several runs: its mean over them, and how much of what varies comes from between the runs and from within each.
///
/// A run's figure is the true mean, and what all of this run is off, and what chance makes of what is in it. The variance of the
/// runs' figures estimates the sum of both parts. What the order within a run shows of its own standard error is the second; the
/// rest is the first. Sources: T. Kalibera and R. Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013, for runs as the
/// upper level of a random-effects model; S. R. Searle, G. Casella and C. E. McCulloch, "Variance Components" (1992), for the
/// difference of mean squares, cut off at 0.
///
/// ```swift
/// let p99 = VarianceComponents([20.1, 22.3, 19.8], standardErrors: [0.4, 0.5, 0.4])
/// p99?.interval(level: 0.95)  // of the mean, by Student's t with two degrees of freedom
/// p99?.between                // the variance between runs
/// ```
public struct VarianceComponents: Sendable, Equatable {
  /// How many runs, 2 or more.
  public let count: Int
  public let mean: Double
  /// The variance of the runs' figures, with n − 1 in its denominator.
  public let variance: Double
  /// The variance that a run's figure has from within the run: the mean square of the standard errors; `nil` where one of them is
  /// not known.
  public let within: Double?

  /// - Parameters:
  ///   - values: a figure of each run.
  ///   - standardErrors: that of each figure in its own run, 0 or more, `nil` where it is not known; as many as values.
  /// - Returns: nil for fewer than two runs, and for a value that is not finite.
  public init?(_ values: [Double], standardErrors: [Double?] = []) {
    guard values.count >= 2, values.allSatisfy(\.isFinite) else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    count = values.count
    variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
    let known = standardErrors.compactMap(\.self).filter { $0.isFinite && $0 >= 0 }
    within = known.count == count ? known.reduce(0) { $0 + $1 * $1 } / Double(count) : nil
  }

  /// The variance that all of a run has; `nil` where that within runs is not known.
  public var between: Double? { within.map { max(0, variance - $0) } }

  private var degreesOfFreedom: Double { Double(count - 1) }

  /// The variance that intervals go by. Runs whose figures are the same, rounded, vary as much as is seen within each.
  private var spread: Double? { variance > 0 ? variance : within.flatMap { $0 > 0 ? $0 : nil } }

  /// Between which values the mean of all runs that could be made lies; `nil` where nothing varies.
  ///
  /// - Parameter level: the confidence, 0…1 exclusive.
  public func interval(level: Double) -> ClosedRange<Double>? {
    spread.map { spread in
      let half =
        StudentT.quantile((1 + level) / 2, degreesOfFreedom: degreesOfFreedom) * (spread / Double(count)).squareRoot()
      return mean - half...mean + half
    }
  }

  /// Between which values the difference of two means lies, each of runs with a variance of their own; `nil` where nothing varies.
  ///
  /// Source: B. L. Welch, "The Generalization of 'Student's' Problem when Several Different Population Variances are Involved",
  /// Biometrika 34 (1947).
  ///
  /// - Parameters:
  ///   - level: the confidence, 0…1 exclusive.
  ///   - times: as if there were so many times as many runs of each, 1 or more.
  public func difference(
    from other: VarianceComponents, level: Double, times: Double = 1
  ) -> ClosedRange<Double>? {
    guard spread != nil || other.spread != nil else { return nil }
    let parts = [self, other].map { runs in
      (square: (runs.spread ?? 0) / (Double(runs.count) * times), degreesOfFreedom: Double(runs.count) * times - 1)
    }
    let square = parts.reduce(0) { $0 + $1.square }
    let degreesOfFreedom = square * square / parts.reduce(0) { $0 + $1.square * $1.square / $1.degreesOfFreedom }
    let half = StudentT.quantile((1 + level) / 2, degreesOfFreedom: max(1, degreesOfFreedom)) * square.squareRoot()
    return mean - other.mean - half...mean - other.mean + half
  }
}
