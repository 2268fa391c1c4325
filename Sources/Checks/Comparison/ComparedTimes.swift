internal import Report
internal import Statistics

/// The times of a report: of its one run or, where it has several, of each of them.
struct ComparedTimes: Sendable {
  /// Of all runs together.
  let whole: LatencySample
  /// Of each run; empty for one.
  private let runs: [Run]

  private struct Run: Sendable {
    let sample: LatencySample
    /// By percentile.
    let standardErrors: [Double: Double]
  }

  /// - Throws: an error if a histogram is damaged.
  /// - Returns: nil where there are no times.
  init?(_ time: TrafficTimes, of document: ReportDocument) throws(Histogram.DecodingError) {
    func sample(_ traffic: TrafficSection) throws(Histogram.DecodingError) -> LatencySample? {
      guard let summary = traffic[keyPath: time.summary] else { return nil }
      // First bytes come in the latencies' order, and are no better known.
      return try LatencySample(summary, in: traffic, precision: time == .firstByte ? traffic.latency?.precision : nil)
    }
    guard let traffic = document.comparedTraffic, let whole = try sample(traffic) else { return nil }
    self.whole = whole
    var runs: [Run] = []
    for row in document.comparedRuns {
      guard let own = try sample(row.traffic), let summary = row.traffic[keyPath: time.summary] else { continue }
      let errors = LatencySummary.percentiles.compactMap { percentile in
        summary.standardError(percentile.key).map { (percentile.percentile, $0) }
      }
      runs.append(Run(sample: own, standardErrors: Dictionary(uniqueKeysWithValues: errors)))
    }
    self.runs = runs
  }

  var hasRuns: Bool { runs.count > 1 }

  /// A percentile over runs; `nil` for fewer than two, and where some run is too short to have it.
  func components(_ percentile: Double) -> VarianceComponents? {
    guard runs.allSatisfy({ RunsFigure.isShown(percentile, by: Double($0.sample.count)) }) else { return nil }
    return VarianceComponents(
      runs.compactMap { $0.sample.milliseconds(percentile) },
      standardErrors: runs.map { $0.standardErrors[percentile] })
  }

  /// The mean over runs, or that of the one run, in milliseconds.
  func milliseconds(_ percentile: Double) -> Double? {
    components(percentile)?.mean ?? whole.milliseconds(percentile)
  }

  func interval(_ percentile: Double, _ level: Double) -> ComparedQuantity.Interval {
    components(percentile)?.interval(level: level).map { ($0.lowerBound, $0.upperBound) }
      ?? whole.interval(percentile, level)
  }

  /// Whether a percentile has an upper bound.
  func bounds(_ percentile: Double) -> Bool { interval(percentile, 0.99).high.isFinite }
}

extension ReportDocument {
  /// The runs to compare by; empty where the report is of one run.
  var comparedRuns: [RunSection] { runs.map { $0.rows.count > 1 ? $0.rows : [] } ?? [] }

  /// The traffic as that of one sequence, whose order may be known.
  var comparedTraffic: TrafficSection? { runs?.rows.count == 1 ? runs?.rows.first?.traffic : traffic }
}

extension ComparedQuantity {
  /// The intervals of two means over runs, and of their difference; `nil` where nothing varies.
  static func intervals(_ base: VarianceComponents, _ candidate: VarianceComponents) -> Intervals? {
    guard candidate.difference(from: base, level: 0.95) != nil else { return nil }
    @Sendable func ends(_ range: ClosedRange<Double>?, _ mean: Double) -> Interval {
      (range?.lowerBound ?? mean, range?.upperBound ?? mean)
    }
    return { level in
      (
        ends(base.interval(level: level), base.mean), ends(candidate.interval(level: level), candidate.mean),
        ends(candidate.difference(from: base, level: level), candidate.mean - base.mean)
      )
    }
  }

  /// The same quantity by the runs of both, whose number settles it.
  func overRuns(_ base: VarianceComponents, _ candidate: VarianceComponents) -> ComparedQuantity {
    var quantity = self
    quantity.extent = SettlingRun(times: 1, unit: .runs, count: max(base.count, candidate.count))
    quantity.scaled = { level, times in
      let found = candidate.difference(from: base, level: level, times: times)
      return (found?.lowerBound ?? -.infinity, found?.upperBound ?? .infinity)
    }
    return quantity
  }
}
