/// Writes a document as `report.md`: a page that a person understands in a minute.
///
/// The verdict comes first, then what it rests on, then how it was measured and how to repeat it. Every text in it is
/// escaped, so that no backend name can add markup, a table column or a link.
public struct MarkdownWriter: Sendable {
  /// The file that the page shows as the chart of shares.
  static let chartFile = "shares.svg"

  /// A writer.
  public init() {}

  /// The document as Markdown text in GitHub's dialect.
  public func write(_ document: ReportDocument) -> String {
    var blocks = head(document)
    blocks += assertions(document.assertions)
    blocks += inspection(document.inspection)
    blocks += capacity(document.capacity)
    blocks += backends(document.backends ?? [])
    blocks += fairness(document.fairness)
    blocks += phases(document.phases ?? [])
    blocks += traffic(document.traffic)
    blocks += method(document.method ?? [])
    blocks += notes(document.notes)
    blocks += foot(document)
    return blocks.joined(separator: "\n\n") + "\n"
  }

  // MARK: Sections

  private func head(_ document: ReportDocument) -> [String] {
    let host = Escaping.markdownCode(Wording.host(of: document.target.url), width: 80)
    let finding = Escaping.markdown(Wording.finding(document), width: 1000)
    let verdict = "\(mark(document.verdict)): \(finding)"
    var blocks = [
      "# \(capitalised(Escaping.markdown(document.check, width: 40))): \(host)",
      "**\(verdict)**",
    ]
    if document.interrupted == true {
      blocks.append("> **Interrupted.** \(Escaping.markdown(Wording.interruption(document)))")
    }

    var facts = ["Target \(Escaping.markdownCode(document.target.url, width: 200))"]
    if !document.target.addresses.isEmpty {
      let shown = document.target.addresses.prefix(8).map { Escaping.markdownCode($0, width: 60) }
      let more = document.target.addresses.count - shown.count
      facts.append("at " + shown.joined(separator: ", ") + (more > 0 ? " and \(Formatting.count(more)) more" : ""))
    }
    var line = facts.joined(separator: " ")
    if document.durationSeconds > 0 {
      line += " · \(Formatting.duration(seconds: document.durationSeconds))"
    }
    if let traffic = document.traffic {
      line += " · \(Formatting.count(traffic.requests.completed)) requests · \(Wording.rate(traffic.rate))"
    }
    blocks.append(line)
    return blocks
  }

  private func assertions(_ assertions: [Assertion]) -> [String] {
    guard !assertions.isEmpty else { return [] }
    var table = Table(["Verdict", "Assertion", "Expected", "Actual"])
    let details = assertions.contains { $0.detail != nil }
    if details { table.addColumn("Why") }
    for assertion in assertions {
      var row = [
        mark(assertion.verdict),
        cell(assertion.name), cell(assertion.expected), cell(assertion.actual),
      ]
      if details { row.append(cell(assertion.detail ?? "")) }
      table.add(row)
    }
    return ["## Assertions", table.text]
  }

  private func backends(_ backends: [BackendSection]) -> [String] {
    guard !backends.isEmpty else { return [] }
    let expectations = backends.contains { $0.expectedShare != nil }
    let latencies = backends.contains { $0.latency != nil }
    let roles = backends.contains { $0.role != nil }
    var table = Table(["Backend"])
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
        name(backend.name),
        Formatting.count(backend.requests),
        percent(backend.share),
      ]
      if expectations {
        row.append(backend.expectedShare.map(percent) ?? Formatting.none)
        row.append(Wording.deviation(backend))
      }
      row.append(Formatting.count(backend.failed))
      if latencies {
        row.append(backend.latency.map { milliseconds($0.p50) } ?? Formatting.none)
        row.append(backend.latency.map { milliseconds($0.p99) } ?? Formatting.none)
      }
      if roles { row.append(cell(backend.role ?? "")) }
      table.add(row)
    }
    var blocks = ["## Backends", table.text]
    let more = backends.count - Wording.mostBackends
    if more > 0 { blocks.append("… and \(Formatting.count(more)) more.") }
    blocks.append("![Share of requests by backend, beside what was expected](\(Self.chartFile))")
    return blocks
  }

  private func fairness(_ fairness: FairnessSection?) -> [String] {
    guard let fairness else { return [] }
    var lines = ["- **Policy seen:** \(cell(Wording.policy(fairness)))"]
    if let period = Wording.period(fairness) {
      let legend = period.legend.prefix(30).map { "`\($0.letter)` is \(name($0.name))" }
      let more = period.legend.count - legend.count
      lines.append(
        "- **Rotation:** `\(period.drawing)`, then again from the start (\(Formatting.count(period.length)) requests a turn). "
          + legend.joined(separator: ", ") + (more > 0 ? ", and \(Formatting.count(more)) more" : ""))
    }
    for row in Wording.particulars(fairness) {
      lines.append("- **\(capitalised(row.name)):** \(cell(row.value))")
    }
    return ["## Fairness", lines.joined(separator: "\n")]
  }

  private func traffic(_ traffic: TrafficSection?) -> [String] {
    guard let traffic else { return [] }
    var blocks = ["## Traffic"]
    blocks.append(
      ([Wording.balance(traffic.requests)] + Wording.besides(traffic.requests)).joined(separator: "; ") + ".")

    let distributions = Wording.distributions(traffic)
    if !distributions.isEmpty {
      var table = Table(["Milliseconds"])
      for head in Wording.figureHeads { table.addColumn(head, right: true) }
      for row in distributions {
        table.add(["\(capitalised(row.name)) (\(row.meaning))"] + Wording.figures(row.summary).map(figure))
      }
      blocks.append(table.text)
    }

    let statuses = Wording.statuses(traffic)
    if !statuses.isEmpty {
      var table = Table(["Status"])
      table.addColumn("Answers", right: true)
      for row in statuses { table.add([cell(row.name), Formatting.count(row.count)]) }
      blocks.append(table.text)
    }
    let failures = Wording.failures(traffic)
    if !failures.isEmpty {
      var table = Table(["Failure"])
      table.addColumn("Requests", right: true)
      table.addColumn("Meaning")
      for row in failures {
        table.add([name(row.name), Formatting.count(row.count), Wording.meaning(ofFailure: row.name) ?? ""])
      }
      blocks.append(table.text)
    }
    return blocks
  }

  private func inspection(_ inspection: InspectionSection?) -> [String] {
    guard let inspection else { return [] }
    var blocks: [String] = []
    for group in inspection.groups {
      blocks.append("## \(Escaping.markdown(group.title, width: 100))")
      let notes = group.rows.contains { $0.note != nil }
      var table = Table(["What", "Found"])
      if notes { table.addColumn("Note") }
      for row in group.rows {
        table.add(
          [cell(row.name), Escaping.markdownCode(row.value, inTable: true, width: 300)]
            + (notes ? [cell(row.note ?? "")] : []))
      }
      if !group.rows.isEmpty { blocks.append(table.text) }
    }
    if !inspection.advice.isEmpty { blocks.append("## Advice") }
    for advice in inspection.advice {
      blocks.append(Escaping.markdown(advice.title, width: 500))
      if !advice.lines.isEmpty { blocks.append(Escaping.markdownBlock(advice.lines, language: "")) }
    }
    return blocks
  }

  private func method(_ method: [MeasuredBy]) -> [String] {
    guard !method.isEmpty else { return [] }
    let lines = method.map {
      "- **\(capitalised(Escaping.markdown($0.name, width: 100))):** \(Escaping.markdown($0.value, width: 500))"
    }
    return ["## How it was measured", lines.joined(separator: "\n")]
  }

  private func notes(_ notes: [String]) -> [String] {
    guard !notes.isEmpty else { return [] }
    return ["## Notes", notes.map { "- \(Escaping.markdown($0, width: 2000))" }.joined(separator: "\n")]
  }

  private func foot(_ document: ReportDocument) -> [String] {
    var blocks: [String] = []
    if let command = document.command, !command.isEmpty {
      blocks.append("## Repeat it")
      blocks.append(
        Escaping.markdownBlock([command.map(Escaping.shell).joined(separator: " ")], language: "sh"))
    }
    let tool = Escaping.markdown("\(document.tool.name) \(document.tool.version)", width: 100)
    blocks.append("---")
    blocks.append("Measured by \(tool), begun \(Escaping.markdown(document.startedAt, width: 40)).")
    return blocks
  }

  // MARK: Cells

  private func mark(_ verdict: Verdict) -> String {
    "\(Wording.sign(verdict)) \(Wording.word(verdict))"
  }

  func cell(_ text: String) -> String {
    Escaping.markdown(text, width: 300)
  }

  private func name(_ text: String) -> String {
    text.isEmpty ? "(no name)" : Escaping.markdownCode(text, inTable: true, width: 48)
  }

  private func percent(_ share: Double) -> String { figure(Formatting.percent(share)) }

  private func milliseconds(_ value: Double) -> String { figure(Formatting.milliseconds(value)) }

  /// A formatted figure, whose only character that Markdown could take for markup is the sign of less or more.
  private func figure(_ text: String) -> String {
    Escaping.markdown(text)
  }

  private func capitalised(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst()
  }
}

/// A Markdown table of cells that are already escaped.
struct Table {
  private var heads: [String]
  private var rights: [Bool]
  private var rows: [[String]] = []

  init(_ heads: [String]) {
    self.heads = heads
    rights = heads.map { _ in false }
  }

  /// Adds a column on the right; all before the first row.
  mutating func addColumn(_ head: String, right: Bool = false) {
    heads.append(head)
    rights.append(right)
  }

  /// Adds a row with one cell a column.
  mutating func add(_ cells: [String]) {
    precondition(cells.count == heads.count, "a row has one cell a column")
    rows.append(cells)
  }

  var text: String {
    let rule = rights.map { $0 ? "---:" : "---" }
    return ([heads, rule] + rows)
      .map { cells in "| " + cells.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }
}
