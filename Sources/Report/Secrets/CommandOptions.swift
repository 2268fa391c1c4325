/// Which words of a command hold an option's value that is a credential, and in which form.
///
///     CommandOptions.values(in: ["curl", "-sSu", "me:pw", "http://a/"])   // the third
enum CommandOptions {
  enum Form: Equatable {
    /// `Name: value`, of a header.
    case field
    /// What is sent; `@file` names a file.
    case body
    /// `name=value; …`, as lbcheck's own option has them; what has no equals sign is none.
    case cookies
    /// `user:password`; a name alone, or numbers as of a container's user, are none.
    case pair
    case credential
    /// As ``credential``, but for ports and paths, which the same option names for other programs.
    case password
  }

  /// A value within a word: what stands before it, in bytes, is the option's name.
  struct Value: Equatable {
    let form: Form
    var start = 0
    /// Whether the option is lbcheck's own, so that the value may be a ``ValueReference``.
    var isOwn = false
  }

  private static let ownName = "lbcheck"
  /// Options by their letter, of the programs that are known to be given credentials.
  private static let letters: [String: [Character: Form]] = {
    let curl: [Character: Form] = [
      "H": .field, "u": .pair, "U": .pair, "E": .pair, "b": .credential, "d": .body, "F": .body,
    ]
    let mysql: [Character: Form] = ["p": .credential]
    let names = ["mysql", "mysqladmin", "mysqldump", "mysqlsh", "mariadb", "mariadb-admin", "mariadb-dump", "sshpass"]
    var table = Dictionary(uniqueKeysWithValues: names.map { ($0, mysql) })
    table["curl"] = curl
    table["redis-cli"] = ["a": .credential]
    table[ownName] = ["H": .field, "b": .cookies]
    return table
  }()
  /// Of every other program.
  private static let anyLetters: [Character: Form] = ["H": .field, "u": .pair, "U": .pair]
  /// Letters of curl whose value is none: what follows in the word belongs to them.
  private static let curlOthers: Set<Character> = Set("ACDKPQTXYceomrtwxyz")

  private static let names: [String: Form] = [
    "body": .body, "body-data": .body, "cookie": .credential, "data": .body, "data-ascii": .body, "data-binary": .body,
    "data-raw": .body, "data-urlencode": .body, "form": .body, "form-string": .body, "header": .field,
    "post-data": .body, "proxy-header": .field, "proxy-user": .pair, "user": .pair,
  ]

  /// For each word of a command, its first one the program or not, the credential in it.
  static func values(in words: [some StringProtocol]) -> [Value?] {
    var known: String?
    var next: Form?
    let namesUser = namesUser(words)
    return words.map { word in
      let form = next
      next = nil
      if let form, word.hasPrefix("…") || !word.hasPrefix("-") {
        // A header whose quotes a shell has taken: its value follows.
        if form == .field, word.hasSuffix(":"), !Secrets.harmlessFields.contains(word.dropLast().lowercased()) {
          next = .credential
          return nil
        }
        return isMeant(word, form) ? Value(form: form, isOwn: known == ownName) : nil
      }
      if let program = program(word) { known = program }
      if word.hasSuffix(";") || ["&&", "||", "|", "&"].contains(word) { known = nil }
      guard word.hasPrefix("-"), let option = option(word, of: known, namesUser) else { return nil }
      guard let start = option.start else {
        next = option.form
        return nil
      }
      return isMeant(word.dropUTF8(start), option.form)
        ? Value(form: option.form, start: start, isOwn: known == ownName) : nil
    }
  }

  /// A program that is known, by the last part of its path, whatever quotes or brackets stand before.
  private static func program(_ word: some StringProtocol) -> String? {
    guard word.utf8.count < 256 else { return nil }
    let name = String(decoding: word.utf8.reversed().prefix { NamedValues.isNameByte($0) }.reversed(), as: UTF8.self)
    return letters[name] == nil ? nil : name
  }

  /// Whether a command is given a user: then `-p` is that user's password. What `sudo` is given is another's.
  private static func namesUser(_ words: [some StringProtocol]) -> Bool {
    words.indices.contains { index in
      let isUser = ["-u", "--user", "--username"].contains(String(words[index])) || words[index].hasPrefix("--user")
      return isUser && !(index > 0 && words[index - 1].hasSuffix("sudo"))
    }
  }

  /// The form of an option's value, and where in its word it begins; the next word is the value where that is `nil`.
  private static func option(
    _ word: some StringProtocol, of program: String?, _ namesUser: Bool
  ) -> (form: Form, start: Int?)? {
    if word.hasPrefix("--") {
      let name = word.dropFirst(2).prefix { $0 != "=" }
      let isKeyFile = name == "key"
      // A message about the option has no cookie behind it.
      let isPairs = name == "cookie" && program != "curl"
      let form = isPairs ? .cookies : names[name.lowercased()] ?? (name == "json" && program == "curl" ? .body : nil)
      guard let form = form ?? (!isKeyFile && Secrets.isCredential(name: name) ? .credential : nil) else { return nil }
      let end = name.utf8.count + 2
      return (form, end < word.utf8.count ? end + 1 : nil)
    }
    let table = program.flatMap { letters[$0] } ?? [:]
    for (index, letter) in word.dropFirst().prefix(64).enumerated() {
      if let form = table[letter] { return (form, index + 2 < word.utf8.count ? index + 2 : nil) }
      // Only curl's letters without values are known.
      guard program == "curl", letter.isASCII, letter.isLetter, !curlOthers.contains(letter) else { break }
    }
    guard let letter = word.dropFirst().first else { return nil }
    let glued = word.utf8.count > 2 ? 2 : nil
    // One dash before a whole word, as Java's and Go's programs have it.
    let name = word.dropFirst().prefix { $0 != "=" }
    if letter == "p", namesUser, !name.hasPrefix("pass") { return (.password, glued) }
    if name.utf8.count > 2, name.utf8.allSatisfy(NamedValues.isNameByte), Secrets.isCredential(name: name) {
      return (.credential, name.utf8.count + 1 < word.utf8.count ? name.utf8.count + 2 : nil)
    }
    return anyLetters[letter].map { ($0, glued) }
  }

  private static func isMeant(_ value: some StringProtocol, _ form: Form) -> Bool {
    let isNumeric = value.utf8.allSatisfy { $0 &- 0x30 < 10 || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }
    switch form {
    case .credential: return !value.isEmpty
    case .cookies: return value.contains("=")
    case .password: return !isNumeric && !value.hasPrefix("/") && !value.hasPrefix(".")
    case .body: return !value.hasPrefix("@") || value.hasPrefix("@@")
    case .pair: return value.contains(":") && !isNumeric && !value.contains("://")
    case .field:
      guard let colon = value.firstIndex(of: ":") else { return false }
      // A server's address, as other programs take with -H.
      let rest = value[colon...].dropFirst()
      return !rest.hasPrefix("//") && (rest.isEmpty || !rest.utf8.allSatisfy { $0 &- 0x30 < 10 })
    }
  }
}

extension StringProtocol {
  /// What follows so many bytes, which end at a character of ASCII.
  fileprivate func dropUTF8(_ count: Int) -> SubSequence {
    self[(utf8.index(startIndex, offsetBy: count, limitedBy: endIndex) ?? endIndex)...]
  }
}
