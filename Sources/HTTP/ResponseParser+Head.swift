internal import Glibc

/// What the framing fields of one head said, until they are weighed against each other.
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
    let end = head.count - 2
    while start < end {
      var feed = ResponseParser.feed(base, from: start, to: head.count)
      // A folded line continues the value (RFC 9112 5.2): its line break becomes spaces.
      while feed + 1 < end, isBlank(head[feed + 1]) {
        head[feed] = space
        head[feed - 1] = space
        feed = ResponseParser.feed(base, from: feed + 1, to: head.count)
      }
      try readField(UnsafeRawBufferPointer(start: base + start, count: feed - 1 - start), at: start, &framing, fields)
      start = feed + 1
    }
    try apply(framing)
  }

  private static func feed(_ base: UnsafeMutableRawPointer, from start: Int, to end: Int) -> Int {
    // A head handed in here ends in CRLF CRLF, so there is always another one.
    UnsafeMutableRawPointer(memchr(base + start, Int32(lineFeed), end - start)!) - base
  }

  /// Reads `HTTP/1.x SP status [SP reason] CRLF`; returns where the next line begins.
  private mutating func readStatusLine(_ base: UnsafeMutableRawPointer, _ count: Int) throws(ResponseFault) -> Int {
    let next = ResponseParser.feed(base, from: 0, to: count) + 1
    let line = UnsafeRawBufferPointer(start: base, count: next - 2)
    guard line.count >= 12, line[7] &- 0x30 < 10, line[8] == space,
      line[9] &- 0x31 < 9, line[10] &- 0x30 < 10, line[11] &- 0x30 < 10,
      line.count == 12 || line[12] == space
    else { throw .malformed("the status line is not 'HTTP/1.x NNN reason'") }
    guard isText(UnsafeRawBufferPointer(rebasing: line[12...])) else {
      throw .malformed("a control character in the status line")
    }
    minorVersion = line[7] - 0x30
    status = Int(line[9] - 0x30) * 100 + Int(line[10] - 0x30) * 10 + Int(line[11] - 0x30)
    return next
  }

  @inline(__always)
  private mutating func readField(
    _ line: UnsafeRawBufferPointer, at offset: Int, _ framing: inout Framing, _ fields: borrowing FieldSelection
  ) throws(ResponseFault) {
    var colon = 0
    while colon < line.count, isTokenByte(line[colon]) { colon += 1 }
    guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else {
      throw .malformed("a header line is not 'name: value'")
    }
    var start = colon + 1
    var end = line.count
    while start < end, isBlank(line[start]) { start += 1 }
    while end > start, isBlank(line[end - 1]) { end -= 1 }
    let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
    let value = UnsafeRawBufferPointer(rebasing: line[start..<end])
    guard isText(value) else { throw .malformed("a control character in a header value") }

    switch name.count {
    case 10 where equals(name, lowercase: "connection"): readConnection(value, &framing)
    case 14 where equals(name, lowercase: "content-length"): try readLength(value, &framing)
    case 17 where equals(name, lowercase: "transfer-encoding"): try readTransferCodings(value, &framing)
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
      throw .malformed("Content-Length is not a number")
    }
    guard value.count <= 18 else { throw .malformed("Content-Length has more than 18 digits") }
    framing.length = value.reduce(0) { $0 * 10 + UInt64($1 - 0x30) }
  }

  private func readTransferCodings(_ value: UnsafeRawBufferPointer, _ framing: inout Framing) throws(ResponseFault) {
    framing.hasTransferCoding = true
    var follows = framing.isChunked
    var repeated = false
    forEachElement(of: value) { coding in
      if follows { repeated = true }
      follows = equals(coding, lowercase: "chunked")
    }
    guard !repeated else { throw .malformed("chunked is not the last transfer coding") }
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
