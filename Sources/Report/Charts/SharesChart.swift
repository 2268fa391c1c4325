/// Draws the shares of backends beside their expectations as one SVG picture.
///
/// Each backend has a bar for its share, a marker for what was expected and, where a tolerance is given, the band the
/// share may lie in. The picture stands alone: no script, no font and no file besides. It is light by its attributes
/// and dark by a media query, so a renderer without style sheets shows the light one.
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
    let scale = Scale(largest: shown.reduce(0) { max($0, reach($1)) })
    let labels = shown.map { Escaping.columns(label($0.name)) + ($0.role.map { Escaping.columns(role($0)) } ?? 0) }
    let layout = Layout(rows: shown.count, footnote: hidden > 0, labelColumns: labels.max() ?? 0)
    let expectations = shown.contains { $0.expectedShare.map(\.isFinite) ?? false }
    let band = expectations && validTolerance > 0

    var svg = head(layout, backends: backends, shown: shown, scope: ChartScope(scope))
    svg += legend(expectations: expectations, band: band)
    svg += grid(layout, scale)
    let foot = layout.plotBottom + 18
    svg += caption("share", x: layout.valueRight, y: foot)
    svg += caption(expectations ? "deviation" : "requests", x: Layout.width - 24, y: foot)
    for (position, backend) in shown.enumerated() {
      svg += row(backend, top: layout.top(of: position), deviation: expectations, layout, scale)
    }
    if hidden > 0 {
      svg +=
        text(
          "… and \(Formatting.count(hidden)) more, none with a larger share", x: layout.plotLeft,
          y: layout.plotBottom + 42, class: "quiet", fill: Colour.quiet, size: 12)
    }
    return svg + "</svg>\n"
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

  // MARK: Parts

  private func head(
    _ layout: Layout, backends: [BackendSection], shown: [BackendSection], scope: ChartScope
  ) -> String {
    let told = shown.prefix(8).map { backend in
      let expected = backend.expectedShare.map { ", expected \(Formatting.percent($0))" } ?? ""
      return "\(label(backend.name)): \(Formatting.percent(backend.share))\(expected)"
    }
    let rest = backends.count - told.count
    let description = told.joined(separator: "; ") + (rest > 0 ? "; and \(Formatting.count(rest)) more" : "") + "."
    let size = "width=\"\(Layout.width)\" height=\"\(layout.height)\""
    let styles: [(name: String, rule: String)] = [
      ("page", "fill: \(Colour.page.dark); stroke: \(Colour.edge.dark)"),
      ("text", "fill: \(Colour.text.dark)"),
      ("quiet", "fill: \(Colour.quiet.dark)"),
      ("grid", "stroke: \(Colour.grid.dark)"),
      ("base", "stroke: \(Colour.base.dark)"),
      ("bar", "fill: \(Colour.bar.dark)"),
      ("stray", "fill: \(Colour.stray.dark)"),
      ("strayText", "fill: \(Colour.strayText.dark)"),
      ("band", "fill: \(Colour.band.dark)"),
      ("mark", "stroke: \(Colour.mark.dark)"),
      ("halo", "stroke: \(Colour.page.dark)"),
    ]
    let dark = styles.map { "  \(scope.selector($0.name)) { \($0.rule) }" }.joined(separator: "\n")
    return """
      <svg\(scope.attribute) xmlns="http://www.w3.org/2000/svg" \(size) \
      viewBox="0 0 \(Layout.width) \(layout.height)" \
      role="img" aria-labelledby="\(scope.id("title")) \(scope.id("desc"))" \
      font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">
      <title id="\(scope.id("title"))">Share of requests by backend</title>
      <desc id="\(scope.id("desc"))">\(Escaping.xml(description))</desc>
      <style>
      @media (prefers-color-scheme: dark) {
      \(dark)
      }
      </style>
      <rect class="page" x="0.5" y="0.5" width="\(Layout.width - 1)" height="\(layout.height - 1)" rx="8" \
      fill="\(Colour.page.light)" stroke="\(Colour.edge.light)"/>

      """
        + text("Share of requests by backend", x: 24, y: 34, class: "text", fill: Colour.text, size: 15, weight: "600")
  }

  private func legend(expectations: Bool, band: Bool) -> String {
    var items: [(draw: (Int) -> String, label: String, width: Int)] = [
      (
        { x in rectangle("bar", Colour.bar, x: Double(x), y: 24, width: 16, height: 10, radius: 2) },
        "share", 74
      )
    ]
    if expectations {
      items.append(({ x in marker(x: Double(x) + 4, top: 21, bottom: 37) }, "expected", 92))
    }
    if band {
      items.append(
        (
          { x in rectangle("band", Colour.band, x: Double(x), y: 22, width: 16, height: 14, radius: 2) },
          "within ±\(Formatting.pointsSize(validTolerance))", 134
        ))
    }
    var x = Layout.width - 24 - items.reduce(0) { $0 + $1.width }
    var svg = ""
    for item in items {
      svg += item.draw(x) + "\n"
      let offset = item.label == "expected" ? 14 : 22
      svg += text(item.label, x: x + offset, y: 34, class: "quiet", fill: Colour.quiet, size: 12)
      x += item.width
    }
    return svg
  }

  private func grid(_ layout: Layout, _ scale: Scale) -> String {
    var svg = ""
    for tick in scale.ticks {
      let x = number(layout.x(tick / scale.end))
      let kind = tick == 0 ? "base" : "grid"
      let colour = tick == 0 ? Colour.base : Colour.grid
      svg += "<line class=\"\(kind)\" x1=\"\(x)\" y1=\"\(layout.plotTop)\" x2=\"\(x)\" y2=\"\(layout.plotBottom)\" "
      svg += "stroke=\"\(colour.light)\"/>\n"
      svg += "<text class=\"quiet\" x=\"\(x)\" y=\"\(layout.plotBottom + 18)\" text-anchor=\"middle\" "
      svg += "font-size=\"11\" fill=\"\(Colour.quiet.light)\">\(scale.label(tick))</text>\n"
    }
    return svg
  }

  private func row(_ backend: BackendSection, top: Int, deviation: Bool, _ layout: Layout, _ scale: Scale) -> String {
    let middle = top + Layout.rowHeight / 2
    let strays = strays(backend)
    var svg = "<g>\n<title>\(Escaping.xml(label(backend.name, width: 200)))</title>\n"
    svg +=
      "<text class=\"text\" x=\"\(layout.plotLeft - 12)\" y=\"\(middle + 4)\" text-anchor=\"end\" font-size=\"12\" "
    svg += "font-family=\"ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace\" "
    svg += "fill=\"\(Colour.text.light)\">\(Escaping.xml(label(backend.name)))"
    if let role = backend.role {
      svg += "<tspan class=\"quiet\" fill=\"\(Colour.quiet.light)\">\(Escaping.xml(self.role(role)))</tspan>"
    }
    svg += "</text>\n"

    let expected = backend.expectedShare.flatMap { $0.isFinite ? part($0) : nil }
    if let expected, validTolerance > 0 {
      let from = layout.x(max(0, expected - validTolerance) / scale.end)
      let to = layout.x(min(1, expected + validTolerance) / scale.end)
      svg +=
        rectangle(
          "band", Colour.band, x: from, y: Double(top) + 3, width: to - from, height: Double(Layout.rowHeight) - 6,
          radius: 2) + "\n"
    }
    let length = layout.x(part(backend.share) / scale.end) - layout.x(0)
    if length > 0 {
      svg +=
        rectangle(
          strays ? "stray" : "bar", strays ? Colour.stray : Colour.bar, x: layout.x(0), y: Double(middle) - 6.5,
          width: max(length, 1), height: 13, radius: min(2, length / 2)) + "\n"
    }
    if let expected {
      svg += marker(x: layout.x(expected / scale.end), top: top + 4, bottom: top + Layout.rowHeight - 4) + "\n"
    }

    let share = Formatting.percent(backend.share)
    let note = deviation ? Wording.deviation(backend) : Formatting.count(backend.requests)
    svg +=
      text(
        share, x: layout.valueRight, y: middle + 4, class: "text", fill: Colour.text, size: 12, weight: "600",
        anchor: "end")
    svg +=
      text(
        note, x: Layout.width - 24, y: middle + 4, class: strays ? "strayText" : "quiet",
        fill: strays ? Colour.strayText : Colour.quiet, size: 12, anchor: "end") + "</g>\n"
    return svg
  }

  // MARK: Pieces

  private func label(_ name: String, width: Int = 24) -> String {
    name.isEmpty ? "(no name)" : Escaping.visible(name, width: width)
  }

  private func role(_ role: String) -> String {
    // Renderers drop a plain space where one element meets another.
    "\u{A0}· " + Escaping.visible(role, width: 8)
  }

  /// What a column of figures tells, under it.
  private func caption(_ content: String, x: Int, y: Int) -> String {
    text(content, x: x, y: y, class: "quiet", fill: Colour.quiet, size: 11, anchor: "end")
  }

  private func text(
    _ content: String, x: Int, y: Int, class name: String, fill: Colour, size: Int, weight: String? = nil,
    anchor: String? = nil
  ) -> String {
    ChartPieces.text(
      content, x: Double(x), y: Double(y), class: name, fill: fill.light, size: size, weight: weight, anchor: anchor)
  }

  private func rectangle(
    _ name: String, _ colour: Colour, x: Double, y: Double, width: Double, height: Double, radius: Double
  ) -> String {
    "<rect class=\"\(name)\" x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" "
      + "height=\"\(number(height))\" rx=\"\(number(radius))\" fill=\"\(colour.light)\"/>"
  }

  /// The line at what was expected, with a rim in the colour of the page so that it stands out on a bar.
  private func marker(x: Double, top: Int, bottom: Int) -> String {
    let place = "x1=\"\(number(x))\" y1=\"\(top)\" x2=\"\(number(x))\" y2=\"\(bottom)\""
    return "<line class=\"halo\" \(place) stroke=\"\(Colour.page.light)\" stroke-width=\"4\"/>"
      + "<line class=\"mark\" \(place) stroke=\"\(Colour.mark.light)\" stroke-width=\"2\"/>"
  }

  private func number(_ value: Double) -> String { ChartPieces.number(value) }

  // MARK: Layout

  /// Where things are, in pixels from the top left.
  private struct Layout {
    static let width = 720
    static let rowHeight = 28
    let plotLeft: Int
    let plotRight = 540
    let valueRight = 612
    let plotTop = 56
    let plotBottom: Int
    let height: Int

    init(rows: Int, footnote: Bool, labelColumns: Int) {
      // A monospaced letter of 12 pixels is a good 7 pixels wide.
      plotLeft = 24 + max(8, labelColumns) * 37 / 5 + 12
      plotBottom = plotTop + rows * Self.rowHeight + 8
      height = plotBottom + 34 + (footnote ? 22 : 0)
    }

    func top(of row: Int) -> Int {
      plotTop + 4 + row * Self.rowHeight
    }

    func x(_ part: Double) -> Double {
      Double(plotLeft) + part * Double(plotRight - plotLeft)
    }
  }

  /// A linear scale from nothing to a round share at or above the largest.
  private struct Scale {
    let end: Double
    let step: Double

    init(largest: Double) {
      let steps = [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25]
      let step = steps.first { $0 * 5 >= largest - 1e-12 } ?? 0.25
      self.step = step
      // The last tick may pass the largest share by less than one step.
      end = Swift.min(1, Swift.max(1, ((largest - 1e-12) / step).rounded(.up)) * step)
    }

    var ticks: [Double] {
      (0...Int((end / step).rounded())).map { Double($0) * step }
    }

    func label(_ tick: Double) -> String {
      Formatting.fixed(tick * 100, decimals: step < 0.001 ? 2 : step < 0.01 ? 1 : 0) + "%"
    }
  }

  /// One colour for a light page and one for a dark.
  private struct Colour {
    let light: String
    let dark: String

    static let page = Colour(light: "#ffffff", dark: "#14181f")
    static let edge = Colour(light: "#d8dee6", dark: "#2d3440")
    static let text = Colour(light: "#1c2430", dark: "#e8edf4")
    static let quiet = Colour(light: "#5b6675", dark: "#9aa6b5")
    static let grid = Colour(light: "#e9edf2", dark: "#262d38")
    static let base = Colour(light: "#aab4c0", dark: "#4b5666")
    static let bar = Colour(light: "#2f74c0", dark: "#5a9fe6")
    static let stray = Colour(light: "#d1660f", dark: "#f09347")
    static let strayText = Colour(light: "#a84a00", dark: "#f5a566")
    static let band = Colour(light: "#bcd6f0", dark: "#2f5278")
    static let mark = Colour(light: "#1c2430", dark: "#f4f7fb")
  }
}
