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
    let chart = LineCharting(scope: scope)
    let axis = LineCharting.Axis(upTo: Self.reach(figures))
    func place(_ change: Double) -> Double {
      let part = (min(max(change, -axis.high), axis.high) / axis.high + 1) / 2
      return Self.left + part * (Self.right - Self.left)
    }
    let bottom = Self.top + Double(figures.count) * Self.row
    let title = "Change from base to candidate"
    let description = figures.map {
      "\($0.name): \($0.changeInWords ?? ""), \($0.outcome.rawValue)"
    }.joined(separator: "; ")
    var svg = chart.head(title: title, description: description, height: bottom + 56)
    svg += chart.text(title, x: 24, y: 34, class: "text", size: 15, weight: "600")
    svg += legend(chart)

    // Marks at every other step where they would touch.
    let ticks = axis.ticks.enumerated().filter { axis.ticks.count <= 5 || $0.offset.isMultiple(of: 2) }.map(\.element)
    for tick in Set(ticks + ticks.map(-)).sorted() where tick != 0 {
      svg += chart.line("grid", place(tick), Self.top, place(tick), bottom)
      svg += chart.text(
        Self.label(tick), x: place(tick), y: bottom + 18, class: "quiet", size: 11, anchor: "middle")
    }
    for (position, figure) in figures.enumerated() {
      let y = Self.top + (Double(position) + 0.5) * Self.row
      if let margin = figure.margin {
        svg += chart.rectangle("band", place(-margin), y - 11, place(margin) - place(-margin), 22)
      }
    }
    svg += chart.line("base", place(0), Self.top - 4, place(0), bottom + 4, width: 1.5)
    svg += chart.text("0", x: place(0), y: bottom + 18, class: "quiet", size: 11, anchor: "middle")
    svg += chart.text(
      "change in %, of shares in percentage points", x: Self.right, y: bottom + 38, class: "quiet", size: 12,
      anchor: "end")

    for (position, figure) in figures.enumerated() {
      let y = Self.top + (Double(position) + 0.5) * Self.row
      svg += chart.text(figure.name, width: 33, x: 24, y: y + 4, class: "text", size: 12)
      svg += draw(figure, chart, y, axis.high, place)
      let (colour, _) = Self.style(figure.outcome)
      svg += chart.text(figure.shortChange ?? "", x: Self.right + 84, y: y + 4, class: "text", size: 12, anchor: "end")
      svg += chart.text(
        ComparisonWording.outcome(figure.outcome), x: Self.right + 98, y: y + 4, class: colour, size: 12, weight: "600")
    }
    return svg + "</svg>\n"
  }

  private func draw(
    _ figure: ComparedFigure, _ chart: LineCharting, _ y: Double, _ reach: Double, _ place: (Double) -> Double
  ) -> String {
    guard let change = figure.change else { return "" }
    let (fill, stroke) = Self.style(figure.outcome)
    var svg = ""
    if let interval = figure.changeInterval {
      let (low, high) = (interval.low ?? -.infinity, interval.high ?? .infinity)
      let (from, to) = (place(low), place(high))
      svg += chart.line(stroke, from, y, to, y, width: 2.5)
      // An end beyond the picture points there; one within it is closed.
      for (x, isBeyond, way) in [(from, low < -reach, -1.0), (to, high > reach, 1.0)] {
        svg +=
          isBeyond
          ? chart.polygon(fill, [(x + 2 * way, y), (x - 6 * way, y - 5), (x - 6 * way, y + 5)])
          : chart.line(stroke, x, y - 5, x, y + 5, width: 2)
      }
    }
    guard abs(change) > reach else { return svg + Self.mark(figure.outcome, chart, (place(change), y)) }
    let (x, way) = (place(change), change < 0 ? -1.0 : 1.0)
    return svg + chart.polygon(fill, [(x + 4 * way, y), (x - 7 * way, y - 7), (x - 7 * way, y + 7)])
  }

  /// A point: a diamond for worse, a disc for better, a ring for the same and a hollow square for unsure.
  private static func mark(
    _ outcome: ComparedFigure.Outcome, _ chart: LineCharting, _ at: (x: Double, y: Double)
  ) -> String {
    let (fill, stroke) = style(outcome)
    func ring(_ points: [(x: Double, y: Double)]) -> String {
      chart.polygon("page", points) + chart.path(stroke, points + points.prefix(1), width: 2)
    }
    switch outcome {
    case .worse: return chart.polygon(fill, [(at.x, at.y - 7), (at.x + 7, at.y), (at.x, at.y + 7), (at.x - 7, at.y)])
    case .better: return chart.disc(fill, at, radius: 5.5)
    case .same: return chart.disc("page " + stroke, at, radius: 4.5)
    case .unsure:
      return ring([
        (at.x - 4.5, at.y - 4.5), (at.x + 4.5, at.y - 4.5), (at.x + 4.5, at.y + 4.5), (at.x - 4.5, at.y + 4.5),
      ])
    }
  }

  private static func style(_ outcome: ComparedFigure.Outcome) -> (fill: String, stroke: String) {
    switch outcome {
    case .worse: ("limitText", "limit")
    case .better: ("resultText", "result")
    case .same, .unsure: ("quiet", "dim")
    }
  }

  private func legend(_ chart: LineCharting) -> String {
    var svg = ""
    var x = 30.0
    for outcome in [ComparedFigure.Outcome.worse, .better, .same, .unsure] {
      svg +=
        Self.mark(outcome, chart, (x, 62)) + chart.text(outcome.rawValue, x: x + 12, y: 66, class: "quiet", size: 12)
      x += 78
    }
    return svg + chart.rectangle("band", x, 54, 22, 16)
      + chart.text("too small to count", x: x + 28, y: 66, class: "quiet", size: 12)
      + chart.line("dim", x + 156, 62, x + 180, 62, width: 2.5)
      + chart.text("surely within", x: x + 186, y: 66, class: "quiet", size: 12)
  }

  /// Up to where the axis goes: all that is certain is on it, what is not may go beyond.
  private static func reach(_ figures: ArraySlice<ComparedFigure>) -> Double {
    func size(_ figure: ComparedFigure) -> Double {
      [figure.change, figure.changeInterval?.low, figure.changeInterval?.high].compactMap { $0.map(abs) }.max() ?? 0
    }
    let sure = figures.filter { $0.outcome != .unsure }.map(size).max() ?? 0
    let unsure = figures.filter { $0.outcome == .unsure }.map(size).max() ?? 0
    return min(max(sure, min(unsure, max(2 * sure, 0.5)), 0.1), 100)
  }

  private static func label(_ tick: Double) -> String {
    let percent = tick * 100
    let text = Formatting.fixed(percent, decimals: abs(percent - percent.rounded()) < 1e-6 ? 0 : 1)
    return (tick > 0 ? "+" : "") + text
  }
}
