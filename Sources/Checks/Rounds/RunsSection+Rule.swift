internal import Report
internal import Statistics

extension RunsSection {
  init(_ findings: RunsFindings) {
    let rows = findings.runs.map(\.row)
    // One that was interrupted is no run like the others.
    let whole = findings.runs.filter { $0.judged.document.interrupted != true }.map(\.row)
    self.init(
      asked: findings.asked, made: findings.made, problem: findings.course.problem,
      confidence: PercentilePrecision.level, rows: rows, figures: RunsFigure.all(whole))
  }
}

extension RunsFigure {
  private static let percentiles: [(key: String, percentile: Double, figure: @Sendable (LatencySummary) -> Double?)] = [
    ("p50", 50, { $0.p50 }), ("p90", 90, { $0.p90 }), ("p95", 95, { $0.p95 }), ("p99", 99, { $0.p99 }),
    ("p999", 99.9, { $0.p999 }),
  ]

  /// Whether so many times have a percentile that is not just the longest of them.
  static func isShown(_ percentile: Double, by count: Double) -> Bool { count * (100 - percentile) > 99.99 }

  /// What runs show that were made to their end; empty for fewer than two.
  static func all(_ runs: [RunSection]) -> [RunsFigure] {
    let traffics = runs.map(\.traffic)
    let latencies = traffics.compactMap(\.latency)
    let fewest = traffics.filter { $0.latency != nil }.map(\.requests.succeeded).min() ?? 0
    let ofLatency = percentiles.filter { isShown($0.percentile, by: Double(fewest)) }.map { key, _, figure in
      RunsFigure(
        key, .milliseconds,
        VarianceComponents(latencies.compactMap(figure), standardErrors: latencies.map { $0.standardError(key) }))
    }
    // In open loop it is no result, but a setting.
    let isRateMeasured = traffics.allSatisfy { $0.rate.offered == nil }
    let rate = RunsFigure(
      "rate", .perSecond, isRateMeasured ? VarianceComponents(traffics.map(\.rate.achieved)) : nil)
    return ([rate] + ofLatency).compactMap(\.self)
  }

  private init?(_ name: String, _ unit: Unit, _ components: VarianceComponents?) {
    guard let components else { return nil }
    self.init(
      name: name, unit: unit, runs: components.count, mean: components.mean,
      interval: components.interval(level: PercentilePrecision.level), deviation: components.variance.squareRoot(),
      between: components.between?.squareRoot(), within: components.within?.squareRoot())
  }
}

extension LatencySummary {
  /// The standard error of a percentile, by its key, from the width of its interval; `nil` where none is known.
  func standardError(_ key: String) -> Double? {
    guard let interval = intervals?[key], let precision = precision?[key] else { return nil }
    let t = StudentT.quantile((1 + PercentilePrecision.level) / 2, degreesOfFreedom: precision.degreesOfFreedom)
    return t > 0 ? (interval.upperBound - interval.lowerBound) / (2 * t) : nil
  }
}

extension SteadinessSection {
  /// Of several runs together: it changed where one changed, and is known to have stayed where all are. `nil` where none shows it.
  init?(of runs: [SteadinessSection?]) {
    let known = runs.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    let steady = runs.map { $0?.isSteady }
    let leftOut = known.compactMap(\.isWarmUpLeftOut)
    self.init(
      isWarmUpLeftOut: leftOut.isEmpty ? nil : leftOut.allSatisfy(\.self),
      isSteady: steady.contains(false) ? false : steady.allSatisfy { $0 == true } ? true : nil,
      changes: known.flatMap(\.changes))
  }
}
