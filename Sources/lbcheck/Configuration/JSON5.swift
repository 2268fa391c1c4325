/// A JSON5 value (spec.json5.org 1.0), members in text order.
///
/// Foundation reads JSON5 too, but does not say where a text is wrong.
enum JSON5: Equatable {
  case null
  case truth(Bool)
  case number(Double)
  case text(String)
  case list([JSON5])
  case object([Member])

  struct Member: Equatable {
    let key: String
    let value: JSON5
  }

  /// Where a text is wrong, counted from 1, and what was expected.
  struct SyntaxError: Error, Equatable, CustomStringConvertible {
    let line: Int
    let column: Int
    let expectation: String

    var description: String { "line \(line), column \(column): expected \(expectation)" }
  }

  /// - Throws: ``SyntaxError`` at the first place that is wrong.
  init(_ text: String) throws(SyntaxError) {
    var reader = Reader(text)
    self = try reader.value()
    try reader.skipBlanks()
    guard reader.peek == nil else { throw reader.expected("the end of the file") }
  }

  private struct Reader {
    private let characters: [Character]
    private var index = 0
    private var depth = 0

    init(_ text: String) { characters = Array(text) }

    var peek: Character? { index < characters.count ? characters[index] : nil }

    func expected(_ what: String) -> SyntaxError {
      let before = characters[..<min(index, characters.count)]
      let start = before.lastIndex(where: \.isNewline).map { $0 + 1 } ?? 0
      return SyntaxError(
        line: before.count(where: \.isNewline) + 1, column: before.count - start + 1, expectation: what)
    }

    private mutating func take(_ text: String) -> Bool {
      let wanted = Array(text)
      guard characters[index...].starts(with: wanted) else { return false }
      index += wanted.count
      return true
    }

    mutating func skipBlanks() throws(SyntaxError) {
      while let next = peek {
        if next.isWhitespace || next == "\u{FEFF}" {
          index += 1
        } else if take("//") {
          while let next = peek, !next.isNewline { index += 1 }
        } else if take("/*") {
          while !take("*/") {
            guard peek != nil else { throw expected("*/") }
            index += 1
          }
        } else {
          return
        }
      }
    }

    mutating func value() throws(SyntaxError) -> JSON5 {
      try skipBlanks()
      // Deep enough for any profile, and safe for the stack.
      guard depth < 64 else { throw expected("fewer than 64 levels") }
      depth += 1
      defer { depth -= 1 }
      switch peek {
      case "{": return .object(try members())
      case "[": return .list(try elements())
      case "\"", "'": return .text(try string())
      default: return try word()
      }
    }

    private mutating func members() throws(SyntaxError) -> [Member] {
      var members: [Member] = []
      var keys: Set<String> = []
      index += 1
      while true {
        try skipBlanks()
        if take("}") { return members }
        let key = try key()
        guard keys.insert(key).inserted else { throw expected("'\(key)' only once") }
        try skipBlanks()
        guard take(":") else { throw expected(": after '\(key)'") }
        members.append(Member(key: key, value: try value()))
        try skipBlanks()
        if take("}") { return members }
        guard take(",") else { throw expected(", or }") }
      }
    }

    private mutating func elements() throws(SyntaxError) -> [JSON5] {
      var elements: [JSON5] = []
      index += 1
      while true {
        try skipBlanks()
        if take("]") { return elements }
        elements.append(try value())
        try skipBlanks()
        if take("]") { return elements }
        guard take(",") else { throw expected(", or ]") }
      }
    }

    private mutating func key() throws(SyntaxError) -> String {
      if peek == "\"" || peek == "'" { return try string() }
      let name = bareWord { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" }
      guard let first = name.first, !first.isNumber else { throw expected("a name or }") }
      return name
    }

    private mutating func bareWord(_ belongs: (Character) -> Bool) -> String {
      let start = index
      while let next = peek, belongs(next) { index += 1 }
      return String(characters[start..<index])
    }

    private mutating func word() throws(SyntaxError) -> JSON5 {
      let start = index
      let word = bareWord { $0.isLetter || $0.isNumber || "+-._".contains($0) }
      switch word {
      case "true": return .truth(true)
      case "false": return .truth(false)
      case "null": return .null
      default: break
      }
      if let number = JSON5.Reader.number(word) { return .number(number) }
      index = start
      throw expected("a value: text in quotes, a number, true, false, [ or {")
    }

    /// Decimal with an optional sign, a leading or trailing point and an exponent, or hexadecimal.
    private static func number(_ word: String) -> Double? {
      let isNegative = word.hasPrefix("-")
      var digits = word.drop { "+-".contains($0) }
      guard word.count - digits.count <= 1, let first = digits.first, first.isASCII, first == "." || first.isNumber
      else {
        return nil
      }
      if digits.lowercased().hasPrefix("0x") {
        return hexadecimal(digits.dropFirst(2)).map { isNegative ? -Double($0) : Double($0) }
      }
      if digits.hasPrefix(".") { digits = "0" + digits }
      if digits.hasSuffix(".") { digits += "0" }
      guard let value = Double(digits), value.isFinite else { return nil }
      return isNegative ? -value : value
    }

    /// Digits alone: Swift would take a sign before them.
    private static func hexadecimal(_ digits: Substring) -> UInt64? {
      digits.allSatisfy { $0.isASCII && $0.isHexDigit } ? UInt64(digits, radix: 16) : nil
    }

    private mutating func string() throws(SyntaxError) -> String {
      let quote = characters[index]
      index += 1
      var text = ""
      while let next = peek {
        index += 1
        if next == quote { return text }
        if next.isNewline {
          index -= 1
          break
        }
        guard next == "\\" else {
          text.append(next)
          continue
        }
        text += try escape()
      }
      throw expected("the closing \(quote)")
    }

    private mutating func codeUnit(digits count: Int) throws(SyntaxError) -> UInt16 {
      let digits = String(characters[index..<min(index + count, characters.count)])
      guard digits.count == count, let code = Reader.hexadecimal(digits[...]), let unit = UInt16(exactly: code) else {
        throw expected("\(count) hexadecimal digits of a character")
      }
      index += count
      return unit
    }

    private mutating func escape() throws(SyntaxError) -> String {
      guard let kind = peek else { throw expected("a character after \\") }
      index += 1
      switch kind {
      case "n": return "\n"
      case "t": return "\t"
      case "r": return "\r"
      case "b": return "\u{8}"
      case "f": return "\u{C}"
      case "v": return "\u{B}"
      case "0": return "\0"
      case "u", "x":
        var units = [try codeUnit(digits: kind == "u" ? 4 : 2)]
        // A character beyond U+FFFF is a pair.
        if UTF16.isLeadSurrogate(units[0]), characters[index...].starts(with: "\\u") {
          index += 2
          units.append(try codeUnit(digits: 4))
        }
        guard let text = String(validating: units, as: UTF16.self) else {
          throw expected("both halves of a character beyond U+FFFF")
        }
        return text
      default: return kind.isNewline ? "" : String(kind)
      }
    }
  }
}
