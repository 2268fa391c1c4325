internal import Glibc
internal import HTTP
internal import Platform

/// The socket of a connection, plain or with TLS on it; sending and receiving are the same for both.
struct Transport: ~Copyable {
  enum Received {
    case bytes(Int)
    /// Nothing for now; what comes later reports itself.
    case nothing
    /// There is more to read, which no event reports, and others have waited long enough.
    case cutShort
    case ended(ConnectionEnd)
  }

  enum Sent {
    case bytes(Int)
    /// Nothing fits for now; an event reports when it does.
    case blocked
    case failed
  }

  /// How often a connection is read before others and the clock get their turn.
  static let receiptsPerTurn = 64

  /// The descriptor; -1 without a connection.
  private(set) var socket: Int32 = -1
  /// Whether TLS has been begun on the socket: all bytes then go through it.
  private var isSecure = false
  private var session = TLSSession()
  /// Whether the kernel notes when bytes come.
  private var stampsArrivals = false
  private var ownStamp: Int64 = 0
  /// Whether sending has failed by a reset: the kernel tells of one only once, and receiving then ends as if by FIN.
  private var wasReset = false
  /// How many segments had come behind a gap when that was last looked at.
  private var segmentsOutOfOrder: Int64 = 0

  init() {}

  deinit { if socket >= 0 { Glibc.close(socket) } }

  /// Takes over a socket that is connecting.
  ///
  /// - Parameter stampsArrivals: whether the kernel notes when bytes come.
  mutating func take(_ socket: Int32, stampsArrivals: Bool = false) {
    self.socket = socket
    self.stampsArrivals = stampsArrivals
    ownStamp = 0
    segmentsOutOfOrder = 0
    wasReset = false
    isSecure = false
  }

  /// Begins TLS, through which all bytes go from then on; the client has to outlive it.
  ///
  /// - Returns: whether OpenSSL had what it needs.
  mutating func secure(for client: TLSClient) -> Bool {
    isSecure = session.open(socket, for: client, stampsArrivals: stampsArrivals)
    return isSecure
  }

  mutating func handshake() -> TLSSession.Handshake { session.handshake() }

  /// The result of the handshake; `nil` without TLS.
  var description: TLSDescription? { isSecure ? session.description() : nil }

  /// Whether HTTP/2 was chosen by ALPN.
  var hasChosenHTTP2: Bool { isSecure && session.applicationProtocol == HTTPVersion.http2.protocolName }

  /// The serial number of the server's certificate, in hexadecimal; `nil` without TLS.
  var certificateSerial: String? { isSecure ? session.certificateSerial : nil }

  /// What the peer has done before anything was sent to it. Without TLS only, where nothing but HTTP may come.
  var greeting: ConnectionStateMachine.Greeting {
    var byte: UInt8 = 0
    switch recv(socket, &byte, 1, Int32(MSG_PEEK)) {
    case 0: return .end
    case 1: return .bytes
    default: return .nothing
    }
  }

  /// When what was received last had come, in nanoseconds since 1970: over TLS the bytes of its record. 0 where the kernel did not note it.
  @inline(__always)
  var stamp: Int64 { isSecure ? session.stamp : ownStamp }

  /// Whether no segment has come behind a gap since this was last asked: the stamps of such are too early.
  mutating func cameInOrder() -> Bool {
    guard let count = Socket.segmentsOutOfOrder(socket) else { return false }
    defer { segmentsOutOfOrder = count }
    return count == segmentsOutOfOrder
  }

  /// Receives what is there.
  @inline(__always)
  mutating func receive(_ bytes: UnsafeMutableRawPointer, _ count: Int) -> Received {
    let received =
      isSecure
      ? session.receive(bytes, count)
      : stampsArrivals
        ? Socket.receive(socket, bytes, count, stamp: &ownStamp) : Socket.receive(socket, bytes, count)
    return self.received(received)
  }

  @inline(__always)
  private func received(_ received: Int) -> Received {
    if received > 0 { return .bytes(received) }
    if received == -Int(EAGAIN) { return .nothing }
    if received == 0 { return .ended(wasReset ? .reset(ECONNRESET) : .orderly) }
    guard isSecure else { return .ended(.reset(Int32(-received))) }
    switch received {
    case TLSSession.cutShort: return .cutShort
    case TLSSession.cutOff: return .ended(.cutOff)
    case TLSSession.failed: return .ended(.tlsFailure)
    default: return .ended(.reset(Int32(-received)))
    }
  }

  /// Whether the kernel can discard what it has received: TLS has to read it.
  @inline(__always)
  var mayDiscard: Bool { !isSecure }

  /// Has the kernel discard what is there, up to so many bytes, as if they had been received.
  mutating func discard(_ count: Int) -> Received { received(Socket.discard(socket, count)) }

  enum Direction {
    case sending, receiving
  }

  /// Whether the system has something for this side: bytes or an end to receive, or room to send, which a connection that has been made
  /// or has failed has, too.
  ///
  /// - Parameter limit: how long to wait for it, in nanoseconds; up to a millisecond more.
  func isReady(for direction: Direction, within limit: Nanoseconds = 0) -> Bool {
    System.wait(
      for: direction == .sending ? .writing : .reading, of: [socket], until: MonotonicClock.now() + limit)
  }

  /// Whether a receipt of so many bytes has left nothing to read, so that the next arrival reports itself. TLS reads a record at a
  /// time.
  @inline(__always)
  func isEmptied(by count: Int, of size: Int) -> Bool { count < size && !isSecure }

  /// Whether bytes have been taken from the socket and not been received yet, which no event reports.
  @inline(__always)
  var hasPending: Bool { isSecure && session.hasPending }

  /// Sends what fits.
  @inline(__always)
  mutating func send(_ bytes: UnsafeRawPointer, _ count: Int) -> Sent {
    let sent = isSecure ? session.send(bytes, count) : Socket.send(socket, bytes, count)
    if sent >= 0 { return .bytes(sent) }
    if sent == -Int(EAGAIN) { return .blocked }
    if sent == -Int(ECONNRESET) { wasReset = true }
    return .failed
  }

  /// Sends close_notify over TLS, and closes the socket.
  mutating func close() {
    if isSecure { session.close() }
    isSecure = false
    if socket >= 0 { Glibc.close(socket) }
    socket = -1
  }
}
