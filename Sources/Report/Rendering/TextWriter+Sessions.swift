internal import Statistics

extension TextWriter {
  /// Whether visitors stay, and where new ones went.
  func sessions(_ sessions: SessionsSection?) -> [String] {
    guard let sessions else { return [] }
    var columns = Columns()
    for row in Wording.particulars(sessions) {
      columns.add([Escaping.terminal(row.name, width: 16), Escaping.terminal(row.value, width: 300)])
    }
    for row in sessions.firstAnswers.prefix(16) {
      columns.add([
        "new",
        "\(Escaping.terminal(row.backend, width: 32)): \(Formatting.count(row.visitors)), "
          + "\(Formatting.percent(row.share)) (\(Formatting.percent(row.low)) to \(Formatting.percent(row.high)))"
          + (row.expectedShare.map { ", expected \(Formatting.percent($0))" } ?? ""),
      ])
    }
    for move in sessions.moves {
      columns.add([
        "moved",
        "\(Escaping.terminal(move.at, width: 48)): \(Formatting.count(move.visitors)), \(Wording.because(move.because))",
      ])
    }
    return list(columns)
  }

  /// How answers were divided.
  func split(_ split: SplitSection?) -> [String] {
    guard let split else { return [] }
    var columns = Columns()
    for part in split.parts.prefix(16) {
      columns.add([
        Escaping.terminal(part.name, width: 32),
        "\(Formatting.count(part.requests)), \(Formatting.percent(part.share)) "
          + "(\(Formatting.percent(part.low)) to \(Formatting.percent(part.high)))"
          + (part.expectedShare.map { ", expected \(Formatting.percent($0))" } ?? ", expected by nobody"),
      ])
    }
    for row in Wording.particulars(split) {
      columns.add([Escaping.terminal(row.name, width: 48), Escaping.terminal(row.value, width: 200)])
    }
    return list(columns)
  }
}
