internal import Glibc

/// Reads one HTTP/1.1 response after another from bytes split anywhere (RFC 9112).
///
///     var parser = ResponseParser()
///     parser.begin(expectsNoContent: false)
///     while true {
///       switch try parser.consume(received, selecting: fields) {
///       case .needsMore: …   // receive again
///       case .head: …        // parser.status and parser.value(of:) are readable; call again with the rest
///       case .complete: …    // parser.consumed bytes were used, the rest is surplus
///       }
///     }
///
/// It holds no bytes as long as a head arrives whole; a head that comes in parts is gathered in a buffer of its own,
/// 64 KiB at most. Content is counted, not kept, unless ``captureLimit`` asks for it. Interim responses (1xx) are passed
/// over. What browsers accept in spite of RFC 9112 is accepted, and listed in ``leniencies``, unless it could move the end of the
/// response: a length must be stated once, and chunked framing accepts no line end but CRLF.
public struct ResponseParser: ~Copyable {
  public enum Step: Sendable {
    case needsMore, head, complete
  }

  /// The most bytes that a head, or the trailers after the last chunk, may take.
  public static let headLimit = 65_536
  /// The most bytes of one chunk-size line with its extensions.
  static let chunkLineLimit = 4_096
  /// The most interim responses before the final one.
  static let interimLimit = 32
  /// The most bytes of line ends behind a response, as many as browsers skip.
  static let strayLimit = 4

  enum Phase: UInt8 {
    case head, length, untilClose
    case chunkSize, chunkSizeBlank, chunkExtension, chunkSizeEnd, chunkData, chunkDataReturn, chunkDataFeed
    case trailerStart, trailerName, trailer, trailerReturn, trailersEnd
    case complete
  }

  var phase = Phase.head
  /// Whether the response, or the last one, is that to a HEAD request.
  public internal(set) var expectsNoContent = false
  /// Bytes of content still to come (`length`), or of the chunk (`chunkData`).
  var remaining: UInt64 = 0
  /// Bytes of the line or section that is being counted against a limit.
  var lineLength = 0
  var chunkDigits = 0
  var interimCount = 0

  private var gathered: UnsafeMutableRawPointer?
  private var gatheredCount = 0
  /// What the connection carried before.
  private var previous = Previous.nothing
  /// Bytes of line ends taken since the last response.
  private var strayCount = 0
  /// Whether the last of them is a CR whose LF is yet to come.
  private var strayReturn = false
  /// Where the first line not yet seen to its end begins.
  private var scanStart = 0

  /// Where the head is readable between `.head` and the next call: in the caller's bytes or in `gathered`.
  private var headBase: UnsafeMutableRawPointer?
  private var headCount = 0

  var selected: (start: (Int32, Int32), length: (Int32, Int32)) = ((0, 0), (-1, -1))
  var origin = OriginFields()

  private enum Previous: UInt8 {
    case nothing, response, answerToHead
    /// 204 or 304.
    case contentlessStatus
  }

  /// What had to be tolerated since ``begin(expectsNoContent:onSameConnection:)``.
  public internal(set) var leniencies = LeniencySet()
  /// The status code of the final response, from 100 to 999.
  public internal(set) var status = 0
  /// The minor version of HTTP/1 that the server speaks.
  public internal(set) var minorVersion: UInt8 = 1
  /// Whether the connection may carry another request after this response (RFC 9112 9.3).
  public internal(set) var keepsAlive = true
  /// Whether any byte of a response has come.
  public private(set) var hasStarted = false
  /// How many of the bytes given to the last ``consume(_:selecting:)`` were used.
  public private(set) var consumed = 0
  /// Bytes of content received, without chunked framing.
  public internal(set) var contentLength: UInt64 = 0

  /// How many bytes of content to keep in ``captured``; 0 keeps none.
  public var captureLimit = 0
  public private(set) var captured: [UInt8] = []

  public init() {}

  deinit { gathered?.deallocate() }

  /// Makes ready for the response to the next request.
  ///
  /// - Parameters:
  ///   - expectsNoContent: the request was HEAD.
  ///   - onSameConnection: the connection has carried the response read last.
  public mutating func begin(expectsNoContent: Bool, onSameConnection: Bool = false) {
    if !onSameConnection {
      previous = .nothing
      strayCount = 0
      strayReturn = false
    } else if self.expectsNoContent {
      previous = .answerToHead
    } else {
      previous = status == 204 || status == 304 ? .contentlessStatus : .response
    }
    self.expectsNoContent = expectsNoContent
    leniencies = LeniencySet()
    interimCount = 0
    hasStarted = false
    contentLength = 0
    status = 0
    if !captured.isEmpty { captured.removeAll(keepingCapacity: captured.capacity <= ResponseParser.headLimit) }
    beginHead()
  }

  private mutating func beginHead() {
    phase = .head
    gathered?.deallocate()
    gathered = nil
    gatheredCount = 0
    scanStart = 0
    headBase = nil
    headCount = 0
  }

  /// Takes received bytes up to the next step.
  ///
  /// After `.head` the caller goes on with the bytes behind ``consumed``, which may be none.
  ///
  /// - Throws: ``ResponseFault``; the parser is of no further use until ``begin(expectsNoContent:onSameConnection:)``.
  public mutating func consume(
    _ bytes: UnsafeMutableRawBufferPointer, selecting fields: borrowing FieldSelection
  ) throws(ResponseFault) -> Step {
    consumed = 0
    if phase == .head {
      guard !bytes.isEmpty else { return .needsMore }
      if !hasStarted {
        if previous != .nothing { consumed = takeLineEnds(UnsafeRawBufferPointer(bytes)) }
        guard consumed < bytes.count else { return .needsMore }
        guard !strayReturn else { throw .malformed("a bare CR before the status line") }
        hasStarted = true
      }
      while true {
        guard try takeHead(bytes, selecting: fields) else { return .needsMore }
        guard (100..<200).contains(status) else { return .head }
        guard status != 101 else { throw .malformed("101 Switching Protocols without a request for it") }
        interimCount += 1
        guard interimCount <= ResponseParser.interimLimit else { throw .oversized("more than 32 interim responses") }
        beginHead()
        guard consumed < bytes.count else { return .needsMore }
      }
    }
    try takeContent(bytes)
    return phase == .complete ? .complete : .needsMore
  }

  /// How many bytes of content may be left out of what is given to ``consume(_:selecting:)``, if ``skip(_:)`` is told: all but the last
  /// where their number is stated and none is kept, else 0. The last one ends the response, and shows what is behind it.
  public var skippable: UInt64 {
    phase == .length && captured.count >= captureLimit ? remaining - 1 : 0
  }

  /// Counts bytes of content that are not given to ``consume(_:selecting:)``.
  ///
  /// - Parameter count: no more than ``skippable``.
  public mutating func skip(_ count: UInt64) {
    precondition(count <= skippable)
    remaining -= count
    contentLength &+= count
  }

  /// Takes line ends that follow a complete response, as some servers send them.
  ///
  /// - Returns: how many of the first bytes are such; no more than four are taken behind one response.
  public mutating func takeLineEnds(_ bytes: UnsafeRawBufferPointer) -> Int {
    var count = 0
    while count < bytes.count, strayCount < ResponseParser.strayLimit {
      if bytes[count] == lineFeed {
        strayReturn = false
      } else if bytes[count] == carriageReturn, !strayReturn {
        strayReturn = true
      } else {
        break
      }
      count += 1
      strayCount += 1
    }
    if count > 0 { leniencies.insert(.strayLineEnd) }
    return count
  }

  /// Says what the end of the connection means for the response.
  ///
  /// - Returns: `true` if it completes a response that lasts until the connection closes.
  public mutating func finish() -> Bool {
    guard phase == .untilClose else { return phase == .complete }
    phase = .complete
    return true
  }

  /// The value of a selected field (0 the backend's, 1 the generation's); valid from `.head` to the next call.
  public func value(of slot: Int) -> UnsafeRawBufferPointer? {
    let start = slot == 0 ? selected.start.0 : selected.start.1
    let length = slot == 0 ? selected.length.0 : selected.length.1
    guard length >= 0, let headBase else { return nil }
    return UnsafeRawBufferPointer(start: headBase + Int(start), count: Int(length))
  }

  /// How far a response has come.
  public enum Progress: Sendable, Equatable {
    case nothing
    /// Bytes of a head that is not complete.
    case head
    case content(status: Int, bytes: UInt64)
  }

  public var progress: Progress {
    guard phase == .head else { return .content(status: status, bytes: contentLength) }
    return hasStarted ? .head : .nothing
  }

  /// The whole head with its last empty line; valid from `.head` to the next call.
  public var head: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: headBase, count: headCount)
  }

  /// Points at a head that is not its own.
  @inline(__always)
  mutating func setHead(_ base: UnsafeMutableRawPointer, _ count: Int) {
    headBase = base
    headCount = count
  }

  /// Finds and reads one head; `false` while it is incomplete.
  private mutating func takeHead(
    _ bytes: UnsafeMutableRawBufferPointer, selecting fields: borrowing FieldSelection
  ) throws(ResponseFault) -> Bool {
    let fresh = bytes.baseAddress! + consumed
    // Bytes past the limit are neither gathered nor read, so that the outcome does not depend on how they were split.
    let freshCount = min(bytes.count - consumed, ResponseParser.headLimit - gatheredCount)
    let base: UnsafeMutableRawPointer
    let count: Int
    let before = gatheredCount
    if gatheredCount > 0 {
      append(fresh, freshCount)
      base = gathered!
      count = gatheredCount
    } else {
      base = fresh
      count = freshCount
    }
    guard let end = try findHeadEnd(base, count) else {
      guard count < ResponseParser.headLimit else { throw .oversized("the head is longer than 64 KiB") }
      if before == 0 { append(fresh, freshCount) }
      consumed += freshCount
      return false
    }
    consumed += end - before
    strayCount = 0
    headBase = base
    headCount = end
    try readHead(UnsafeMutableRawBufferPointer(start: base, count: end), selecting: fields)
    return true
  }

  private mutating func append(_ bytes: UnsafeMutableRawPointer, _ count: Int) {
    // Capacity goes 4, 16, 64 KiB, so a head in single bytes is copied twice at most.
    let needed = gatheredCount + count
    if gathered == nil || needed > capacity(for: gatheredCount) {
      let larger = UnsafeMutableRawPointer.allocate(byteCount: capacity(for: needed), alignment: 1)
      if let gathered {
        larger.copyMemory(from: gathered, byteCount: gatheredCount)
        gathered.deallocate()
      }
      gathered = larger
    }
    (gathered! + gatheredCount).copyMemory(from: bytes, byteCount: count)
    gatheredCount = needed
  }

  private func capacity(for count: Int) -> Int {
    var capacity = 4_096
    while capacity < count { capacity *= 4 }
    return capacity
  }

  /// Looks for the empty line that ends a head; the first line must begin as HTTP/1 does.
  private mutating func findHeadEnd(_ base: UnsafeMutableRawPointer, _ count: Int) throws(ResponseFault) -> Int? {
    if scanStart == 0 {
      let opening: StaticString = "HTTP/1."
      for index in 0..<min(count, 7)
      where base.load(fromByteOffset: index, as: UInt8.self) != opening.utf8Start[index] {
        throw strangeOpening(UnsafeRawBufferPointer(start: base, count: count))
      }
    }
    var start = scanStart
    while start < count, let found = memchr(base + start, Int32(lineFeed), count - start) {
      let feed = UnsafeMutableRawPointer(found) - base
      if feed > start, base.load(fromByteOffset: feed - 1, as: UInt8.self) == carriageReturn {
        if feed - start == 1 { return feed + 1 }
      } else {
        leniencies.insert(.bareLineFeed)
        if feed == start { return feed + 1 }
      }
      start = feed + 1
    }
    scanStart = start
    return nil
  }

  private func strangeOpening(_ bytes: UnsafeRawBufferPointer) -> ResponseFault {
    switch previous {
    case .answerToHead: .malformed("a body came with the answer to HEAD", at: bytes)
    case .contentlessStatus: .malformed("a body came with a 204 or 304 answer", at: bytes)
    case .nothing, .response: .malformed("the response does not begin with HTTP/1.", at: bytes)
    }
  }

  /// Counts content and follows its framing.
  private mutating func takeContent(_ bytes: UnsafeMutableRawBufferPointer) throws(ResponseFault) {
    var index = 0
    defer { consumed = index }
    while phase != .complete, index < bytes.count {
      switch phase {
      case .length, .chunkData, .untilClose:
        let available = UInt64(bytes.count - index)
        let taken = phase == .untilClose ? available : min(remaining, available)
        if captured.count < captureLimit {
          let kept = min(captureLimit - captured.count, Int(taken))
          captured.append(contentsOf: bytes[index..<index + kept])
        }
        index += Int(taken)
        contentLength &+= taken
        guard phase != .untilClose else { continue }
        remaining -= taken
        if remaining == 0 { phase = phase == .length ? .complete : .chunkDataReturn }
      default:
        try followFraming(bytes[index])
        index += 1
      }
    }
  }
}
