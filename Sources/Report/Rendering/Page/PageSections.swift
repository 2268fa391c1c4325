internal import Statistics

extension Page {
  /// The page of a document.
  ///
  /// - Parameter tolerance: the tolerance to draw in the chart of shares, as a difference of shares, 0…1.
  init(_ document: ReportDocument, tolerance: Double? = nil) {
    blocks = Self.head(document)
    if document.gate == nil { blocks += Self.assertions(document.assertions) }
    blocks += Self.advice(document.advice ?? [])
    blocks += Self.gate(document.gate)
    blocks += Self.inspection(document.inspection)
    blocks += Self.comparison(document.comparison)
    blocks += Self.capacity(document.capacity)
    blocks += Self.backends(
      document.backends ?? [], nobody: document.answeredByNobody, chart: Self.shares(document, tolerance: tolerance))
    blocks += Self.fairness(document.fairness)
    blocks += Self.split(document.split)
    blocks += Self.sessions(document.sessions)
    blocks += Self.watch(document.watch)
    blocks +=
      document.rounds.map { Self.rounds($0, of: document) } ?? Self.phases(document.phases ?? [], of: document)
    blocks += Self.runs(document.runs)
    blocks += Self.traffic(document.traffic)
    blocks += Self.requestKinds(document.requestKinds)
    blocks += Self.preparation(document.preparation, beside: document.traffic)
    blocks += [Self.distribution(document), Self.course(document)].compactMap { $0.map(Block.chart) }
    blocks += Self.shards(document.shards)
    blocks += Self.method(document.methodRows)
    blocks += Self.notes(document.notes)
    blocks += Self.foot(document)
  }

  static func section(_ title: String) -> Block { .heading(2, [.words(title)]) }

  // MARK: Sections

  private static func head(_ document: ReportDocument) -> [Block] {
    var blocks: [Block] = [
      .heading(
        1,
        [
          .text(Wording.capitalised(document.check.rawValue), width: 40), .words(": "),
          .code(Wording.host(of: document.target.url), width: 80),
        ]),
      .verdict(document.verdict, finding: Wording.finding(document)),
    ]
    if document.interrupted == true { blocks.append(.warning("Interrupted.", Wording.interruption(document))) }

    var line: [Inline] = [.words("Target "), .code(document.target.url, width: 200)]
    let shown = document.target.addresses.prefix(8)
    for (position, address) in shown.enumerated() {
      line += [.words(position == 0 ? " at " : ", "), .code(address, width: 60)]
    }
    let more = document.target.addresses.count - shown.count
    if more > 0 { line.append(.words(" and \(Formatting.count(more)) more")) }
    if document.durationSeconds > 0 {
      line.append(.words(" · \(Formatting.duration(seconds: document.durationSeconds))"))
    }
    if let traffic = document.traffic {
      line.append(
        .words(" · \(Formatting.count(traffic.requests.completed, "request")) · \(Wording.rate(traffic.rate))"))
    }
    return blocks + [.paragraph(line)]
  }

  private static func assertions(_ assertions: [Assertion]) -> [Block] {
    assertions.isEmpty ? [] : [section("Assertions")] + Self.assertions(assertions, caption: "Assertions")
  }

  static func assertions(_ assertions: [Assertion], caption: String) -> [Block] {
    var table = PageTable(caption, ["Assertion", "Verdict", "Expected", "Actual"])
    for assertion in Assertion.worstFirst(assertions) {
      table.add(
        [name(assertion), .verdict(assertion.verdict), cell(assertion.expected), cell(assertion.actual)],
        remarks: remarks(assertion))
    }
    return [.table(table)]
  }

  /// What a gate demands of a check, with how far each figure is from its limit.
  static func thresholds(_ thresholds: [Assertion], caption: String) -> [Block] {
    guard !thresholds.isEmpty else { return [] }
    // A threshold's own text says what was expected; a comparison with the baseline does not.
    let hasExpectations = !thresholds.allSatisfy { $0.name.hasSuffix($0.expected) }
    var table = PageTable(
      caption, ["Threshold", "Verdict"] + (hasExpectations ? ["Expected"] : []) + ["Measured", "Distance"])
    for threshold in Assertion.worstFirst(thresholds) {
      table.add(
        [name(threshold), .verdict(threshold.verdict)] + (hasExpectations ? [cell(threshold.expected)] : [])
          + [cell(threshold.actual), cell(threshold.distance ?? Formatting.none)], remarks: remarks(threshold))
    }
    return [.table(table)]
  }

  private static func name(_ assertion: Assertion) -> Inline {
    assertion.sentence.map { Inline.named($0, identifier: assertion.name) } ?? cell(assertion.name)
  }

  private static func remarks(_ assertion: Assertion) -> [PageTable.Remark] {
    [
      assertion.detail.map {
        PageTable.Remark(kind: assertion.verdict == .pass ? .detail : .why, text: [.text($0, width: 500)])
      },
      assertion.advice.map { PageTable.Remark(kind: .advice, text: prose($0)) },
    ].compactMap(\.self)
  }

  private static func backends(_ backends: [BackendSection], nobody: NobodySection?, chart: PageChart?) -> [Block] {
    guard !backends.isEmpty || nobody != nil else { return [] }
    let expectations = backends.contains { $0.expectedShare != nil }
    let latencies = backends.contains { $0.latency != nil }
    let roles = backends.contains { $0.role != nil }
    var table = PageTable("Requests by backend", ["Backend"])
    table.addColumn("Requests", right: true)
    table.addColumn("Share", right: true)
    if expectations {
      table.addColumn("Expected", right: true)
      table.addColumn("Deviation", right: true)
    }
    table.addColumn("Failed", right: true)
    if latencies {
      table.addColumn("p50 ms", right: true)
      table.addColumn("p99 ms", right: true)
    }
    if roles { table.addColumn("Role") }
    for backend in backends.prefix(Wording.mostBackends) {
      var row = [
        name(backend.name), .words(Formatting.count(backend.requests)), .text(Formatting.percent(backend.share)),
      ]
      if expectations {
        row.append(.text(backend.expectedShare.map(Formatting.percent) ?? Formatting.none))
        row.append(.words(Wording.deviation(backend)))
      }
      row.append(.words(Formatting.count(backend.failed)))
      if latencies {
        row.append(.text(backend.latency.map { Formatting.milliseconds($0.p50) } ?? Formatting.none))
        row.append(.text(backend.latency.map { Formatting.milliseconds($0.p99) } ?? Formatting.none))
      }
      if roles { row.append(cell(backend.role ?? "")) }
      table.add(row)
    }
    if let nobody {
      var row: [Inline] = [.words(Wording.nobody), .words(Formatting.count(nobody.requests))]
      while row.count < table.heads.count { row.append(.words("")) }
      table.add(row)
    }
    var blocks = [section("Backends"), .table(table)]
    let more = backends.count - Wording.mostBackends
    if more > 0 { blocks.append(.paragraph([.words("… and \(Formatting.count(more)) more.")])) }
    if backends.contains(where: { $0.failed > 0 }) {
      blocks.append(.paragraph([.words("Shares are of the successful answers.")]))
    }
    if let nobody {
      blocks.append(
        .paragraph([.text("Answers that no backend gave: \(Wording.because(nobody)).", width: 400)]))
    }
    return blocks + (chart.map { [.chart($0)] } ?? [])
  }

  private static func fairness(_ fairness: FairnessSection?) -> [Block] {
    guard let fairness else { return [] }
    var items = [Item(term: .words("Policy seen"), body: [cell(Wording.policy(fairness))])]
    if let period = Wording.period(fairness) {
      var body: [Inline] = [
        .code(period.drawing, width: 1000),
        .words(", then again from the start (\(Formatting.count(period.length, "request")) a turn). "),
      ]
      let legend = period.legend.prefix(30)
      for (position, entry) in legend.enumerated() {
        if position > 0 { body.append(.words(", ")) }
        body += [.code(entry.letter, width: 8), .words(" is "), name(entry.name)]
      }
      let more = period.legend.count - legend.count
      if more > 0 { body.append(.words(", and \(Formatting.count(more)) more")) }
      items.append(Item(term: .words("Rotation"), body: body))
    }
    for row in Wording.particulars(fairness) {
      items.append(Item(term: .words(Wording.capitalised(row.name)), body: [cell(row.value)]))
    }
    return [section("Fairness"), .list(items)]
  }

  private static func traffic(_ traffic: TrafficSection?) -> [Block] {
    guard let traffic else { return [] }
    let account = [Wording.balance(traffic.requests)] + Wording.besides(traffic.requests)
    var blocks = [section("Traffic"), .paragraph([.words(account.joined(separator: "; ") + ".")])]

    let distributions = Wording.distributions(traffic)
    if let first = distributions.first {
      var table = PageTable("Times in milliseconds", ["Milliseconds"])
      for (head, _) in Wording.figures(first.summary) { table.addColumn(head, right: true) }
      for row in distributions {
        table.add(
          [.words("\(Wording.capitalised(row.name)) (\(row.meaning))")]
            + Wording.figures(row.summary).map { .text($0.value) })
        if let intervals = row.summary.intervals, !intervals.isEmpty {
          table.add(
            [.words("\(Wording.capitalised(row.name)), \(IntervalWording.head)")]
              + Wording.figures(row.summary).map { figure in
                let key = LatencySummary.percentiles.first { Formatting.percentile($0.percentile) == figure.head }?.key
                return .words(key.map { IntervalWording.cell($0, intervals) } ?? "")
              })
        }
      }
      blocks.append(.table(table))
      if let reasons = IntervalWording.reasons(traffic.latency?.intervalsNotKnown) {
        blocks.append(.paragraph([.words("Not known how sure the latency is at \(reasons).")]))
      }
    }

    let statuses = Wording.statuses(traffic)
    if !statuses.isEmpty {
      var table = PageTable("Answers by status", ["Status"])
      table.addColumn("Answers", right: true)
      for row in statuses { table.add([cell(row.name), .words(Formatting.count(row.count))]) }
      blocks.append(.table(table))
    }
    let failures = Wording.failures(traffic)
    if !failures.isEmpty {
      var table = PageTable("Failed requests by kind", ["Failure"])
      table.addColumn("Requests", right: true)
      table.addColumn("Meaning")
      for row in failures {
        table.add([
          name(row.name), .words(Formatting.count(row.count)), .words(Wording.meaning(ofFailure: row.name) ?? ""),
        ])
      }
      blocks.append(.table(table))
    }
    return blocks + methods(MethodsWording.rows(traffic))
  }

  private static func preparation(_ preparation: PreparationSection?, beside traffic: TrafficSection?) -> [Block] {
    guard let preparation else { return [] }
    let line: Block = .paragraph([.text(Wording.preparation(preparation, beside: traffic?.requests) + ".", width: 400)])
    return traffic == nil ? [section("Traffic"), line] : [line]
  }

  private static func inspection(_ inspection: InspectionSection?) -> [Block] {
    guard let inspection else { return [] }
    var blocks: [Block] = []
    for group in inspection.groups {
      blocks.append(.heading(2, [.text(group.title, width: 100)]))
      let notes = group.rows.contains { $0.note != nil }
      var table = PageTable(group.title, ["What", "Found"])
      if notes { table.addColumn("Note") }
      for row in group.rows {
        table.add([cell(row.name), .code(row.value, width: 300)] + (notes ? [cell(row.note ?? "")] : []))
      }
      if !group.rows.isEmpty { blocks.append(.table(table)) }
    }
    if !inspection.advice.isEmpty { blocks.append(section("Advice")) }
    for advice in inspection.advice {
      blocks.append(.paragraph([.text(advice.title, width: 500)]))
      if !advice.lines.isEmpty { blocks.append(.code(advice.lines, language: "")) }
    }
    return blocks
  }

  private static func method(_ method: [MeasuredBy]) -> [Block] {
    guard !method.isEmpty else { return [] }
    let items = method.map {
      Item(term: .text(Wording.capitalised($0.name), width: 100), body: [.text($0.value, width: 500)])
    }
    return [section("How it was measured"), .list(items)]
  }

  private static func advice(_ advice: [String]) -> [Block] {
    guard !advice.isEmpty else { return [] }
    return [section("What to do next"), .list(advice.map { Item(body: prose($0)) })]
  }

  /// A text in which backticks mark commands.
  private static func prose(_ text: String) -> [Inline] {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    guard parts.count % 2 == 1 else { return [.text(text, width: 2000)] }
    return parts.enumerated().flatMap { index, part -> [Inline] in
      if index % 2 == 1 { return [.code(String(part), width: 500)] }
      guard !part.isEmpty else { return [] }
      // Markdown's text loses the spaces at its ends.
      let words = part.trimmingPrefix { $0 == " " }
      let end = words.lastIndex { $0 != " " }.map { words[...$0] } ?? ""
      return (part.hasPrefix(" ") ? [.words(" ")] : []) + [.text(String(end), width: 2000)]
        + (part.hasSuffix(" ") ? [.words(" ")] : [])
    }
  }

  private static func notes(_ notes: [String]) -> [Block] {
    guard !notes.isEmpty else { return [] }
    return [section("Notes"), .list(notes.map { Item(body: [.text($0, width: 2000)]) })]
  }

  private static func foot(_ document: ReportDocument) -> [Block] {
    var blocks: [Block] = []
    if let command = document.command, !command.isEmpty {
      blocks.append(section("Repeat it"))
      blocks.append(.code([command.map(Escaping.shell).joined(separator: " ")], language: "sh"))
    }
    blocks.append(
      .foot([
        .words("Measured by "), .text("\(document.tool.name) \(document.tool.version)", width: 100),
        .words(", begun "), .text(document.startedAt, width: 40), .words("."),
      ]))
    return blocks
  }

  // MARK: Cells

  static func cell(_ text: String) -> Inline { .text(text, width: 300) }

  static func name(_ text: String) -> Inline {
    text.isEmpty ? .words("(no name)") : .code(text, width: 48)
  }
}
