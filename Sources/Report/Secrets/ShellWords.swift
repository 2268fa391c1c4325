/// A text split at blanks as a shell splits a line: what is in quotes is one word, with its quotes.
struct ShellWords {
  let words: [Substring]

  init(_ text: Substring) {
    let bytes = text.utf8
    var words: [Substring] = []
    var index = bytes.startIndex
    while index < bytes.endIndex {
      if Self.isBlank(bytes[index]) {
        index = bytes.index(after: index)
        continue
      }
      let start = index
      index = Self.end(of: start, in: text)
      words.append(text[start..<index])
    }
    self.words = words
  }

  private static func end(of start: Substring.Index, in text: Substring) -> Substring.Index {
    let bytes = text.utf8
    var index = start
    var before = UInt8(ascii: " ")
    while index < bytes.endIndex, !isBlank(bytes[index]) {
      let byte = bytes[index]
      let after = bytes.index(after: index)
      // The mark of a body has blanks.
      if byte == UInt8(ascii: "("), before == 0xA6,
        let close = bytes[after...].prefix(32).firstIndex(of: UInt8(ascii: ")"))
      {
        index = bytes.index(after: close)
        before = UInt8(ascii: ")")
        continue
      }
      // An apostrophe within a word opens no quotes, unless the word is an option.
      let opens =
        byte == UInt8(ascii: "\"")
        || byte == UInt8(ascii: "'") && (!isLetter(before) || bytes[start] == UInt8(ascii: "-"))
      if opens, let close = close(of: byte, isEscaped: before == UInt8(ascii: "\\"), in: bytes[after...]) {
        index = bytes.index(after: close)
      } else {
        index = after
      }
      before = byte
    }
    return index
  }

  /// Where quotes are closed by ones escaped like those that opened them.
  private static func close(of quote: UInt8, isEscaped: Bool, in rest: Substring.UTF8View) -> Substring.Index? {
    var wasBackslash = false
    for index in rest.indices {
      if rest[index] == quote, wasBackslash == isEscaped { return index }
      wasBackslash = rest[index] == UInt8(ascii: "\\")
    }
    return nil
  }

  /// The text within the quotes of a word; all of any other word.
  static func unquoted(_ word: Substring) -> Substring {
    let bytes = word.utf8
    let escaped = bytes.first == UInt8(ascii: "\\") ? 1 : 0
    guard bytes.count >= 2 + 2 * escaped, let open = bytes.dropFirst(escaped).first,
      open == UInt8(ascii: "\"") || open == UInt8(ascii: "'"), bytes.last == open
    else { return word }
    return Substring(bytes.dropFirst(1 + escaped).dropLast(1 + escaped))
  }

  /// The text between the first quote in a word and the last of its kind; nothing where there are no two.
  static func quoted(in word: Substring) -> Substring {
    let bytes = word.utf8
    guard let first = bytes.firstIndex(where: { $0 == UInt8(ascii: "\"") || $0 == UInt8(ascii: "'") }),
      let last = bytes.lastIndex(of: bytes[first]), first < last
    else { return word[word.endIndex...] }
    return word[bytes.index(after: first)..<last]
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }
  private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }
}
