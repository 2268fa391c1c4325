internal import Statistics

/// The words and figures of a comparison that every writer shares; nothing in here is escaped.
enum ComparisonWording {
  static let heads = ["figure", "outcome", "base", "candidate", "change", "surely between", "margin"]

  /// One row a figure.
  static func row(_ figure: ComparedFigure) -> [String] {
    [
      figure.name, outcome(figure.outcome), figure.baseInWords, figure.candidateInWords,
      figure.shortChange ?? Formatting.none,
      figure.changeInterval.flatMap { interval($0, figure.unit) } ?? Formatting.none,
      figure.marginInWords.map { "±" + $0 } ?? Formatting.none,
    ]
  }

  static func outcome(_ outcome: ComparedFigure.Outcome) -> String {
    switch outcome {
    case .better: "✓ better"
    case .worse: "✗ worse"
    case .same: "= same"
    case .unsure: "? unsure"
    }
  }

  /// The verdict whose colour an outcome has; none for what is the same.
  static func verdict(_ outcome: ComparedFigure.Outcome) -> Verdict? {
    switch outcome {
    case .better: .pass
    case .worse: .fail
    case .same: nil
    case .unsure: .inconclusive
    }
  }

  /// What is worse, then what is not decided, better and the same.
  static func worstFirst(_ comparison: ComparisonSection) -> [ComparedFigure] {
    [ComparedFigure.Outcome.worse, .unsure, .better, .same].flatMap { outcome in
      comparison.figures.filter { $0.outcome == outcome }
    }
  }

  static func value(_ value: Double, _ unit: ComparedFigure.Unit) -> String {
    switch unit {
    case .milliseconds: Formatting.milliseconds(value) + " ms"
    case .perSecond: Formatting.rate(value)
    case .share: Formatting.percent(value)
    case .bytes: Formatting.threeDigits(value) + " B"
    }
  }

  /// A change with its sign: a share's in percentage points, else in per cent.
  static func change(_ change: Double, _ unit: ComparedFigure.Unit) -> String {
    if unit == .share { return Formatting.points(change) }
    // More than tenfold, digits after the point say nothing.
    let text = Formatting.fixed(change * 100, decimals: abs(change) < 10 ? 1 : 0) + "%"
    return (change > 0 && text != "0.0%" ? "+" : "") + text
  }

  static func interval(_ interval: ComparedInterval, _ unit: ComparedFigure.Unit) -> String? {
    switch (interval.low, interval.high) {
    case (let low?, let high?): "\(change(low, unit)) and \(change(high, unit))"
    case (let low?, nil): "\(change(low, unit)) and more"
    case (nil, let high?): "\(change(high, unit)) and less"
    case (nil, nil): nil
    }
  }

  static func runs(_ comparison: ComparisonSection) -> [(name: String, run: ComparedRun)] {
    [("base", comparison.base), ("candidate", comparison.candidate)]
  }

  static func meaning(_ comparison: ComparisonSection) -> String {
    "What is called better or worse is so with \(Formatting.percent(comparison.level)) confidence, for all figures "
      + "together, and by more than its margin: \(Formatting.percent(comparison.margin)), or more where its row says so."
  }

  /// What became of a figure and which side of the margin that is, such as
  /// `1.20 ms longer, surely within the margin of 5.0%`; without the figure's name.
  static func finding(_ figure: ComparedFigure) -> String {
    // Its remark says why.
    if figure.outcome == .unsure, figure.changeInterval == nil { return difference(figure) }
    let margin = figure.marginInWords.map { "the margin of \($0)" } ?? "the margin"
    let side =
      switch figure.outcome {
      case .same: (figure.changeInterval == nil ? "" : "surely ") + "within \(margin)"
      case .better, .worse: "surely by more than \(margin)"
      case .unsure: "which may be within \(margin) or beyond it"
      }
    return "\(difference(figure)), \(side)"
  }

  /// The difference with its unit, such as `1.20 ms longer`.
  private static func difference(_ figure: ComparedFigure) -> String {
    let difference = figure.candidate - figure.base
    guard difference != 0 else { return "no different" }
    let size = figure.unit == .share ? Formatting.pointsSize(difference) : value(difference.magnitude, figure.unit)
    let (more, less) =
      switch figure.unit {
      case .milliseconds: ("longer", "shorter")
      case .perSecond, .share: ("higher", "lower")
      case .bytes: ("more", "less")
      }
    return "\(size) \(difference > 0 ? more : less)"
  }

  /// How long both runs would have to be to decide a figure that is not decided, or that no length does; `nil` where it is decided.
  static func settling(_ figure: ComparedFigure) -> String? {
    if let run = figure.settledBy {
      let times = Formatting.number(run.times, decimals: 1)
      let amount = [
        run.seconds.map { Formatting.duration(seconds: $0.rounded(.up)) },
        run.count.map { Formatting.count($0) + " \(run.unit.rawValue)" },
      ].compactMap(\.self).joined(separator: " or ")
      return amount.isEmpty
        ? "Two runs with \(times) times as many \(run.unit.rawValue) would settle it."
        : "Two \(run.unit == .runs ? "reports" : "runs") of \(amount) each, \(times) times as many, would settle it."
    }
    switch figure.unsettled {
    case .atMargin: return "It is at the margin, so no longer runs would settle it."
    case .tooMany: return "It is too near the margin: more than 100 times as many would be needed to settle it."
    case .unbounded: return "Longer runs are needed to settle it; these do not show how long."
    case .notByLength: return "Longer runs would not settle it."
    case nil: return nil
    }
  }
}

extension ComparedFigure {
  /// The base's figure with its unit.
  public var baseInWords: String { ComparisonWording.value(base, unit) }

  /// The candidate's figure with its unit.
  public var candidateInWords: String { ComparisonWording.value(candidate, unit) }

  /// The change alone, such as `+20.1%`; nil where the base is 0.
  public var shortChange: String? { change.map { ComparisonWording.change($0, unit) } }

  /// The change and between what it surely lies; nil where the base is 0.
  public var changeInWords: String? {
    guard let shortChange else { return nil }
    let interval = changeInterval.flatMap { ComparisonWording.interval($0, unit) }
    return shortChange + (interval.map { ", surely between \($0)" } ?? "")
  }

  /// The size of change that counts as none, without a sign.
  public var marginInWords: String? {
    margin.map { unit == .share ? Formatting.pointsSize($0) : Formatting.fixed($0 * 100, decimals: 1) + "%" }
  }
}

extension Page {
  static func comparison(_ comparison: ComparisonSection?) -> [Block] {
    guard let comparison else { return [] }
    var table = PageTable("Figures of both runs", [])
    for head in ComparisonWording.heads {
      table.addColumn(Wording.capitalised(head), right: !["figure", "outcome"].contains(head))
    }
    for figure in ComparisonWording.worstFirst(comparison) {
      let why = [ComparisonWording.finding(figure), figure.remark].compactMap(\.self).joined(separator: "; ")
      let remarks =
        [PageTable.Remark(kind: .why, text: [.text(why, width: 500)])]
        + (ComparisonWording.settling(figure).map { [PageTable.Remark(kind: .advice, text: [.words($0)])] } ?? [])
      table.add(ComparisonWording.row(figure).map(cell), remarks: remarks)
    }
    let runs = ComparisonWording.runs(comparison).map { name, run in
      Item(
        term: .words(Wording.capitalised(name)),
        body: [
          cell(run.check.rawValue), .words(" of "), .code(run.target, width: 200), .words(", begun "),
          .text(run.startedAt, width: 40),
        ])
    }
    return [
      section("Comparison"), .list(runs), .chart(Self.comparison(comparison)), .table(table),
      .paragraph([.words(ComparisonWording.meaning(comparison))]),
    ]
  }
}

extension TextWriter {
  func comparison(_ comparison: ComparisonSection?) -> [[String]] {
    guard let comparison else { return [] }
    var columns = Columns()
    columns.align(right: Array(1..<ComparisonWording.heads.count - 1))
    func withoutOutcome(_ cells: [String]) -> [String] { Array(cells.prefix(1) + cells.dropFirst(2)) }
    columns.add(withoutOutcome(ComparisonWording.heads))
    let figures = ComparisonWording.worstFirst(comparison)
    for figure in figures {
      columns.add(withoutOutcome(ComparisonWording.row(figure)).map { Escaping.terminal($0, width: 48) })
    }
    let marks = figures.map { figure in
      let word = ComparisonWording.outcome(figure.outcome)
      return ComparisonWording.verdict(figure.outcome).map { coloured(word, $0) } ?? word
    }
    let words = figures.map { figure in
      let why = [ComparisonWording.finding(figure), figure.remark].compactMap(\.self).joined(separator: "; ")
      let settling = ComparisonWording.settling(figure).map { ". \($0)" } ?? ""
      return "  \(Escaping.terminal(figure.name, width: 80)): \(Escaping.terminal(why, width: 300))\(settling)"
    }
    return [table(columns, marks: marks), words, ["  " + ComparisonWording.meaning(comparison)]]
  }
}
