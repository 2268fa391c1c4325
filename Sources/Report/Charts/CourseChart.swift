internal import Statistics

/// Draws `course.svg`: as time goes on, the requests that were due and those that failed, the latency of the successes, and how the
/// answers were divided among the backends.
public struct CourseChart: Sendable {
  /// The file that the page shows.
  static let file = "course.svg"
  private static let mostBackends = 6

  private let interval: Int
  private let lasted: Double
  private let actions: [ActionSection]

  /// - Parameters:
  ///   - interval: the length of the series' intervals, in seconds.
  ///   - lasted: when the last request was due or later, in seconds from the start; shortens the last interval.
  ///   - actions: what was done meanwhile; the time that it took is shaded.
  public init(every interval: Int, lasted: Double = .infinity, actions: [ActionSection] = []) {
    self.interval = max(1, interval)
    self.lasted = lasted
    self.actions = actions
  }

  public func write(_ series: [SeriesPoint]) -> String { write(series, .file) }

  func write(_ series: [SeriesPoint], _ frame: ChartFrame) -> String {
    let points = points(series, atMost: frame.isNarrow ? 150 : 300)
    let end = Double(interval) * Double(max(series.count, 1))
    let time = ChartAxis(fromSeconds: 0, to: end)
    let backends = backends(points)
    let height = frame.isNarrow ? 110.0 : 130

    var canvas = ChartCanvas("Requests as time went on", frame: frame)
    let isFailing = points.contains { $0.failed > 0 }
    canvas.legend(
      [.line("due", .middle)] + (isFailing ? [.line("failed", .lost)] : [])
        + (actions.isEmpty ? [] : [.area("action", .action)]))
    let rates = ChartPanel(
      on: canvas, top: canvas.top + 26, height: height, x: time, y: ChartAxis(upTo: points.map(\.rate).max() ?? 1))
    shade(rates, &canvas)
    canvas.axes(rates, x: "", y: "requests due a second")
    draw(points.map { ($0.seconds, $0.rate) }, .middle, rates, &canvas)
    if isFailing { draw(points.map { ($0.seconds, $0.failed) }, .lost, rates, &canvas) }

    let times = ChartPanel(
      on: canvas, top: rates.bottom + 92, height: height, x: time, y: Self.latencyAxis(points))
    latency(points, times, &canvas)
    var last = times
    if !backends.isEmpty {
      last = ChartPanel(on: canvas, top: times.bottom + 92, height: height, x: time, y: ChartAxis(upTo: 1, limit: 1))
      shares(points, backends, last, &canvas)
    }
    canvas.text("seconds from the start", x: last.right, y: last.bottom + 36, ink: .quiet, anchor: .end)
    let (requests, failed) = (series.reduce(0) { $0 + $1.requests }, series.reduce(0) { $0 + $1.failed })
    return canvas.svg(
      description: "\(Formatting.count(requests, "request")), \(Formatting.count(failed)) failed",
      height: last.bottom + 52)
  }

  // MARK: Panels

  /// Logarithmic where a linear one would press the fast requests to its foot.
  private static func latencyAxis(_ points: [Point]) -> ChartAxis {
    let figures = points.flatMap { [$0.p50, $0.p99, $0.slowest] }.compactMap(\.self).filter { $0.isFinite && $0 > 0 }
    guard let least = figures.min(), let most = figures.max() else { return ChartAxis(upTo: 1) }
    return most > 20 * least ? ChartAxis(logarithmicFrom: max(least, 1e-3), to: most) : ChartAxis(upTo: most)
  }

  private func latency(_ points: [Point], _ panel: ChartPanel, _ canvas: inout ChartCanvas) {
    let lines: [(name: String, ink: ChartInk, dashes: String?, key: KeyPath<Point, Double?>)] = [
      ("p50", .pale, "2 3", \.p50), ("p99", .strong, nil, \.p99), ("slowest", .kind2, "7 3", \.slowest),
    ]
    legend(lines.map { .line($0.name, $0.ink, dashes: $0.dashes) }, panel, "latency, ms", &canvas)
    shade(panel, &canvas)
    canvas.axes(panel, x: "", y: "latency, ms")
    for line in lines.reversed() {
      draw(points.map { ($0.seconds, $0[keyPath: line.key]) }, line.ink, dashes: line.dashes, panel, &canvas)
    }
  }

  private func shares(_ points: [Point], _ backends: [String], _ panel: ChartPanel, _ canvas: inout ChartCanvas) {
    let names = backends + (points.contains { $0.others(than: backends) > 0 } ? ["others"] : [])
    legend(
      zip(names, ChartInk.kinds).map { .area(Escaping.visible($0, width: 16), $1) }, panel, "share of answers, %",
      &canvas)
    canvas.axes(panel, x: "", y: "share of answers, %", unit: 0.01)
    for point in points {
      let all = Double(point.answers.values.reduce(0, +))
      guard all > 0 else { continue }
      let from = panel.place(point.seconds - point.length / 2, 0).x
      let width = panel.place(point.seconds + point.length / 2, 0).x - from
      var below = 0.0
      let counts = backends.map { point.answers[$0] ?? 0 } + [point.others(than: backends)]
      for (count, ink) in zip(counts, ChartInk.kinds) where count > 0 {
        let share = Double(count) / all
        let top = panel.place(0, below + share).y
        canvas.rectangle(
          ink, x: from, y: top, width: max(width - (width > 6 ? 1 : 0), 0.5), height: panel.place(0, below).y - top,
          radius: 0)
        below += share
      }
    }
  }

  /// A panel's own legend, at the right of what its axis is, or above that.
  private func legend(
    _ entries: [ChartCanvas.LegendEntry], _ panel: ChartPanel, _ label: String, _ canvas: inout ChartCanvas
  ) {
    let widths = entries.map { $0.width + 6 + ChartCanvas.width(of: $0.label) + 14 }
    let all = widths.reduce(0, +)
    let fits = canvas.margin + ChartCanvas.width(of: label) + 20 + all < panel.right + 14
    var (x, y) = fits ? (panel.right + 14 - all, panel.top - 14) : (canvas.margin, panel.top - 34)
    for (entry, width) in zip(entries, widths) {
      if x > canvas.margin, x + width > panel.right + 20 { (x, y) = (canvas.margin, y - 18) }
      entry.mark(&canvas, (x, y - 4))
      canvas.text(entry.label, x: x + entry.width + 6, y: y, ink: .quiet)
      x += width
    }
  }

  private func shade(_ panel: ChartPanel, _ canvas: inout ChartCanvas) {
    for action in actions {
      let from = panel.place(action.startSeconds, 0).x
      let to = panel.place(action.startSeconds + action.durationSeconds, 0).x
      canvas.rectangle(
        .action, x: from, y: panel.top, width: max(to - from, 2), height: panel.bottom - panel.top, radius: 0)
    }
  }

  /// A line through the figures that there are, broken where one is missing; a single one is a point.
  private func draw(
    _ figures: [(seconds: Double, value: Double?)], _ ink: ChartInk, dashes: String? = nil, _ panel: ChartPanel,
    _ canvas: inout ChartCanvas
  ) {
    var stretch: [ChartCanvas.Place] = []
    func end() {
      if stretch.count == 1 {
        canvas.disc(ink, stretch[0], radius: 2)
      } else {
        canvas.path(ink, stretch, dashes: dashes)
      }
      stretch = []
    }
    for figure in figures {
      if let value = figure.value { stretch.append(panel.place(figure.seconds, value)) } else { end() }
    }
    if !stretch.isEmpty { end() }
  }

  // MARK: Figures

  /// One or more intervals, drawn as one.
  private struct Point {
    /// Its middle.
    var seconds: Double
    var length: Double
    var rate: Double
    /// Failed requests a second.
    var failed: Double
    /// Of several intervals the largest, as the others.
    var p50: Double?
    var p99: Double?
    var slowest: Double?
    var answers: [String: Int]

    func others(than backends: [String]) -> Int {
      answers.reduce(0) { backends.contains($1.key) ? $0 : $0 + $1.value }
    }
  }

  /// - Parameter most: how many points there are at most; of a longer series several intervals make one.
  private func points(_ series: [SeriesPoint], atMost most: Int) -> [Point] {
    let width = max(1, (series.count + most - 1) / most)
    return stride(from: 0, to: series.count, by: width).map { first in
      let drawn = series[first..<min(first + width, series.count)]
      let (begin, whole) = (Double(first) * Double(interval), Double(interval) * Double(drawn.count))
      // Of an interval that the run did not fill, the rest would look like a drop; a very short one says nothing of a rate.
      let seconds = drawn.endIndex == series.endIndex ? min(whole, max(lasted - begin, whole / 4)) : whole
      return Point(
        seconds: begin + seconds / 2, length: seconds,
        rate: Double(drawn.reduce(0) { $0 + $1.requests }) / seconds,
        failed: Double(drawn.reduce(0) { $0 + $1.failed }) / seconds, p50: drawn.compactMap(\.p50).max(),
        p99: drawn.compactMap(\.p99).max(), slowest: drawn.compactMap(\.max).max(),
        answers: drawn.reduce(into: [:]) { $0.merge($1.shares ?? [:], uniquingKeysWith: +) })
    }
  }

  /// The backends with most answers, by name.
  private func backends(_ points: [Point]) -> [String] {
    points.reduce(into: [String: Int]()) { $0.merge($1.answers, uniquingKeysWith: +) }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.mostBackends).map(\.key).sorted()
  }
}
