internal import CLinux
internal import Glibc
public import HTTP

/// What one request of a probe brought.
public struct Exchange: Sendable {
  public let head: ResponseHead
  /// The first bytes of the content, as many as were asked for.
  public let content: [UInt8]
  public let contentLength: UInt64
  /// Whether the server lets the connection go on.
  public let keepsAlive: Bool
  /// Whether the request went over a connection that had carried one before.
  public let wasReused: Bool
  /// How long the connection took to be there, in nanoseconds; `nil` on a reused one.
  public let connectTime: Nanoseconds?
  /// Sent to last byte, in nanoseconds.
  public let serviceTime: Nanoseconds
  /// What had to be overlooked in the response.
  public let leniencies: LeniencySet
  /// What the connection's handshake came to; `nil` for `http://`.
  public let tls: TLSDescription?
}

/// Why a probe got no response.
public struct ProbeError: Error, Sendable, Equatable, CustomStringConvertible {
  public let kind: FailureKind
  public let address: SocketAddress
  public let description: String
  /// Whether the server's certificate is what it failed for.
  public let isDistrust: Bool
  /// Whether this machine had no means to connect, so that nothing is said of the server.
  public let isGeneratorLimit: Bool
}

/// Sends one request after another and shows the whole responses: for looking at a target, not for measuring it.
///
/// It keeps its connection as long as the server does and opens the next one by itself.
public struct Probe: ~Copyable {
  public let address: SocketAddress
  private let source: SocketAddress?
  private let connectTimeout: Nanoseconds
  private let responseTimeout: Nanoseconds
  private let end: Nanoseconds
  private let stop: StopSignal
  private let tlsSettings: TLSSettings
  private var client: TLSClient?
  private var tls = TLSSession()
  private var tlsDescription: TLSDescription?
  private var socket: Int32 = -1
  private var hasCarried = false
  private var parser = ResponseParser()
  /// How many requests went over a connection, those included that had to be sent again.
  public private(set) var requestsSent = 0
  private let buffer: UnsafeMutableRawBufferPointer

  /// - Parameters:
  ///   - source: the local address to connect from; `nil` leaves it to the system.
  ///   - end: the clock's reading beyond which nothing is waited for, whatever the timeouts leave.
  public init(
    _ address: SocketAddress, from source: SocketAddress? = nil, connectTimeout: Nanoseconds = 5_000_000_000,
    responseTimeout: Nanoseconds = 10_000_000_000, until end: Nanoseconds = .max, tls: TLSSettings = TLSSettings(),
    stop: StopSignal = StopSignal()
  ) {
    self.address = address
    self.source = source
    self.connectTimeout = connectTimeout
    self.responseTimeout = responseTimeout
    self.end = end
    self.stop = stop
    tlsSettings = tls
    buffer = .allocate(byteCount: 65_536, alignment: 64)
  }

  deinit {
    if socket >= 0 { close(socket) }
    buffer.deallocate()
  }

  /// Closes the connection, so that the next request gets a new one.
  public mutating func disconnect() {
    tls.close()
    tlsDescription = nil
    if socket >= 0 { close(socket) }
    socket = -1
    hasCarried = false
  }

  /// Connects, with TLS for `https://`, and sends no request; the next one uses the connection.
  ///
  /// - Returns: how long the connection took to be there, in nanoseconds; `nil` if there was one.
  /// - Throws: ``ProbeError``; the connection is then closed.
  public mutating func open(to target: Target) throws(ProbeError) -> Nanoseconds? {
    guard socket < 0 else { return nil }
    do throws(ProbeError) {
      return try establish(for: target)
    } catch {
      disconnect()
      throw error
    }
  }

  private mutating func establish(for target: Target) throws(ProbeError) -> Nanoseconds {
    let connectTime = try connect()
    if target.scheme == .https { try shakeHands(with: target) }
    return connectTime
  }

  /// Whether nothing is waited for any more, so that a time-out says nothing of the server.
  public var isPastEnd: Bool { MonotonicClock.now() >= end }

  /// Sends a request and waits for its response.
  ///
  /// - Parameter captureLimit: how many bytes of content to keep.
  /// - Throws: ``ProbeError``; the connection is then closed.
  public mutating func send(
    _ template: RequestTemplate, to target: Target, closing: Bool = false, captureLimit: Int = 0
  ) throws(ProbeError) -> Exchange {
    do throws(ProbeError) {
      return try exchange(template, target, closing, captureLimit)
    } catch {
      let canRetry = hasCarried && template.isIdempotent && (error.kind == .closed || error.kind == .reset)
      disconnect()
      guard canRetry else { throw error }
      return try exchange(template, target, closing, captureLimit)
    }
  }

  private mutating func exchange(
    _ template: RequestTemplate, _ target: Target, _ closing: Bool, _ captureLimit: Int
  ) throws(ProbeError) -> Exchange {
    let wasReused = hasCarried
    let connectTime = socket >= 0 ? nil : try establish(for: target)
    let sent = MonotonicClock.now()
    let deadline = min(sent + responseTimeout, end)
    requestsSent += 1
    let limit = deadline - min(sent, deadline)
    try send(template.encoded(for: target, closing: closing), by: deadline, within: limit)

    let fields = FieldSelection(backend: nil)
    parser.captureLimit = captureLimit
    parser.begin(expectsNoContent: template.expectsNoContent, onSameConnection: wasReused)
    var head: ResponseHead?
    var isComplete = false
    var leftover = 0
    var turns = Turns(until: deadline)
    while !isComplete {
      guard turns.mayGoOn(stop) else {
        throw overdue(.timeout, TimeoutText.response(parser.progress, within: limit))
      }
      let count =
        client == nil
        ? Socket.receive(socket, buffer.baseAddress!, buffer.count) : tls.receive(buffer.baseAddress!, buffer.count)
      if count == TLSSession.cutShort { continue }
      if count == -Int(EAGAIN) {
        let isThere = try wait(for: Int16(POLLIN), by: deadline)
        guard isThere else { throw failure(.timeout, TimeoutText.response(parser.progress, within: limit)) }
        continue
      }
      guard count > 0 else {
        if count == 0, parser.finish() { break }
        throw failure(ofReceiving: count, hasStarted: parser.hasStarted)
      }
      var offset = 0
      do throws(ResponseFault) {
        parsing: while true {
          let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<count])
          let step = try parser.consume(rest, selecting: fields)
          offset += parser.consumed
          switch step {
          case .needsMore: break parsing
          case .head: head = ResponseHead(parser)
          case .complete:
            isComplete = true
            break parsing
          }
        }
      } catch {
        throw failure(error.kind == .malformed ? .malformed : .oversized, error.description)
      }
      leftover = count - offset
      if isComplete, leftover > 0 {
        leftover -= parser.takeLineEnds(UnsafeRawBufferPointer(rebasing: buffer[offset..<count]))
      }
    }
    let serviceTime = MonotonicClock.now() - sent
    let description = tlsDescription
    let keepsAlive = parser.keepsAlive && leftover == 0 && !closing
    if keepsAlive { hasCarried = true } else { disconnect() }
    return Exchange(
      head: head ?? ResponseHead(status: parser.status, fields: []), content: parser.captured,
      contentLength: parser.contentLength, keepsAlive: parser.keepsAlive, wasReused: wasReused,
      connectTime: connectTime, serviceTime: serviceTime, leniencies: parser.leniencies, tls: description)
  }

  private func failure(ofReceiving result: Int, hasStarted: Bool) -> ProbeError {
    if let client, result == TLSSession.failed { return failure(.tls, "tls: \(client.failureReason)") }
    if result < 0, result != TLSSession.cutOff { return failure(.reset, Errno.text(Int32(-result))) }
    return hasStarted
      ? failure(.truncated, "the connection was closed in the middle of the response")
      : failure(.closed, "the connection was closed without a response")
  }

  /// Whether the server shakes hands for TLS on a new connection, whatever its certificate; asks nothing over it.
  public mutating func speaksTLS(for target: Target) -> Bool {
    disconnect()
    defer { disconnect() }
    do throws(ProbeError) {
      _ = try connect()
      try shakeHands(with: target.overTLS)
      return true
    } catch {
      return error.isDistrust
    }
  }

  /// Makes TLS of the connection, within its timeout.
  private mutating func shakeHands(with target: Target) throws(ProbeError) {
    do throws(LoadError) {
      if client?.host != target.host { client = try TLSClient.speaking(to: target, tlsSettings) }
    } catch {
      throw failure(.tls, error.description)
    }
    guard let client, tls.open(socket, for: client) else { throw failure(.tls, "no memory for TLS") }
    let begun = MonotonicClock.now()
    let deadline = min(begun + connectTimeout, end)
    var turns = Turns(until: deadline)
    while true {
      guard turns.mayGoOn(stop) else {
        throw overdue(.connectTimeout, TimeoutText.handshake(within: deadline - min(begun, deadline)))
      }
      switch tls.handshake() {
      case .done:
        tlsDescription = tls.description()
        return
      case .failed(let kind, let reason):
        throw failure(kind, kind == .tls ? "tls: \(reason)" : reason, isDistrust: client.refusal != nil)
      case .isCutShort: continue
      case .wantsRead: try waitForHandshake(Int16(POLLIN), since: begun, by: deadline)
      case .wantsWrite: try waitForHandshake(Int16(POLLOUT), since: begun, by: deadline)
      }
    }
  }

  private func waitForHandshake(
    _ events: Int16, since begun: Nanoseconds, by deadline: Nanoseconds
  ) throws(ProbeError) {
    guard try wait(for: events, by: deadline) else {
      throw failure(.connectTimeout, TimeoutText.handshake(within: deadline - min(begun, deadline)))
    }
  }

  private mutating func connect() throws(ProbeError) -> Nanoseconds {
    let begun = MonotonicClock.now()
    switch Socket.connect(to: address, from: source) {
    case .failed(let number): throw failure(ofConnecting: number)
    case .connecting(let opened):
      socket = opened
      let deadline = min(begun + connectTimeout, end)
      guard try wait(for: Int16(POLLOUT), by: deadline) else {
        throw failure(.connectTimeout, TimeoutText.connection(within: deadline - min(begun, deadline)))
      }
      let number = Socket.error(of: socket)
      guard number == 0 else { throw failure(ofConnecting: number) }
      return MonotonicClock.now() - begun
    }
  }

  private mutating func send(
    _ bytes: [UInt8], by deadline: Nanoseconds, within limit: Nanoseconds
  ) throws(ProbeError) {
    var offset = 0
    while offset < bytes.count {
      let sent = bytes.withUnsafeBytes { bytes in
        client == nil
          ? Socket.send(socket, bytes.baseAddress! + offset, bytes.count - offset)
          : tls.send(bytes.baseAddress! + offset, bytes.count - offset)
      }
      if sent == -Int(EAGAIN) {
        guard try wait(for: Int16(POLLOUT), by: deadline) else {
          throw failure(.timeout, TimeoutText.request(within: limit))
        }
      } else if sent < 0 {
        // What the server said before it closed is still to be received.
        return
      } else {
        offset += sent
      }
    }
  }

  /// - Returns: whether the socket is ready; `false` once the time is over.
  private func wait(for events: Int16, by deadline: Nanoseconds) throws(ProbeError) -> Bool {
    while true {
      let now = MonotonicClock.now()
      var descriptor = pollfd(fd: socket, events: events, revents: 0)
      // Short enough to notice the stop signal. After the deadline, too, since this process may have stood still.
      let milliseconds = now < deadline ? Int32(min(100, (deadline - now) / 1_000_000 + 1)) : 0
      if poll(&descriptor, 1, milliseconds) > 0 { return true }
      guard !stop.isStopped else { throw failure(.timeout, "interrupted") }
      guard now < deadline else { return false }
    }
  }

  private func overdue(_ kind: FailureKind, _ text: String) -> ProbeError {
    failure(kind, stop.isStopped ? "interrupted" : text)
  }

  /// Says how long to go on reading from a server that never pauses, so that nothing ever has to be waited for.
  private struct Turns {
    private let deadline: Nanoseconds
    /// What had come by the deadline is still read, since this process may have stood still.
    private var lateReads = 64

    init(until deadline: Nanoseconds) { self.deadline = deadline }

    /// Whether one more read may be made.
    mutating func mayGoOn(_ stop: StopSignal) -> Bool {
      if MonotonicClock.now() < deadline, !stop.isStopped { return true }
      lateReads -= 1
      return lateReads >= 0
    }
  }

  private func failure(ofConnecting number: Int32) -> ProbeError {
    guard let kind = Socket.failure(ofConnecting: number) else {
      return failure(.unreachable, GeneratorLimit.text(number, afterConnections: 0), isGeneratorLimit: true)
    }
    return failure(kind, Errno.text(number))
  }

  private func failure(
    _ kind: FailureKind, _ text: String, isDistrust: Bool = false, isGeneratorLimit: Bool = false
  ) -> ProbeError {
    ProbeError(
      kind: kind, address: address, description: "\(address): \(text)", isDistrust: isDistrust,
      isGeneratorLimit: isGeneratorLimit)
  }
}
