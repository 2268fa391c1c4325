extension SeededGenerator {
  /// A text with up to three changes: a piece put in or in place of others, a part left out, doubled or moved.
  package mutating func mutated(_ text: String, with pieces: [String]) -> String {
    var scalars = Array(text.unicodeScalars)
    for _ in 0..<number(1...3) {
      let start = number(0...scalars.count)
      let part = start..<min(scalars.count, start + number(0...8))
      switch number(0...4) {
      case 0: scalars.insert(contentsOf: Array(pick(pieces).unicodeScalars), at: start)
      case 1: scalars.replaceSubrange(part, with: Array(pick(pieces).unicodeScalars))
      case 2: scalars.removeSubrange(part)
      case 3: scalars.insert(contentsOf: Array(scalars[part]), at: number(0...scalars.count))
      default: scalars.removeSubrange(start...)
      }
    }
    var changed = ""
    changed.unicodeScalars.append(contentsOf: scalars)
    return changed
  }
}
