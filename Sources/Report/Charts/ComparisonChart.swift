/// Draws `comparison.svg`: each figure's change with its interval, against no change and the margin.
///
/// What is better or worse shows by the form of its point and by a word, not only by colour.
struct ComparisonChart {
  /// The file that the page shows.
  static let file = "comparison.svg"

  private static let most = 40

  func write(_ comparison: ComparisonSection, _ frame: ChartFrame) -> String {
    let figures = ComparisonWording.worstFirst(comparison).filter { $0.change != nil }.prefix(Self.most)
    let axis = ChartAxis(upTo: Self.reach(figures))
    var canvas = ChartCanvas("Change from base to candidate", frame: frame)
    legend(figures, &canvas)
    let layout = Layout(canvas, rows: figures.count, axis: axis)
    // Marks at every other step where they would touch.
    let ticks = axis.ticks.enumerated().filter { axis.ticks.count <= 5 || $0.offset.isMultiple(of: 2) }.map(\.element)
    for tick in Set(ticks + ticks.map(-)).sorted() where tick != 0 {
      canvas.line(.grid, layout.x(tick), layout.top, layout.x(tick), layout.bottom)
      canvas.text(
        (tick > 0 ? "+" : "") + axis.label(tick, in: 0.01), x: layout.x(tick), y: layout.bottom + 18, ink: .quiet,
        anchor: .middle)
    }
    for (position, figure) in figures.enumerated() {
      guard let margin = figure.margin else { continue }
      canvas.rectangle(
        .margin, x: layout.x(-margin), y: layout.y(position) - 11, width: layout.x(margin) - layout.x(-margin),
        height: 22)
    }
    canvas.line(.base, layout.x(0), layout.top - 4, layout.x(0), layout.bottom + 4, width: 1.5)
    canvas.text("0", x: layout.x(0), y: layout.bottom + 18, ink: .quiet, anchor: .middle)
    canvas.text(
      "change in %, of shares in percentage points", x: layout.right, y: layout.bottom + 38, ink: .quiet, anchor: .end)
    for (position, figure) in figures.enumerated() {
      draw(figure, layout.y(position), axis.high, layout.x, &canvas)
      layout.label(figure, position, &canvas)
    }
    return canvas.svg(
      description: figures.map { "\($0.name): \($0.changeInWords ?? ""), \($0.outcome.rawValue)" }
        .joined(separator: "; "),
      height: layout.bottom + 56)
  }

  /// Where things are, in pixels: of a narrow chart each figure's words stand above its line.
  private struct Layout {
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double
    private let row: Double
    private let isNarrow: Bool
    private let axis: ChartAxis

    init(_ canvas: ChartCanvas, rows: Int, axis: ChartAxis) {
      isNarrow = canvas.frame.isNarrow
      row = isNarrow ? 48 : 30
      left = isNarrow ? canvas.margin + 8 : 214
      right = isNarrow ? canvas.width - canvas.margin - 8 : 540
      top = canvas.top + 12
      bottom = top + Double(rows) * row
      self.axis = axis
    }

    func x(_ change: Double) -> Double {
      let part = axis.part(abs(change)) / 2
      return left + (change < 0 ? 0.5 - part : 0.5 + part) * (right - left)
    }

    /// The middle of a figure's line.
    func y(_ position: Int) -> Double { top + Double(position) * row + (isNarrow ? 32 : row / 2) }

    func label(_ figure: ComparedFigure, _ position: Int, _ canvas: inout ChartCanvas) {
      let y = isNarrow ? top + Double(position) * row + 14 : y(position) + 4
      let outcome = ComparisonWording.outcome(figure.outcome)
      let ink = ComparisonChart.inks(figure.outcome).text
      guard isNarrow else {
        canvas.text(figure.name, columns: 33, x: 24, y: y)
        canvas.text(figure.shortChange ?? "", x: right + 84, y: y, anchor: .end)
        return canvas.text(outcome, x: right + 98, y: y, ink: ink, isBold: true)
      }
      canvas.text(figure.name, columns: 23, x: canvas.margin, y: y)
      canvas.text(figure.shortChange ?? "", x: right - 64, y: y, anchor: .end)
      canvas.text(outcome, x: right, y: y, ink: ink, isBold: true, anchor: .end)
    }
  }

  private func draw(
    _ figure: ComparedFigure, _ y: Double, _ reach: Double, _ place: (Double) -> Double, _ canvas: inout ChartCanvas
  ) {
    guard let change = figure.change else { return }
    let ink = Self.inks(figure.outcome).shape
    if let interval = figure.changeInterval {
      let (low, high) = (interval.low ?? -.infinity, interval.high ?? .infinity)
      let (from, to) = (place(max(low, -reach)), place(min(high, reach)))
      canvas.line(ink, from, y, to, y, width: 2.5)
      // An end beyond the picture points there; one within it is closed.
      for (x, isBeyond, direction) in [(from, low < -reach, -1.0), (to, high > reach, 1.0)] {
        if isBeyond {
          canvas.polygon(ink, [(x + 2 * direction, y), (x - 6 * direction, y - 5), (x - 6 * direction, y + 5)])
        } else {
          canvas.line(ink, x, y - 5, x, y + 5, width: 2)
        }
      }
    }
    guard abs(change) > reach else { return Self.mark(figure.outcome, (place(change), y), &canvas) }
    let (x, direction) = (place(change < 0 ? -reach : reach), change < 0 ? -1.0 : 1.0)
    canvas.polygon(ink, [(x + 4 * direction, y), (x - 7 * direction, y - 7), (x - 7 * direction, y + 7)])
  }

  /// A point: a diamond for worse, a disc for better, a ring for the same and a hollow square for unsure.
  private static func mark(
    _ outcome: ComparedFigure.Outcome, _ at: ChartCanvas.Place, _ canvas: inout ChartCanvas
  ) {
    let ink = inks(outcome).shape
    switch outcome {
    case .worse: canvas.polygon(ink, [(at.x, at.y - 7), (at.x + 7, at.y), (at.x, at.y + 7), (at.x - 7, at.y)])
    case .better: canvas.disc(ink, at, radius: 5.5)
    case .same: canvas.disc(.page, at, radius: 4.5, stroke: ink)
    case .unsure:
      canvas.polygon(
        .page,
        [
          (at.x - 4.5, at.y - 4.5), (at.x + 4.5, at.y - 4.5), (at.x + 4.5, at.y + 4.5), (at.x - 4.5, at.y + 4.5),
        ], stroke: ink)
    }
  }

  fileprivate static func inks(_ outcome: ComparedFigure.Outcome) -> (shape: ChartInk, text: ChartInk) {
    switch outcome {
    case .worse: (.stray, .strayText)
    case .better: (.result, .resultText)
    case .same, .unsure: (.quiet, .quiet)
    }
  }

  private func legend(_ figures: ArraySlice<ComparedFigure>, _ canvas: inout ChartCanvas) {
    let outcomes = Set(figures.map(\.outcome))
    canvas.legend(
      [ComparedFigure.Outcome.worse, .better, .same, .unsure].filter(outcomes.contains).map { outcome in
        .init(outcome.rawValue, width: 14) { Self.mark(outcome, ($1.x + 7, $1.y), &$0) }
      }
        + (figures.contains { $0.margin != nil }
          ? [
            .init("too small to count", width: 22) {
              $0.rectangle(.margin, x: $1.x, y: $1.y - 8, width: 22, height: 16)
            }
          ]
          : [])
        + (figures.contains { $0.changeInterval != nil } ? [.line("surely within", .quiet)] : []))
  }

  /// The end of the axis: what is certain is on it, what is not may go beyond.
  private static func reach(_ figures: ArraySlice<ComparedFigure>) -> Double {
    func size(_ figure: ComparedFigure) -> Double {
      [figure.change, figure.changeInterval?.low, figure.changeInterval?.high].compactMap { $0.map(abs) }.max() ?? 0
    }
    let sure = figures.filter { $0.outcome != .unsure }.map(size).max() ?? 0
    let unsure = figures.filter { $0.outcome == .unsure }.map(size).max() ?? 0
    return min(max(sure, min(unsure, max(2 * sure, 0.5)), 0.1), 100)
  }
}
