/// Credentials within running text: messages, a manager's own words, URLs, lines for a shell.
extension Secrets {
  /// The text without the credentials in it.
  ///
  /// Of a text beyond ``longestText`` the rest is left out: what is not looked at is not shown.
  public static func text(_ text: String, _ mark: Mark = .hidden) -> String {
    var text = text
    if text.utf8.count > longestText {
      text = String(decoding: text.utf8.prefix(longestText), as: UTF8.self) + "…"
    }
    if text.utf8.contains(UInt8(ascii: "@")) { hideUserinfo(&text, mark) }
    if text.utf8.contains(UInt8(ascii: "-")) { text = withoutOptions(text[...], mark) }
    text = withoutNamedValues(text, mark)
    hideKnownForms(&text, mark)
    return text
  }

  /// How many bytes of a text are looked at; a server decides how long its header fields are.
  static let longestText = 8_192

  /// A text that may be missing.
  public static func text(_ text: String?, _ mark: Mark = .hidden) -> String? { text.map { Self.text($0, mark) } }

  /// `https://user:password@host`, `user:password@host`.
  private static func hideUserinfo(_ text: inout String, _ mark: Mark) {
    text = text.replacing(#/(:\/\/)([^\/?#\s'"]+)@/#.matchingSemantics(.unicodeScalar)) { match in
      "\(match.1)\(mask(match.2, mark))@"
    }
    // No port is behind the colon: that is a password which should have been percent-encoded.
    text = text.replacing(
      #/(:\/\/)([^\/?#\s'"@:]*:(?![0-9]{0,5}(?:[\/?#\s'"]|$))[^\s'"@]+)@/#.matchingSemantics(.unicodeScalar)
    ) { match in "\(match.1)\(mask(match.2, mark))@" }
    text = text.replacing(
      #/(^|[\s'"=])([^\s'"\/@:=]+:[^\s'"\/]+)@([A-Za-z0-9\[])/#.matchingSemantics(.unicodeScalar)
    ) { match in "\(match.1)\(mask(match.2, mark))@\(match.3)" }
  }

  /// Without the values whose name or look is a credential's: `?token=abc`, `"password": "abc"`, `Authorization: Bearer abc`.
  private static func withoutNamedValues(_ text: String, _ mark: Mark) -> String {
    var values = NamedValues(text)
    let isDigest = text.contains("igest ")
    var shown: [UInt8] = []
    var start = 0
    var next = 0
    while let found = values.next(from: next) {
      // The name or the beginning of the value decides.
      let beginning = String(decoding: values.bytes[values.value(of: found, most: 512)], as: UTF8.self)
      guard isCredential(beginning, found, isDigest: isDigest) else {
        next = found.next
        continue
      }
      let value = values.value(of: found)
      shown += values.bytes[start..<value.lowerBound]
      shown += mask(String(decoding: values.bytes[value], as: UTF8.self), mark).utf8
      start = value.upperBound
      next = start
    }
    return String(decoding: shown + values.bytes[start...], as: UTF8.self)
  }

  private static func isCredential(_ value: String, _ found: NamedValues.Found, isDigest: Bool) -> Bool {
    guard !ValueReference.isVariable(value) else { return false }
    return switch found.form {
    case .assignment:
      isCredential(value, of: found.name) || isDigest && ["response", "nonce", "cnonce"].contains(found.name)
    case .member: isNamedCredential(value, found.name)
    case .field: isCredential(name: found.name) && (!isPlainEnglish(name: found.name) || isChosen(value))
    }
  }

  /// Whether what follows a word of plain English and a colon is no English: one word with letters and digits.
  private static func isChosen(_ value: String) -> Bool {
    value.utf8.count >= 6 && !value.contains(" ") && value.contains(where: \.isLetter)
      && value.contains(where: \.isNumber)
      || isMask(value)
  }

  /// Without the values of commands' options: `--api-key abc`, `curl -u user:password`, also within quotes, and in quotes
  /// within those: so deep as a shell's line is written by people.
  private static func withoutOptions(_ text: Substring, _ mark: Mark, depth: Int = 0) -> String {
    let words = ShellWords(text).words
    guard depth < 8, words.count > 1 || words.first?.hasPrefix("-") == true else { return String(text) }
    let values = CommandOptions.values(in: words.map(ShellWords.unquoted))
    var shown = ""
    var end = text.startIndex
    for (word, value) in zip(words, values) {
      shown += text[end..<word.startIndex]
      end = word.endIndex
      // A word with blanks has quotes, which may hold a command.
      let inside = value == nil ? ShellWords.quoted(in: word) : ShellWords.unquoted(word)
      shown += text[word.startIndex..<inside.startIndex]
      shown += value.map { masked(inside, $0, mark) } ?? withoutOptions(inside, mark, depth: depth + 1)
      shown += text[inside.endIndex..<word.endIndex]
    }
    return shown + text[end...]
  }

  /// What is a credential by its form alone: tokens in JSON (RFC 7519), the schemes of RFC 7617 and RFC 6750, keys of services
  /// that mark theirs.
  private static func hideKnownForms(_ text: inout String, _ mark: Mark) {
    // Each is read only where a text may have it: reading them all costs more than looking for their beginnings.
    let forms: [(beginning: String, form: () -> Regex<Substring>)] = [
      ("eyJ", { #/eyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)*/# }), ("AKIA", { #/AKIA[A-Z0-9]{16}/# }),
      ("ASIA", { #/ASIA[A-Z0-9]{16}/# }), ("gh", { #/gh[pousr]_[A-Za-z0-9]{20,}/# }),
      ("github_pat_", { #/github_pat_[A-Za-z0-9_]{20,}/# }), ("glpat-", { #/glpat-[A-Za-z0-9_\-]{16,}/# }),
      ("xox", { #/xox[abposr]-[A-Za-z0-9\-]{10,}/# }), ("AIza", { #/AIza[A-Za-z0-9_\-]{30,}/# }),
      ("sk_", { #/sk_(?:live|test)_[A-Za-z0-9]{10,}/# }), ("sk-", { #/sk-[A-Za-z0-9_\-]{20,}/# }),
      ("hooks.slack.com/", { #/hooks\.slack\.com\/services\/[A-Za-z0-9\/]+/# }),
    ]
    for (beginning, form) in forms where text.contains(beginning) {
      text = text.replacing(form().matchingSemantics(.unicodeScalar)) { mask($0.0, mark) }
    }
    guard text.contains("earer ") || text.contains("asic ") else { return }
    text = text.replacing(
      #/([Bb]earer|[Bb]asic)([ ]+)([A-Za-z0-9._~+\/=\-]{8,}|…(?:\([0-9a-f]+\))?)/#.matchingSemantics(.unicodeScalar)
    ) { match in "\(match.1)\(match.2)\(mask(match.3, mark))" }
  }
}
