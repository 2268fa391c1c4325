/// Splits an nginx configuration into words and punctuation, by the rules of `ngx_conf_read_token`.
///
/// A word ends at a space, `;` or `{`. A quote counts only where a word begins, `#` begins a comment only there too, and `${` does
/// not open a block.
struct NginxLexer {
  enum Token: Equatable {
    case word(String)
    case semicolon
    case opening
    case closing
  }

  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private var line = 1
  /// The line on which the last token began.
  private(set) var tokenLine = 1

  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  var place: ConfigurationPlace { ConfigurationPlace(file: file, line: tokenLine) }

  /// The next token; `nil` at the end.
  ///
  /// - Throws: ``ConfigurationError`` for a quote that is not closed, or one that is not followed by a space.
  mutating func next() throws(ConfigurationError) -> Token? {
    skipSpace()
    tokenLine = line
    guard position < bytes.count else { return nil }
    switch bytes[position] {
    case UInt8(ascii: ";"):
      position += 1
      return .semicolon
    case UInt8(ascii: "{"):
      position += 1
      return .opening
    case UInt8(ascii: "}"):
      position += 1
      return .closing
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .word(Self.unescaped(try quoted()))
    default: return .word(Self.unescaped(plain()))
    }
  }

  private mutating func skipSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\n"): line += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
      case UInt8(ascii: "#"):
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        continue
      default: return
      }
      position += 1
    }
  }

  private mutating func quoted() throws(ConfigurationError) -> ArraySlice<UInt8> {
    let quote = bytes[position]
    position += 1
    let start = position
    while position < bytes.count, bytes[position] != quote {
      if bytes[position] == UInt8(ascii: "\\") { advance() }
      advance()
    }
    guard position < bytes.count else {
      throw ConfigurationError(place, "a quote is not closed: expected \(Character(Unicode.Scalar(quote)))")
    }
    let word = bytes[start..<position]
    position += 1
    if position < bytes.count, !" \t\r\n;{)".utf8.contains(bytes[position]) {
      throw ConfigurationError(
        ConfigurationPlace(file: file, line: line), "expected a space or ';' after a closing quote")
    }
    return word
  }

  private mutating func plain() -> ArraySlice<UInt8> {
    let start = position
    var followsDollar = false
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "{"), followsDollar {
        advance()
        continue
      }
      if position > start, " \t\r\n;{".utf8.contains(byte) { break }
      followsDollar = byte == UInt8(ascii: "$")
      if byte == UInt8(ascii: "\\") { advance() }
      advance()
    }
    return bytes[start..<position]
  }

  private mutating func advance() {
    guard position < bytes.count else { return }
    if bytes[position] == UInt8(ascii: "\n") { line += 1 }
    position += 1
  }

  /// Backslashes count before quotes, a backslash, `t`, `r` and `n`; others stay, as regular expressions need them.
  private static func unescaped(_ word: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(word.count)
    var rest = word
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let next = rest.first else {
        result.append(byte)
        continue
      }
      switch next {
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"): result.append(next)
      case UInt8(ascii: "t"): result.append(UInt8(ascii: "\t"))
      case UInt8(ascii: "r"): result.append(UInt8(ascii: "\r"))
      case UInt8(ascii: "n"): result.append(UInt8(ascii: "\n"))
      default: result += [byte, next]
      }
      rest = rest.dropFirst()
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Passes over a block of Lua up to its closing brace; braces in Lua's strings and comments do not count.
  ///
  /// - Throws: ``ConfigurationError`` where the block does not end.
  mutating func skipLua() throws(ConfigurationError) {
    let start = place
    var depth = 1
    while position < bytes.count {
      let byte = bytes[position]
      switch byte {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        if depth == 0 {
          position += 1
          return
        }
      case UInt8(ascii: "\""), UInt8(ascii: "'"):
        advance()
        while position < bytes.count, bytes[position] != byte {
          if bytes[position] == UInt8(ascii: "\\") { advance() }
          advance()
        }
      case UInt8(ascii: "-") where bytes[position...].starts(with: "--".utf8):
        position += 2
        if skipLuaBracket() { continue }
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        continue
      case UInt8(ascii: "[") where skipLuaBracket(): continue
      default: break
      }
      advance()
    }
    throw ConfigurationError(start, "a block is not closed: expected '}'")
  }

  /// Passes over `[[ … ]]` or `[=[ … ]=]`, if one begins here.
  private mutating func skipLuaBracket() -> Bool {
    let level = bytes[position...].dropFirst().prefix { $0 == UInt8(ascii: "=") }
    guard bytes[position...].first == UInt8(ascii: "["), bytes[level.endIndex...].first == UInt8(ascii: "[") else {
      return false
    }
    let end = [UInt8(ascii: "]")] + level + [UInt8(ascii: "]")]
    while position < bytes.count, !bytes[position...].starts(with: end) { advance() }
    for _ in end { advance() }
    return true
  }
}
