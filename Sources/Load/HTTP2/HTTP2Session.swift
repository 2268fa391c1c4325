internal import Glibc
internal import HTTP

/// HTTP/2 on one connection: bytes in, events of an ``HTTP2Inbox`` out; streams in, bytes out. It touches no socket.
struct HTTP2Session: ~Copyable {
  private let library: UnsafePointer<NGHTTP2>
  private let session: OpaquePointer
  private let inbox: UnsafeMutablePointer<HTTP2Inbox>
  /// A head of which the rest is still to come.
  private var unfinished: HeadAssembly.Unfinished?
  /// What the socket did not take.
  private var rest: [UInt8] = []
  private var restOffset = 0

  /// The stream that was submitted last; the last of those that had not left when all was sent that could be; and the last that has
  /// left. They leave in order: beyond the server's limit, or a socket that takes no more, they wait.
  private var lastSubmitted: Int32 = 0
  private var lastWaiting: Int32 = 0
  private var lastSent: Int32 = 0

  /// Whether the server's SETTINGS have come, with which its side begins (RFC 9113 3.4).
  private(set) var hasSettings = false
  /// Whether the server takes no further stream.
  private(set) var isGoingAway = false
  /// Why the server ended the connection, if by an error.
  private(set) var serversError: HTTP2ErrorCode?
  /// Why this side gave the connection up: what the server did wrong.
  private(set) var fault: Fault?

  /// Why a server is not asked further whose handshake did not choose HTTP/2.
  static let notChosen = "the server does not choose HTTP/2 by ALPN; --http auto takes what it chooses"

  /// What a server has done wrong, by nghttp2's words.
  static func ruleBroken(_ reason: String) -> String { "the server breaks a rule of HTTP/2: \(reason)" }

  /// Why a request failed that the server says it has not looked at.
  static func refused(by refusal: Exchange.Refusal, _ code: HTTP2ErrorCode, hasAnswer: Bool) -> String {
    let how =
      switch refusal {
      case .reset: "stream reset (\(code.name))"
      case .goAway: "stream left out by GOAWAY (\(code.name))"
      }
    return hasAnswer ? "\(how) after its answer had begun" : how
  }

  /// By which frame a stream that nghttp2 closed with REFUSED_STREAM, and no RST_STREAM, was refused.
  var refusal: Exchange.Refusal { .goAway(isError: serversError != nil) }

  /// Whether bytes begin as a server of HTTP/2 does: with SETTINGS (RFC 9113 3.4).
  static func begins(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 9 && bytes[0] == 0 && bytes[3] == NGHTTP2.Frame.settings && bytes[4..<9].allSatisfy { $0 == 0 }
  }

  struct Fault {
    let kind: FailureKind
    let text: String
  }

  /// Begins HTTP/2 on a connection that is open; the inbox has to outlive the session.
  ///
  /// - Returns: `nil` where there is no memory for it.
  init?(_ library: UnsafePointer<NGHTTP2>, callbacks: OpaquePointer, to inbox: UnsafeMutablePointer<HTTP2Inbox>) {
    var made: OpaquePointer?
    guard library.pointee.new(&made, callbacks, inbox) == 0, let session = made else { return nil }
    self.library = library
    self.session = session
    self.inbox = inbox
    let settings = [
      NGHTTP2.Setting(id: NGHTTP2.Constant.enablePush, value: 0),
      NGHTTP2.Setting(id: NGHTTP2.Constant.initialWindowSize, value: UInt32(HTTP2Windows.stream)),
    ]
    _ = library.pointee.submitSettings(session, 0, settings, settings.count)
    _ = library.pointee.setLocalWindowSize(session, 0, 0, Int32(HTTP2Windows.connection))
  }

  deinit {
    library.pointee.delete(session)
    unfinished?.deallocate()
  }

  /// Submits a request.
  ///
  /// - Parameters:
  ///   - slot: its exchange's.
  ///   - body: reads its content; `nil` where it has none.
  /// - Returns: its stream; `nil` where the connection takes no further one.
  @inline(__always)
  mutating func submit(
    _ fields: UnsafeBufferPointer<NGHTTP2.NameValue>, slot: Int, body: NGHTTP2.DataProvider?
  ) -> Int32? {
    let data = UnsafeMutableRawPointer(bitPattern: slot + 1)
    var stream: Int32
    if let body {
      stream = withUnsafePointer(to: body) {
        library.pointee.submitRequest(session, nil, fields.baseAddress!, fields.count, $0, data)
      }
    } else {
      stream = library.pointee.submitRequest(session, nil, fields.baseAddress!, fields.count, nil, data)
    }
    guard stream > 0 else { return nil }
    lastSubmitted = stream
    return stream
  }

  /// Whether a request waits, which was submitted, for its turn to be sent.
  func isWaiting(_ stream: Int32) -> Bool { stream > lastSent }

  /// Gives a stream up, which the server is told by RST_STREAM; the connection goes on.
  func cancel(_ stream: Int32) {
    _ = library.pointee.submitReset(session, 0, stream, UInt32(HTTP2ErrorCode.cancel.rawValue))
  }

  /// Reads received bytes, and puts what they say into the inbox.
  @inline(__always)
  mutating func receive(_ bytes: UnsafeRawBufferPointer) {
    inbox.pointee.removeAll()
    if let head = unfinished {
      inbox.pointee.assembly.goOn(with: head)
      unfinished = nil
    }
    let used = library.pointee.receive(session, bytes.baseAddress!, bytes.count)
    unfinished = inbox.pointee.assembly.takeOpen()
    if !hasSettings { noteSettings() }
    if used < 0 { fail(used) }
  }

  private mutating func fail(_ number: Int) {
    guard fault == nil else { return }
    let reason = Self.ruleBroken(inbox.pointee.reason ?? library.pointee.text(of: number))
    let kind: FailureKind = number == NGHTTP2.Constant.flooded ? .oversized : hasSettings ? .malformed : .noHTTP2
    fault = Fault(kind: kind, text: reason)
  }

  private mutating func noteSettings() {
    for index in 0..<inbox.pointee.count where inbox.pointee.events[index].kind == .settings { hasSettings = true }
  }

  mutating func noteGoAway(_ code: HTTP2ErrorCode) {
    isGoingAway = true
    if code != .noError { serversError = code }
  }

  /// How many streams the server takes at a time; the largest number where it has set no limit.
  var streamLimit: UInt32 { library.pointee.remoteSettings(session, NGHTTP2.Constant.maxConcurrentStreams) }

  /// Whether there are frames to send that are not taken by the socket yet.
  @inline(__always)
  var hasOutput: Bool { !rest.isEmpty || library.pointee.wantsWrite(session) != 0 }

  /// Whether the socket took less than there was.
  @inline(__always)
  var isBlocked: Bool { !rest.isEmpty }

  /// Whether neither side has anything more to say.
  var isOver: Bool { library.pointee.wantsRead(session) == 0 && library.pointee.wantsWrite(session) == 0 }

  /// Sends what there is, as much as the socket takes, and puts into the inbox what becomes of streams by that: one
  /// that had to wait leaves, this side's own RST_STREAM ends one, and so does a GOAWAY before it was sent.
  ///
  /// - Returns: how many bytes it took, and whether it takes no more for good.
  mutating func flush(
    to transport: inout Transport, through buffer: UnsafeMutableRawBufferPointer
  ) -> (sent: Int, hasFailed: Bool) {
    inbox.pointee.removeAll()
    defer { lastWaiting = lastSubmitted }
    return sendAll(to: &transport, through: buffer)
  }

  private mutating func sendAll(
    to transport: inout Transport, through buffer: UnsafeMutableRawBufferPointer
  ) -> (sent: Int, hasFailed: Bool) {
    var total = 0
    while restOffset < rest.count {
      let sent = rest.withUnsafeBytes { transport.send($0.baseAddress! + restOffset, $0.count - restOffset) }
      switch sent {
      case .bytes(let count):
        restOffset += count
        total += count
      case .blocked: return (total, false)
      case .failed: return (total, true)
      }
    }
    if !rest.isEmpty {
      rest.removeAll(keepingCapacity: rest.capacity <= 65_536)
      restOffset = 0
    }
    while true {
      var frame: UnsafePointer<UInt8>?
      var filled = 0
      // A frame at a time; few are longer than what is left.
      while filled + Self.usualFrame <= buffer.count {
        let count = library.pointee.send(session, &frame)
        guard count > 0, let frame else { break }
        noteOwn(frame, count)
        guard filled + count <= buffer.count else {
          rest =
            Array(UnsafeRawBufferPointer(rebasing: buffer[..<filled])) + UnsafeBufferPointer(start: frame, count: count)
          let (sent, hasFailed) = sendAll(to: &transport, through: buffer)
          return (total + sent, hasFailed)
        }
        (buffer.baseAddress! + filled).copyMemory(from: frame, byteCount: count)
        filled += count
      }
      guard filled > 0 else { return (total, false) }
      var offset = 0
      while offset < filled {
        switch transport.send(buffer.baseAddress! + offset, filled - offset) {
        case .bytes(let count):
          offset += count
          total += count
        case .blocked:
          rest = Array(UnsafeRawBufferPointer(rebasing: buffer[offset..<filled]))
          return (total, false)
        case .failed: return (total, true)
        }
      }
    }
  }

  /// The most that a frame takes whose length the server has not raised (RFC 9113 4.2).
  private static let usualFrame = 16_384 + 9

  /// Takes note of a frame that leaves: that of a request which had to wait becomes an event.
  @inline(__always)
  private mutating func noteOwn(_ frame: UnsafePointer<UInt8>, _ count: Int) {
    guard frame[3] == NGHTTP2.Frame.headers else { return noteOwnGoAway(frame, count) }
    lastSent = (5..<9).reduce(Int32(0)) { $0 << 8 | Int32(frame[$1]) }
    if lastSent <= lastWaiting { inbox.pointee.noteSending(lastSent, session) }
  }

  /// Keeps why this side ends the connection: nghttp2 says it to the server, and nobody else.
  @inline(__always)
  private mutating func noteOwnGoAway(_ frame: UnsafePointer<UInt8>, _ count: Int) {
    guard frame[3] == NGHTTP2.Frame.goAway, count >= 17, fault == nil else { return }
    let code = (13..<17).reduce(UInt32(0)) { $0 << 8 | UInt32(frame[$1]) }
    guard code != 0 else { return }
    let debug = Fingerprint.text(UnsafeRawBufferPointer(start: frame + 17, count: min(200, count - 17)))
    let reason = inbox.pointee.reason ?? debug
    let name = HTTP2ErrorCode(code: code).name
    fault = Fault(
      kind: hasSettings ? .malformed : .noHTTP2,
      text: hasSettings
        ? Self.ruleBroken(reason.isEmpty ? name : "\(reason) (\(name))")
        : "the server's first bytes are not HTTP/2's: it does not speak HTTP/2 at this port")
  }
}
