internal import Glibc

/// Axes, lines and points for charts of one figure against another, light and dark, with nothing from elsewhere.
struct LineCharting {
  /// Where a panel's figures go, in pixels.
  struct Panel {
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double
    let x: Axis
    let y: Axis

    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
      (left + self.x.part(x) * (right - left), bottom - self.y.part(y) * (bottom - top))
    }
  }

  /// A scale from one end to the other.
  struct Axis {
    let low: Double
    let high: Double
    let ticks: [Double]
    let isLogarithmic: Bool

    /// A linear axis from 0 to a round figure at or above the largest.
    init(upTo largest: Double) {
      let (step, count) = Self.roundStep(largest)
      low = 0
      high = step * Double(count)
      ticks = (0...count).map { Double($0) * step }
      isLogarithmic = false
    }

    /// A logarithmic axis over whole decades, 1-2-5 at its ticks where there are few.
    init(logarithmicFrom smallest: Double, to largest: Double) {
      var bottom = 1.0
      while bottom > smallest, bottom > 1e-6 { bottom /= 10 }
      while bottom * 10 <= smallest { bottom *= 10 }
      var top = bottom * 10
      while top < largest, top < 1e12 { top *= 10 }
      low = bottom
      high = top
      var ticks: [Double] = []
      var decade = bottom
      while decade <= top * 1.0001 {
        ticks.append(decade)
        decade *= 10
      }
      self.ticks = ticks
      isLogarithmic = true
    }

    func part(_ value: Double) -> Double {
      guard value.isFinite, high > low else { return 0 }
      let inside = min(max(value, low), high)
      return isLogarithmic ? log2(inside / low) / log2(high / low) : (inside - low) / (high - low)
    }

    private static func roundStep(_ largest: Double) -> (step: Double, count: Int) {
      guard largest.isFinite, largest > 0 else { return (1, 1) }
      var unit = 1.0
      while unit * 10 <= largest { unit *= 10 }
      while unit > largest { unit /= 10 }
      for factor in [0.2, 0.5, 1, 2, 5] where largest / (unit * factor) <= 6 {
        return (unit * factor, max(1, Int((largest / (unit * factor) - 1e-9).rounded(.up))))
      }
      return (unit * 5, 2)
    }
  }

  static let width = 720.0

  /// Light and dark by class; `rim` and `line…` are strokes.
  private static let colours: [(name: String, property: String, light: String, dark: String)] = [
    ("page", "fill", "#ffffff", "#14181f"), ("rim", "stroke", "#d8dee6", "#2d3440"),
    ("text", "fill", "#1c2430", "#e8edf4"), ("quiet", "fill", "#5b6675", "#9aa6b5"),
    ("grid", "stroke", "#e9edf2", "#262d38"), ("base", "stroke", "#aab4c0", "#4b5666"),
    ("lineA", "stroke", "#8fb8e6", "#3f6fa5"), ("lineB", "stroke", "#4a8fd9", "#5a9fe6"),
    ("lineC", "stroke", "#174f8f", "#a8cff7"), ("dotA", "fill", "#8fb8e6", "#3f6fa5"),
    ("dotB", "fill", "#4a8fd9", "#5a9fe6"), ("dotC", "fill", "#174f8f", "#a8cff7"),
    ("limit", "stroke", "#c2410c", "#f09347"), ("limitText", "fill", "#a84a00", "#f5a566"),
    ("result", "stroke", "#1a7f37", "#57c46f"), ("resultText", "fill", "#136c2e", "#6fd488"),
    ("bad", "stroke", "#c2410c", "#f09347"), ("band", "fill", "#eaf0f7", "#232c3a"),
    ("dim", "stroke", "#5b6675", "#9aa6b5"),
  ]

  private let scope: ChartScope

  /// - Parameter scope: keeps the chart's names apart from those of a page around it.
  init(scope: String?) { self.scope = ChartScope(scope) }

  func head(title: String, description: String, height: Double) -> String {
    func styles(_ isDark: Bool) -> String {
      Self.colours.map { "\(scope.selector($0.name)) { \($0.property): \(isDark ? $0.dark : $0.light) }" }
        .joined(separator: "\n")
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(number(Self.width))" height="\(number(height))" \
      viewBox="0 0 \(number(Self.width)) \(number(height))" role="img" \
      aria-labelledby="\(scope.id("title")) \(scope.id("desc"))"\(scope.attribute) \
      font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif">
      <title id="\(scope.id("title"))">\(Escaping.xml(title))</title>
      <desc id="\(scope.id("desc"))">\(Escaping.xml(description))</desc>
      <style>
      \(styles(false))
      @media (prefers-color-scheme: dark) {
      \(styles(true))
      }
      </style>
      <rect class="page rim" x="0.5" y="0.5" width="\(number(Self.width - 1))" \
      height="\(number(height - 1))" rx="8"/>

      """
  }

  func axes(_ panel: Panel, xLabel: String, yLabel: String, xTick: (Double) -> String, yTick: (Double) -> String)
    -> String
  {
    var svg = ""
    for tick in panel.y.ticks {
      let y = panel.place(panel.x.low, tick).y
      svg += line(tick == panel.y.low ? "base" : "grid", panel.left, y, panel.right, y)
      svg += text(yTick(tick), x: panel.left - 8, y: y + 4, class: "quiet", size: 11, anchor: "end")
    }
    for tick in panel.x.ticks {
      let x = panel.place(tick, panel.y.low).x
      svg += line("base", x, panel.bottom, x, panel.bottom + 4)
      svg += text(xTick(tick), x: x, y: panel.bottom + 18, class: "quiet", size: 11, anchor: "middle")
    }
    svg += text(yLabel, x: 24, y: panel.top - 14, class: "quiet", size: 12)
    return svg + text(xLabel, x: panel.right, y: panel.bottom + 36, class: "quiet", size: 12, anchor: "end")
  }

  func path(_ name: String, _ places: [(x: Double, y: Double)], width: Double = 2, dashes: String? = nil) -> String {
    guard places.count > 1 else { return "" }
    let points = places.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    return "<polyline class=\"\(name)\" points=\"\(points)\" fill=\"none\" stroke-width=\"\(number(width))\" "
      + "stroke-linejoin=\"round\"\(dashes.map { " stroke-dasharray=\"\($0)\"" } ?? "")/>\n"
  }

  /// A point, hollow where it did not hold.
  func dot(_ name: String, _ place: (x: Double, y: Double), isHollow: Bool = false) -> String {
    isHollow
      ? "<circle class=\"page bad\" cx=\"\(number(place.x))\" cy=\"\(number(place.y))\" r=\"3.6\" stroke-width=\"1.8\"/>\n"
      : "<circle class=\"\(name)\" cx=\"\(number(place.x))\" cy=\"\(number(place.y))\" r=\"3.6\"/>\n"
  }

  func line(
    _ name: String, _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, width: Double = 1, dashes: String? = nil
  ) -> String {
    ChartPieces.line(name, x1, y1, x2, y2, width: width, dashes: dashes)
  }

  func polygon(_ name: String, _ places: [(x: Double, y: Double)]) -> String {
    let points = places.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
    return "<polygon class=\"\(name)\" points=\"\(points)\"/>\n"
  }

  func disc(_ name: String, _ place: (x: Double, y: Double), radius: Double) -> String {
    "<circle class=\"\(name)\" cx=\"\(number(place.x))\" cy=\"\(number(place.y))\" r=\"\(number(radius))\" "
      + "stroke-width=\"2\"/>\n"
  }

  func rectangle(_ name: String, _ x: Double, _ y: Double, _ width: Double, _ height: Double) -> String {
    ChartPieces.rectangle(name, x: x, y: y, width: width, height: height)
  }

  func text(
    _ content: String, width: Int = 90, x: Double, y: Double, class name: String, size: Int, weight: String? = nil,
    anchor: String? = nil
  ) -> String {
    ChartPieces.text(content, width: width, x: x, y: y, class: name, size: size, weight: weight, anchor: anchor)
  }

  private func number(_ value: Double) -> String { ChartPieces.number(value) }
}
