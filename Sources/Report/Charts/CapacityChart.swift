internal import Statistics

/// Draws `capacity.svg`: latency percentiles above and the achieved rate below, both against the offered rate.
public struct CapacityChart: Sendable {
  /// The file that the page shows.
  static let file = "capacity.svg"

  private static let percentiles:
    [(label: String, ink: ChartInk, dashes: String?, key: any KeyPath<CapacityStep, Double?> & Sendable)] = [
      ("p50", .pale, "2 3", \.p50), ("p90", .middle, "7 3", \.p90), ("p99", .strong, nil, \.p99),
    ]

  public init() {}

  /// The chart of all steps, or of those with the most backends where their number was changed.
  public func write(_ capacity: CapacitySection) -> String { write(capacity, .file) }

  func write(_ capacity: CapacitySection, _ frame: ChartFrame) -> String {
    let most = capacity.steps.compactMap(\.backends).max()
    // Of a rate that was tried twice, the result that counted.
    let last = Dictionary(
      capacity.steps.filter { $0.backends == most }.map { ($0.offered, $0) }, uniquingKeysWith: { $1 })
    let steps = last.values.sorted { $0.offered < $1.offered }
    let limits = limits(capacity)
    let fastest = steps.map(\.offered).max() ?? 1
    let figures = steps.flatMap { step in Self.percentiles.compactMap { step[keyPath: $0.key] } } + limits.map(\.value)
    let offered = ChartAxis(upTo: fastest)
    let latency = ChartAxis(logarithmicFrom: max(figures.min() ?? 1, 0.01), to: figures.max() ?? 10)
    let achieved = ChartAxis(upTo: max(steps.map(\.achieved).max() ?? 1, fastest))
    var canvas = ChartCanvas(
      "Latency and achieved rate by offered rate" + (most.map { ", \($0) backends" } ?? ""), frame: frame)
    var legend = Self.percentiles.map { percentile in
      ChartCanvas.LegendEntry(percentile.label, width: 18) {
        $0.line(percentile.ink, $1.x, $1.y, $1.x + 18, $1.y, width: 2, dashes: percentile.dashes)
        $0.disc(percentile.ink, ($1.x + 9, $1.y))
      }
    }
    if steps.contains(where: { $0.verdict != .pass }) {
      legend.append(.init("did not hold", width: 8) { $0.hollow(($1.x + 4, $1.y)) })
    }
    canvas.legend(legend)
    let upper = ChartPanel(on: canvas, top: canvas.top + 24, height: 190, x: offered, y: latency)
    let lower = ChartPanel(on: canvas, top: upper.bottom + 84, height: 150, x: offered, y: achieved)
    canvas.axes(upper, x: "", y: "latency, ms")
    canvas.axes(lower, x: "offered, requests a second", y: "achieved, requests a second")
    for limit in limits {
      let y = upper.place(offered.low, limit.value).y
      canvas.line(.stray, upper.left, y, upper.right, y, width: 1.5, dashes: "5 4")
      canvas.text(limit.name, x: upper.left + 6, y: y - 5, ink: .strayText)
    }
    let corner = min(offered.high, achieved.high)
    canvas.path(.base, [lower.place(0, 0), lower.place(corner, corner)], width: 1, dashes: "4 4")
    for percentile in Self.percentiles {
      draw(
        steps.compactMap { step in step[keyPath: percentile.key].map { (step, upper.place(step.offered, $0)) } },
        percentile.ink, dashes: percentile.dashes, &canvas)
    }
    draw(steps.map { ($0, lower.place($0.offered, $0.achieved)) }, .middle, dashes: nil, &canvas)
    if let rate = capacity.rate {
      let x = upper.place(rate, latency.low).x
      for panel in [upper, lower] { canvas.line(.result, x, panel.top, x, panel.bottom, width: 2) }
      let isRight = x > (upper.left + upper.right) / 2
      canvas.text(
        (capacity.isLowerBound ? "at least " : "") + Formatting.rate(rate), x: x + (isRight ? 6 : -6),
        y: lower.top - 36, ink: .resultText, isBold: true, anchor: isRight ? .end : .start)
    }
    return canvas.svg(description: CapacityWording.result(capacity), height: lower.bottom + 52)
  }

  /// A line with a point at each step, hollow where that did not hold.
  private func draw(
    _ points: [(step: CapacityStep, place: ChartCanvas.Place)], _ ink: ChartInk, dashes: String?,
    _ canvas: inout ChartCanvas
  ) {
    canvas.path(ink, points.map(\.place), dashes: dashes)
    for (step, place) in points { step.verdict == .pass ? canvas.disc(ink, place) : canvas.hollow(place) }
  }

  /// Latency objectives as they stand in the section, such as `p99 ≤ 200 ms`.
  private func limits(_ capacity: CapacitySection) -> [(name: String, value: Double)] {
    capacity.objectives.compactMap { text in
      let words = text.split(separator: " ")
      guard words.count == 4, words[3] == "ms", let value = Double(words[2].filter { $0 != "," }) else { return nil }
      return (text, value)
    }
  }
}
