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
      + "together, and by more than the margin of \(Formatting.percent(comparison.margin))."
  }

  /// The remarks on figures, with the names of those that share one.
  static func remarks(_ comparison: ComparisonSection) -> [(names: String, text: String)] {
    var found: [(names: [String], text: String)] = []
    for figure in comparison.figures {
      guard let remark = figure.remark, !remark.isEmpty else { continue }
      if let index = found.firstIndex(where: { $0.text == remark }) {
        found[index].names.append(figure.name)
      } else {
        found.append(([figure.name], remark))
      }
    }
    return found.map { ($0.names.joined(separator: ", "), $0.text) }
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
    for figure in ComparisonWording.worstFirst(comparison) { table.add(ComparisonWording.row(figure).map(cell)) }
    let runs = ComparisonWording.runs(comparison).map { name, run in
      Item(
        term: .words(Wording.capitalised(name)),
        body: [
          cell(run.check.rawValue), .words(" of "), .code(run.target, width: 200), .words(", begun "),
          .text(run.startedAt, width: 40),
        ])
    }
    var blocks: [Block] = [
      section("Comparison"), .list(runs), .chart(Self.comparison(comparison)), .table(table),
      .paragraph([.words(ComparisonWording.meaning(comparison))]),
    ]
    let remarks = ComparisonWording.remarks(comparison).map {
      Item(term: .text($0.names, width: 300), body: [cell($0.text)])
    }
    if !remarks.isEmpty { blocks.append(.list(remarks)) }
    return blocks
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
    let remarks = ComparisonWording.remarks(comparison).map {
      "  \(Escaping.terminal($0.names, width: 80)): \(Escaping.terminal($0.text, width: 200))"
    }
    return [table(columns, marks: marks), ["  " + ComparisonWording.meaning(comparison)] + remarks]
  }
}
