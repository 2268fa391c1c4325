@testable import HTTP

/// What a parser made of the bytes that a server sent, in one division into pieces.
struct Outcome: Equatable {
  enum End: Equatable {
    case complete
    /// The connection closed in the midst of it.
    case cutShort
    case fault(ResponseFault)
  }

  var end = End.cutShort
  var status = 0
  var minorVersion: UInt8 = 1
  var keepsAlive = true
  var contentLength: UInt64 = 0
  var content: [UInt8] = []
  var backend: [UInt8]?
  var generation: [UInt8]?
  var headLength = 0
  /// Bytes used; 0 after a fault.
  var consumed = 0
  /// Whether each step used what it had to.
  var isSound = true

  var fault: ResponseFault? {
    if case .fault(let fault) = end { fault } else { nil }
  }
}

extension ResponseParser {
  /// Reads one response as a connection does that receives the bytes between one cut and the next at once, and then
  /// is closed.
  mutating func outcome(of bytes: [UInt8], cuts: some Sequence<Int>, toHead: Bool) -> Outcome {
    var outcome = Outcome()
    let fields = FieldSelection(backend: "X-Backend", generation: "x-generation")
    // The parser may write into the bytes that it is given.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { buffer.deallocate() }
    buffer.copyBytes(from: bytes)
    captureLimit = .max
    begin(expectsNoContent: toHead)
    do throws(ResponseFault) {
      var start = 0
      for cut in cuts {
        if try take(buffer, start..<cut, fields, &outcome) { return outcome }
        start = cut
      }
      if try take(buffer, start..<bytes.count, fields, &outcome) { return outcome }
      if finish() {
        outcome.end = .complete
        note(in: &outcome)
      }
    } catch {
      outcome = Outcome(end: .fault(error), isSound: outcome.isSound)
    }
    return outcome
  }

  private mutating func take(
    _ buffer: UnsafeMutableRawBufferPointer, _ piece: Range<Int>, _ fields: borrowing FieldSelection,
    _ outcome: inout Outcome
  ) throws(ResponseFault) -> Bool {
    var start = piece.lowerBound
    while true {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<piece.upperBound])
      let step = try consume(rest, selecting: fields)
      if step == .head {
        outcome.backend = value(of: 0).map(Array.init)
        outcome.generation = value(of: 1).map(Array.init)
        outcome.headLength = head.count
      }
      start += consumed
      outcome.consumed += consumed
      switch step {
      case .needsMore:
        if start != piece.upperBound { outcome.isSound = false }
        return false
      case .head:
        if start > piece.upperBound { outcome.isSound = false }
      case .complete:
        outcome.end = .complete
        note(in: &outcome)
        return true
      }
    }
  }

  private func note(in outcome: inout Outcome) {
    outcome.status = status
    outcome.minorVersion = minorVersion
    outcome.keepsAlive = keepsAlive
    outcome.contentLength = contentLength
    outcome.content = captured
  }
}

/// Reads one response with a parser of its own.
func outcome(of bytes: [UInt8], cuts: some Sequence<Int> = [], toHead: Bool = false) -> Outcome {
  var parser = ResponseParser()
  return parser.outcome(of: bytes, cuts: cuts, toHead: toHead)
}

func outcome(of text: String, cuts: some Sequence<Int> = [], toHead: Bool = false) -> Outcome {
  outcome(of: Array(text.utf8), cuts: cuts, toHead: toHead)
}
