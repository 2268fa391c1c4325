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
    let chart = LineCharting(scope: scope)
    let time = LineCharting.Axis(upTo: points.map(\.seconds).max() ?? 1)
    let rates = LineCharting.Axis(upTo: points.map(\.rate).max() ?? 1)
    let slowest = LineCharting.Axis(upTo: points.map(\.slowest).max() ?? 1)
    let upper = LineCharting.Panel(left: 76, right: 690, top: 82, bottom: 232, x: time, y: rates)
    let lower = LineCharting.Panel(left: 76, right: 690, top: 306, bottom: 426, x: time, y: slowest)
    let title = "Requests as time went on"
    let failed = timeline.failed.reduce(0, +)
    var svg = chart.head(
      title: title,
      description: "\(Formatting.count(timeline.requests.reduce(0, +))) requests, \(Formatting.count(failed)) failed",
      height: 482)
    svg += chart.text(title, x: 24, y: 34, class: "text", size: 15, weight: "600")
    svg += chart.axes(
      upper, xLabel: "", yLabel: "requests due a second", xTick: CapacityChart.tick, yTick: CapacityChart.tick)
    svg += chart.axes(
      lower, xLabel: "seconds from the start", yLabel: "slowest success, ms", xTick: CapacityChart.tick,
      yTick: CapacityChart.tick)
    svg += chart.path("lineB", points.map { upper.place($0.seconds, $0.rate) })
    if failed > 0 { svg += chart.path("bad", points.map { upper.place($0.seconds, $0.failedRate) }) }
    svg += chart.path("lineC", points.map { lower.place($0.seconds, $0.slowest) })
    svg += chart.line("lineB", 560, 58, 578, 58, width: 2)
    svg += chart.text("due", x: 584, y: 62, class: "quiet", size: 12)
    if failed > 0 {
      svg += chart.line("bad", 622, 58, 640, 58, width: 2)
      svg += chart.text("failed", x: 646, y: 62, class: "quiet", size: 12)
    }
    return svg + "</svg>\n"
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
