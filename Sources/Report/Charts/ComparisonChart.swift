/// Draws `comparison.svg`: each figure's change with its interval, against no change and the margin.
///
/// What is better or worse shows by the form of its point and by a word, not only by colour.
struct ComparisonChart {
  /// The file that the page shows.
  static let file = "comparison.svg"

  private static let most = 40
  private static let left = 214.0
  private static let right = 540.0
  private static let top = 92.0
  private static let row = 30.0

  /// The chart for a page with others in it, where all its names begin with the given one.
  func write(_ comparison: ComparisonSection, scope: String?) -> String {
    let figures = comparison.figures.filter { $0.change != nil }.prefix(Self.most)
    let axis = ChartAxis(upTo: Self.reach(figures))
    func place(_ change: Double) -> Double {
      let part = axis.part(abs(change)) / 2
      return Self.left + (change < 0 ? 0.5 - part : 0.5 + part) * (Self.right - Self.left)
    }
    let bottom = Self.top + Double(figures.count) * Self.row
    var canvas = ChartCanvas(scope: scope)
    legend(&canvas)
    // Marks at every other step where they would touch.
    let ticks = axis.ticks.enumerated().filter { axis.ticks.count <= 5 || $0.offset.isMultiple(of: 2) }.map(\.element)
    for tick in Set(ticks + ticks.map(-)).sorted() where tick != 0 {
      canvas.line(.grid, place(tick), Self.top, place(tick), bottom)
      canvas.text(
        (tick > 0 ? "+" : "") + axis.label(tick, in: 0.01), x: place(tick), y: bottom + 18, ink: .quiet, size: 11,
        anchor: .middle)
    }
    for (position, figure) in figures.enumerated() {
      guard let margin = figure.margin else { continue }
      let y = Self.top + (Double(position) + 0.5) * Self.row
      canvas.rectangle(.margin, x: place(-margin), y: y - 11, width: place(margin) - place(-margin), height: 22)
    }
    canvas.line(.base, place(0), Self.top - 4, place(0), bottom + 4, width: 1.5)
    canvas.text("0", x: place(0), y: bottom + 18, ink: .quiet, size: 11, anchor: .middle)
    canvas.text(
      "change in %, of shares in percentage points", x: Self.right, y: bottom + 38, ink: .quiet, anchor: .end)
    for (position, figure) in figures.enumerated() {
      let y = Self.top + (Double(position) + 0.5) * Self.row
      canvas.text(figure.name, columns: 33, x: 24, y: y + 4)
      draw(figure, y, axis.high, place, &canvas)
      canvas.text(figure.shortChange ?? "", x: Self.right + 84, y: y + 4, anchor: .end)
      canvas.text(
        ComparisonWording.outcome(figure.outcome), x: Self.right + 98, y: y + 4, ink: Self.inks(figure.outcome).text,
        isBold: true)
    }
    return canvas.svg(
      title: "Change from base to candidate",
      description: figures.map { "\($0.name): \($0.changeInWords ?? ""), \($0.outcome.rawValue)" }
        .joined(separator: "; "),
      height: bottom + 56)
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

  private static func inks(_ outcome: ComparedFigure.Outcome) -> (shape: ChartInk, text: ChartInk) {
    switch outcome {
    case .worse: (.stray, .strayText)
    case .better: (.result, .resultText)
    case .same, .unsure: (.quiet, .quiet)
    }
  }

  private func legend(_ canvas: inout ChartCanvas) {
    canvas.legend(
      y: 66,
      [ComparedFigure.Outcome.worse, .better, .same, .unsure].map { outcome in
        (outcome.rawValue, 14, { Self.mark(outcome, ($1.x + 7, $1.y), &$0) })
      } + [
        ("too small to count", 22, { $0.rectangle(.margin, x: $1.x, y: $1.y - 8, width: 22, height: 16) }),
        ("surely within", 24, { $0.line(.quiet, $1.x, $1.y, $1.x + 24, $1.y, width: 2.5) }),
      ])
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
