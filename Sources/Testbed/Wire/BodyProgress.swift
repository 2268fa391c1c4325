/// How far a body has passed by, without changing or keeping its bytes.
///
/// The caller shows it bytes as they come; it says how many of them belong to the body. A chunked body
/// (RFC 9112, section 7.1) is followed with its sizes and trailer fields, so that it can be passed on as it is.
struct BodyProgress {
  private enum State {
    case counted(Int)
    case untilClose
    case size(value: Int, digits: Int)
    case sizeExtension(value: Int)
    case sizeFeed(value: Int)
    case chunk(Int)
    case chunkReturn
    case chunkFeed
    case trailerStart
    case trailerLine
    case trailerFeed(isLast: Bool)
    case complete
  }

  private var state: State

  /// Bytes of extensions and trailer fields, which an endless sender must not go on with.
  private var overhead = 0

  init(_ framing: BodyFraming) {
    switch framing {
    case .length(0): state = .complete
    case .length(let count): state = .counted(count)
    case .chunked: state = .size(value: 0, digits: 0)
    case .untilClose: state = .untilClose
    }
  }

  var isComplete: Bool {
    if case .complete = state { true } else { false }
  }

  /// Whether the body ends with its connection.
  var isUntilClose: Bool {
    if case .untilClose = state { true } else { false }
  }

  /// Goes on over `bytes` and returns how many of them, from the first on, belong to the body.
  mutating func advance(over bytes: UnsafeRawBufferPointer) throws(MessageHead.Failure) -> Int {
    var position = 0
    while position < bytes.count {
      switch state {
      case .complete: return position
      case .untilClose: return bytes.count
      case .counted(let left):
        let count = min(left, bytes.count - position)
        position += count
        state = count == left ? .complete : .counted(left - count)
      case .chunk(let left):
        let count = min(left, bytes.count - position)
        position += count
        state = count == left ? .chunkReturn : .chunk(left - count)
      default:
        try step(bytes[position])
        position += 1
      }
    }
    return position
  }

  private mutating func step(_ byte: UInt8) throws(MessageHead.Failure) {
    let carriageReturn: UInt8 = 0x0D
    let lineFeed: UInt8 = 0x0A
    switch state {
    case .size(let value, let digits):
      if let digit = hexDigit(byte) {
        guard digits < 15 else { throw .malformed }
        state = .size(value: value << 4 | digit, digits: digits + 1)
      } else if digits > 0, byte == carriageReturn {
        state = .sizeFeed(value: value)
      } else if digits > 0, byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09 {
        state = .sizeExtension(value: value)
      } else {
        throw .malformed
      }
    case .sizeExtension(let value):
      try countOverhead()
      if byte == lineFeed { throw .malformed }
      if byte == carriageReturn { state = .sizeFeed(value: value) }
    case .sizeFeed(let value):
      guard byte == lineFeed else { throw .malformed }
      state = value == 0 ? .trailerStart : .chunk(value)
    case .chunkReturn:
      guard byte == carriageReturn else { throw .malformed }
      state = .chunkFeed
    case .chunkFeed:
      guard byte == lineFeed else { throw .malformed }
      state = .size(value: 0, digits: 0)
    case .trailerStart:
      try countOverhead()
      if byte == lineFeed { throw .malformed }
      state = byte == carriageReturn ? .trailerFeed(isLast: true) : .trailerLine
    case .trailerLine:
      try countOverhead()
      if byte == lineFeed { throw .malformed }
      if byte == carriageReturn { state = .trailerFeed(isLast: false) }
    case .trailerFeed(let isLast):
      guard byte == lineFeed else { throw .malformed }
      state = isLast ? .complete : .trailerStart
    case .counted, .untilClose, .chunk, .complete: break
    }
  }

  private mutating func countOverhead() throws(MessageHead.Failure) {
    overhead += 1
    if overhead > 16 << 10 { throw .malformed }
  }

  private func hexDigit(_ byte: UInt8) -> Int? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
