internal import Glibc

/// What the framing fields of one head said, until they are checked against each other.
private struct Framing {
  var length: UInt64?
  var hasTransferCoding = false
  var isChunked = false
  var wantsClose = false
  var wantsKeepAlive = false
}

extension ResponseParser {
  /// Reads a complete head: status line, the framing fields and the selected ones.
  mutating func readHead(
    _ head: UnsafeMutableRawBufferPointer, selecting fields: borrowing FieldSelection
  ) throws(ResponseFault) {
    let base = head.baseAddress!
    selected.length = (-1, -1)
    origin = OriginFields()
    var start = try readStatusLine(base, head.count)
    var framing = Framing()
    let end = ResponseParser.lineEnd(base, beforeFeed: head.count - 1)
    while start < end {
      var feed = ResponseParser.feed(base, from: start, to: head.count)
      var isFolded = false
      // A folded line continues the value (RFC 9112 5.2): its line break becomes spaces.
      while feed + 1 < end, isBlank(head[feed + 1]) {
        isFolded = true
        head[ResponseParser.lineEnd(base, beforeFeed: feed)] = space
        head[feed] = space
        feed = ResponseParser.feed(base, from: feed + 1, to: head.count)
      }
      let length = ResponseParser.lineEnd(base, beforeFeed: feed) - start
      try readField(
        UnsafeRawBufferPointer(start: base + start, count: length), at: start, isFolded: isFolded, &framing, fields)
      start = feed + 1
    }
    try apply(framing)
  }

  private static func feed(_ base: UnsafeMutableRawPointer, from start: Int, to end: Int) -> Int {
    // A head handed in here ends in an empty line, so there is always another one.
    UnsafeMutableRawPointer(memchr(base + start, Int32(lineFeed), end - start)!) - base
  }

  /// Where the line end begins whose LF stands at `feed`, which is never a head's first byte.
  @inline(__always)
  private static func lineEnd(_ base: UnsafeMutableRawPointer, beforeFeed feed: Int) -> Int {
    base.load(fromByteOffset: feed - 1, as: UInt8.self) == carriageReturn ? feed - 1 : feed
  }

  /// Reads `HTTP/1.x SP status [SP reason]` and a line end; returns where the next line begins.
  private mutating func readStatusLine(_ base: UnsafeMutableRawPointer, _ count: Int) throws(ResponseFault) -> Int {
    let next = ResponseParser.feed(base, from: 0, to: count) + 1
    let line = UnsafeRawBufferPointer(start: base, count: ResponseParser.lineEnd(base, beforeFeed: next - 1))
    guard line.count >= 12, line[7] &- 0x30 < 10, line[8] == space,
      line[9] &- 0x31 < 9, line[10] &- 0x30 < 10, line[11] &- 0x30 < 10,
      line.count == 12 || line[12] == space
    else { throw .malformed("the status line is not 'HTTP/1.x NNN reason'", at: line) }
    let reason = UnsafeRawBufferPointer(rebasing: line[12...])
    if !isText(reason) {
      guard overlooksControls(in: reason) else { throw .malformed("a NUL or bare CR in the status line", at: line) }
    }
    minorVersion = line[7] - 0x30
    status = Int(line[9] - 0x30) * 100 + Int(line[10] - 0x30) * 10 + Int(line[11] - 0x30)
    return next
  }

  @inline(__always)
  private mutating func readField(
    _ line: UnsafeRawBufferPointer, at offset: Int, isFolded: Bool, _ framing: inout Framing,
    _ fields: borrowing FieldSelection
  ) throws(ResponseFault) {
    var colon = 0
    while colon < line.count, isTokenByte(line[colon]) { colon += 1 }
    guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else {
      throw .malformed("a header line is not 'name: value'", at: line)
    }
    var start = colon + 1
    var end = line.count
    while start < end, isBlank(line[start]) { start += 1 }
    while end > start, isBlank(line[end - 1]) { end -= 1 }
    let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
    let value = UnsafeRawBufferPointer(rebasing: line[start..<end])
    let isText = isText(value)
    if !isText {
      guard overlooksControls(in: value) else { throw .malformed("a NUL or bare CR in a header value", at: name) }
    }
    if isFolded { leniencies.insert(.foldedLine) }

    switch name.count {
    case 10 where equals(name, lowercase: "connection"): readConnection(value, &framing)
    case 14 where equals(name, lowercase: "content-length"):
      guard !isFolded else { throw .malformed("a length or coding is folded over several lines", at: name) }
      try readLength(value, &framing)
    case 17 where equals(name, lowercase: "transfer-encoding"):
      guard !isFolded else { throw .malformed("a length or coding is folded over several lines", at: name) }
      // What one reader takes for a blank is part of the coding for another.
      guard isText else { throw .malformed("a control character in Transfer-Encoding", at: value) }
      try readTransferCodings(value, &framing)
    default: origin.note(name, value, at: offset + start)
    }
    switch fields.slot(of: name) {
    case 0: (selected.start.0, selected.length.0) = (Int32(offset + start), Int32(end - start))
    case 1: (selected.start.1, selected.length.1) = (Int32(offset + start), Int32(end - start))
    default: break
    }
  }

  private func readConnection(_ value: UnsafeRawBufferPointer, _ framing: inout Framing) {
    forEachElement(of: value) { option in
      if equals(option, lowercase: "close") { framing.wantsClose = true }
      if equals(option, lowercase: "keep-alive") { framing.wantsKeepAlive = true }
    }
  }

  private func readLength(_ value: UnsafeRawBufferPointer, _ framing: inout Framing) throws(ResponseFault) {
    guard framing.length == nil else { throw .malformed("Content-Length is stated twice") }
    guard !value.isEmpty, value.allSatisfy({ $0 &- 0x30 < 10 }) else {
      throw .malformed("Content-Length is not a number", at: value)
    }
    var length: UInt64 = 0
    for digit in value {
      guard length < 100_000_000_000_000_000 else {
        throw .malformed("Content-Length has more than 18 digits", at: value)
      }
      length = length * 10 + UInt64(digit - 0x30)
    }
    framing.length = length
  }

  private func readTransferCodings(_ value: UnsafeRawBufferPointer, _ framing: inout Framing) throws(ResponseFault) {
    framing.hasTransferCoding = true
    var follows = framing.isChunked
    var repeated = false
    forEachElement(of: value) { coding in
      if follows { repeated = true }
      follows = equals(coding, lowercase: "chunked")
    }
    guard !repeated else { throw .malformed("chunked is not the last transfer coding", at: value) }
    framing.isChunked = follows
  }

  /// Decides how the content ends (RFC 9112 6.3) and whether the connection goes on (9.3).
  private mutating func apply(_ framing: Framing) throws(ResponseFault) {
    if framing.hasTransferCoding {
      guard framing.length == nil else { throw .malformed("both Content-Length and Transfer-Encoding") }
      guard minorVersion > 0 else { throw .malformed("Transfer-Encoding in an HTTP/1.0 response") }
    }
    keepsAlive = !framing.wantsClose && (minorVersion > 0 || framing.wantsKeepAlive)
    contentLength = 0
    if expectsNoContent || status == 204 || status == 304 {
      phase = .complete
    } else if framing.isChunked {
      beginChunk()
    } else if let length = framing.length {
      remaining = length
      phase = length == 0 ? .complete : .length
    } else {
      phase = .untilClose
      keepsAlive = false
    }
  }

  /// Calls `body` with each non-empty element of a comma-separated list (RFC 9110 5.6.1).
  private func forEachElement(of list: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) -> Void) {
    var start = 0
    for index in 0...list.count where index == list.count || list[index] == UInt8(ascii: ",") {
      var first = start
      var last = index
      while first < last, isBlank(list[first]) { first += 1 }
      while last > first, isBlank(list[last - 1]) { last -= 1 }
      if last > first { body(UnsafeRawBufferPointer(rebasing: list[first..<last])) }
      start = index + 1
    }
  }

  @inline(__always)
  private func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

  /// Whether bytes that are not all text hold neither a NUL nor a bare CR.
  private mutating func overlooksControls(in bytes: UnsafeRawBufferPointer) -> Bool {
    guard !bytes.contains(where: { $0 == 0 || $0 == carriageReturn }) else { return false }
    leniencies.insert(.controlByte)
    return true
  }

  @inline(__always)
  private func isText(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var index = 0
    // Eight at a time: the borrow reaches the highest bit of a byte below 0x20, and of DEL. A tab gets the closer look.
    let ones: UInt64 = 0x0101_0101_0101_0101
    while index + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      let deletes = word ^ ones &* 0x7F
      guard ((word &- ones &* 0x20) & ~word | (deletes &- ones) & ~deletes) & ones &* 0x80 == 0 else { break }
      index += 8
    }
    while index < bytes.count {
      let byte = bytes[index]
      guard byte >= 0x20 && byte != 0x7F || byte == tab else { return false }
      index += 1
    }
    return true
  }
}
