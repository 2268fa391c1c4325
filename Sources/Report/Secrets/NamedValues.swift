/// The values with a name in a text: `name=value`, `"name": value` and `Name: value`.
///
/// Names are read as they are once percent-encoding is undone, so that `%74oken=` is `token=`, also within a value:
/// `next=%2F%3Ftoken%3Dabc`. Values end where the text as it stands ends them.
struct NamedValues {
  enum Form {
    /// `name=value`.
    case assignment
    /// `"name": value`, with quotes that may be escaped.
    case member
    /// `Name: value`, which goes up to the end of the line or of the quotes that it stands in.
    case field
  }

  struct Found {
    let form: Form
    let name: String
    /// Where the name begins, in bytes of the text.
    var position = 0
    /// Where the value begins, in bytes of the text.
    let start: Int
    /// Where to go on if it is no credential.
    let next: Int
  }

  let bytes: [UInt8]
  /// The text with percent-encoding undone, and where each of its bytes begins in ``bytes``.
  private let decoded: [UInt8]
  private let positions: [Int]
  /// A place in ``decoded``.
  private var index = 0

  private static let longestName = 64

  init(_ text: String) {
    bytes = Array(text.utf8)
    var decoded: [UInt8] = []
    var positions: [Int] = []
    var position = 0
    while position < bytes.count {
      positions.append(position)
      if bytes[position] == UInt8(ascii: "%"), position + 2 < bytes.count, let high = Self.digit(bytes[position + 1]),
        let low = Self.digit(bytes[position + 2])
      {
        decoded.append(high << 4 | low)
        position += 3
      } else {
        decoded.append(bytes[position])
        position += 1
      }
    }
    self.decoded = decoded
    self.positions = positions
  }

  /// The next one from a place in ``bytes`` on; `nil` if there is none.
  mutating func next(from position: Int) -> Found? {
    while index < decoded.count, positions[index] < position { index += 1 }
    while index < decoded.count {
      let separator = index
      index += 1
      guard decoded[separator] == UInt8(ascii: "=") || decoded[separator] == UInt8(ascii: ":") else { continue }
      if let found = found(at: separator, from: position) { return found }
    }
    return nil
  }

  private func found(at separator: Int, from position: Int) -> Found? {
    let isColon = decoded[separator] == UInt8(ascii: ":")
    let next = separator + 1 < positions.count ? positions[separator + 1] : bytes.count
    var start = next
    while start < bytes.count, Self.isBlank(bytes[start]) { start += 1 }
    let isApart = start > next
    var end = separator
    // `a = b` is an assignment; `a =b` is none, nor is `a= b`.
    while end > 0, Self.isBlank(decoded[end - 1]), isColon || isApart { end -= 1 }
    if !isColon, isApart, end == separator { start = next }
    if let name = quotedName(before: end, from: position), !isProse(start, after: decoded[end - 1]) {
      return Found(form: .member, name: name, start: start, next: next)
    }
    guard end == separator || !isColon, let first = nameStart(before: end, from: position) else { return nil }
    let name = String(decoding: decoded[first..<end], as: UTF8.self)
    guard isColon else {
      return Found(form: .assignment, name: name, start: start, next: next)
    }
    guard Self.isLetter(decoded[first]), first == 0 || Self.startsWord(after: decoded[first - 1]),
      isApart || !isPort(start), !bytes[start...].starts(with: "//".utf8),
      isApart || !Secrets.isPlainEnglish(name: name)
    else { return nil }
    return Found(form: .field, name: name, position: positions[first], start: start, next: next)
  }

  /// Where the name begins that ends here.
  private func nameStart(before end: Int, from position: Int) -> Int? {
    var first = end
    while first > 0, positions[first - 1] >= position, end - first < Self.longestName,
      Self.isNameByte(decoded[first - 1])
    {
      first -= 1
    }
    return first < end ? first : nil
  }

  /// The name in quotes that ends here, however they are escaped.
  private func quotedName(before end: Int, from position: Int) -> String? {
    guard end > 0, Self.isQuote(decoded[end - 1]) else { return nil }
    var last = end - 1
    while last > 0, decoded[last - 1] == UInt8(ascii: "\\") { last -= 1 }
    guard let first = nameStart(before: last, from: position), first > 0, decoded[first - 1] == decoded[end - 1] else {
      return nil
    }
    return String(decoding: decoded[first..<last], as: UTF8.self)
  }

  /// Whether a name in single quotes and a colon are those of a message: `'--token': expected a number`.
  private func isProse(_ start: Int, after quote: UInt8) -> Bool {
    quote == UInt8(ascii: "'") && start < bytes.count && !Self.isQuote(bytes[start])
      && bytes[start] != UInt8(ascii: "\\")
  }

  /// Where a value stands, without quotes around it; of a long one no more than `most` bytes.
  func value(of found: Found, most: Int = .max) -> Range<Int> {
    let start = found.start
    let limit = most < bytes.count - start ? start + most : bytes.count
    if found.form == .field {
      let line = bytes[start..<limit].firstIndex(of: UInt8(ascii: "\n")) ?? limit
      return start..<(openQuote(before: found.position).flatMap { close(of: $0, from: start, limit) } ?? line)
    }
    var open = start
    while open < limit, bytes[open] == UInt8(ascii: "\\") { open += 1 }
    if open < limit, Self.isQuote(bytes[open]) {
      let quote = Quote(byte: bytes[open], isEscaped: open > start)
      return open + 1..<(close(of: quote, from: open + 1, limit) ?? limit)
    }
    if found.form == .member, start < limit, bytes[start] == UInt8(ascii: "[") {
      return start..<(bytes[start..<limit].firstIndex(of: UInt8(ascii: "]")) ?? limit)
    }
    var end = start
    while end < limit, !ends(at: end, in: found.form) { end += 1 }
    return start..<end
  }

  /// Whether a value without quotes ends here. A semicolon or a comma may be part of it, unless another name follows.
  private func ends(at end: Int, in form: Form) -> Bool {
    let byte = bytes[end]
    if Self.isBlank(byte) || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") || Self.isQuote(byte) {
      return true
    }
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "`"): return true
    case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"): if form == .member { return true }
    case UInt8(ascii: ";"): break
    default: return false
    }
    guard byte == UInt8(ascii: ";") || byte == UInt8(ascii: ",") else { return false }
    let rest = bytes[(end + 1)...]
    guard let first = rest.first else { return true }
    if Self.isBlank(first) || first == UInt8(ascii: "\n") { return true }
    let name = rest.prefix(Self.longestName).prefix(while: Self.isNameByte)
    return !name.isEmpty && name.endIndex < bytes.count && bytes[name.endIndex] == UInt8(ascii: "=")
  }

  /// Whether the number of a port is here, and then something else.
  private func isPort(_ start: Int) -> Bool {
    let rest = bytes[start...]
    let digits = rest.prefix { $0 &- 0x30 < 10 }
    guard (1...5).contains(digits.count) else { return false }
    return rest.dropFirst(digits.count).first.map { !Self.isNameByte($0) && $0 != UInt8(ascii: "=") } ?? true
  }

  // MARK: Quotes

  private struct Quote: Equatable {
    let byte: UInt8
    let isEscaped: Bool
  }

  private func quote(at position: Int) -> Quote? {
    guard Self.isQuote(bytes[position]) else { return nil }
    return Quote(byte: bytes[position], isEscaped: position > 0 && bytes[position - 1] == UInt8(ascii: "\\"))
  }

  /// Where such quotes are closed, without the backslash before.
  private func close(of quote: Quote, from start: Int, _ limit: Int) -> Int? {
    for position in start..<max(start, limit) where self.quote(at: position) == quote {
      return quote.isEscaped ? max(start, position - 1) : position
    }
    return nil
  }

  /// The quotes in which a place of a line stands; an apostrophe within a word opens none.
  private func openQuote(before position: Int) -> Quote? {
    var start = position
    while start > 0, bytes[start - 1] != UInt8(ascii: "\n") { start -= 1 }
    var open: Quote?
    for position in start..<position {
      guard let quote = quote(at: position) else { continue }
      if open == quote {
        open = nil
      } else if open == nil,
        quote.byte == UInt8(ascii: "\"") || position == start || !Self.isLetter(bytes[position - 1])
      {
        open = quote
      } else if quote.isEscaped, open?.isEscaped == false {
        open = quote
      }
    }
    return open
  }

  // MARK: Bytes

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46, 0x61...0x66: (byte | 0x20) - 0x57
    default: nil
    }
  }

  static func isNameByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || byte &- 0x30 < 10 || "_-.[]".utf8.contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
  private static func isBlank(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
  private static func isQuote(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") }
  /// Quotes of print are bytes beyond ASCII.
  private static func startsWord(after byte: UInt8) -> Bool { byte >= 0x80 || " \t\n\r'\"`{(,;".utf8.contains(byte) }
}
