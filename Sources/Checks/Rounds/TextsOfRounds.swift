internal import Statistics

/// What several rounds, or runs, say, without saying it as often as there are rounds: values in, values out.
struct TextsOfRounds {
  private let texts: [[String]]
  /// What one of them is called, such as `round`.
  private let word: String

  init(_ texts: [[String]], word: String) {
    self.texts = texts
    self.word = word
  }

  /// What all have in common once; the rest of them with the first round that says it.
  var once: [String] {
    var said: [String] = []
    for (index, round) in texts.enumerated() {
      for text in round {
        let isOfAll = texts.allSatisfy { $0.contains(text) }
        let line = isOfAll ? text : "\(word) \(index + 1): \(text)"
        if !said.contains(line) { said.append(line) }
      }
    }
    return said
  }

  /// As clauses: of what differs the first round's, and in how many rounds there was such a thing; then what all have in common.
  var clauses: [String] {
    let common = (texts.first ?? []).filter { text in texts.allSatisfy { $0.contains(text) } }
    let others = texts.map { $0.filter { !common.contains($0) } }
    guard let first = others.firstIndex(where: { !$0.isEmpty }) else { return common }
    let count = others.count { !$0.isEmpty }
    return others[first].map { "in \(word) \(first + 1) \($0)" } + common
      + (count > 1 ? ["the like in \(Formatting.count(count - 1)) of the other \(word)s"] : [])
  }
}
