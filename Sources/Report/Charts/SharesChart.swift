internal import Statistics

/// Draws the shares of backends beside their expectations as one SVG picture.
///
/// Each backend has a bar for its share, a marker for what was expected and, where a tolerance is given, the band the
/// share may lie in.
public struct SharesChart: Sendable {
  /// How far a share may be from its expectation, as a difference of shares, 0…1; none draws no band.
  public var tolerance: Double?

  /// The file that the page shows.
  static let file = "shares.svg"

  /// The most backends that get a bar.
  static let mostBackends = 30

  /// A chart, with the tolerance to draw.
  public init(tolerance: Double? = nil) {
    self.tolerance = tolerance
  }

  /// The picture as SVG text; beyond 30 backends, those with the largest shares and the count of the others.
  public func write(_ backends: [BackendSection]) -> String { write(backends, scope: nil) }

  /// The picture for a page with others in it, where all its names begin with the given one.
  func write(_ backends: [BackendSection], scope: String?) -> String {
    let shown = selected(backends)
    let hidden = backends.count - shown.count
    let expectations = shown.contains { $0.expectedShare.map(\.isFinite) ?? false }
    let layout = Layout(
      rows: shown.count,
      labelColumns: shown.map { Escaping.columns(label($0.name) + (note($0) ?? "")) }.max() ?? 0,
      axis: ChartAxis(upTo: shown.reduce(0) { max($0, reach($1)) }, limit: 1))

    var canvas = ChartCanvas(scope: scope)
    legend(expectations: expectations, &canvas)
    grid(layout, &canvas)
    let foot = layout.plotBottom + 18
    canvas.text("share", x: Layout.valueRight, y: foot, ink: .quiet, size: 11, anchor: .end)
    canvas.text(
      expectations ? "deviation" : "requests", x: Layout.noteRight, y: foot, ink: .quiet, size: 11, anchor: .end)
    for (position, backend) in shown.enumerated() {
      canvas.group(title: label(backend.name, width: 200)) {
        row(backend, top: layout.top(of: position), deviation: expectations, layout, &$0)
      }
    }
    if hidden > 0 {
      canvas.text(
        "… and \(Formatting.count(hidden)) more, none with a larger share", x: layout.plotLeft,
        y: layout.plotBottom + 42, ink: .quiet)
    }
    return canvas.svg(
      title: "Share of requests by backend", description: description(shown, of: backends.count),
      height: layout.plotBottom + (hidden > 0 ? 56 : 34))
  }

  // MARK: Figures

  private var validTolerance: Double {
    tolerance.map { $0.isFinite ? min(max($0, 0), 1) : 0 } ?? 0
  }

  private func selected(_ backends: [BackendSection]) -> [BackendSection] {
    guard backends.count > Self.mostBackends else { return backends }
    // Equal shares keep the order of the document.
    return backends.enumerated()
      .sorted { left, right in
        let (a, b) = (part(left.element.share), part(right.element.share))
        return a != b ? a > b : left.offset < right.offset
      }
      .prefix(Self.mostBackends)
      .map(\.element)
  }

  /// A share as it can be drawn, 0…1.
  private func part(_ share: Double) -> Double {
    share.isNaN ? 0 : min(max(share, 0), 1)
  }

  private func reach(_ backend: BackendSection) -> Double {
    max(part(backend.share), backend.expectedShare.map { part($0) + validTolerance } ?? 0)
  }

  private func strays(_ backend: BackendSection) -> Bool {
    guard let expected = backend.expectedShare, validTolerance > 0 else { return false }
    // A share at the very edge of the band is inside, whatever the last binary digit says.
    return abs(backend.share - expected) > validTolerance + 1e-12
  }

  // MARK: Words

  private func label(_ name: String, width: Int = 24) -> String {
    name.isEmpty ? "(no name)" : Escaping.visible(name, width: width)
  }

  private func note(_ backend: BackendSection) -> String? {
    // Renderers drop a plain space where one element meets another.
    backend.role.map { "\u{A0}· " + Escaping.visible($0, width: 8) }
  }

  private func description(_ shown: [BackendSection], of count: Int) -> String {
    let listed = shown.prefix(8).map { backend in
      let expected = backend.expectedShare.map { ", expected \(Formatting.percent($0))" } ?? ""
      return "\(label(backend.name)): \(Formatting.percent(backend.share))\(expected)"
    }
    let rest = count - listed.count
    return listed.joined(separator: "; ") + (rest > 0 ? "; and \(Formatting.count(rest)) more" : "") + "."
  }

  // MARK: Parts

  private func legend(expectations: Bool, _ canvas: inout ChartCanvas) {
    var entries: [(String, Double, (inout ChartCanvas, ChartCanvas.Place) -> Void)] = [
      ("share", 16, { $0.rectangle(.bar, x: $1.x, y: $1.y - 6, width: 16, height: 10) })
    ]
    if expectations { entries.append(("expected", 8, { $0.marker(x: $1.x + 4, top: $1.y - 9, bottom: $1.y + 7) })) }
    if expectations, validTolerance > 0 {
      let size = Formatting.pointsSize(validTolerance)
      entries.append(("within ±\(size)", 16, { $0.rectangle(.band, x: $1.x, y: $1.y - 8, width: 16, height: 14) }))
    }
    canvas.legend(y: 34, entries)
  }

  private func grid(_ layout: Layout, _ canvas: inout ChartCanvas) {
    for tick in layout.axis.ticks {
      let x = layout.x(tick)
      canvas.line(tick == 0 ? .base : .grid, x, Layout.plotTop, x, layout.plotBottom)
      canvas.text(
        layout.axis.label(tick, in: 0.01) + "%", x: x, y: layout.plotBottom + 18, ink: .quiet, size: 11, anchor: .middle
      )
    }
  }

  private func row(
    _ backend: BackendSection, top: Double, deviation: Bool, _ layout: Layout, _ canvas: inout ChartCanvas
  ) {
    let middle = top + Layout.rowHeight / 2
    let strays = strays(backend)
    canvas.name(label(backend.name), note: note(backend), x: layout.plotLeft - 12, y: middle + 4)
    let expected = backend.expectedShare.flatMap { $0.isFinite ? part($0) : nil }
    if let expected, validTolerance > 0 {
      let from = layout.x(expected - validTolerance)
      canvas.rectangle(
        .band, x: from, y: top + 3, width: layout.x(expected + validTolerance) - from, height: Layout.rowHeight - 6)
    }
    let length = layout.x(part(backend.share)) - layout.x(0)
    if length > 0 {
      canvas.rectangle(
        strays ? .stray : .bar, x: layout.x(0), y: middle - 6.5, width: max(length, 1), height: 13,
        radius: min(2, length / 2))
    }
    if let expected { canvas.marker(x: layout.x(expected), top: top + 4, bottom: top + Layout.rowHeight - 4) }
    canvas.text(
      Formatting.percent(backend.share), x: Layout.valueRight, y: middle + 4, isBold: true, anchor: .end)
    canvas.text(
      deviation ? Wording.deviation(backend) : Formatting.count(backend.requests), x: Layout.noteRight, y: middle + 4,
      ink: strays ? .strayText : .quiet, anchor: .end)
  }

  /// Where things are, in pixels from the top left.
  private struct Layout {
    static let rowHeight = 28.0
    static let plotTop = 56.0
    static let plotRight = 540.0
    static let valueRight = 612.0
    static let noteRight = 696.0
    let plotLeft: Double
    let plotBottom: Double
    let axis: ChartAxis

    init(rows: Int, labelColumns: Int, axis: ChartAxis) {
      // A monospaced letter of 12 pixels is a good 7 pixels wide.
      plotLeft = 24 + (Double(max(8, labelColumns)) * 7.4).rounded(.down) + 12
      plotBottom = Self.plotTop + Double(rows) * Self.rowHeight + 8
      self.axis = axis
    }

    func top(of row: Int) -> Double { Self.plotTop + 4 + Double(row) * Self.rowHeight }

    func x(_ share: Double) -> Double { plotLeft + axis.part(share) * (Self.plotRight - plotLeft) }
  }
}
