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
    let bytes = text.utf8
    let (hasColon, hasEquals) = (bytes.contains(UInt8(ascii: ":")), bytes.contains(UInt8(ascii: "=")))
    if bytes.contains(UInt8(ascii: "@")) { hideUserinfo(&text, mark) }
    if hasColon { hideFields(&text, mark) }
    if hasEquals { hideAssignments(&text, mark) }
    if bytes.contains(UInt8(ascii: "-")) { hideOptions(&text, mark) }
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
    text = text.replacing(
      #/(^|[\s'"=])([^\s'"\/@:=]+:[^\s'"\/]+)@([A-Za-z0-9\[])/#.matchingSemantics(.unicodeScalar)
    ) { match in "\(match.1)\(mask(match.2, mark))@\(match.3)" }
  }

  /// `Authorization: Bearer abc`, `"password": "abc"`; a host with its port is none.
  private static func hideFields(_ text: inout String, _ mark: Mark) {
    text = text.replacing(
      #/(["'])([A-Za-z][A-Za-z0-9_.\-]*)(["']\s*:\s*["'])([^"']+)/#.matchingSemantics(.unicodeScalar)
    ) { match in
      let value = isCredential(name: match.2) ? mask(match.4, mark) : String(match.4)
      return "\(match.1)\(match.2)\(match.3)\(value)"
    }
    text = withoutFields(text, mark)
  }

  /// The text without what follows a credential's name and a colon, up to a quote or the end of the line.
  private static func withoutFields(_ text: String, _ mark: Mark) -> String {
    let bytes = Array(text.utf8)
    var shown: [UInt8] = []
    var start = 0
    var index = 0
    while let colon = bytes[index...].firstIndex(of: UInt8(ascii: ":")) {
      index = colon + 1
      guard let name = fieldName(in: bytes, before: colon, since: start) else { continue }
      var value = colon + 1
      while value < bytes.count, bytes[value] == UInt8(ascii: " ") || bytes[value] == UInt8(ascii: "\t") { value += 1 }
      let rest = bytes[value...]
      let isPort = value == colon + 1 && Self.isPort(rest)
      guard !isPort, !rest.starts(with: "//".utf8), isCredential(name: name) else { continue }
      let end = rest.firstIndex { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "\n") }
      shown += bytes[start..<value]
      shown += mask(String(decoding: rest[..<(end ?? bytes.count)], as: UTF8.self), mark).utf8
      start = end ?? bytes.count
      index = start
    }
    return String(decoding: shown + bytes[start...], as: UTF8.self)
  }

  /// The name that ends before a colon, where it begins a word; at most 64 bytes long.
  private static func fieldName(in bytes: [UInt8], before colon: Int, since start: Int) -> String? {
    var first = colon
    while first > start, colon - first < 65, isFieldNameByte(bytes[first - 1]) { first -= 1 }
    guard first < colon, colon - first < 65, isLetter(bytes[first]) else { return nil }
    if first > start, !" \t\n\r'\"`".utf8.contains(bytes[first - 1]) { return nil }
    return String(decoding: bytes[first..<colon], as: UTF8.self)
  }

  /// Whether what follows a colon is the number of a port and then something else.
  private static func isPort(_ rest: ArraySlice<UInt8>) -> Bool {
    let digits = rest.prefix { $0 &- 0x30 < 10 }
    guard (1...5).contains(digits.count) else { return false }
    return rest.dropFirst(digits.count).first.map { !isFieldNameByte($0) && $0 != UInt8(ascii: "=") } ?? true
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  private static func isFieldNameByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || byte &- 0x30 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
  }

  /// `?token=abc&…`, `API_KEY='a b'`.
  private static func hideAssignments(_ text: inout String, _ mark: Mark) {
    text = text.replacing(
      #/(^|[\s?&;#'"`(,{])([A-Za-z_\-][A-Za-z0-9_.\-\[\]]*)=("[^"]*"|'[^']*'|[^\s&'"]*)/#
        .matchingSemantics(.unicodeScalar)
    ) { match in
      let quote = match.3.first.flatMap { $0 == "'" || $0 == "\"" ? String($0) : nil } ?? ""
      let value = quote.isEmpty ? match.3 : match.3.dropFirst().dropLast()
      let isHidden = isCredential(value, of: match.2)
      return "\(match.1)\(match.2)=\(quote)\(isHidden ? mask(value, mark) : String(value))\(quote)"
    }
  }

  /// `--api-key abc`, `-u user:password`.
  private static func hideOptions(_ text: inout String, _ mark: Mark) {
    text = text.replacing(
      #/(^|\s)(--?[A-Za-z][A-Za-z0-9\-]*)([ \t]+)('[^']*'|"[^"]*"|[^\s\-'"][^\s]*)/#.matchingSemantics(.unicodeScalar)
    ) { match in
      let isUser = ["-u", "--user", "--proxy-user"].contains(String(match.2))
      let isPair = match.4.contains(":") && !match.4.allSatisfy { $0.isNumber || $0 == ":" }
      let isHidden = isUser ? isPair : isCredential(name: match.2.drop { $0 == "-" })
      return "\(match.1)\(match.2)\(match.3)\(isHidden ? mask(match.4, mark) : String(match.4))"
    }
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
      ("sk_", { #/sk_(?:live|test)_[A-Za-z0-9]{10,}/# }),
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
