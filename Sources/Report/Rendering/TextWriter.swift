internal import Statistics

/// Writes a document as plain text for a terminal: compact, aligned, in lines that no terminal acts on.
///
/// Every text in it goes through ``Escaping/terminal(_:width:)``; the only escape sequences are the writer's own, and
/// only where colour is asked for.
public struct TextWriter: Sendable {
  /// Whether verdict words are coloured, with the eight colours that every terminal has.
  public var colour: Bool
  /// The columns that a line may take, 20 or more; `nil` for any number.
  public var width: Int?

  /// The most backends that are listed, 1 or more.
  private static let mostBackends = 32
  /// The columns a full bar takes.
  private static let barColumns = 16

  /// A writer, with or without colour.
  public init(colour: Bool = false, width: Int? = nil) {
    self.colour = colour
    self.width = width
  }

  /// The document as lines of text.
  public func write(_ document: ReportDocument) -> String {
    var blocks = [head(document)]
    let advice = document.advice ?? []
    if document.gate == nil { blocks.append(assertions(document.assertions, beside: advice)) }
    blocks += gate(document.gate, beside: advice)
    blocks += inspection(document.inspection)
    blocks += comparison(document.comparison)
    blocks += capacity(document.capacity)
    blocks.append(backends(document.backends ?? [], nobody: document.answeredByNobody))
    blocks.append(fairness(document.fairness))
    blocks.append(split(document.split))
    blocks.append(sessions(document.sessions))
    blocks.append(watch(document.watch))
    blocks += document.rounds.map { rounds($0, phases: document.phases ?? []) } ?? phases(document.phases ?? [])
    blocks += runs(document.runs)
    blocks += traffic(document.traffic)
    blocks += requestKinds(document.requestKinds)
    blocks.append(
      document.preparation.map {
        ["  " + Escaping.terminal(Wording.preparation($0, beside: document.traffic?.requests), width: 400)]
      } ?? [])
    blocks.append(shards(document.shards))
    blocks.append(notes(document.notes))
    blocks.append(self.advice(advice))
    return blocks.filter { !$0.isEmpty }.map { fitting($0).joined(separator: "\n") + "\n" }.joined(separator: "\n")
  }

  // MARK: Sections

  private func head(_ document: ReportDocument) -> [String] {
    let word = coloured(Wording.word(document.verdict).uppercased(), document.verdict)
    let check = document.check.rawValue
    let host = Escaping.terminal(Wording.host(of: document.target.url), width: 80)
    var lines = [
      "\(Wording.sign(document.verdict)) \(word)  \(check) \(host): "
        + Escaping.terminal(Wording.finding(document), width: 1000)
    ]
    if document.interrupted == true {
      lines.append("  \(coloured("INTERRUPTED", .inconclusive))  \(Wording.interruption(document))")
    }

    var facts = [Escaping.terminal(document.target.url, width: 100)]
    if !document.target.addresses.isEmpty {
      let shown = document.target.addresses.prefix(4).map { Escaping.terminal($0, width: 60) }
      let more = document.target.addresses.count - shown.count
      facts[0] += " at " + shown.joined(separator: ", ") + (more > 0 ? " and \(Formatting.count(more)) more" : "")
    }
    if document.durationSeconds > 0 { facts.append(Formatting.duration(seconds: document.durationSeconds)) }
    if let traffic = document.traffic {
      facts.append(Formatting.count(traffic.requests.completed, "request"))
      facts.append(Wording.rate(traffic.rate))
    }
    lines.append("  " + facts.joined(separator: " · "))
    return lines
  }

  private func backends(_ backends: [BackendSection], nobody: NobodySection?) -> [String] {
    guard !backends.isEmpty || nobody != nil else { return [] }
    let shown = backends.prefix(Self.mostBackends)
    let expectations = backends.contains { $0.expectedShare != nil }
    let latencies = backends.contains { $0.latency != nil }
    let roles = backends.contains { $0.role != nil }
    let failures = backends.contains { $0.failed != 0 }
    let scale = backends.lazy.map(\.share).filter(\.isFinite).max() ?? 0

    var columns = Columns()
    var head = ["backend"]
    columns.align(right: [1, 2])
    head += ["requests", "share", ""]
    func addRight(_ title: String) {
      columns.align(right: [head.count])
      head.append(title)
    }
    if expectations {
      addRight("expected")
      addRight("deviation")
    }
    if failures { addRight("failed") }
    if latencies {
      addRight("p50 ms")
      addRight("p99 ms")
    }
    if roles { head.append("role") }
    columns.add(head)
    for backend in shown {
      var row = [
        backend.name.isEmpty ? "(no name)" : Escaping.terminal(backend.name, width: 48),
        Formatting.count(backend.requests),
        Formatting.percent(backend.share),
        bar(backend.share, of: scale),
      ]
      if expectations {
        row.append(backend.expectedShare.map(Formatting.percent) ?? Formatting.none)
        row.append(Wording.deviation(backend))
      }
      if failures { row.append(Formatting.count(backend.failed)) }
      if latencies {
        row.append(backend.latency.map { Formatting.milliseconds($0.p50) } ?? Formatting.none)
        row.append(backend.latency.map { Formatting.milliseconds($0.p99) } ?? Formatting.none)
      }
      if roles { row.append(Escaping.terminal(backend.role ?? "", width: 16)) }
      columns.add(row)
    }
    if let nobody { columns.add([Wording.nobody, Formatting.count(nobody.requests)]) }
    let more = backends.count - shown.count
    return table(columns) + (more > 0 ? ["  … and \(Formatting.count(more)) more"] : [])
      + (nobody.map { ["  nobody: \(Escaping.terminal(Wording.because($0), width: 200))"] } ?? [])
  }

  private func fairness(_ fairness: FairnessSection?) -> [String] {
    guard let fairness else { return [] }
    var columns = Columns()
    columns.add(["policy", Escaping.terminal(Wording.policy(fairness), width: 80)])
    if let period = Wording.period(fairness) {
      columns.add(["rotation", period.drawing])
      let legend = period.legend.prefix(6).map { "\($0.letter) is \(Escaping.terminal($0.name, width: 48))" }
      let more = period.legend.count - legend.count
      columns.add(["", legend.joined(separator: ", ") + (more > 0 ? ", and \(Formatting.count(more)) more" : "")])
    }
    for row in Wording.particulars(fairness) {
      columns.add([row.name, Escaping.terminal(row.value, width: 160)])
    }
    return list(columns)
  }

  private func traffic(_ traffic: TrafficSection?) -> [[String]] {
    guard let traffic else { return [] }
    var blocks: [[String]] = []
    let distributions = Wording.distributions(traffic)
    if let first = distributions.first {
      var columns = Columns()
      let heads = Wording.figures(first.summary, isBrief: true).map(\.head)
      columns.align(right: Array(1...heads.count))
      columns.add(["milliseconds"] + heads)
      for row in distributions { columns.add([row.name] + Wording.figures(row.summary, isBrief: true).map(\.value)) }
      blocks.append(table(columns) + (traffic.latency.flatMap(IntervalWording.line).map { ["  " + $0] } ?? []))
    }

    var lines = [([Wording.balance(traffic.requests)] + Wording.besides(traffic.requests)).joined(separator: "; ")]
    let statuses = Wording.statuses(traffic).prefix(16)
      .map { "\(Escaping.terminal($0.name, width: 8)) × \(Formatting.count($0.count))" }
    if !statuses.isEmpty { lines.append("statuses: " + statuses.joined(separator: ", ")) }
    let failures = Wording.failures(traffic)
    if !failures.isEmpty {
      var columns = Columns()
      columns.align(right: [1])
      for row in failures {
        columns.add([
          Escaping.terminal(row.name, width: 24), Formatting.count(row.count),
          Wording.meaning(ofFailure: row.name) ?? "",
        ])
      }
      lines.append("failures:")
      lines += list(columns, indent: 2, within: width.map { $0 - 2 })
    }
    blocks.append(lines.map { "  " + $0 })
    blocks.append(methods(MethodsWording.rows(traffic)))
    return blocks
  }

  private func inspection(_ inspection: InspectionSection?) -> [[String]] {
    guard let inspection else { return [] }
    // One set of columns for all groups keeps the values of the page under each other; a list may take several lines.
    var columns = Columns()
    let counts = inspection.groups.map { group in
      group.rows.reduce(0) { count, row in
        let items = row.value.split(separator: ", ").map { Escaping.terminal(String($0), width: 120) }
        let values = Self.filled(items.dropLast().map { $0 + "," } + items.suffix(1), gap: 1, width: 60)
        for (index, value) in (values.isEmpty ? [""] : values).enumerated() {
          let isFirst = index == 0
          columns.add([
            isFirst ? Escaping.terminal(row.name, width: 32) : "", value,
            isFirst ? Escaping.terminal(row.note ?? "", width: 120) : "",
          ])
        }
        return count + max(1, values.count)
      }
    }
    var rows = columns.lines[...]
    var blocks: [[String]] = []
    for (group, count) in zip(inspection.groups, counts) {
      let lines = rows.prefix(count).map { "  " + $0 }
      rows = rows.dropFirst(count)
      blocks.append([Escaping.terminal(group.title, width: 100)] + lines)
    }
    for advice in inspection.advice {
      blocks.append(
        [Escaping.terminal(advice.title, width: 500)]
          + advice.lines.map { "    " + Escaping.terminal(Escaping.untabbed($0)) })
    }
    return blocks
  }

  private func advice(_ advice: [String]) -> [String] {
    advice.map { "  next: " + Escaping.terminal($0, width: 2000) }
  }

  private func notes(_ notes: [String]) -> [String] {
    notes.map { "  note: " + Escaping.terminal($0, width: 2000) }
  }

  // MARK: Pieces

  func coloured(_ word: String, _ verdict: Verdict) -> String {
    guard colour else { return word }
    let code =
      switch verdict {
      case .pass: 32
      case .fail: 31
      case .inconclusive: 33
      }
    return "\u{1B}[\(code)m\(word)\u{1B}[0m"
  }

  /// A bar in eighths of a column; any share above nothing shows.
  private func bar(_ share: Double, of scale: Double) -> String {
    guard scale > 0, share.isFinite, share > 0 else { return "" }
    let eighths = max(1, Int((min(1, share / scale) * Double(Self.barColumns * 8)).rounded()))
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  func padding(_ columns: Int) -> String {
    String(repeating: " ", count: max(0, columns))
  }
}
