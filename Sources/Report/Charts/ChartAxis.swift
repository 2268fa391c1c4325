internal import Glibc
internal import Statistics

/// A scale from one end to the other.
struct ChartAxis {
  let low: Double
  let high: Double
  /// Where it has marks; between them are round steps, at most a dozen.
  let ticks: [Double]
  private let isLogarithmic: Bool

  /// A linear axis from 0 to a round figure at or above the largest, but at most `limit`.
  init(upTo largest: Double, limit: Double = .infinity) {
    let (step, count) = Self.roundStep(largest)
    low = 0
    high = min(step * Double(count), limit)
    ticks = (0...count).map { Double($0) * step }.filter { [high] in $0 <= high * 1.000_001 }
    isLogarithmic = false
  }

  /// A linear axis over exactly these seconds, with marks as a clock has them.
  init(fromSeconds start: Double, to end: Double) {
    low = start
    high = end
    isLogarithmic = false
    guard start.isFinite, end.isFinite, end - start < 1e15 else {
      ticks = []
      return
    }
    let steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600]
    let step = steps.first { (end - start) / $0 <= 10 } ?? Self.roundStep(end - start).step
    ticks = Array(stride(from: (start / step).rounded(.up) * step, through: end, by: step))
  }

  /// A linear axis over whole round steps, of which there are ten at most.
  init(from smallest: Double, to largest: Double) {
    let step = Self.roundStep(max(largest - smallest, 1e-6)).step
    let (first, last) = ((smallest / step).rounded(.down), (largest / step).rounded(.up))
    (low, high) = (first * step, max(last, first + 1) * step)
    ticks = (0...Int(max(last, first + 1) - first)).map { (first + Double($0)) * step }
    isLogarithmic = false
  }

  /// A logarithmic axis over whole decades.
  init(logarithmicFrom smallest: Double, to largest: Double) {
    var bottom = 1.0
    while bottom > smallest, bottom > 1e-6 { bottom /= 10 }
    while bottom * 10 <= smallest, bottom < 1e12 { bottom *= 10 }
    var top = bottom * 10
    while top < largest, top < 1e13 { top *= 10 }
    low = bottom
    high = top
    ticks = sequence(first: bottom) { $0 * 10 }.prefix { [top] in $0 <= top * 1.0001 }
    isLogarithmic = true
  }

  /// Where a value is on the way from the low end, 0…1.
  func part(_ value: Double) -> Double {
    guard value.isFinite, high > low else { return 0 }
    let inside = min(max(value, low), high)
    let part = isLogarithmic ? log2(inside / low) / log2(high / low) : (inside - low) / (high - low)
    return part.isNaN ? 0 : part
  }

  /// A mark's number, with as many decimals as distinguish it from the next.
  ///
  /// - Parameter unit: what the number is shown in, such as 0.01 for a share in percent.
  func label(_ tick: Double, in unit: Double = 1) -> String {
    let step = (isLogarithmic || ticks.count < 2 ? tick : ticks[1] - ticks[0]) / unit
    let decimals = step > 0 && step < 1 ? min(9, Int((-log10(step) - 1e-9).rounded(.up))) : 0
    return Formatting.fixed(tick / unit, decimals: decimals)
  }

  private static func roundStep(_ largest: Double) -> (step: Double, count: Int) {
    guard largest.isFinite, largest > 0 else { return (1, 1) }
    var unit = 1.0
    while unit * 10 <= largest { unit *= 10 }
    while unit > largest, unit > 1e-300 { unit /= 10 }
    for factor in [0.2, 0.5, 1, 2, 5] where largest / (unit * factor) <= 6 {
      return (unit * factor, max(1, Int((largest / (unit * factor) - 1e-9).rounded(.up))))
    }
    return (unit * 5, 2)
  }
}

/// Where the figures of one axis against another go, in pixels.
struct ChartPanel {
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let x: ChartAxis
  let y: ChartAxis

  /// As wide as the page, with room for the labels of its vertical axis.
  init(on canvas: ChartCanvas, top: Double, height: Double, x: ChartAxis, y: ChartAxis) {
    let labels = y.ticks.map { ChartCanvas.width(of: y.label($0)) }.max() ?? 0
    left = max(canvas.frame.isNarrow ? 50 : 76, labels + 16)
    right = canvas.width - canvas.margin - 6
    self.top = top
    bottom = top + height
    (self.x, self.y) = (x, y)
  }

  func place(_ x: Double, _ y: Double) -> ChartCanvas.Place {
    (left + self.x.part(x) * (right - left), bottom - self.y.part(y) * (bottom - top))
  }

  /// The marks of the horizontal axis whose labels do not touch.
  fileprivate var labelled: [Double] {
    let widest = x.ticks.map { ChartCanvas.width(of: x.label($0)) }.max() ?? 0
    let step = x.ticks.count > 1 ? (right - left) / Double(x.ticks.count - 1) : widest
    let every = max(1, Int(((widest + 10) / max(step, 1)).rounded(.up)))
    return x.ticks.enumerated().filter { $0.offset.isMultiple(of: every) }.map(\.element)
  }
}

extension ChartCanvas {
  /// The frame of a panel: a line and a number at each mark, and what its axes are.
  mutating func axes(_ panel: ChartPanel, x xLabel: String, y yLabel: String, unit: Double = 1) {
    for tick in panel.y.ticks {
      let y = panel.place(panel.x.low, tick).y
      line(tick == panel.y.low ? .base : .grid, panel.left, y, panel.right, y)
      text(panel.y.label(tick, in: unit), x: panel.left - 8, y: y + 4, ink: .quiet, anchor: .end)
    }
    for tick in panel.labelled {
      let x = panel.place(tick, panel.y.low).x
      line(.base, x, panel.bottom, x, panel.bottom + 4)
      let label = panel.x.label(tick)
      let room = width - Self.width(of: label) / 2 - 4
      text(label, x: min(x, room), y: panel.bottom + 18, ink: .quiet, anchor: .middle)
    }
    text(yLabel, x: margin, y: panel.top - 14, ink: .quiet)
    if !xLabel.isEmpty { text(xLabel, x: panel.right, y: panel.bottom + 36, ink: .quiet, anchor: .end) }
  }
}
