import HTTP

/// All that a parser says of one response whose bytes come in given pieces.
struct Observation: Equatable {
  enum Ending: Equatable {
    case complete
    /// Only the end of the connection completed it.
    case closed
    /// The end of the connection cut it short.
    case truncated
    case fault(ResponseFault)
  }

  struct Head: Equatable {
    var status: Int
    var minorVersion: UInt8
    var keepsAlive: Bool
    var backend: [UInt8]?
    var generation: [UInt8]?
    var fields: ResponseHead
  }

  var ending = Ending.truncated
  var head: Head?
  var contentLength: UInt64 = 0
  var content: [UInt8] = []
  /// How many bytes were used; `nil` after a fault, where it means nothing.
  var consumed: Int? = 0
  var hasStarted = false
  /// What was overlooked; nothing after a fault, where it does not matter.
  var leniencies = LeniencySet()

  var fault: ResponseFault? {
    if case .fault(let fault) = ending { fault } else { nil }
  }
}

/// Feeds a parser one message, cut before the given positions, and says what came of it.
///
/// Each piece lies in memory of just its size, which is overwritten as soon as the parser has had it: a parser that
/// reads beyond it, or later, cannot give the same observation twice.
///
/// - Parameter guarded: whether the memory behind each piece cannot be read at all.
func observe(
  _ message: [UInt8], cuts: some Sequence<Int> = EmptyCollection(), expectsNoContent: Bool = false,
  guarded: Bool = false, selecting names: (backend: String?, generation: String?) = ("X-Backend", "x-generation")
) -> Observation {
  var parser = ResponseParser()
  return observe(
    message, cuts: cuts, expectsNoContent: expectsNoContent, guarded: guarded, selecting: names, with: &parser)
}

func observe(
  _ message: [UInt8], cuts: some Sequence<Int> = EmptyCollection(), expectsNoContent: Bool = false,
  guarded: Bool = false, selecting names: (backend: String?, generation: String?) = ("X-Backend", "x-generation"),
  captureLimit: Int = 1 << 20, onSameConnection: Bool = false, with parser: inout ResponseParser
) -> Observation {
  let fields = FieldSelection(backend: names.backend, generation: names.generation)
  let region = guarded ? GuardedBytes(capacity: message.count) : nil
  var seen = Observation()
  parser.captureLimit = captureLimit
  parser.begin(expectsNoContent: expectsNoContent, onSameConnection: onSameConnection)
  var total = 0
  var isComplete = false
  do throws(ResponseFault) {
    var start = 0
    var borders = Array(cuts)
    borders.append(message.count)
    for end in borders where !isComplete {
      let piece = message[start..<end]
      let memory =
        region?.place(for: piece.count) ?? .allocate(byteCount: piece.count, alignment: 1)
      defer { if region == nil { memory.deallocate() } }
      memory.copyBytes(from: piece)
      isComplete = try feed(memory, to: &parser, selecting: fields, &seen, &total)
      start = end
    }
    seen.ending = isComplete ? .complete : parser.finish() ? .closed : .truncated
    seen.consumed = total
    seen.leniencies = parser.leniencies
  } catch {
    seen.ending = .fault(error)
    seen.consumed = nil
  }
  seen.contentLength = parser.contentLength
  seen.content = parser.captured
  seen.hasStarted = parser.hasStarted
  return seen
}

private func feed(
  _ memory: UnsafeMutableRawBufferPointer, to parser: inout ResponseParser, selecting fields: borrowing FieldSelection,
  _ seen: inout Observation, _ total: inout Int
) throws(ResponseFault) -> Bool {
  var rest = memory
  while true {
    let step = try parser.consume(rest, selecting: fields)
    precondition(parser.consumed <= rest.count, "more bytes were used than given")
    total += parser.consumed
    if step == .head {
      seen.head = Observation.Head(
        status: parser.status, minorVersion: parser.minorVersion, keepsAlive: parser.keepsAlive,
        backend: parser.value(of: 0).map(Array.init), generation: parser.value(of: 1).map(Array.init),
        fields: ResponseHead(parser))
    }
    let used = UnsafeMutableRawBufferPointer(rebasing: rest[..<parser.consumed])
    used.initializeMemory(as: UInt8.self, repeating: 0xA5)
    rest = UnsafeMutableRawBufferPointer(rebasing: rest[parser.consumed...])
    switch step {
    case .complete: return true
    case .needsMore:
      precondition(rest.isEmpty, "bytes were left over by a parser that asks for more")
      return false
    case .head: break
    }
  }
}

/// A response's bytes: lines joined by CRLF, an empty line behind the last, then content.
func response(_ lines: String..., content: String = "") -> [UInt8] {
  Array((lines.map { $0 + "\r\n" }.joined() + "\r\n" + content).utf8)
}
