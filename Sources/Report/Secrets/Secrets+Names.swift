/// Which names are a credential's, and which values look like one.
extension Secrets {
  /// A credential's name holds one of these in one of its words.
  private static let parts = ["authorization", "bearer", "cookie", "credential", "jwt", "passw", "secret", "token"]
  /// One of its words ends in one of these: `DBPASS`, `oauth`, `RAILS_MASTER_KEY`.
  private static let endings = [
    "auth", "key", "keys", "pass", "passcode", "passphrase", "pwd", "sessid", "sessionid", "signature",
  ]
  /// One of its words is one of these.
  private static let wholeWords: Set<String> = [
    "csrf", "otp", "pat", "pw", "sess", "session", "sid", "sig", "totp", "xsrf",
  ]
  /// It is one of these, and nothing more: `status_code` and `country_code` are none.
  private static let wholeNames: Set<String> = ["code", "pin"]
  /// Words with another meaning that begin or end like one of the above.
  private static let otherWords = [
    "bypass", "compass", "donkey", "hockey", "hotkey", "jockey", "monkey", "secretar", "tokenis", "tokeniz", "trespass",
    "turkey", "whiskey",
  ]
  /// Last words of what only describes a credential: `page_token_size`, `COOKIE_NAME`, `TOKEN_FILE`.
  private static let describing: Set<String> = [
    "age", "count", "dir", "enabled", "expires", "expiry", "file", "header", "kind", "length", "lifetime", "limit",
    "max",
    "method", "min", "mode", "name", "names", "path", "required", "scheme", "size", "stdin", "timeout", "ttl", "type",
  ]
  /// What stands before `key` where it is no secret.
  private static let openKeys: Set<String> = [
    "cache", "foreign", "partition", "primary", "public", "sort", "surrogate",
  ]
  /// Names that are words of plain English as well: before a colon alone they say little.
  private static let plainEnglish: Set<String> = ["auth", "code", "key", "keys", "pass", "pin", "session"]

  /// Whether what has this name is a credential: `api_key`, `DBPASS`, `X-Auth-Token`, `sessionId`.
  public static func isCredential(name: some StringProtocol) -> Bool {
    let words = words(of: name)
    guard let last = words.last, !describing.contains(last) else { return false }
    if wholeNames.contains(words.joined(separator: " ")) { return true }
    if last == "key" || last == "keys", words.count > 1, openKeys.contains(words[words.count - 2]) { return false }
    return words.contains { word in
      wholeWords.contains(word)
        || !otherWords.contains(where: word.contains)
          && (parts.contains(where: word.contains) || endings.contains(where: word.hasSuffix))
    }
  }

  /// Whether a value is a credential where its name is a word of plain English and a colon stands between: `key: abc123`,
  /// not `session: kept`.
  static func isPlainEnglish(name: some StringProtocol) -> Bool { plainEnglish.contains(name.lowercased()) }

  /// The words of a name in lower case: separated by what is no letter, and where a capital follows a small letter.
  private static func words(of name: some StringProtocol) -> [String] {
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
    return words.filter { !$0.isEmpty }
  }

  /// Whether the value of a query or an assignment looks like a credential whatever its name: a run of 20 or more letters and
  /// digits in which small letters, capitals and digits are mixed.
  public static func isCredential(value: some StringProtocol) -> Bool {
    guard value.utf8.count >= 20 else { return false }
    let runs = value.utf8.split { !($0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26) }
    return runs.contains { run in
      guard run.count >= 20 else { return false }
      let kinds = run.map { $0 &- 0x30 < 10 ? 0 : $0 & 0x20 == 0 ? 1 : 2 }
      let changes = zip(kinds, kinds.dropFirst()).count { $0 != $1 }
      return Set(kinds).count == 3 && changes >= run.count / 4
    }
  }

  /// Whether a query or an assignment holds a credential.
  static func isCredential(_ value: some StringProtocol, of name: some StringProtocol) -> Bool {
    isNamedCredential(value, name) || !isPlainValue(value) && isCredential(value: value)
  }

  /// Whether a value is a credential by its name. A small number is a switch, a weight or a count, `secret-1=5`, and a code of
  /// letters alone is one of an error or a country: `"code": "ENOENT"`.
  static func isNamedCredential(_ value: some StringProtocol, _ name: some StringProtocol) -> Bool {
    guard !isPlainValue(value), isCredential(name: name) else { return false }
    return !wholeNames.contains(name.lowercased()) || isMask(value) || value.utf8.contains { $0 &- 0x30 < 10 }
  }

  /// Whether a value is a switch, a weight or a count, whatever its name.
  static func isPlainValue(_ value: some StringProtocol) -> Bool {
    value.utf8.count <= 3 && value.utf8.allSatisfy { (0x30...0x39).contains($0) }
      || ["true", "false", "null", "none"].contains(value.lowercased())
  }
}
