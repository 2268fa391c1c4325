internal import Statistics

/// Writes how requests went over time as comma-separated values after RFC 4180: an interval a row, and a column for the answers of each
/// backend.
public struct SeriesTableWriter: Sendable {
  public static let file = "series.csv"

  public init() {}

  /// - Parameter traffic: times are milliseconds with three decimals; one that there was not is empty.
  public func write(_ traffic: TrafficSection) -> String {
    let series = traffic.series ?? []
    let interval = traffic.seriesIntervalSeconds ?? 1
    let backends = Set(series.flatMap { $0.shares?.keys.map(\.self) ?? [] }).sorted()
    let heads = ["second", "seconds", "requests", "failed", "p50_ms", "p99_ms", "max_ms"]
    let rows = series.map { point in
      ["\(point.second)", "\(interval)", "\(point.requests)", "\(point.failed)"]
        + [point.p50, point.p99, point.max].map { $0.map { Formatting.plain($0, decimals: 3) } ?? "" }
        + backends.map { "\(point.shares?[$0] ?? 0)" }
    }
    return ([heads + backends.map { CSVWriter.field("answers:\($0)") }] + rows)
      .map { $0.joined(separator: ",") + "\r\n" }.joined()
  }
}

/// Writes the distributions of a run's times as comma-separated values after RFC 4180: for each time that was met, to one in 1,000, how
/// often.
public struct HistogramTableWriter: Sendable {
  public static let file = "histogram.csv"

  public init() {}

  /// The rows of each distribution that there is, by its name; `from_ms` and `to_ms` are the least and the greatest time that a row counts.
  public func write(_ traffic: TrafficSection) -> String {
    var text = "time,from_ms,to_ms,count\r\n"
    for distribution in Wording.distributions(traffic) {
      guard let histogram = try? Histogram(base64V2: distribution.summary.histogram) else { continue }
      let name = CSVWriter.field(distribution.name)
      for bucket in histogram.recordedBuckets {
        let limits = [bucket.lowest, bucket.highest].map { Formatting.plain(Double($0) / 1e6, decimals: 6) }
        text += "\(name),\(limits[0]),\(limits[1]),\(bucket.count)\r\n"
      }
    }
    return text
  }
}
