internal import Report
internal import Statistics

extension TrafficTimes {
  /// Those that are compared.
  var percentiles: [Double] {
    switch self {
    case .latency: [50, 90, 95, 99, 99.9, 99.99]
    case .firstByte, .connect, .tls: [50, 99]
    }
  }

  /// Whether there is one time a connection; else there is one a request.
  private var isOfConnections: Bool {
    switch self {
    case .latency, .firstByte: false
    case .connect, .tls: true
    }
  }

  /// A percentile of each run, in milliseconds; `nil` where a run has none.
  ///
  /// The difference lies between the ends of the two intervals, each of which may be wrong in half of the cases that the
  /// level leaves. Connections that are kept are opened together, at the beginning or after they were closed together: they
  /// meet the same state of the machine, and their times have no interval. Where both have several runs, each run opens its own, and
  /// the difference is that of the means over runs.
  ///
  /// - Parameter isPerRequest: whether each request had a connection of its own in both runs.
  func quantity(
    _ percentile: Double, _ base: ComparedTimes, _ candidate: ComparedTimes, margin: Double, disturbance: Double,
    isPerRequest: Bool
  ) -> ComparedQuantity? {
    guard let own = base.milliseconds(percentile), let other = candidate.milliseconds(percentile) else { return nil }
    let ofRuns = base.components(percentile).flatMap { own in candidate.components(percentile).map { (own, $0) } }
    let ofWhole: ComparedQuantity.Intervals = { level in
      let each = (1 + level) / 2
      let (own, other) = (base.interval(percentile, each), candidate.interval(percentile, each))
      return (own, other, (other.low - own.high, other.high - own.low))
    }
    var quantity = ComparedQuantity(
      name: name(of: Formatting.percentile(percentile)), unit: .milliseconds, base: own,
      candidate: other, margin: margin, disturbance: disturbance, direction: .lower,
      intervals: ofRuns.flatMap(ComparedQuantity.intervals)
        ?? (isOfConnections && !isPerRequest ? nil : ofWhole))
    if let (own, other) = ofRuns {
      quantity = quantity.overRuns(own, other)
    } else if quantity.intervals == nil, base.hasRuns, candidate.hasRuns {
      quantity.remark = "each run has too few connections to show it"
    }
    quantity.isBesides = self != .latency
    if let crowded = [base.whole, candidate.whole].first(where: { $0.isBoundedByCountAlone(percentile) }) {
      quantity.unbounded =
        "requests within 10 ms count as one, which leaves \(Formatting.count(crowded.effectiveCount)) of \(Formatting.count(Int(clamping: crowded.count))): "
        + "too few to bound it"
    }
    return quantity
  }
}
