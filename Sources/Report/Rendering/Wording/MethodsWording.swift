internal import Statistics

/// Requests by method, as every writer shows them; nothing in here is escaped.
enum MethodsWording {
  static let heads = ["phase", "method", "requests", "failed", "fresh", "kept", "failures"]

  /// A row for each method of each phase, or of each stretch by another name; empty where all have one method.
  static func rows(_ phases: [(name: String, methods: [MethodSection]?)]) -> [[String]] {
    phases.flatMap { phase in
      (phase.methods ?? []).map { method in
        let kinds = method.failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return [
          phase.name, method.method, Formatting.count(method.requests), Formatting.count(method.failed),
          method.fresh.map { failed($0.failed, of: $0.requests) } ?? Formatting.none,
          method.fresh.map { failed(method.failed - $0.failed, of: method.requests - $0.requests) } ?? Formatting.none,
          kinds.map { "\(Formatting.count($0.value)) \($0.key)" }.joined(separator: ", "),
        ]
      }
    }
  }

  private static func failed(_ failed: Int, of requests: Int) -> String {
    "\(Formatting.count(failed)) of \(Formatting.count(requests))"
  }

  static func rows(_ phases: [PhaseSection]) -> [[String]] { rows(phases.map { ($0.name, $0.traffic.methods) }) }

  static func rows(_ traffic: TrafficSection) -> [[String]] { rows([("all", traffic.methods)]) }
}

extension Page {
  static func methods(_ rows: [[String]]) -> [Block] {
    guard !rows.isEmpty else { return [] }
    var table = PageTable("Requests by method", ["Phase", "Method"])
    for head in MethodsWording.heads[2...5] { table.addColumn(Wording.capitalised(head), right: true) }
    table.addColumn("Failures")
    for row in rows { table.add(row.map(cell)) }
    return [.table(table)]
  }
}

extension TextWriter {
  func methods(_ rows: [[String]]) -> [String] {
    guard !rows.isEmpty else { return [] }
    var columns = Columns()
    columns.align(right: [2, 3, 4, 5])
    columns.add(MethodsWording.heads)
    for row in rows { columns.add(row.map { Escaping.terminal($0, width: 40) }) }
    return table(columns)
  }
}
