/// Draws `requests.svg`: how many requests were due in each interval and how many of them failed, above the slowest success.
public struct RequestsChart: Sendable {
  /// The file that the page shows.
  static let file = "requests.svg"
  /// The most intervals that are drawn one by one; more are put together.
  private static let mostPoints = 600

  public init() {}

  public func write(_ timeline: TimelineSection) -> String { write(timeline, scope: nil) }

  /// The chart for a page with others in it, where all its names begin with the given one.
  func write(_ timeline: TimelineSection, scope: String?) -> String {
    let points = Self.points(timeline)
    let time = ChartAxis(upTo: points.map(\.seconds).max() ?? 1)
    let upper = ChartPanel(top: 82, bottom: 232, x: time, y: ChartAxis(upTo: points.map(\.rate).max() ?? 1))
    let lower = ChartPanel(top: 306, bottom: 426, x: time, y: ChartAxis(upTo: points.map(\.slowest).max() ?? 1))
    let failed = timeline.failed.reduce(0, +)

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
      description: "\(Formatting.count(timeline.requests.reduce(0, +))) requests, \(Formatting.count(failed)) failed",
      height: 482)
  }

  private struct Point {
    var seconds: Double
    var rate: Double
    var failedRate: Double
    var slowest: Double
  }

  private static func points(_ timeline: TimelineSection) -> [Point] {
    let count = min(timeline.requests.count, timeline.failed.count, timeline.slowest.count)
    let width = max(1, (count + mostPoints - 1) / mostPoints)
    return stride(from: 0, to: count, by: width).map { first in
      let places = first..<min(first + width, count)
      let seconds = timeline.intervalSeconds * Double(places.count)
      return Point(
        seconds: (Double(first) + Double(places.count) / 2) * timeline.intervalSeconds,
        rate: Double(places.reduce(0) { $0 + timeline.requests[$1] }) / seconds,
        failedRate: Double(places.reduce(0) { $0 + timeline.failed[$1] }) / seconds,
        slowest: places.map { timeline.slowest[$0] }.max() ?? 0)
    }
  }
}
