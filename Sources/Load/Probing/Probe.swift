internal import Glibc
public import HTTP
public import Platform

/// Sends one request after another and returns whole responses: for inspecting a target, not for measuring it.
///
/// It keeps its connection as long as the server does and opens the next one by itself, by the same rules as a ``Run``: those of
/// ``ConnectionStateMachine`` and ``Exchange``.
public struct Probe: ~Copyable {
  public private(set) var address: SocketAddress
  private var source: SocketAddress?
  private let connectTimeout: Nanoseconds
  private let responseTimeout: Nanoseconds
  private let end: Nanoseconds
  let stop: StopSignal
  private let tlsSettings: TLSSettings
  private let http: HTTPVersionChoice
  let clock: TimeSource
  private var client: TLSClient?
  var machine = ConnectionStateMachine()
  var transport = Transport()
  var exchange = Exchange()
  var parser = ResponseParser()
  /// What its connections of HTTP/2 share, from the first of them on.
  private(set) var http2: HTTP2Client?
  /// Where the connection speaks HTTP/2; `nil` elsewhere.
  private(set) var session: UnsafeMutablePointer<HTTP2Session>?
  /// How many requests went over a connection, those included that had to be sent again.
  public private(set) var requestsSent = 0
  let buffer: UnsafeMutableRawBufferPointer

  /// - Parameters:
  ///   - source: the local address to connect from; `nil` leaves it to the system.
  ///   - end: the clock's reading beyond which nothing is waited for, whatever the timeouts leave.
  ///   - http: the version that is spoken.
  public init(
    _ address: SocketAddress, from source: SocketAddress? = nil, connectTimeout: Nanoseconds = 5_000_000_000,
    responseTimeout: Nanoseconds = 10_000_000_000, until end: Nanoseconds = .max, tls: TLSSettings = TLSSettings(),
    http: HTTPVersionChoice = .http1, stop: StopSignal = StopSignal()
  ) {
    self.init(
      address, from: source, connectTimeout: connectTimeout, responseTimeout: responseTimeout, until: end, tls: tls,
      http: http, stop: stop, clock: .system)
  }

  /// - Parameter clock: what all times are read from.
  init(
    _ address: SocketAddress, from source: SocketAddress? = nil, connectTimeout: Nanoseconds = 5_000_000_000,
    responseTimeout: Nanoseconds = 10_000_000_000, until end: Nanoseconds = .max, tls: TLSSettings = TLSSettings(),
    http: HTTPVersionChoice = .http1, stop: StopSignal = StopSignal(), clock: TimeSource
  ) {
    self.address = address
    self.source = source
    self.connectTimeout = connectTimeout
    self.responseTimeout = responseTimeout
    self.end = end
    self.stop = stop
    self.clock = clock
    tlsSettings = tls
    self.http = http
    buffer = .allocate(byteCount: 65_536, alignment: 64)
  }

  deinit {
    buffer.deallocate()
    if let session { HTTP2Client.close(session) }
    http2?.deallocate()
  }

  /// Closes the connection, so that the next request gets a new one.
  public mutating func disconnect() {
    _ = machine.handle(.closed)
    close()
  }

  mutating func close() {
    if let session { HTTP2Client.close(session) }
    session = nil
    transport.close()
  }

  /// Closes the connection; the next one is made to another address of the same server, from a local address of its own.
  ///
  /// - Parameter source: `nil` leaves it to the system.
  public mutating func leave(for address: SocketAddress, from source: SocketAddress?) {
    disconnect()
    self.address = address
    self.source = source
  }

  /// Connects, with TLS for `https://`, and sends no request; the next one uses the connection.
  ///
  /// - Returns: how long the connection took to open, in nanoseconds; `nil` if there was one.
  /// - Throws: ``ProbeError``; the connection is then closed.
  public mutating func open(to target: Target) throws(ProbeError) -> Nanoseconds? {
    guard machine.handle(.opens) == .connect else { return nil }
    do throws(ProbeError) {
      return try establish(for: target)
    } catch {
      disconnect()
      throw error
    }
  }

  /// Opens the connection, following the state machine until requests may be sent.
  private mutating func establish(for target: Target) throws(ProbeError) -> Nanoseconds {
    let connectTime = try connect()
    guard machine.handle(.connected(overTLS: target.scheme == .https)) == .lookForGreeting else {
      try shakeHands(with: target)
      if transport.hasChosenHTTP2 {
        try openSession()
      } else if http == .http2 {
        throw failure(.noHTTP2, HTTP2Session.notChosen)
      }
      return connectTime
    }
    if http == .http2 { try openSession() }
    let found = transport.greeting
    let greeting = found == .bytes && session != nil ? .frames : found
    if case .fail(let kind) = machine.handle(.greeted(greeting)) {
      throw failure(
        kind,
        greeting == .bytes ? "bytes came before any request" : "the connection was closed before any request")
    }
    return connectTime
  }

  private mutating func openSession() throws(ProbeError) {
    do throws(LoadError) {
      if http2 == nil { http2 = try HTTP2Client(selecting: FieldSelection(backend: nil), exchanges: 1) }
    } catch {
      throw failure(.noHTTP2, error.description)
    }
    session = http2?.open()
    guard session != nil else { throw failure(.noHTTP2, "no memory for HTTP/2") }
  }

  /// Whether nothing is waited for any more, so that a time-out says nothing of the server.
  public var isPastEnd: Bool { clock.now() >= end }

  /// Sends a request and waits for its response.
  ///
  /// - Parameter captureLimit: how many bytes of content to keep.
  /// - Throws: ``ProbeError``; the connection is then closed.
  public mutating func send(
    _ template: RequestTemplate, to target: Target, closing: Bool = false, captureLimit: Int = 0
  ) throws(ProbeError) -> ProbedResponse {
    exchange.prepare(due: clock.now(), template: 0, mayBeRepeated: template.isIdempotent)
    parser.captureLimit = captureLimit
    let bytes = template.encoded(for: target, closing: closing)
    do throws(ProbeError) {
      while true {
        let response = try attempt(template, bytes, to: target, closing: closing)
        if let response { return response }
        disconnect()
      }
    } catch {
      disconnect()
      throw error
    }
  }

  /// Sends the request once and receives its response; `nil` where it is to be sent again.
  private mutating func attempt(
    _ template: RequestTemplate, _ bytes: [UInt8], to target: Target, closing: Bool
  ) throws(ProbeError) -> ProbedResponse? {
    let isConnecting = machine.begin(&exchange, asksToClose: closing) == .connect
    let connectTime = isConnecting ? try establish(for: target) : nil
    exchange.sent = clock.now()
    let deadline = min(exchange.sent + responseTimeout, end)
    let limit = deadline - min(exchange.sent, deadline)
    requestsSent += 1
    parser.begin(expectsNoContent: template.expectsNoContent, onSameConnection: exchange.isOnReused)
    if let session {
      return try attempt(template, to: target, over: session, connectTime, by: deadline, within: limit)
    }
    try send(bytes, by: deadline, within: limit)

    var head: ResponseHead?
    var rest: Int?
    while rest == nil {
      if isOver(deadline), case .fail(let kind) = exchange.handle(.deadline) {
        throw overdue(kind, TimeoutText.response(parser.progress, within: limit))
      }
      turn: for _ in 0..<Transport.receiptsPerTurn {
        switch transport.receive(buffer.baseAddress!, buffer.count) {
        case .bytes(let count):
          rest = try parse(count, into: &head)
          if rest != nil { break turn }
        case .nothing:
          _ = try wait(for: .receiving, by: deadline)
          break turn
        case .cutShort: break turn
        case .ended(let end):
          guard try isComplete(at: end) else { return nil }
          rest = 0
          break turn
        }
      }
    }
    let serviceTime = clock.now() - exchange.sent
    let description = transport.description
    let action = machine.handle(
      .responseComplete(of: exchange.progress, keepsAlive: parser.keepsAlive, hasSurplus: rest != 0))
    if action == .close { close() }
    return ProbedResponse(
      version: .http1, head: head ?? ResponseHead(status: parser.status, fields: []), content: parser.captured,
      contentLength: parser.contentLength, keepsAlive: parser.keepsAlive, wasReused: exchange.isOnReused,
      connectTime: connectTime, serviceTime: serviceTime, leniencies: parser.leniencies,
      callFailure: nil, tls: description)
  }

  /// Feeds received bytes to the parser.
  ///
  /// - Returns: how many are surplus, once the response is complete.
  private mutating func parse(_ count: Int, into head: inout ResponseHead?) throws(ProbeError) -> Int? {
    var offset = 0
    do throws(ResponseFault) {
      while true {
        let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer[offset..<count])
        let step = try parser.consume(bytes, selecting: FieldSelection(backend: nil))
        offset += parser.consumed
        switch step {
        case .needsMore: return nil
        case .head: head = ResponseHead(parser)
        case .complete:
          return count - offset - parser.takeLineEnds(UnsafeRawBufferPointer(rebasing: buffer[offset..<count]))
        }
      }
    } catch {
      let isHTTP2 = HTTP2Session.begins(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      throw failure(
        error.kind == .malformed ? .malformed : .oversized,
        isHTTP2 ? "the server speaks HTTP/2 at this port, and no HTTP/1.1" : error.description)
    }
  }

  /// The connection has ended: whether that completes the response, or else the request is to be sent again.
  private mutating func isComplete(at end: ConnectionEnd) throws(ProbeError) -> Bool {
    switch exchange.handle(.connectionEnded(end, Exchange.Response(atEndOf: &parser))) {
    case .succeed:
      _ = machine.handle(.peerEnded)
      return true
    case .fail(let kind): throw failure(kind, at: end)
    case .retry, .wait, .receive, .receiveUntilEnd: return false
    }
  }

  /// Why an exchange has failed whose connection has ended.
  func failure(_ kind: FailureKind, at end: ConnectionEnd) -> ProbeError {
    switch end {
    case .tlsFailure: failure(kind, "tls: \(client?.failureReason ?? "")")
    case .reset(let number): failure(kind, SystemError.message(for: number))
    case .goAway: failure(kind, "the server ended the connection with an error")
    case .orderly, .cutOff:
      failure(
        kind,
        kind == .closed
          ? "the connection was closed without a response"
          : "the connection was closed in the middle of the response")
    }
  }

  /// Whether the server completes a TLS handshake on a new connection, whatever its certificate; sends no request.
  public mutating func speaksTLS(for target: Target) -> Bool {
    disconnect()
    defer { disconnect() }
    do throws(ProbeError) {
      _ = machine.handle(.opens)
      _ = try connect()
      _ = machine.handle(.connected(overTLS: true))
      try shakeHands(with: target.overTLS)
      return true
    } catch {
      return error.isDistrust
    }
  }

  /// Does the TLS handshake, within the timeout.
  private mutating func shakeHands(with target: Target) throws(ProbeError) {
    do throws(LoadError) {
      if client?.host != target.host { client = try TLSClient.speaking(to: target, tlsSettings, http: http) }
    } catch {
      throw failure(.tls, error.description)
    }
    guard let client, transport.secure(for: client) else { throw failure(.tls, "no memory for TLS") }
    let begun = clock.now()
    let deadline = min(begun + connectTimeout, end)
    let text = TimeoutText.handshake(within: deadline - min(begun, deadline))
    while true {
      let isLast = isOver(deadline)
      switch transport.handshake() {
      case .done:
        _ = machine.handle(.handshakeDone)
        return
      case .failed(let kind, let reason):
        throw failure(kind, kind == .tls ? "tls: \(reason)" : reason, isDistrust: client.refusal != nil)
      case .isCutShort: if isLast { throw overdue(.connectTimeout, text) }
      case .wantsRead: if try !wait(for: .receiving, by: deadline) { throw failure(.connectTimeout, text) }
      case .wantsWrite: if try !wait(for: .sending, by: deadline) { throw failure(.connectTimeout, text) }
      }
    }
  }

  private mutating func connect() throws(ProbeError) -> Nanoseconds {
    let begun = clock.now()
    switch Socket.connect(to: address, from: source) {
    case .failed(let number): throw failure(ofConnecting: number)
    case .connecting(let socket):
      transport.take(socket)
      let deadline = min(begun + connectTimeout, end)
      guard try wait(for: .sending, by: deadline) else {
        throw failure(.connectTimeout, TimeoutText.connection(within: deadline - min(begun, deadline)))
      }
      let number = Socket.error(of: socket)
      guard number == 0 else { throw failure(ofConnecting: number) }
      return clock.now() - begun
    }
  }

  private mutating func send(
    _ bytes: [UInt8], by deadline: Nanoseconds, within limit: Nanoseconds
  ) throws(ProbeError) {
    _ = exchange.handle(.sending)
    var offset = 0
    while offset < bytes.count {
      let sent = bytes.withUnsafeBytes { transport.send($0.baseAddress! + offset, bytes.count - offset) }
      switch sent {
      case .bytes(let count): offset += count
      case .blocked:
        guard try wait(for: .sending, by: deadline) else { throw failure(.timeout, TimeoutText.request(within: limit)) }
      case .failed:
        // What the server said before it closed is still to be received.
        if exchange.handle(.sendFailed) == .receiveUntilEnd { _ = machine.handle(.peerEnded) }
        return
      }
    }
    _ = exchange.handle(.sent)
  }

  /// - Returns: whether the socket is ready; `false` once the time is over.
  func wait(for direction: Transport.Direction, by deadline: Nanoseconds) throws(ProbeError) -> Bool {
    while true {
      let now = clock.now()
      // Short enough to notice the stop signal. After the deadline, too, since this process may have been paused.
      let limit = now < deadline ? min(100_000_000, deadline - now) : 0
      if transport.isReady(for: direction, within: limit) { return true }
      guard !stop.isStopped else { throw failure(.timeout, "interrupted") }
      guard now < deadline else { return false }
    }
  }

  /// Whether nothing more is waited for. What has come is still read, since this process may have been paused.
  func isOver(_ deadline: Nanoseconds) -> Bool { clock.now() >= deadline || stop.isStopped }

  func overdue(_ kind: FailureKind, _ text: String) -> ProbeError {
    failure(kind, stop.isStopped ? "interrupted" : text)
  }

  private func failure(ofConnecting number: Int32) -> ProbeError {
    guard let kind = Socket.failure(ofConnecting: number) else {
      return failure(.unreachable, GeneratorLimit.text(number, afterConnections: 0), isGeneratorLimit: true)
    }
    return failure(kind, SystemError.message(for: number))
  }

  func failure(
    _ kind: FailureKind, _ text: String, isDistrust: Bool = false, isGeneratorLimit: Bool = false,
    reset: HTTP2ErrorCode? = nil
  ) -> ProbeError {
    ProbeError(
      kind: kind, address: address, description: "\(address): \(text)", isDistrust: isDistrust,
      isGeneratorLimit: isGeneratorLimit, reset: reset)
  }
}
