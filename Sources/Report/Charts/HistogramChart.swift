internal import Glibc
internal import Statistics

/// Draws `histogram.svg`: how many requests took how long, with the percentiles that the tables name.
public struct HistogramChart: Sendable {
  /// The file that the page shows.
  static let file = "histogram.svg"

  /// How many bars a decade has, at most.
  private static let barsADecade = 12.0
  /// How many bars there are where the slowest took less than ten times as long as the fastest.
  private static let barsWithinDecade = 24
  /// Between two names in a row.
  private static let gap = 10.0
  /// How much wider bold text is.
  private static let boldness = 1.1

  public init() {}

  /// The chart of a distribution; one that cannot be read is drawn as an empty one.
  public func write(_ latency: LatencySummary) -> String { write(latency, .file) }

  func write(_ latency: LatencySummary, _ frame: ChartFrame) -> String {
    let histogram = (try? Histogram(base64V2: latency.histogram)) ?? Histogram()
    let isWithinDecade = Self.isWithinDecade(histogram)
    let bars =
      isWithinDecade
      ? Self.bars(histogram, count: Self.barsWithinDecade / (frame.isNarrow ? 2 : 1))
      : Self.bars(histogram, aDecade: Self.barsADecade / (frame.isNarrow ? 2 : 1))
    let total = Double(bars.reduce(0) { $0 + $1.count })
    let (low, high) = (bars.first?.low ?? 0.1, bars.last?.high ?? 10)
    let time =
      isWithinDecade
      ? ChartAxis(from: low, to: high) : ChartAxis(logarithmicFrom: max(low, 1e-4), to: max(high, 1e-3))
    let shares = ChartAxis(upTo: bars.map { Double($0.count) / max(total, 1) }.max() ?? 1, limit: 1)

    var canvas = ChartCanvas("Distribution of latency", frame: frame)
    let panel = ChartPanel(on: canvas, top: canvas.top + 78, height: frame.isNarrow ? 170 : 200, x: time, y: shares)
    canvas.text("share of successful requests, %", x: canvas.margin, y: canvas.top + 12, ink: .quiet)
    canvas.axes(panel, x: "latency, ms", y: "", unit: 0.01)
    for bar in bars {
      let (from, to) = (panel.place(bar.low, 0).x, panel.place(bar.high, 0).x)
      let top = panel.place(bar.low, Double(bar.count) / max(total, 1)).y
      canvas.rectangle(
        .bar, x: from + 0.5, y: min(top, panel.bottom - 1), width: max(to - from - 1, 1),
        height: max(panel.bottom - top, 1), radius: 0)
    }
    percentiles(latency, panel, &canvas)
    return canvas.svg(
      description: Wording.figures(latency).map { "\($0.head) \($0.value) ms" }.joined(separator: ", "),
      height: panel.bottom + 50)
  }

  /// A line at each percentile, with its name above in the first of three rows that has room for it.
  private func percentiles(_ latency: LatencySummary, _ panel: ChartPanel, _ canvas: inout ChartCanvas) {
    var ends = Array(repeating: -Double.infinity, count: 3)
    for (name, value) in [("p50", latency.p50), ("p90", latency.p90), ("p99", latency.p99), ("p99.9", latency.p999)] {
      let x = panel.place(value, 0).x
      let text = "\(name) \(Formatting.milliseconds(value))"
      let half = ChartCanvas.width(of: text) * (name == "p99" ? Self.boldness : 1) / 2
      let middle = min(max(x, canvas.margin + half), canvas.width - canvas.margin - half)
      guard let row = ends.firstIndex(where: { $0 < middle - half }) else { continue }
      ends[row] = middle + half + Self.gap
      let y = panel.top - 12 - Double(row) * 16
      canvas.line(.strong, x, panel.top - 6, x, panel.bottom, width: 1.5, dashes: "4 3")
      canvas.text(text, x: middle, y: y, isBold: name == "p99", anchor: .middle)
    }
  }

  /// A bar's requests; its limits are in milliseconds.
  struct Bar: Equatable {
    let low: Double
    let high: Double
    var count: UInt64
  }

  /// Whether a logarithmic scale would leave it a few bars.
  private static func isWithinDecade(_ histogram: Histogram) -> Bool {
    let buckets = histogram.recordedBuckets
    guard let first = buckets.first, let last = buckets.last else { return false }
    return first.highest > 0 && last.highest < first.highest * 10
  }

  /// Bars without a gap, equally wide on a linear scale; together they hold every request of the distribution.
  static func bars(_ histogram: Histogram, count: Int) -> [Bar] {
    let buckets = histogram.recordedBuckets.map { (time: Double($0.highest) / 1e6, count: $0.count) }
    guard let first = buckets.first?.time, let last = buckets.last?.time else { return [] }
    let width = max(last - first, last / 1_000) / Double(count)
    // The slowest is inside the last bar, and the fastest inside the first.
    var bars = (0...count).map { index in
      Bar(low: first + (Double(index) - 0.5) * width, high: first + (Double(index) + 0.5) * width, count: 0)
    }
    for bucket in buckets { bars[min(Int((bucket.time - first) / width + 0.5), count)].count += bucket.count }
    return bars
  }

  /// Bars without a gap, equally wide on a logarithmic scale; together they hold every request of the distribution.
  static func bars(_ histogram: Histogram, aDecade: Double) -> [Bar] {
    guard !histogram.isEmpty else { return [] }
    func position(_ nanoseconds: UInt64) -> Int {
      Int((log10(Double(max(nanoseconds, 1)) / 1e6) * aDecade).rounded(.down))
    }
    let buckets = histogram.recordedBuckets
    let first = buckets.first.map { position($0.highest) } ?? 0
    let last = buckets.last.map { position($0.highest) } ?? 0
    var bars = (first...max(first, last)).map { index in
      Bar(low: pow(10, Double(index) / aDecade), high: pow(10, Double(index + 1) / aDecade), count: 0)
    }
    for bucket in buckets { bars[position(bucket.highest) - first].count += bucket.count }
    return bars
  }
}
