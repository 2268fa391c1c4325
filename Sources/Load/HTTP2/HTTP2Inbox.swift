internal import HTTP
internal import Platform

/// What a session's peer has sent, as events to be taken in order; one serves all sessions of a thread, one after the other.
///
/// nghttp2's callbacks fill it while bytes are being read. What an event points at stays there until the next bytes are read.
struct HTTP2Inbox: ~Copyable {
  struct Event {
    enum Kind: UInt8 {
      /// A head is complete, an interim one, a final one or trailers: ``Event/count`` is its place in the inbox's ``heads``.
      case head
      /// Bytes of content.
      case content
      /// The server has sent all of the stream.
      case end
      /// RST_STREAM; ``Event/code`` says why.
      case reset
      /// The stream is gone, by ``Event/code``.
      case closed
      /// The stream broke a rule of HTTP/2, or its head is too long.
      case invalid, tooLong
      /// The head of a request leaves that had to wait since it was submitted.
      case sending
      /// GOAWAY.
      case goAway
      case settings
    }

    var kind: Kind
    var stream: Int32
    /// The slot of the stream's exchange; -1 where it is about the connection.
    var slot: Int32
    var code: UInt32 = 0
    var bytes: UnsafePointer<UInt8>?
    var count = 0
  }

  private(set) var events: UnsafeMutablePointer<Event>
  private(set) var count = 0
  private var capacity = 256
  private(set) var heads: [HeadAssembly.Head] = []
  var assembly: HeadAssembly
  private let fields: FieldSelection
  private let library: UnsafePointer<NGHTTP2>
  /// The stream that was looked up last, and its exchange's slot: what comes of a stream often comes together.
  private var lastStream: Int32 = -1
  private var lastSlot: Int32 = -1
  /// nghttp2's words for what it refused last.
  var reason: String?

  /// - Parameter keepsHeads: whether heads are kept whole.
  init(selecting fields: consuming FieldSelection, keepsHeads: Bool, _ library: UnsafePointer<NGHTTP2>) {
    assembly = HeadAssembly(keepsAll: keepsHeads)
    self.fields = fields
    self.library = library
    events = .allocate(capacity: capacity)
    heads.reserveCapacity(64)
  }

  deinit { events.deallocate() }

  /// Makes ready for the next bytes.
  mutating func removeAll() {
    count = 0
    reason = nil
    lastStream = -1
    heads.removeAll(keepingCapacity: true)
    assembly.removeAll()
  }

  @inline(__always)
  mutating func append(_ event: Event) {
    if count == capacity { grow() }
    (events + count).initialize(to: event)
    count += 1
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Event>.allocate(capacity: capacity * 4)
    larger.moveInitialize(from: events, count: count)
    events.deallocate()
    events = larger
    capacity *= 4
  }
}

extension HTTP2Inbox {
  /// The callbacks by which nghttp2 fills an inbox, which is the user data of each session; the slot of an exchange is the user data
  /// of its stream, plus one.
  ///
  /// - Returns: `nil` where there is no memory for them.
  static func callbacks(_ library: UnsafePointer<NGHTTP2>) -> OpaquePointer? {
    var made: OpaquePointer?
    guard library.pointee.callbacks.new(&made) == 0, let callbacks = made else { return nil }
    let table = library.pointee.callbacks
    table.setBeginHeaders(callbacks) { _, _, data in
      guard let inbox = HTTP2Inbox.at(data) else { return 0 }
      inbox.pointee.assembly.begin()
      return 0
    }
    table.setHeader(callbacks) { session, frame, name, nameLength, value, valueLength, _, data in
      guard let inbox = HTTP2Inbox.at(data), let frame else { return 0 }
      let name = UnsafeRawBufferPointer(start: name, count: nameLength)
      let value = UnsafeRawBufferPointer(start: value, count: valueLength)
      guard !inbox.pointee.takeField(name, value) else { return 0 }
      inbox.pointee.append(.tooLong, NGHTTP2.Frame(base: frame).stream, session)
      inbox.pointee.assembly.abandon()
      return NGHTTP2.Constant.temporalFailure
    }
    table.setFrame(callbacks) { session, frame, data in
      guard let inbox = HTTP2Inbox.at(data), let frame else { return 0 }
      inbox.pointee.note(NGHTTP2.Frame(base: frame), session)
      return 0
    }
    table.setData(callbacks) { session, _, stream, bytes, count, data in
      guard let inbox = HTTP2Inbox.at(data) else { return 0 }
      inbox.pointee.append(.content, stream, session, bytes: bytes, count: count)
      return 0
    }
    table.setStreamClose(callbacks) { session, stream, code, data in
      guard let inbox = HTTP2Inbox.at(data) else { return 0 }
      inbox.pointee.append(.closed, stream, session, code: code)
      return 0
    }
    table.setInvalidFrame(callbacks) { session, frame, number, data in
      guard let inbox = HTTP2Inbox.at(data), let frame else { return 0 }
      inbox.pointee.noteInvalid(NGHTTP2.Frame(base: frame).stream, number, session)
      return 0
    }
    table.setError(callbacks) { _, _, text, count, data in
      guard let inbox = HTTP2Inbox.at(data), let text else { return 0 }
      let bytes = UnsafeRawBufferPointer(start: text, count: min(count, 200))
      inbox.pointee.reason = Fingerprint.text(bytes)
      return 0
    }
    return callbacks
  }

  @inline(__always)
  private static func at(_ data: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<HTTP2Inbox>? {
    data?.assumingMemoryBound(to: HTTP2Inbox.self)
  }

  @inline(__always)
  private mutating func slot(of stream: Int32, _ session: OpaquePointer?) -> Int32 {
    guard stream > 0, let session else { return -1 }
    // One session fills the inbox at a time.
    guard stream != lastStream else { return lastSlot }
    lastStream = stream
    lastSlot = Int32(truncatingIfNeeded: Int(bitPattern: library.pointee.streamUserData(session, stream))) - 1
    return lastSlot
  }

  /// Adds an event of a stream that has an exchange.
  @inline(__always)
  private mutating func append(
    _ kind: Event.Kind, _ stream: Int32, _ session: OpaquePointer?, code: UInt32 = 0,
    bytes: UnsafePointer<UInt8>? = nil, count: Int = 0
  ) {
    let slot = slot(of: stream, session)
    guard slot >= 0 else { return }
    append(Event(kind: kind, stream: stream, slot: slot, code: code, bytes: bytes, count: count))
  }

  mutating func noteSending(_ stream: Int32, _ session: OpaquePointer) { append(.sending, stream, session) }

  private mutating func noteInvalid(_ stream: Int32, _ number: Int32, _ session: OpaquePointer?) {
    if reason == nil { reason = library.pointee.text(of: Int(number)) }
    assembly.abandon()
    append(.invalid, stream, session)
  }

  @inline(__always)
  private mutating func takeField(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Bool {
    assembly.take(name, value, selecting: fields)
  }

  @inline(__always)
  private mutating func note(_ frame: NGHTTP2.Frame, _ session: OpaquePointer?) {
    let stream = frame.stream
    switch frame.type {
    case NGHTTP2.Frame.headers:
      if assembly.isOpen {
        heads.append(assembly.finish())
        append(.head, stream, session, count: heads.count - 1)
      }
      if frame.endsStream { append(.end, stream, session) }
    case NGHTTP2.Frame.data: if frame.endsStream { append(.end, stream, session) }
    case NGHTTP2.Frame.reset: append(.reset, stream, session, code: frame.resetCode)
    case NGHTTP2.Frame.goAway:
      append(Event(kind: .goAway, stream: frame.lastStream, slot: -1, code: frame.goAwayCode))
    case NGHTTP2.Frame.settings:
      if !frame.isAcknowledgement { append(Event(kind: .settings, stream: 0, slot: -1)) }
    default: break
    }
  }
}
