/// Which parts of a text are credentials, and what is shown in their place.
///
/// Hidden are userinfo in URLs, cookies, bodies, the values of header fields but for ``harmlessFields``, and the values of
/// queries, assignments and options whose name (``isCredential(name:)``) or look (``isCredential(value:)``) is a
/// credential's. Everything else stays as it is: hosts, ports, names of backends.
///
///     Secrets.words(["lbcheck", "load", "http://a/?token=abc", "-H", "X-Canary: 1"])
///     // lbcheck load http://a/?token=…(2b8d) -H "X-Canary: …(7b1f)"
public enum Secrets {
  /// The mark for something left out.
  public enum Mark: Sendable {
    /// `…` alone.
    case hidden
    /// With 16 bits of a hash, so that a comparison sees another value; too few to find out which one it was, but enough to
    /// confirm a guess among a handful.
    case hashed
  }

  /// The replacement of a value; one that has been replaced already is kept.
  public static func mask(_ value: some StringProtocol, _ mark: Mark) -> String {
    if value.isEmpty || isMask(value) { return String(value) }
    return switch mark {
    case .hidden: "…"
    case .hashed: "…(\(digest(value)))"
    }
  }

  /// The replacement of a body: its length and its hash.
  public static func body(_ text: String) -> String {
    text.isEmpty || isMask(text) ? text : "…(\(text.utf8.count) bytes, \(digest(text)))"
  }

  /// The same of a body as bytes.
  public static func body(_ bytes: [UInt8]) -> String { "…(\(bytes.count) bytes, \(digest(bytes)))" }

  /// Whether a text has a value with its hash left out of it, so that it is no value to use.
  public static func holdsHash(_ text: String) -> Bool {
    text.contains(#/…\((?:[0-9]+ bytes, )?[0-9a-f]{4}\)/#)
  }

  /// A header field in the form `Name: value`; where there is no colon all of it is left out.
  ///
  /// - Parameter mayRefer: whether a value that is a ``ValueReference`` is one, which is no secret.
  public static func field(_ text: String, _ mark: Mark, mayRefer: Bool = false) -> String {
    guard let colon = text.firstIndex(of: ":") else { return mask(text, mark) }
    let name = text[..<colon]
    let start = text[colon...].dropFirst().firstIndex { $0 != " " && $0 != "\t" } ?? text.endIndex
    let value = text[start...]
    if mayRefer, ValueReference(value) != nil { return text }
    let isHarmless = harmlessFields.contains(String(name).trimmingSpaces.lowercased())
    return text[..<start] + (isHarmless ? Self.text(String(value), mark) : mask(value, mark))
  }

  /// Cookies in the form `name=value; …`.
  ///
  /// - Parameter mayRefer: whether a value that is a ``ValueReference`` is one, which is no secret.
  public static func cookies(_ text: String, _ mark: Mark, mayRefer: Bool = false) -> String {
    text.split(separator: ";", omittingEmptySubsequences: false).map { pair in
      guard let equals = pair.firstIndex(of: "=") else {
        // A blank before it is no part of it.
        let blanks = pair.prefix { $0 == " " }
        return blanks + mask(pair[blanks.endIndex...], mark)
      }
      let value = pair[equals...].dropFirst()
      return pair[...equals] + (mayRefer && ValueReference(value) != nil ? String(value) : mask(value, mark))
    }.joined(separator: ";")
  }

  /// A program's arguments, or lbcheck's own, the program's name first.
  public static func words(_ words: [String], _ mark: Mark = .hashed) -> [String] {
    zip(words.indices, CommandOptions.values(in: words)).map { index, value in
      let word = words[index]
      if let value { return masked(word[...], value, mark) }
      // A shell's whole line begins with an assignment as well.
      let isScript = index > 0 && words[index - 1].hasPrefix("-") && words[index - 1].hasSuffix("c")
      if !isScript, let equals = word.firstIndex(of: "="), word[..<equals].utf8.allSatisfy(NamedValues.isNameByte),
        isCredential(word[equals...].dropFirst(), of: word[..<equals])
      {
        return word[...equals] + mask(word[equals...].dropFirst(), mark)
      }
      return text(word, mark)
    }
  }

  /// A word of a command without the value in it.
  static func masked(_ word: Substring, _ value: CommandOptions.Value, _ mark: Mark) -> String {
    let bytes = word.utf8
    let start = bytes.index(bytes.startIndex, offsetBy: value.start, limitedBy: bytes.endIndex) ?? bytes.endIndex
    let inside = ShellWords.unquoted(word[start...])
    let shown =
      switch value.form {
      case .field: field(String(inside), mark, mayRefer: value.isOwn)
      case .cookies: cookies(String(inside), mark, mayRefer: value.isOwn)
      case .body: body(String(inside))
      case .pair, .credential, .password: mask(inside, mark)
      }
    return word[..<inside.startIndex] + shown + word[inside.endIndex...]
  }

  /// The header fields whose values say nothing about who sends them.
  public static let harmlessFields: Set<String> = [
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding",
    "content-length", "content-type", "expect", "forwarded", "host", "if-match", "if-modified-since", "if-none-match",
    "if-unmodified-since", "origin", "pragma", "range", "referer", "te", "upgrade", "upgrade-insecure-requests",
    "user-agent",
    "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip",
  ]

  // MARK: Marks

  /// Whether a text is a mark, and nothing else.
  static func isMask(_ text: some StringProtocol) -> Bool {
    guard text.hasPrefix("…") else { return false }
    let rest = text.dropFirst()
    return rest.isEmpty
      || rest.utf8.count <= 32 && rest.hasPrefix("(") && rest.hasSuffix(")")
        && rest.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0.isNumber || ", bytes".contains($0) }
  }

  /// 16 bits in hexadecimal: FNV-1a (64 bits, offset basis and prime of draft-eastlake-fnv), folded by exclusive or.
  private static func digest(_ text: some StringProtocol) -> String { digest(text.utf8) }

  private static func digest(_ bytes: some Sequence<UInt8>) -> String {
    let hash = bytes.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    let folded = UInt16(truncatingIfNeeded: hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48)
    let digits = String(folded, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    guard let start = firstIndex(where: { $0 != " " }), let end = lastIndex(where: { $0 != " " }) else { return "" }
    return String(self[start...end])
  }
}
