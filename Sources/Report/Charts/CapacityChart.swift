/// Draws `capacity.svg`: latency percentiles above and the achieved rate below, both against the offered rate.
public struct CapacityChart: Sendable {
  /// The file that the page shows.
  static let file = "capacity.svg"

  public init() {}

  /// The chart of all steps, or of those with the most backends where their number was changed.
  public func write(_ capacity: CapacitySection) -> String { write(capacity, scope: nil) }

  /// The chart for a page with others in it, where all its names begin with the given one.
  func write(_ capacity: CapacitySection, scope: String?) -> String {
    let most = capacity.steps.compactMap(\.backends).max()
    // Of a rate that was tried twice, what counted.
    let last = Dictionary(
      capacity.steps.filter { $0.backends == most }.map { ($0.offered, $0) }, uniquingKeysWith: { $1 })
    let steps = last.values.sorted { $0.offered < $1.offered }
    let chart = LineCharting(scope: scope)
    let offered = LineCharting.Axis(upTo: steps.map(\.offered).max() ?? 1)
    let figures = steps.flatMap { [$0.p50, $0.p90, $0.p99].compactMap { $0 } } + limits(capacity).map(\.value)
    let latency = LineCharting.Axis(
      logarithmicFrom: max(figures.min() ?? 1, 0.01), to: figures.max() ?? 10)
    let upper = LineCharting.Panel(left: 76, right: 690, top: 82, bottom: 272, x: offered, y: latency)
    let achieved = LineCharting.Axis(upTo: max(steps.map(\.achieved).max() ?? 1, steps.map(\.offered).max() ?? 1))
    let lower = LineCharting.Panel(left: 76, right: 690, top: 356, bottom: 506, x: offered, y: achieved)

    let title = "Latency and achieved rate by offered rate" + (most.map { ", \($0) backends" } ?? "")
    var svg = chart.head(
      title: title, description: CapacityWording.result(capacity), height: 560)
    svg += chart.text(title, x: 24, y: 34, class: "text", size: 15, weight: "600")
    svg += chart.axes(
      upper, xLabel: "", yLabel: "latency, ms", xTick: Self.tick, yTick: Self.tick)
    svg += chart.axes(
      lower, xLabel: "offered, requests a second", yLabel: "achieved, requests a second", xTick: Self.tick,
      yTick: Self.tick)

    for limit in limits(capacity) {
      let y = upper.place(offered.low, limit.value).y
      svg += chart.line("limit", upper.left, y, upper.right, y, width: 1.5, dashes: "5 4")
      svg += chart.text(limit.name, x: upper.left + 6, y: y - 5, class: "limitText", size: 11)
    }
    svg += chart.path(
      "base",
      [(0, 0), (min(offered.high, achieved.high), min(offered.high, achieved.high))].map { lower.place($0.0, $0.1) },
      width: 1, dashes: "4 4")

    for (name, key) in [("A", \CapacityStep.p50), ("B", \.p90), ("C", \.p99)] {
      let held = steps.compactMap { step in step[keyPath: key].map { (step, upper.place(step.offered, $0)) } }
      svg += chart.path("line" + name, held.map(\.1))
      for (step, place) in held { svg += chart.dot("dot" + name, place, isHollow: step.verdict != .pass) }
    }
    let places = steps.map { (verdict: $0.verdict, place: lower.place($0.offered, $0.achieved)) }
    svg += chart.path("lineB", places.map(\.place))
    for (verdict, place) in places { svg += chart.dot("dotB", place, isHollow: verdict != .pass) }

    if let rate = capacity.rate {
      let x = upper.place(rate, latency.low).x
      svg += chart.line("result", x, upper.top - 6, x, lower.bottom, width: 2)
      let isRight = x > (upper.left + upper.right) / 2
      svg += chart.text(
        (capacity.isLowerBound ? "at least " : "") + Formatting.rate(rate), x: x + (isRight ? -6 : 6),
        y: lower.top - 26,
        class: "resultText", size: 12, weight: "600", anchor: isRight ? "end" : nil)
    }
    svg += legend(chart)
    return svg + "</svg>\n"
  }

  /// Latency objectives as they stand in the section, such as `p99 ≤ 200 ms`.
  private func limits(_ capacity: CapacitySection) -> [(name: String, value: Double)] {
    capacity.objectives.compactMap { text in
      let words = text.split(separator: " ")
      guard words.count == 4, words[3] == "ms", let value = Double(words[2]) else { return nil }
      return (text, value)
    }
  }

  private func legend(_ chart: LineCharting) -> String {
    var svg = ""
    var x = 430.0
    for (name, label) in [("A", "p50"), ("B", "p90"), ("C", "p99")] {
      svg += chart.line("line" + name, x, 58, x + 18, 58, width: 2) + chart.dot("dot" + name, (x + 9, 58))
      svg += chart.text(label, x: x + 24, y: 62, class: "quiet", size: 12)
      x += 62
    }
    return svg + chart.dot("", (x + 9, 58), isHollow: true)
      + chart.text("did not hold", x: x + 20, y: 62, class: "quiet", size: 12)
  }

  static func tick(_ value: Double) -> String {
    value == value.rounded() ? Formatting.fixed(value, decimals: 0) : Formatting.threeDigits(value)
  }
}

/// Draws `scalability.svg`: the capacity by number of backends, with the fitted law and linear scaling beside it.
public struct ScalabilityChart: Sendable {
  /// The file that the page shows.
  static let file = "scalability.svg"

  public init() {}

  public func write(_ scalability: ScalabilitySection) -> String { write(scalability, scope: nil) }

  /// The chart for a page with others in it, where all its names begin with the given one.
  func write(_ scalability: ScalabilitySection, scope: String?) -> String {
    let chart = LineCharting(scope: scope)
    let points = scalability.points.filter { $0.rate != nil }
    let most = Double(points.map(\.backends).max() ?? 1)
    // A little beyond the points, and up to the peak where that is near.
    let reach = max(most * 1.5, min(scalability.fit?.peakBackends ?? 0, most * 3)) + 1
    let curve = scalability.fit.map { fit in
      stride(from: 0.0, through: reach, by: reach / 120).map { ($0, $0 == 0 ? 0 : fit.rate($0)) }
    }
    let largest = max(points.compactMap(\.rate).max() ?? 1, curve?.map(\.1).max() ?? 0)
    let panel = LineCharting.Panel(
      left: 76, right: 690, top: 82, bottom: 330, x: LineCharting.Axis(upTo: reach), y: LineCharting.Axis(upTo: largest)
    )
    var svg = chart.head(
      title: "Capacity by number of backends",
      description: points.map { "\($0.backends): \(Formatting.rate($0.rate ?? 0))" }.joined(separator: "; "),
      height: 386)
    svg += chart.text("Capacity by number of backends", x: 24, y: 34, class: "text", size: 15, weight: "600")
    svg += chart.axes(
      panel, xLabel: "backends", yLabel: "requests a second", xTick: CapacityChart.tick, yTick: CapacityChart.tick)
    if let fit = scalability.fit, let curve {
      let end = min(reach, panel.y.high / fit.lambda)
      svg += chart.path(
        "base", [panel.place(0, 0), panel.place(end, end * fit.lambda)], width: 1.5, dashes: "4 4")
      svg += chart.path("lineB", curve.map { panel.place($0.0, $0.1) })
      if let peak = fit.peakBackends, peak <= reach, let rate = fit.peakRate {
        let place = panel.place(peak, rate)
        svg += chart.line("result", place.x, panel.top, place.x, panel.bottom, width: 1.5, dashes: "5 4")
        svg += chart.text(
          "peak at \(Formatting.fixed(peak, decimals: 1))", x: place.x + 6, y: panel.top + 10, class: "resultText",
          size: 12)
      }
    }
    for point in points {
      svg += chart.dot("dotC", panel.place(Double(point.backends), point.rate ?? 0), isHollow: point.isLowerBound)
    }
    svg += chart.dot("dotC", (330, 58)) + chart.text("measured", x: 342, y: 62, class: "quiet", size: 12)
    svg += chart.dot("", (418, 58), isHollow: true) + chart.text("at least", x: 430, y: 62, class: "quiet", size: 12)
    if scalability.fit != nil {
      svg +=
        chart.line("lineB", 494, 58, 514, 58, width: 2)
        + chart.text("fitted law", x: 520, y: 62, class: "quiet", size: 12)
      svg +=
        chart.line("base", 592, 58, 612, 58, width: 1.5, dashes: "4 4")
        + chart.text("linear", x: 618, y: 62, class: "quiet", size: 12)
    }
    return svg + "</svg>\n"
  }
}
