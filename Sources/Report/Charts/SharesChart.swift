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
  public func write(_ backends: [BackendSection]) -> String { write(backends, .file) }

  func write(_ backends: [BackendSection], _ frame: ChartFrame) -> String {
    let shown = selected(backends)
    let hidden = backends.count - shown.count
    let expectations = shown.contains { $0.expectedShare.map(\.isFinite) ?? false }
    var canvas = ChartCanvas("Share of successful answers by backend", frame: frame)
    legend(shown, expectations: expectations, &canvas)
    let layout = Layout(
      canvas, rows: shown.count,
      labelColumns: shown.map { Escaping.columns(label($0.name) + (note($0) ?? "")) }.max() ?? 0,
      axis: ChartAxis(upTo: shown.reduce(0) { max($0, reach($1)) }, limit: 1))
    grid(layout, &canvas)
    if !frame.isNarrow {
      let foot = layout.plotBottom + 18
      canvas.text("share", x: layout.valueRight, y: foot, ink: .quiet, anchor: .end)
      canvas.text(expectations ? "deviation" : "answers", x: layout.noteRight, y: foot, ink: .quiet, anchor: .end)
    }
    for (position, backend) in shown.enumerated() {
      canvas.group(title: label(backend.name, width: 200)) {
        row(backend, position, deviation: expectations, layout, &$0)
      }
    }
    if hidden > 0 {
      canvas.text(
        "… and \(Formatting.count(hidden)) more, none with a larger share", x: frame.isNarrow ? 12 : layout.plotLeft,
        y: layout.plotBottom + 42, ink: .quiet)
    }
    return canvas.svg(
      description: description(shown, of: backends.count), height: layout.plotBottom + (hidden > 0 ? 56 : 34))
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

  private func legend(_ shown: [BackendSection], expectations: Bool, _ canvas: inout ChartCanvas) {
    var entries: [ChartCanvas.LegendEntry] = []
    if shown.contains(where: { !strays($0) }) { entries.append(.area("share", .bar)) }
    if shown.contains(where: strays) { entries.append(.area("off", .stray)) }
    if expectations {
      entries.append(.init("expected", width: 8) { $0.marker(x: $1.x + 4, top: $1.y - 9, bottom: $1.y + 7) })
    }
    if expectations, validTolerance > 0 {
      entries.append(
        .init("within ±\(Formatting.pointsSize(validTolerance))", width: 16) {
          $0.rectangle(.band, x: $1.x, y: $1.y - 8, width: 16, height: 14)
        })
    }
    canvas.legend(entries)
  }

  private func grid(_ layout: Layout, _ canvas: inout ChartCanvas) {
    for (position, tick) in layout.axis.ticks.enumerated() {
      let x = layout.x(tick)
      for (top, bottom) in layout.gridLines {
        canvas.line(tick == 0 ? .base : .grid, x, top, x, bottom)
      }
      // On a phone the labels of all marks would touch.
      if canvas.frame.isNarrow, layout.axis.ticks.count > 5, !position.isMultiple(of: 2) { continue }
      canvas.text(
        layout.axis.label(tick, in: 0.01) + "%", x: x, y: layout.plotBottom + 18, ink: .quiet, anchor: .middle)
    }
  }

  private func row(
    _ backend: BackendSection, _ position: Int, deviation: Bool, _ layout: Layout, _ canvas: inout ChartCanvas
  ) {
    let middle = layout.middle(of: position)
    let strays = strays(backend)
    let expected = backend.expectedShare.flatMap { $0.isFinite ? part($0) : nil }
    if let expected, validTolerance > 0 {
      let from = layout.x(expected - validTolerance)
      canvas.rectangle(.band, x: from, y: middle - 11, width: layout.x(expected + validTolerance) - from, height: 22)
    }
    let length = layout.x(part(backend.share)) - layout.x(0)
    if length > 0 {
      canvas.rectangle(
        strays ? .stray : .bar, x: layout.x(0), y: middle - 6.5, width: max(length, 1), height: 13,
        radius: min(2, length / 2))
    }
    if let expected { canvas.marker(x: layout.x(expected), top: middle - 10, bottom: middle + 10) }
    words(
      backend, deviation: deviation, ink: strays ? .strayText : .quiet, y: layout.words(of: position), layout, &canvas)
  }

  private func words(
    _ backend: BackendSection, deviation: Bool, ink: ChartInk, y: Double, _ layout: Layout, _ canvas: inout ChartCanvas
  ) {
    let share = Formatting.percent(backend.share)
    let beside = deviation ? Wording.deviation(backend) : Formatting.count(backend.succeeded)
    if canvas.frame.isNarrow {
      canvas.name(
        label(backend.name, width: backend.role == nil ? 20 : 14), note: note(backend), x: canvas.margin, y: y,
        anchor: .start)
    } else {
      canvas.name(label(backend.name), note: note(backend), x: layout.plotLeft - 12, y: y)
    }
    canvas.text(share, x: layout.valueRight, y: y, isBold: true, anchor: .end)
    canvas.text(beside, x: layout.noteRight, y: y, ink: ink, anchor: .end)
  }

  /// Where things are, in pixels from the top left: in a narrow chart each backend's words stand above its bar.
  private struct Layout {
    let plotLeft: Double
    let plotRight: Double
    let plotTop: Double
    let plotBottom: Double
    let valueRight: Double
    let noteRight: Double
    let axis: ChartAxis
    /// The ends of each line of the grid: in a narrow chart it leaves out the words.
    let gridLines: [(top: Double, bottom: Double)]
    private let rowHeight: Double
    private let isNarrow: Bool

    init(_ canvas: ChartCanvas, rows: Int, labelColumns: Int, axis: ChartAxis) {
      isNarrow = canvas.frame.isNarrow
      rowHeight = isNarrow ? 46 : 28
      noteRight = canvas.width - canvas.margin
      valueRight = noteRight - (isNarrow ? 76 : 84)
      // A monospaced letter of 12 pixels is a good 7 pixels wide.
      plotLeft = isNarrow ? canvas.margin + 10 : 24 + (Double(max(8, labelColumns)) * 7.4).rounded(.down) + 12
      plotRight = isNarrow ? canvas.width - canvas.margin - 14 : 540
      plotTop = canvas.top + 10
      plotBottom = plotTop + Double(rows) * rowHeight + 8
      self.axis = axis
      let (top, height) = (plotTop + 4, rowHeight)
      gridLines =
        isNarrow
        ? (0..<rows).map { (top + Double($0) * height + 19, top + Double($0) * height + height) }
        : [(plotTop, plotBottom)]
    }

    /// The middle of a row's bar.
    func middle(of row: Int) -> Double { plotTop + 4 + Double(row) * rowHeight + (isNarrow ? 32 : rowHeight / 2) }

    /// Where a row's words stand.
    func words(of row: Int) -> Double {
      isNarrow ? plotTop + 4 + Double(row) * rowHeight + 14 : middle(of: row) + 4
    }

    func x(_ share: Double) -> Double { plotLeft + axis.part(share) * (plotRight - plotLeft) }
  }
}
