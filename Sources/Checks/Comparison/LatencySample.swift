internal import Report
internal import Statistics

/// The times of one run: latencies, or a part of them.
struct LatencySample: Sendable {
  /// Where their order does not tell how sure a percentile is, times of requests that are closer in time than this count as
  /// one, since they meet the same state of the machine: a stall of 50 ms at 1,000 requests a second is not fifty observations,
  /// but few.
  static let sameMoment = 0.01

  private let histogram: Histogram
  /// The number of independent observations that the requests count as.
  let effectiveCount: Int
  private let lateness: Histogram?
  /// What the order of the times shows, by percentile; nothing where it was not kept, or the run is too short.
  private let precision: [String: PercentilePrecision]

  /// - Parameters:
  ///   - traffic: the traffic that the times are of.
  ///   - precision: what the order of the times shows, where the summary does not tell; `nil` for nothing.
  /// - Throws: an error if the histogram is damaged.
  /// - Returns: nil where there are no times.
  init?(
    _ summary: LatencySummary, in traffic: TrafficSection, precision: [String: PercentilePrecision]? = nil
  ) throws(Histogram.DecodingError) {
    histogram = try Histogram(base64V2: summary.histogram)
    guard !histogram.isEmpty else { return nil }
    let rate = traffic.rate.achieved
    let moments = rate > 0 ? Double(traffic.requests.completed) / rate / Self.sameMoment : .infinity
    effectiveCount = Int(max(1, min(moments, Double(histogram.count), 1e15)))
    self.precision = summary.precision ?? precision ?? [:]
    lateness = traffic.lateness.flatMap { try? Histogram(base64V2: $0.histogram) }
  }

  var count: UInt64 { histogram.count }

  private static let keys = Dictionary(
    uniqueKeysWithValues: LatencySummary.percentiles.map { ($0.percentile, $0.key) })

  /// What the order of the times shows of a percentile.
  private func known(_ percentile: Double) -> PercentilePrecision? {
    Self.keys[percentile].flatMap { precision[$0] }
  }

  /// Whether a percentile would have an upper bound if each request counted singly, but has none.
  func isBoundedByCountAlone(_ percentile: Double) -> Bool {
    guard known(percentile) == nil else { return false }
    func isBounded(_ count: Int) -> Bool {
      histogram.interval(ofPercentile: percentile, level: 0.99, effectiveCount: count)?.upper != nil
    }
    return isBounded(Int(min(count, 1_000_000_000_000_000))) && !isBounded(effectiveCount)
  }

  /// Whether a percentile has an upper bound.
  func bounds(_ percentile: Double) -> Bool { interval(percentile, 0.99).high.isFinite }

  func milliseconds(_ percentile: Double) -> Double? {
    histogram.value(atPercentile: percentile).map { Double($0) / 1e6 }
  }

  /// How late the generator itself was; 0 where each request waited for the one before.
  func lateness(_ percentile: Double) -> Double {
    lateness?.value(atPercentile: percentile).map { Double($0) / 1e6 } ?? 0
  }

  func interval(_ percentile: Double, _ level: Double) -> ComparedQuantity.Interval {
    if let own = known(percentile),
      case .success(let found) = histogram.interval(ofPercentile: percentile, level: level, own)
    {
      return (Double(found.lowerBound) / 1e6, Double(found.upperBound) / 1e6)
    }
    let found = histogram.interval(ofPercentile: percentile, level: level, effectiveCount: effectiveCount)
    return (
      found?.lower.map { Double($0) / 1e6 } ?? -.infinity, found?.upper.map { Double($0) / 1e6 } ?? .infinity
    )
  }
}
