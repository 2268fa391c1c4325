extension ResponseParser {
  /// One byte of chunked framing (RFC 9112 7.1): size lines, line ends and trailers.
  mutating func followFraming(_ byte: UInt8) throws(ResponseFault) {
    switch phase {
    case .chunkSize: try readChunkSize(byte)
    case .chunkSizeBlank:
      try countExtension()
      switch byte {
      case space, tab: break
      case UInt8(ascii: ";"): phase = .chunkExtension
      case carriageReturn:
        leniencies.insert(.paddedChunkSize)
        phase = .chunkSizeEnd
      default: throw .malformed("a chunk size is followed by neither CRLF nor an extension", at: byte)
      }
    case .chunkExtension:
      try countExtension()
      if byte == carriageReturn {
        phase = .chunkSizeEnd
      } else {
        guard byte >= 0x20 && byte != 0x7F || byte == tab else {
          throw .malformed("a control character in a chunk extension", at: byte)
        }
      }
    case .chunkSizeEnd:
      guard byte == lineFeed else { throw .malformed("a chunk size does not end in CRLF", at: byte) }
      lineLength = 0
      phase = remaining == 0 ? .trailerStart : .chunkData
    case .chunkDataReturn:
      guard byte == carriageReturn else { throw .malformed("a chunk is longer than its size says", at: byte) }
      phase = .chunkDataFeed
    case .chunkDataFeed:
      guard byte == lineFeed else { throw .malformed("a chunk does not end in CRLF", at: byte) }
      beginChunk()
    case .trailerStart:
      if byte == carriageReturn {
        phase = .trailersEnd
      } else if lineLength > 0, byte == space || byte == tab {
        // A folded line continues the trailer before it.
        phase = .trailer
        try readTrailer(byte)
      } else {
        phase = .trailerName
        try readTrailerName(byte, isFirst: true)
      }
    case .trailerName: try readTrailerName(byte, isFirst: false)
    case .trailer: try readTrailer(byte)
    case .trailerReturn:
      guard byte == lineFeed else { throw .malformed("a trailer line does not end in CRLF", at: byte) }
      phase = .trailerStart
    case .trailersEnd:
      guard byte == lineFeed else { throw .malformed("the trailers do not end in CRLF", at: byte) }
      phase = .complete
    case .head, .length, .untilClose, .chunkData, .complete:
      break
    }
  }

  mutating func beginChunk() {
    phase = .chunkSize
    chunkDigits = 0
    remaining = 0
    lineLength = 0
  }

  private mutating func readChunkSize(_ byte: UInt8) throws(ResponseFault) {
    let digit: UInt8
    switch byte {
    case 0x30...0x39: digit = byte - 0x30
    case 0x41...0x46, 0x61...0x66: digit = (byte | 0x20) - 0x61 + 10
    case carriageReturn where chunkDigits > 0:
      phase = .chunkSizeEnd
      return
    case UInt8(ascii: ";") where chunkDigits > 0:
      phase = .chunkExtension
      return
    case space where chunkDigits > 0, tab where chunkDigits > 0:
      phase = .chunkSizeBlank
      return
    default: throw .malformed("a chunk size is not hexadecimal", at: byte)
    }
    chunkDigits += 1
    if chunkDigits > 15 { try countPadding() }
    remaining = remaining << 4 | UInt64(digit)
  }

  /// Allows for more than 15 digits as long as those before them are zeros.
  @inline(never)
  private mutating func countPadding() throws(ResponseFault) {
    guard remaining < 1 << 56 else { throw .malformed("a chunk size has more than 15 digits") }
    guard chunkDigits > 16 else { return }
    leniencies.insert(.paddedChunkSize)
    try countExtension()
  }

  private mutating func countExtension() throws(ResponseFault) {
    lineLength += 1
    guard lineLength <= ResponseParser.chunkLineLimit else { throw .oversized("a line with a chunk size over 4 KiB") }
  }

  private mutating func countTrailer() throws(ResponseFault) {
    lineLength += 1
    guard lineLength <= ResponseParser.headLimit else { throw .oversized("trailers over 64 KiB") }
  }

  private mutating func readTrailerName(_ byte: UInt8, isFirst: Bool) throws(ResponseFault) {
    try countTrailer()
    if byte == UInt8(ascii: ":"), !isFirst {
      phase = .trailer
    } else {
      guard isTokenByte(byte) else { throw .malformed("a trailer line is not 'name: value'", at: byte) }
    }
  }

  private mutating func readTrailer(_ byte: UInt8) throws(ResponseFault) {
    try countTrailer()
    guard byte != carriageReturn else {
      phase = .trailerReturn
      return
    }
    guard byte != 0, byte != lineFeed else { throw .malformed("a NUL or bare LF in a trailer", at: byte) }
    if byte < 0x20 && byte != tab || byte == 0x7F { leniencies.insert(.controlByte) }
  }
}
