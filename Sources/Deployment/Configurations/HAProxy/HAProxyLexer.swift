/// Splits a line of an HAProxy configuration into words (its manual, 2.2 "Quoting and escaping").
///
/// A backslash takes the next character as it is, `'…'` takes everything, `"…"` everything but `\`, `"` and variables of the
/// environment. `#` begins a comment unless it is quoted or within a word's escape.
struct HAProxyLexer {
  struct Word: Equatable {
    var text: String
    /// Whether a variable of the environment is part of it, whose value only HAProxy knows.
    var isVariable = false
  }

  /// - Throws: ``ConfigurationError`` for a quote that is not closed.
  static func words(_ line: Substring, at place: ConfigurationPlace) throws(ConfigurationError) -> [Word] {
    var words: [Word] = []
    var word: Word?
    var quote: Character?
    var rest = line
    while let character = rest.popFirst() {
      switch (character, quote) {
      case ("\\", nil), ("\\", "\""):
        guard let next = rest.popFirst() else { continue }
        word = word ?? Word(text: "")
        word?.text.append(quote == nil ? escapes[next] ?? next : next)
      case ("'", nil), ("\"", nil):
        quote = character
        word = word ?? Word(text: "")
      case (_, let open?) where open == character: quote = nil
      case ("$", "\""):
        word?.isVariable = true
        word?.text.append(character)
      case (_, .some): word?.text.append(character)
      case (" ", nil), ("\t", nil), ("\r", nil):
        if let complete = word { words.append(complete) }
        word = nil
      case ("#", nil):
        rest = ""
      default:
        word = word ?? Word(text: "")
        word?.text.append(character)
      }
    }
    if let quote { throw ConfigurationError(place, "a quote is not closed: expected \(quote)") }
    if let word { words.append(word) }
    return words
  }

  private static let escapes: [Character: Character] = ["n": "\n", "r": "\r", "t": "\t"]
}
