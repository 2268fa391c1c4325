/// What of a text is a credential, and what is shown in its place.
///
/// Hidden are userinfo in URLs, cookies, bodies, the values of header fields but for ``harmlessFields``, and the values of
/// queries, assignments and options whose name (``isCredential(name:)``) or look (``isCredential(value:)``) is a
/// credential's. Everything else stays as it is: hosts, ports, names of backends.
///
///     Secrets.words(["lbcheck", "load", "http://a/?token=abc", "-H", "X-Canary: 1"])
///     // lbcheck load http://a/?token=…(2b8d) -H "X-Canary: …(7b1f)"
public enum Secrets {
  /// How it is shown that something is left out.
  public enum Mark: Sendable {
    /// `…` alone.
    case hidden
    /// With 16 bits of a hash, so that a comparison sees another value; too few to find out which one it was, but enough to
    /// confirm a guess among a handful.
    case hashed
  }

  /// What stands in a value's place; one that has been replaced already stays.
  public static func mask(_ value: some StringProtocol, _ mark: Mark) -> String {
    if value.isEmpty || isMask(value) { return String(value) }
    return switch mark {
    case .hidden: "…"
    case .hashed: "…(\(digest(value)))"
    }
  }

  /// What stands in a body's place: its length and its hash.
  public static func body(_ text: String) -> String {
    text.isEmpty || isMask(text) ? text : "…(\(text.utf8.count) bytes, \(digest(text)))"
  }

  /// A header field in the form `Name: value`; where there is no colon all of it is left out.
  public static func field(_ text: String, _ mark: Mark) -> String {
    guard let colon = text.firstIndex(of: ":") else { return mask(text, mark) }
    let name = text[..<colon]
    let start = text[colon...].dropFirst().firstIndex { $0 != " " && $0 != "\t" } ?? text.endIndex
    let value = text[start...]
    let isHarmless = harmlessFields.contains(String(name).trimmingSpaces.lowercased())
    return text[..<start] + (isHarmless ? Self.text(String(value), mark) : mask(value, mark))
  }

  /// A program's arguments, or lbcheck's own, the program's name first.
  public static func words(_ words: [String], _ mark: Mark = .hashed) -> [String] {
    enum Value { case plain, field, body, credential }
    var next = Value.plain
    return words.enumerated().map { index, word in
      let kind = next
      next = .plain
      switch kind {
      case .field where word.contains(":"): return field(word, mark)
      case .body: return body(word)
      case .credential: return mask(word, mark)
      case .field, .plain: break
      }
      if word == "-H" || word == "--header" {
        next = .field
        return word
      }
      if word == "--body" {
        next = .body
        return word
      }
      if word.hasPrefix("-H"), word.contains(":") { return "-H" + field(String(word.dropFirst(2)), mark) }
      guard let equals = word.firstIndex(of: "=") else {
        let isOption = word.hasPrefix("-") && isCredential(name: word.drop { $0 == "-" })
        if isOption, index + 1 < words.count, !words[index + 1].hasPrefix("-") { next = .credential }
        return text(word, mark)
      }
      let (name, value) = (word[..<equals], word[word.index(after: equals)...])
      if name == "--header" { return "\(name)=" + field(String(value), mark) }
      if name == "--body" { return "\(name)=" + body(String(value)) }
      // A shell's whole line begins with an assignment as well.
      let isWholeValue = (index == 0 || words[index - 1] != "-c") && name.unicodeScalars.allSatisfy(isNameScalar)
      if isWholeValue, isCredential(value, of: name) { return "\(name)=" + mask(value, mark) }
      return text(word, mark)
    }
  }

  // MARK: Names and looks

  /// The header fields whose values say nothing about who sends them.
  public static let harmlessFields: Set<String> = [
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control", "connection", "content-encoding",
    "content-length", "content-type", "expect", "forwarded", "host", "if-match", "if-modified-since", "if-none-match",
    "if-unmodified-since", "origin", "pragma", "range", "referer", "te", "upgrade", "upgrade-insecure-requests",
    "user-agent",
    "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-real-ip",
  ]

  private static let wordsOfCredentials: Set<String> = [
    "auth", "csrf", "otp", "pass", "pat", "pwd", "session", "sid", "sig", "xsrf",
  ]
  private static let partsOfCredentials = [
    "accesskey", "apikey", "authorization", "bearer", "cookie", "credential", "encryptionkey", "jwt", "passphrase",
    "passw",
    "privatekey", "secret", "sessid", "sessionid", "signature", "signingkey", "token",
  ]

  /// Whether what has this name is a credential: `api_key`, `DB_PASSWORD`, `X-Auth-Token`, `sessionId`.
  public static func isCredential(name: some StringProtocol) -> Bool {
    var words: [String] = [""]
    var wasLower = false
    for scalar in name.unicodeScalars {
      guard scalar.properties.isAlphabetic else {
        if words.last != "" { words.append("") }
        wasLower = false
        continue
      }
      let isUpper = scalar.properties.isUppercase
      if isUpper, wasLower { words.append("") }
      words[words.count - 1] += scalar.properties.lowercaseMapping
      wasLower = !isUpper
    }
    let joined = words.joined()
    return words.contains(where: wordsOfCredentials.contains) || partsOfCredentials.contains { joined.contains($0) }
  }

  /// Whether the value of a query or an assignment looks like a credential whatever its name: a run of 20 or more letters and
  /// digits in which small letters, capitals and digits are mixed.
  public static func isCredential(value: some StringProtocol) -> Bool {
    guard value.utf8.count >= 20 else { return false }
    return value.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.contains { run in
      guard run.utf8.count >= 20 else { return false }
      let kinds = run.utf8.map { byte in
        (0x30...0x39).contains(byte) ? 0 : byte & 0x20 == 0 ? 1 : 2
      }
      let changes = zip(kinds, kinds.dropFirst()).count { $0 != $1 }
      return Set(kinds).count == 3 && changes >= run.utf8.count / 4
    }
  }

  /// Whether a query or an assignment holds a credential. A small number is a switch, a weight or a count: `secret-1=5`.
  static func isCredential(_ value: some StringProtocol, of name: some StringProtocol) -> Bool {
    let isSmallNumber = value.utf8.count <= 3 && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
    return !isSmallNumber && (isCredential(name: name) || isCredential(value: value))
  }

  static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    scalar.isASCII
      && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.".unicodeScalars.contains(scalar))
  }

  // MARK: Marks

  /// Whether a text is a mark, and nothing else.
  private static func isMask(_ text: some StringProtocol) -> Bool {
    guard text.hasPrefix("…") else { return false }
    let rest = text.dropFirst()
    return rest.isEmpty
      || rest.utf8.count <= 32 && rest.hasPrefix("(") && rest.hasSuffix(")")
        && rest.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0.isNumber || ", bytes".contains($0) }
  }

  /// 16 bits in hexadecimal: FNV-1a (64 bits, offset basis and prime of draft-eastlake-fnv), folded by exclusive or.
  private static func digest(_ text: some StringProtocol) -> String {
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
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
