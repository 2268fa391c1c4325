internal import Platform
public import Statistics

/// How well a percentile of the latency is to be known before a run ends.
public struct PercentileAim: Sendable, Equatable {
  /// 0…100 exclusive.
  public let percentile: Double
  /// By how much of the percentile either end of its interval may be off, 0…1 exclusive.
  public let margin: Double

  public init(percentile: Double, margin: Double) {
    self.percentile = percentile
    self.margin = margin
  }

  /// By how much of the percentile the farther end of its interval is off.
  ///
  /// - Parameters:
  ///   - histogram: the latencies.
  ///   - sequence: the same in their order, or a part of them.
  public func distance(
    of histogram: Histogram, in sequence: LatencySequence
  ) -> Result<Double, PercentileShortage> {
    sequence.precisions(ofPercentiles: [percentile])[0].flatMap { precision in
      histogram.interval(ofPercentile: percentile, level: PercentilePrecision.level, precision)
    }.map { interval in
      let value = Double(max(histogram.value(atPercentile: percentile) ?? 1, 1))
      return max(Double(interval.upperBound) / value - 1, 1 - Double(interval.lowerBound) / value)
    }
  }
}

/// Looks from time to time at whether a run has met its aim.
///
/// Each look comes after a quarter more answers than the one before, so that there are few: with each, chance may make the
/// interval look narrower than it is.
struct AimWatch {
  private let aim: PercentileAim
  private var next = 500.0

  init(_ aim: PercentileAim) { self.aim = aim }

  mutating func isMet(by latencies: LatencySequence) -> Bool {
    let count = Double(latencies.count * latencies.stride)
    guard count >= next else { return false }
    next = count * 1.25
    guard case .success(let distance) = aim.distance(of: latencies.histogram, in: latencies) else { return false }
    return distance <= aim.margin
  }
}
