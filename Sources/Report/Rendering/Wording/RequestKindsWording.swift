internal import Statistics

/// The kinds of requests, as every writer shows them; nothing in here is escaped.
enum RequestKindsWording {
  static let heads = ["method", "path", "sent"]

  /// One sentence about where they are from.
  static func origin(_ section: RequestKindsSection) -> String {
    let count = Formatting.count(section.count, "kind") + " of request"
    return section.list.map { "\(count) in turn, from \($0)." } ?? "\(count), drawn by chance and weight."
  }

  static func rows(_ section: RequestKindsSection) -> [[String]] {
    (section.kinds ?? []).map { [$0.method, $0.path, Formatting.count($0.sent)] }
  }
}

extension Page {
  static func requestKinds(_ section: RequestKindsSection?) -> [Block] {
    guard let section else { return [] }
    let origin: Block = .paragraph([.text(RequestKindsWording.origin(section), width: 400)])
    let rows = RequestKindsWording.rows(section)
    guard !rows.isEmpty else { return [origin] }
    var table = PageTable("Requests by kind", ["Method", "Path"])
    table.addColumn("Sent", right: true)
    for row in rows { table.add([cell(row[0]), .code(row[1], width: 200), cell(row[2])]) }
    return [origin, .table(table)]
  }
}

extension TextWriter {
  func requestKinds(_ section: RequestKindsSection?) -> [[String]] {
    guard let section else { return [] }
    let origin = ["  " + Escaping.terminal(RequestKindsWording.origin(section), width: 400)]
    let rows = RequestKindsWording.rows(section)
    guard !rows.isEmpty else { return [origin] }
    var columns = Columns()
    columns.align(right: [2])
    columns.add(RequestKindsWording.heads)
    for row in rows { columns.add(row.map { Escaping.terminal($0, width: 60) }) }
    return [origin, table(columns)]
  }
}
