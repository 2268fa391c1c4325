internal import Statistics

extension Page {
  /// Whether visitors stay, and where new ones went.
  static func sessions(_ sessions: SessionsSection?) -> [Block] {
    guard let sessions else { return [] }
    var blocks = [section("Visitors")]
    blocks.append(
      .list(
        Wording.particulars(sessions).map { row in
          Item(term: .words(Wording.capitalised(row.name)), body: [cell(row.value)])
        }))
    if !sessions.firstAnswers.isEmpty {
      var table = PageTable("First answers to visitors by backend", ["Backend"])
      for head in ["New visitors", "Share", "At least", "At most", "Expected"] { table.addColumn(head, right: true) }
      for row in sessions.firstAnswers.prefix(Wording.mostBackends) {
        table.add([
          name(row.backend), .words(Formatting.count(row.visitors)), .text(Formatting.percent(row.share)),
          .text(Formatting.percent(row.low)), .text(Formatting.percent(row.high)),
          .text(row.expectedShare.map(Formatting.percent) ?? Formatting.none),
        ])
      }
      blocks.append(.table(table))
    }
    if !sessions.moves.isEmpty {
      var table = PageTable("Visitors who changed to another backend", ["When"])
      table.addColumn("Visitors", right: true)
      table.addColumn("Because")
      for move in sessions.moves {
        table.add([cell(move.at), .words(Formatting.count(move.visitors)), .words(Wording.because(move.because))])
      }
      blocks.append(.table(table))
    }
    for action in sessions.actions ?? [] where !action.command.isEmpty {
      blocks.append(
        .paragraph([
          .words("At \(Formatting.seconds(action.startSeconds)): "),
          .code(action.command.map(Escaping.shell).joined(separator: " "), width: 200),
          .text(action.problem.map { ": \($0)" } ?? "", width: 300),
        ]))
    }
    return blocks
  }
}
