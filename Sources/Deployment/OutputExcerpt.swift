/// Excerpts of a program's output, short enough for a report.
enum OutputExcerpt {
  /// The most that is kept, in characters.
  static let limit = 600

  /// The output without colours, standard error last, with the middle left out when it is long.
  static func shortened(_ outcome: CommandOutcome) -> String {
    shortened([outcome.output.text, outcome.errors.text].map(trimmed).filter { !$0.isEmpty }.joined(separator: "\n"))
  }

  static func shortened(_ text: String) -> String {
    let text = trimmed(withoutColours(text))
    guard text.count > limit else { return text }
    let half = (limit - 1) / 2
    return text.prefix(half) + "…" + text.suffix(half)
  }

  /// The first line that is not blank, in at most 200 characters.
  static func firstLine(_ text: String) -> String? {
    withoutColours(text).split(whereSeparator: \.isNewline).lazy.map { trimmed(String($0)) }.first { !$0.isEmpty }
      .map { String($0.prefix(200)) }
  }

  /// The last line that is not blank, in at most 200 characters.
  static func lastLine(_ text: String) -> String? {
    withoutColours(text).split(whereSeparator: \.isNewline).lazy.map { trimmed(String($0)) }.last { !$0.isEmpty }
      .map { String($0.prefix(200)) }
  }

  /// The text without the escape sequences that colour it or move the cursor (`ESC [ … letter`).
  static func withoutColours(_ text: String) -> String {
    guard text.utf8.contains(0x1B) else { return text }
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count)
    var bytes = text.utf8[...]
    while let byte = bytes.popFirst() {
      guard byte == 0x1B, bytes.first == UInt8(ascii: "[") else {
        result.append(byte)
        continue
      }
      // Parameters and intermediates, then one final byte; a sequence that breaks off takes only what belongs to it.
      let rest = bytes.dropFirst().drop { (0x20...0x3F).contains($0) }
      bytes = rest.first.map { (0x40...0x7E).contains($0) } == true ? rest.dropFirst() : rest
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static func trimmed(_ text: String) -> String {
    let isSpace = { (character: Character) in character.isWhitespace }
    guard let start = text.firstIndex(where: { !isSpace($0) }), let end = text.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(text[start...end])
  }
}
