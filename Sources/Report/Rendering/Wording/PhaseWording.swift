internal import Statistics

/// The words and figures of phases that every writer shares; nothing in here is escaped.
enum PhaseWording {
  static let heads = [
    "phase", "verdict", "requests", "failed", "retried", "outages", "longest outage", "longest gap", "p50 ms", "p99 ms",
  ]

  /// One row of the comparison of phases.
  ///
  /// - Parameter hasIntervals: whether each percentile has its interval beside it.
  static func row(_ phase: PhaseSection, hasIntervals: Bool = false) -> [String] {
    let outage = phase.outages.map(\.durationSeconds).max()
    let latency = phase.traffic.latency
    return [
      phase.name, verdict(phase), Formatting.count(phase.traffic.requests.scheduled),
      Formatting.count(phase.traffic.requests.failed),
      Formatting.count(phase.traffic.requests.retried), Formatting.count(phase.outages.count),
      outage.map { Formatting.duration(seconds: $0) } ?? "none", Formatting.duration(seconds: phase.longestGapSeconds),
      IntervalWording.figure(latency?.p50, "p50", hasIntervals ? latency?.intervals : nil),
      IntervalWording.figure(latency?.p99, "p99", hasIntervals ? latency?.intervals : nil),
    ]
  }

  /// The verdict of a phase; `nil` where nothing was demanded of it, or it was not judged.
  static func judged(_ phase: PhaseSection) -> Verdict? {
    phase.notJudged != nil && phase.verdict != .fail ? nil : phase.verdict
  }

  /// The verdict of a phase, or how it went where nothing was demanded of it.
  private static func verdict(_ phase: PhaseSection) -> String {
    if phase.notJudged != nil, phase.verdict != .fail { return "\(Wording.sign(.inconclusive)) not judged" }
    if let verdict = judged(phase) { return "\(Wording.sign(verdict)) \(Wording.word(verdict))" }
    if phase.traffic.requests.failed == 0 { return "no loss" }
    return phase.isDownAtTheEnd ? "down at the end" : "loses requests"
  }

  /// What the manager says of its action, beside how the command ended.
  static func action(_ action: ActionSection) -> String {
    let status = action.exitStatus.map { "exit status \($0)" } ?? "did not end by itself"
    let problem = action.problem.map { "; \($0)" } ?? ""
    return "\(status) after \(Formatting.duration(seconds: action.durationSeconds))\(problem)"
  }

  /// The commands of an action, each as a line.
  static func commands(_ action: ActionSection) -> [String] {
    action.command.split(separator: "&&").map { $0.joined(separator: " ") }
  }

  /// Remarks on a phase beside its figures: why it is not judged, what its action cut.
  static func remarks(_ phase: PhaseSection) -> [String] {
    var remarks: [String] = []
    if let reason = phase.notJudged { remarks.append("not judged: \(reason)") }
    if let cut = phase.cut {
      let kinds = cut.sorted { $0.key < $1.key }.map { "\(Formatting.count($0.value)) \($0.key)" }
      let kept = phase.cutOnKept.map { "; \(Formatting.count($0)) of them on a kept connection that was closing" } ?? ""
      remarks.append("cut by the action: \(kinds.joined(separator: ", "))\(kept)")
    }
    return remarks
  }

  /// The outages of a phase, at most eight, the longest first.
  static func outages(_ phase: PhaseSection) -> [String] {
    phase.outages.sorted { $0.durationSeconds > $1.durationSeconds }.prefix(8).map { outage in
      let kinds = outage.kinds.sorted { $0.key < $1.key }.map { "\(Formatting.count($0.value)) \($0.key)" }
        .joined(separator: ", ")
      return "at \(Formatting.fixed(outage.startSeconds, decimals: 2)) s for "
        + "\(Formatting.duration(seconds: outage.durationSeconds)): \(Formatting.count(outage.failed)) failed"
        + (kinds.isEmpty ? "" : " (\(kinds))")
    }
  }

  /// The generations that answered, and when.
  static func generations(_ phase: PhaseSection) -> [[String]] {
    phase.generations.prefix(64).map { life in
      [
        life.backend, life.generation, Formatting.count(life.requests),
        Formatting.fixed(life.firstSeenSeconds, decimals: 2), Formatting.fixed(life.lastSeenSeconds, decimals: 2),
        phase.staleGenerations.contains("\(life.backend) \(life.generation)") ? "stale" : "",
      ]
    }
  }

  static let generationHeads = ["backend", "generation", "requests", "first s", "last s", ""]
}

extension Page {
  static func compared(_ phases: [PhaseSection], caption: String) -> PageTable {
    var table = PageTable(caption, PhaseWording.heads.prefix(2).map(Wording.capitalised))
    for head in PhaseWording.heads.dropFirst(2) { table.addColumn(Wording.capitalised(head), right: true) }
    for phase in phases {
      let row = PhaseWording.row(phase, hasIntervals: true).map(cell)
      table.add(PhaseWording.judged(phase).map { [row[0], .verdict($0)] + row.dropFirst(2) } ?? row)
    }
    return table
  }

  /// The comparison of all phases, a chart of those that follow one another, then each one's action, outages and generations.
  ///
  /// - Parameter phases: those of the document, or of one of its rounds.
  static func phases(_ phases: [PhaseSection], of document: ReportDocument, title: String = "Phases") -> [Block] {
    guard !phases.isEmpty else { return [] }
    var blocks = [section(title), .table(compared(phases, caption: "\(title) compared"))]
    blocks += methods(MethodsWording.rows(phases)) + [.chart(timeline(phases, of: document))]
    for phase in phases
    where phase.action != nil || phase.notJudged != nil || !phase.outages.isEmpty || !phase.generations.isEmpty {
      blocks.append(.heading(3, [.text(phase.name, width: 60)]))
      var items: [Item] = []
      if let action = phase.action {
        let commands = PhaseWording.commands(action).flatMap { [.code($0, width: 200), .words(", ")] as [Inline] }
        items.append(Item(term: .words("Action"), body: commands + [cell(PhaseWording.action(action))]))
        if let claim = action.claim, !claim.isEmpty {
          items.append(Item(term: .words("The manager says"), body: [.code(claim, width: 300)]))
        }
      }
      if let began = phase.startedAt { items.append(Item(term: .words("Began"), body: [cell(began)])) }
      items += PhaseWording.remarks(phase).map { Item(term: .words("Remark"), body: [cell($0)]) }
      items += PhaseWording.outages(phase).map { Item(term: .words("Outage"), colon: false, body: [cell($0)]) }
      if !items.isEmpty { blocks.append(.list(items)) }
      guard !phase.generations.isEmpty else { continue }
      var table = PageTable("Generations that answered in \(phase.name)", ["Backend", "Generation"])
      for head in ["Requests", "First seen s", "Last seen s"] { table.addColumn(head, right: true) }
      let isStale = !phase.staleGenerations.isEmpty
      if isStale { table.addColumn("Stale") }
      for row in PhaseWording.generations(phase) {
        let rest = isStale ? row.dropFirst(2) : row.dropFirst(2).dropLast()
        table.add(row.prefix(2).map { .code($0, width: 48) } + rest.map(cell))
      }
      blocks.append(.table(table))
    }
    return blocks
  }
}

extension TextWriter {
  func compared(_ phases: [PhaseSection]) -> [String] {
    var columns = Columns()
    columns.align(right: Array(2..<PhaseWording.heads.count))
    columns.add(PhaseWording.heads)
    for phase in phases { columns.add(PhaseWording.row(phase).map { Escaping.terminal($0, width: 40) }) }
    return table(columns)
  }

  func phases(_ phases: [PhaseSection]) -> [[String]] {
    guard !phases.isEmpty else { return [] }
    var blocks = [compared(phases), methods(MethodsWording.rows(phases))]
    for phase in phases {
      var lines: [String] = []
      if let action = phase.action {
        let commands = PhaseWording.commands(action).map { Escaping.terminal($0, width: 100) }
        let what = commands.count == 1 ? commands[0] : "\(Formatting.count(commands.count)) commands"
        lines.append(
          "\(Escaping.terminal(phase.name, width: 40)): \(what), "
            + Escaping.terminal(PhaseWording.action(action), width: 200))
        if commands.count > 1 { lines += commands.map { "  " + $0 } }
      }
      lines += PhaseWording.remarks(phase).map { "  " + Escaping.terminal($0, width: 160) }
      lines += PhaseWording.outages(phase).map { "  outage " + Escaping.terminal($0, width: 160) }
      if !phase.staleGenerations.isEmpty {
        let names = phase.staleGenerations.prefix(8).map { Escaping.terminal($0, width: 48) }
        lines.append("  still answering from before: " + names.joined(separator: ", "))
      }
      if !lines.isEmpty { blocks.append(lines.map { "  " + $0 }) }
    }
    return blocks
  }
}
