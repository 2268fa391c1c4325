import Glibc

/// Whether the mean of a sequence of dependent values stayed the same, or changed, by a step or a trend.
///
/// The sum of the deviations from the mean wanders like a Brownian bridge if it stayed; how far is judged by the long-run
/// variance, which blocks show (``BlockSums``). Source: W. Ploberger and W. Krämer, "The CUSUM Test with OLS Residuals",
/// Econometrica 60 (1992). The long-run variance is that of the deviations from a line before and another after the place where
/// the sum is farthest, since a step or a trend would otherwise count as variance.
public struct LevelChange: Sendable, Equatable {
  /// The largest distance of the sum from 0, scaled: 1.5 to 1.7 is exceeded by chance in one of 20 sequences.
  public let statistic: Double
  /// The probability, 0…1, of a statistic at least this large if the mean stayed.
  public let pValue: Double
  /// How many values lie before the likeliest place of a step; about the middle for a trend.
  public internal(set) var position: Int
  /// The mean of the values before ``position``, and from there on.
  public let before: Double, after: Double

  /// - Parameters:
  ///   - values: in their order, finite.
  ///   - isApproximate: whether to go by the longest blocks where the dependence is too long to be known. What is found then
  ///     is a change, or values that wander so slowly that the sequence shows no one level; what is not found shows nothing.
  /// - Returns: nil where it cannot be known: for fewer than 128 values, or where they depend on those before for longer than a
  ///   320th of the sequence.
  public init?(_ values: [Double], isApproximate: Bool = false) {
    guard values.count >= 2 * QuantileInterval.blockCounts[0] else { return nil }
    let count = Double(values.count)
    let mean = values.reduce(0) { $0 + $1 / count }
    var (sum, farthest, position) = (0.0, 0.0, values.count / 2)
    for (index, value) in values.enumerated().dropLast() {
      sum += value - mean
      if abs(sum) > abs(farthest) { (farthest, position) = (sum, index + 1) }
    }
    let (before, after) = (
      mean + farthest / Double(position), mean - farthest / (count - Double(position))
    )
    (self.position, self.before, self.after) = (position, before, after)
    // What remains of a sum of equal values is rounding.
    guard abs(farthest) > 1e-9 * max(abs(mean), .leastNormalMagnitude) * count else {
      (statistic, pValue) = (0, 1)
      return
    }
    let (first, second) = (Line(values[..<position]), Line(values[position...]))
    let rest = BlockSums(count: values.count) { values[$0] - ($0 < position ? first : second).value(at: $0) }
    guard rest.variance > 1e-18 * farthest * farthest / (count * count) else {
      (statistic, pValue) = (.infinity, 0)
      return
    }
    guard let (dependence, blocks) = rest.dependence ?? (isApproximate ? rest.longestDependence : nil) else {
      return nil
    }
    statistic = abs(farthest) / (count * dependence * rest.variance).squareRoot()
    // The two lines take two degrees of freedom and some of the variance: so 40,000 sequences of independent normal values show.
    pValue = Self.chance(
      ofExceeding: statistic * (1 - 2 / Double(blocks)), degreesOfFreedom: 0.75 * Double(blocks) - 2)
  }

  /// The line of least squares through values at their positions.
  private struct Line {
    private let middle: Double
    private let mean: Double
    private let slope: Double

    init(_ values: ArraySlice<Double>) {
      let count = Double(values.count)
      let (mean, middle) = (values.reduce(0) { $0 + $1 / count }, Double(values.startIndex) + (count - 1) / 2)
      var product = 0.0
      for (position, value) in zip(values.indices, values) { product += (Double(position) - middle) * (value - mean) }
      (self.mean, self.middle) = (mean, middle)
      slope = count > 1 ? product / (count * (count * count - 1) / 12) : 0
    }

    func value(at position: Int) -> Double { mean + slope * (Double(position) - middle) }
  }

  /// The probability that a Brownian bridge, divided by an estimate of its deviation, goes farther from 0.
  ///
  /// That is Kolmogorov's series with each term's mean over the chi-square distribution of the estimate; without an end of the
  /// degrees of freedom it is the series itself.
  ///
  /// Source: A. Kolmogorov, "Sulla determinazione empirica di una legge di distribuzione", Giornale dell'Istituto Italiano degli
  /// Attuari 4 (1933).
  static func chance(ofExceeding distance: Double, degreesOfFreedom freedom: Double) -> Double {
    // The series needs more and more terms below, where the answer is 1 to nine digits.
    guard distance > 0.25 else { return 1 }
    var sum = 0.0
    for term in 1...100 {
      let exponent = 2 * Double(term * term) * distance * distance
      let part = exp(freedom.isFinite ? -freedom / 2 * log1p(2 * exponent / freedom) : -exponent)
      sum += term.isMultiple(of: 2) ? -part : part
      if part < 1e-18 { break }
    }
    return min(max(2 * sum, 0), 1)
  }
}

extension BlockSums {
  /// How many values in a row tell as much as one independent one, and how many blocks say so; nil where the sequence is too
  /// short to know.
  var dependence: (values: Double, blocks: Int)? {
    for blocks in QuantileInterval.blockCounts {
      let length = count / blocks
      let dependence = max(shape(ofBlocks: length).longRunVariance / variance, 0.5)
      if Double(length) >= QuantileInterval.blockLengths * dependence,
        Double(count) >= QuantileInterval.sequenceLengths * dependence
      {
        return (dependence, blocks)
      }
    }
    return nil
  }

  /// The dependence that the longest blocks show, be it long enough to know or not.
  var longestDependence: (values: Double, blocks: Int)? {
    QuantileInterval.blockCounts.last.map { blocks in
      (max(shape(ofBlocks: count / blocks).longRunVariance / variance, 0.5), blocks)
    }
  }
}
