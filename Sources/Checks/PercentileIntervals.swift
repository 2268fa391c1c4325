internal import Report
internal import Statistics

/// How sure percentiles of latencies are: their intervals in milliseconds at ``PercentilePrecision/level``, by the names that are
/// given.
struct PercentileIntervals {
  private(set) var intervals: [String: ClosedRange<Double>] = [:]
  private(set) var notKnown: [String: PercentileShortage] = [:]
  private(set) var precision: [String: PercentilePrecision] = [:]

  /// - Parameter sequence: the latencies of the histogram in their order, or a part of them.
  init(_ percentiles: [(name: String, percentile: Double)], of histogram: Histogram, in sequence: LatencySequence) {
    for (asked, found) in zip(percentiles, sequence.precisions(ofPercentiles: percentiles.map(\.percentile))) {
      do throws(PercentileShortage) {
        let precision = try found.get()
        let range = try histogram.interval(
          ofPercentile: asked.percentile, level: PercentilePrecision.level, precision
        ).get()
        intervals[asked.name] = Double(range.lowerBound) / 1e6...Double(range.upperBound) / 1e6
        self.precision[asked.name] = precision
      } catch {
        notKnown[asked.name] = error
      }
    }
  }
}
