internal import Statistics

/// Draws `requests.svg`: how many requests were due in each interval and how many of them failed, above the slowest success.
public struct RequestsChart: Sendable {
  /// The file that the page shows.
  static let file = "requests.svg"
  /// The most intervals that are drawn one by one; more are grouped.
  private static let mostPoints = 600

  public init() {}

  /// - Parameters:
  ///   - interval: the length of the series' intervals, in seconds.
  ///   - scope: what all names begin with where the chart stands in a page with others; `nil` for a file of its own.
  public func write(_ series: [SeriesPoint], every interval: Int, scope: String? = nil) -> String {
    let points = Self.points(series, every: Double(max(1, interval)))
    let time = ChartAxis(upTo: points.map(\.seconds).max() ?? 1)
    let upper = ChartPanel(top: 82, bottom: 232, x: time, y: ChartAxis(upTo: points.map(\.rate).max() ?? 1))
    let lower = ChartPanel(top: 306, bottom: 426, x: time, y: ChartAxis(upTo: points.map(\.slowest).max() ?? 1))
    let requests = series.reduce(0) { $0 + $1.requests }
    let failed = series.reduce(0) { $0 + $1.failed }

    var canvas = ChartCanvas(scope: scope)
    let lines: [(label: String, ink: ChartInk)] = [("due", .middle)] + (failed > 0 ? [("failed", .lost)] : [])
    canvas.legend(
      y: 62,
      lines.map { line in
        (line.label, 18, { $0.line(line.ink, $1.x, $1.y, $1.x + 18, $1.y, width: 2) })
      })
    canvas.axes(upper, x: "", y: "requests due a second")
    canvas.axes(lower, x: "seconds from the start", y: "slowest success, ms")
    canvas.path(.middle, points.map { upper.place($0.seconds, $0.rate) })
    if failed > 0 { canvas.path(.lost, points.map { upper.place($0.seconds, $0.failedRate) }) }
    canvas.path(.strong, points.map { lower.place($0.seconds, $0.slowest) })
    return canvas.svg(
      title: "Requests as time went on",
      description: "\(Formatting.count(requests, "request")), \(Formatting.count(failed)) failed",
      height: 482)
  }

  private struct Point {
    var seconds: Double
    var rate: Double
    var failedRate: Double
    var slowest: Double
  }

  private static func points(_ series: [SeriesPoint], every interval: Double) -> [Point] {
    let width = max(1, (series.count + mostPoints - 1) / mostPoints)
    return stride(from: 0, to: series.count, by: width).map { first in
      let drawn = series[first..<min(first + width, series.count)]
      let seconds = interval * Double(drawn.count)
      return Point(
        seconds: Double(first) * interval + seconds / 2,
        rate: Double(drawn.reduce(0) { $0 + $1.requests }) / seconds,
        failedRate: Double(drawn.reduce(0) { $0 + $1.failed }) / seconds, slowest: drawn.compactMap(\.max).max() ?? 0)
    }
  }
}
