/// Finds the word that a mistyped one was probably meant to be.
enum Suggestions {
  /// The one candidate that begins with the word, or the nearest one, if it is near enough: two edits, or a third of the word's
  /// length.
  static func closest(to word: String, among candidates: [String]) -> String? {
    guard word.count <= 40 else { return nil }
    let longer = candidates.filter { $0.hasPrefix(word) }
    if word.count > 2, longer.count == 1 { return longer[0] }
    let ranked = candidates.filter { $0.count > 2 }.map { ($0, distance(word, $0)) }
    guard let best = ranked.min(by: { $0.1 < $1.1 }), best.1 <= max(2, word.count / 3) else { return nil }
    return best.0
  }

  /// The edit distance: letters to add, drop, change or swap with their neighbour (Damerau 1964, restricted form).
  static func distance(_ first: String, _ second: String) -> Int {
    let first = Array(first)
    let second = Array(second)
    var rows = [Array(0...second.count)]
    for (index, letter) in first.enumerated() {
      var row = [index + 1]
      for (column, other) in second.enumerated() {
        var cost = min(rows[index][column + 1] + 1, row[column] + 1, rows[index][column] + (letter == other ? 0 : 1))
        if index > 0, column > 0, letter == second[column - 1], first[index - 1] == other {
          cost = min(cost, rows[index - 1][column - 1] + 1)
        }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[first.count][second.count]
  }
}
