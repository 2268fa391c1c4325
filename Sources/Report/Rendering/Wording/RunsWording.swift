internal import Statistics

/// The words and figures of several runs that every writer shares; nothing in here is escaped.
enum RunsWording {
  static let heads = ["run", "verdict", "requests", "failed", "rate", "p50 ms", "p90 ms", "p99 ms"]

  static func row(_ run: RunSection) -> [String] {
    func milliseconds(_ figure: KeyPath<LatencySummary, Double>) -> String {
      run.traffic.latency.map { Formatting.milliseconds($0[keyPath: figure]) } ?? Formatting.none
    }
    return [
      Formatting.count(run.run), "\(Wording.sign(run.verdict)) \(Wording.word(run.verdict))",
      Formatting.count(run.traffic.requests.completed), Formatting.count(run.traffic.requests.failed),
      Formatting.rate(run.traffic.rate.achieved), milliseconds(\.p50), milliseconds(\.p90), milliseconds(\.p99),
    ]
  }

  static func figureHeads(_ runs: RunsSection) -> [String] {
    ["figure", "mean", "\(Formatting.shortPercent(runs.confidence)) interval", "between runs", "within a run"]
  }

  static func row(_ figure: RunsFigure) -> [String] {
    [
      title(figure), value(figure.mean, figure.unit), figure.interval.map { range($0, figure.unit) } ?? notKnown,
      between(figure), figure.within.map { size($0, of: figure) } ?? notKnown,
    ]
  }

  private static func between(_ figure: RunsFigure) -> String {
    let own = figure.between ?? figure.deviation
    guard own > 0 else { return "none seen" }
    return (figure.between == nil ? "at most " : "") + size(own, of: figure)
  }

  private static let notKnown = IntervalWording.notKnown

  private static func title(_ figure: RunsFigure) -> String { IntervalWording.title(figure.name) }

  private static func value(_ value: Double, _ unit: RunsFigure.Unit) -> String {
    switch unit {
    case .milliseconds: "\(Formatting.milliseconds(value)) ms"
    case .perSecond: Formatting.rate(value)
    }
  }

  private static func range(_ range: ClosedRange<Double>, _ unit: RunsFigure.Unit) -> String {
    // Nothing takes less than no time, whatever so few runs allow.
    let range = max(0, range.lowerBound)...max(0, range.upperBound)
    return switch unit {
    case .milliseconds: "\(IntervalWording.range(range)) ms"
    case .perSecond: "\(Formatting.rate(range.lowerBound))–\(Formatting.rate(range.upperBound))"
    }
  }

  /// A standard deviation as a part of the mean, such as `± 3.1%`.
  private static func size(_ deviation: Double, of figure: RunsFigure) -> String {
    guard figure.mean > 0 else { return Formatting.none }
    let percent = deviation / figure.mean * 100
    return "± \(Formatting.fixed(percent, decimals: percent < 10 ? 1 : 0))%"
  }

  /// What the runs show, a sentence each.
  static func lines(_ runs: RunsSection) -> [String] {
    var lines: [String] = []
    if runs.made < runs.asked {
      lines.append(
        "\(Formatting.count(runs.made)) of \(Formatting.count(runs.asked, "run")) were made to their end."
          + (runs.problem.map { " \(Wording.capitalised($0))." } ?? ""))
    }
    guard !runs.figures.isEmpty else {
      return lines + ["One run does not show what varies between runs."]
    }
    let fewer = runs.figures.filter { $0.runs < runs.made }
    if let least = fewer.map(\.runs).min() {
      lines.append(
        "The latency is that of \(Formatting.count(least)) of \(Formatting.count(runs.made, "run")): in the others no request succeeded."
      )
    }
    return lines + [advice(runs)]
  }

  /// What makes the figures surer.
  private static func advice(_ runs: RunsSection) -> String {
    func list(_ figures: [RunsFigure]) -> String { figures.map(title).joined(separator: ", ") }
    let known = runs.figures.filter { $0.between != nil }
    let ofRuns = known.filter { ($0.between ?? 0) > ($0.within ?? 0) }
    let ofTime = known.filter { ($0.between ?? 0) <= ($0.within ?? 0) }
    if known.isEmpty {
      return "The runs are too short to show what varies within one: more runs make the figures surer, and longer ones "
        + "would show whether length does."
    }
    let more = "\(list(ofRuns)): most of it varies between runs, so more runs tell more than longer ones"
    let longer = "\(list(ofTime)): most of it varies within a run, so longer runs tell as much as more"
    return [ofRuns.isEmpty ? nil : more, ofTime.isEmpty ? nil : longer].compactMap(\.self).joined(separator: "; ") + "."
  }

  /// The most runs that a terminal lists.
  private static let mostListed = 16

  /// The runs to list on a terminal: where there are many, those that did not pass before the others.
  static func listed(_ runs: RunsSection) -> [RunSection] {
    let telling = runs.rows.filter { $0.verdict != .pass }
    let others = runs.rows.filter { $0.verdict == .pass }
    return (telling + others).prefix(mostListed).sorted { $0.run < $1.run }
  }
}

extension Page {
  /// A row for each run, and one for each figure over them.
  static func runs(_ runs: RunsSection?) -> [Block] {
    guard let runs else { return [] }
    var table = PageTable("Runs", RunsWording.heads.prefix(2).map(Wording.capitalised))
    for head in RunsWording.heads[2..<5] { table.addColumn(Wording.capitalised(head), right: true) }
    for head in RunsWording.heads[5...] { table.addColumn(head, right: true) }
    for run in runs.rows {
      let row = RunsWording.row(run).map(cell)
      table.add([row[0], .verdict(run.verdict)] + row.dropFirst(2))
    }
    var blocks = [section("Runs"), .table(table)]
    if !runs.figures.isEmpty {
      let heads = RunsWording.figureHeads(runs).map(Wording.capitalised)
      var figures = PageTable("Figures over all runs", [heads[0]])
      for head in heads.dropFirst() { figures.addColumn(head, right: true) }
      for figure in runs.figures { figures.add(RunsWording.row(figure).map(cell)) }
      blocks.append(.table(figures))
    }
    return blocks + [.list(RunsWording.lines(runs).map { Item(body: [.text($0, width: 500)]) })]
  }
}

extension TextWriter {
  func runs(_ runs: RunsSection?) -> [[String]] {
    guard let runs else { return [] }
    var columns = Columns()
    columns.align(right: Array(2..<RunsWording.heads.count))
    columns.add(RunsWording.heads)
    let listed = RunsWording.listed(runs)
    for run in listed { columns.add(RunsWording.row(run).map { Escaping.terminal($0, width: 40) }) }
    let more = runs.rows.count - listed.count
    var blocks = [table(columns) + (more > 0 ? ["  … and \(Formatting.count(more)) more"] : [])]
    if !runs.figures.isEmpty {
      var figures = Columns()
      let heads = RunsWording.figureHeads(runs)
      figures.align(right: Array(1..<heads.count))
      figures.add(heads)
      for figure in runs.figures { figures.add(RunsWording.row(figure).map { Escaping.terminal($0, width: 40) }) }
      blocks.append(table(figures))
    }
    blocks.append(RunsWording.lines(runs).map { "  " + Escaping.terminal($0, width: 400) })
    return blocks
  }
}
