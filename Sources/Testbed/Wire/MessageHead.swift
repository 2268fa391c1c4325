/// The head of an HTTP/1 request or response, as places in the bytes it was read from.
///
/// It keeps no text: `fields` and the parts of the first line are ranges, valid for as long as the caller
/// keeps the bytes. What decides about framing and connections (RFC 9112, sections 6 and 9) is read out, so
/// that those answers stay valid after the bytes are gone. A head that two readers could understand in two
/// ways is refused (RFC 9112, section 11.2), since a proxy passes it on.
package struct MessageHead {
  package typealias Bytes = UnsafeRawBufferPointer

  package enum Failure: Error {
    case malformed, unknownVersion, unknownCoding

    /// The status that a server answers with.
    var status: Int {
      switch self {
      case .malformed: 400
      case .unknownVersion: 505
      case .unknownCoding: 501
      }
    }
  }

  package struct Field {
    package let name: Range<Int>
    package let value: Range<Int>
    let kind: Kind
  }

  /// What a field means for the connection it came over.
  enum Kind {
    case endToEnd, framing, hopByHop, host, expect, upstream
  }

  /// The three parts of the first line: method, target and version, or version, status and reason.
  package private(set) var firstLine = (0..<0, 0..<0, 0..<0)
  package private(set) var fields: [Field] = []
  private(set) var minorVersion = 1
  private(set) var status = 0
  private(set) var contentLength: Int?
  private(set) var isChunked = false
  private(set) var expectsContinue = false
  private var connectionOptions: [Range<Int>] = []
  private var asksToClose = false
  private var asksToKeepAlive = false
  private var hostCount = 0

  package init() {}

  /// Whether the connection stays open after this message (RFC 9112, section 9.3).
  var keepsAlive: Bool {
    !asksToClose && (minorVersion >= 1 || asksToKeepAlive)
  }

  var requestFraming: BodyFraming {
    if isChunked { return .chunked }
    return .length(contentLength ?? 0)
  }

  /// How the body of this response ends (RFC 9112, section 6.3).
  func responseFraming(toHead: Bool) -> BodyFraming {
    if toHead || status < 200 || status == 204 || status == 304 { return .length(0) }
    if isChunked { return .chunked }
    if let contentLength { return .length(contentLength) }
    return .untilClose
  }

  /// Reads a request's head; `bytes` ends with its empty line.
  package mutating func readRequest(_ bytes: Bytes) throws(Failure) {
    let rest = try begin(bytes)
    let (method, target, version) = firstLine
    guard !method.isEmpty, bytes[method].allSatisfy(isTokenByte), !target.isEmpty,
      bytes[target].allSatisfy({ $0 > 0x20 && $0 != 0x7F })
    else { throw .malformed }
    try readVersion(bytes, version)
    try readFields(bytes, from: rest)
    guard hostCount == 1 || hostCount == 0 && minorVersion == 0 else { throw .malformed }
    guard !isChunked || contentLength == nil && minorVersion >= 1 else { throw .malformed }
  }

  /// Reads a response's head; `bytes` ends with its empty line.
  mutating func readResponse(_ bytes: Bytes) throws(Failure) {
    let rest = try begin(bytes)
    try readVersion(bytes, firstLine.0)
    guard firstLine.1.count == 3, let code = decimal(bytes, firstLine.1), code >= 100 else { throw .malformed }
    guard bytes[firstLine.2].allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else { throw .malformed }
    status = code
    try readFields(bytes, from: rest)
  }

  /// Whether a proxy drops a field instead of passing it on (RFC 9110, section 7.6.1).
  func isDroppedByProxy(_ field: Field, in bytes: Bytes) -> Bool {
    switch field.kind {
    case .hopByHop, .expect, .upstream: true
    case .framing, .host: false
    case .endToEnd: connectionOptions.contains { equalIgnoringCase(bytes, $0, field.name) }
    }
  }

  private mutating func begin(_ bytes: Bytes) throws(Failure) -> Int {
    fields.removeAll(keepingCapacity: true)
    connectionOptions.removeAll(keepingCapacity: true)
    contentLength = nil
    isChunked = false
    expectsContinue = false
    asksToClose = false
    asksToKeepAlive = false
    hostCount = 0
    status = 0

    guard let line = nextLine(bytes, from: 0) else { throw .malformed }
    guard let firstSpace = bytes[line.text].firstIndex(of: 0x20) else { throw .malformed }
    let rest = (firstSpace + 1)..<line.text.upperBound
    // A response may leave out its reason together with the space before it.
    let secondSpace = bytes[rest].firstIndex(of: 0x20) ?? rest.upperBound
    let third = min(secondSpace + 1, rest.upperBound)..<rest.upperBound
    firstLine = (0..<firstSpace, rest.lowerBound..<secondSpace, third)
    return line.next
  }

  private mutating func readVersion(_ bytes: Bytes, _ range: Range<Int>) throws(Failure) {
    guard range.count == 8, bytes[range].starts(with: "HTTP/".utf8) else { throw .malformed }
    let major = bytes[range.lowerBound + 5]
    let minor = bytes[range.lowerBound + 7]
    guard isDigit(major), bytes[range.lowerBound + 6] == UInt8(ascii: "."), isDigit(minor) else { throw .malformed }
    guard major == UInt8(ascii: "1") else { throw .unknownVersion }
    minorVersion = minor == UInt8(ascii: "0") ? 0 : 1
  }

  private mutating func readFields(_ bytes: Bytes, from start: Int) throws(Failure) {
    var position = start
    while let line = nextLine(bytes, from: position), !line.text.isEmpty {
      position = line.next
      guard let colon = bytes[line.text].firstIndex(of: UInt8(ascii: ":")), colon > line.text.lowerBound
      else { throw .malformed }
      let name = line.text.lowerBound..<colon
      let value = trimmed(bytes, (colon + 1)..<line.text.upperBound)
      // The name's bytes rule out a folded line, which begins with a space.
      guard bytes[name].allSatisfy(isTokenByte), bytes[value].allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
      else { throw .malformed }
      fields.append(Field(name: name, value: value, kind: try interpret(bytes, name, value)))
    }
  }

  private mutating func interpret(_ bytes: Bytes, _ name: Range<Int>, _ value: Range<Int>) throws(Failure) -> Kind {
    switch name.count {
    case 2 where equal(bytes, name, "te"): return .hopByHop
    case 4 where equal(bytes, name, "host"):
      hostCount += 1
      return .host
    case 6 where equal(bytes, name, "expect"):
      expectsContinue = equal(bytes, value, "100-continue")
      return .expect
    case 7 where equal(bytes, name, "upgrade"): return .hopByHop
    case 10 where equal(bytes, name, "connection"):
      readConnectionOptions(bytes, value)
      return .hopByHop
    case 10 where equal(bytes, name, "keep-alive"): return .hopByHop
    case 10 where equal(bytes, name, "x-upstream"): return .upstream
    case 14 where equal(bytes, name, "content-length"):
      guard let length = decimal(bytes, value), contentLength == nil || contentLength == length
      else { throw .malformed }
      contentLength = length
      return .framing
    case 16 where equal(bytes, name, "proxy-connection"): return .hopByHop
    case 17 where equal(bytes, name, "transfer-encoding"):
      guard equal(bytes, value, "chunked"), !isChunked else { throw .unknownCoding }
      isChunked = true
      return .framing
    default: return .endToEnd
    }
  }

  private mutating func readConnectionOptions(_ bytes: Bytes, _ value: Range<Int>) {
    var position = value.lowerBound
    while position < value.upperBound {
      let end = bytes[position..<value.upperBound].firstIndex(of: UInt8(ascii: ",")) ?? value.upperBound
      let option = trimmed(bytes, position..<end)
      if equal(bytes, option, "close") {
        asksToClose = true
      } else if equal(bytes, option, "keep-alive") {
        asksToKeepAlive = true
      } else if !option.isEmpty {
        connectionOptions.append(option)
      }
      position = end + 1
    }
  }
}

/// How the end of a body is found.
enum BodyFraming: Equatable {
  case length(Int), chunked, untilClose
}
