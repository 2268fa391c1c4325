internal import Glibc
internal import HTTP

/// Opening connections and sending requests.
extension Worker {
  /// Sends the request of a place, on its connection if it has one, else on a new one.
  mutating func begin(_ place: Int, _ now: inout Nanoseconds) {
    connections[place].backend = -1
    connections[place].generation = -1
    connections[place].isFromCache = false
    connections[place].isUpstreamRetried = false
    connections[place].sentCount = 0
    if connections[place].state == .idle {
      connections[place].isReused = true
      send(place, &now)
    } else {
      connections[place].isReused = false
      open(place, &now)
    }
  }

  private mutating func open(_ place: Int, _ now: inout Nanoseconds) {
    let address = plan.addresses[addressTurn % plan.addresses.count]
    addressTurn &+= 1
    connections[place].serial = UInt32(truncatingIfNeeded: tally.connectionsOpened)
    // Until it is sent, the request has been on its way since it was due.
    connections[place].sent = now
    switch Socket.connect(to: address, from: plan.source) {
    case .failed(let number): giveUpConnecting(place, number, at: now)
    case .connecting(let socket):
      tally.connectionsOpened += 1
      connections[place].socket = socket
      connections[place].hasPeerEnded = false
      connections[place].postponements = 0
      connections[place].registration &+= 1
      connections[place].state = .connecting
      connections[place].deadline = now + plan.connectTimeout
      connecting.append(place, in: connections)
      let number = queue.add(socket, token: token(of: place))
      if number != 0 { reachLimit(place, number) }
    }
  }

  /// Ends an attempt to connect, or the whole run if it is this machine that has run out of something.
  private mutating func giveUpConnecting(_ place: Int, _ number: Int32, at now: Nanoseconds) {
    if let failure = Socket.failure(ofConnecting: number) { return fail(place, failure, at: now) }
    reachLimit(place, number)
  }

  private mutating func reachLimit(_ place: Int, _ number: Int32) {
    error = .generatorLimit(GeneratorLimit.text(number, afterConnections: tally.connectionsOpened))
    disconnect(place)
    withdraw(place)
  }

  /// Handles an event for a place; late ones for an earlier socket are dropped.
  @inline(__always)
  mutating func handle(_ event: EventQueue.Event, _ now: inout Nanoseconds) {
    let place = Int(event.token & 0xFFFF_FFFF)
    guard connections[place].registration == UInt32(event.token >> 32) else { return }
    switch connections[place].state {
    case .unconnected: break
    case .connecting: continueConnecting(place, &now)
    case .handshaking: continueHandshake(place, hasEnded: event.hasEnded, &now)
    case .sending:
      continueSending(place, &now)
      if connections[place].state == .receiving { receive(place, untilEnd: event.hasEnded, &now) }
    case .receiving: receive(place, untilEnd: event.hasEnded, &now)
    case .idle: if closesIdle(place) { disconnect(place) }
    }
  }

  /// The socket of a place has connected, or failed to.
  private mutating func continueConnecting(_ place: Int, _ now: inout Nanoseconds) {
    let number = Socket.error(of: connections[place].socket)
    guard number == 0 else { return giveUpConnecting(place, number, at: now) }
    if let tls { return startHandshake(place, tls, &now) }
    connecting.remove(place, in: connections)
    connections[place].state = .idle
    now = elapsed()
    // A server that speaks first does not speak HTTP, and one that has closed will not: look before the request is sent.
    if let failure = refusesRequest(place) { return fail(place, failure, at: now) }
    send(place, &now)
  }

  /// Whether a connection that is not there yet waits for this side, which is busy with others. One that floods does not.
  func waitsForUs(_ place: Int) -> Bool {
    guard !connections[place].isBehind, connections[place].postponements < 3 else { return false }
    return Socket.isReady(
      connections[place].socket, for: Int16(connections[place].state == .connecting ? POLLOUT : POLLIN))
  }

  /// What tells an event of a place's present socket from one of an earlier socket.
  func token(of place: Int) -> UInt64 { UInt64(connections[place].registration) << 32 | UInt64(place) }

  /// What a new connection fails with before anything was sent on it; `nil` if it is in order.
  private mutating func refusesRequest(_ place: Int) -> FailureKind? {
    var byte: UInt8 = 0
    switch recv(connections[place].socket, &byte, 1, Int32(MSG_PEEK)) {
    case 0: return .closed
    case 1:
      note("bytes came before any request")
      return .malformed
    default: return nil
    }
  }

  /// Whether an idle connection has ended or speaks without being asked; either way it is of no further use.
  ///
  /// Line ends are not speech, see ``ResponseParser/takeLineEnds(_:)``.
  mutating func closesIdle(_ place: Int) -> Bool {
    while true {
      // What TLS itself has to say, such as a session for later, is taken in on the way.
      let count =
        tls == nil
        ? Socket.receive(connections[place].socket, buffer.baseAddress!, Worker.bufferSize)
        : connections[place].tls.receive(buffer.baseAddress!, Worker.bufferSize)
      guard count > 0 else { return count != -Int(EAGAIN) }
      let bytes = UnsafeRawBufferPointer(start: buffer.baseAddress!, count: count)
      let taken = connections[place].parser.takeLineEnds(bytes)
      if taken > 0 { tally.leniencies[Int(Leniency.strayLineEnd.rawValue)] += 1 }
      guard taken == count else {
        // A server may say on its own that it closes, as HAProxy does with a 408.
        let isResponse = bytes.dropFirst(taken).starts(with: Array("HTTP/".utf8))
        if !isResponse, requests[Int(connections[place].template)].expectsNoContent { note(Worker.bodyBehindHead) }
        return true
      }
    }
  }

  /// Why a connection is given up after an answer to HEAD.
  static let bodyBehindHead = "a body came with the answer to HEAD"

  private mutating func startHandshake(_ place: Int, _ tls: TLSClient, _ now: inout Nanoseconds) {
    connections[place].state = .handshaking
    guard connections[place].tls.open(connections[place].socket, for: tls) else {
      error = .generatorLimit("this machine has no memory for another TLS connection")
      disconnect(place)
      return withdraw(place)
    }
    continueHandshake(place, hasEnded: false, &now)
  }

  private mutating func continueHandshake(_ place: Int, hasEnded: Bool, _ now: inout Nanoseconds) {
    switch connections[place].tls.handshake() {
    case .wantsRead, .wantsWrite: now = elapsed()
    case .isCutShort:
      now = elapsed()
      if hasEnded { connections[place].hasPeerEnded = true }
      awaitTurn(place)
    case .failed(let failure, let reason):
      note("\(failure.name): \(reason)")
      now = elapsed()
      fail(place, failure, at: now)
    case .done:
      connecting.remove(place, in: connections)
      connections[place].state = .idle
      now = elapsed()
      send(place, &now)
      // The end will not be reported again.
      let hasEnded = hasEnded || connections[place].hasPeerEnded
      if hasEnded, connections[place].state == .receiving { receive(place, untilEnd: true, &now) }
    }
  }

  private mutating func send(_ place: Int, _ now: inout Nanoseconds) {
    tally.sent[Int(connections[place].template)] += 1
    connections[place].sent = now
    connections[place].deadline = now + plan.responseTimeout
    connections[place].state = .sending
    connections[place].parser.begin(
      expectsNoContent: requests[Int(connections[place].template)].expectsNoContent,
      onSameConnection: connections[place].isReused)
    responding.append(place, in: connections)
    continueSending(place, &now)
  }

  private mutating func continueSending(_ place: Int, _ now: inout Nanoseconds) {
    let request = requests[Int(connections[place].template)]
    let bytes = connections[place].isForFresh ? request.closingBytes : request.bytes
    while connections[place].sentCount < bytes.count {
      let rest = bytes.baseAddress! + connections[place].sentCount
      let count = bytes.count - connections[place].sentCount
      let sent =
        tls == nil
        ? Socket.send(connections[place].socket, rest, count) : connections[place].tls.send(rest, count)
      if sent == -Int(EAGAIN) { return }
      // A server may answer and close before it has read all: what it said is still to be received.
      if sent < 0 { break }
      connections[place].sentCount += sent
    }
    connections[place].state = .receiving
    // On error the queue has reported already, or reports no more: look now.
    if connections[place].sentCount < bytes.count { receive(place, untilEnd: true, &now) }
  }

  /// Closes a place's socket, whatever its state.
  mutating func disconnect(_ place: Int) {
    switch connections[place].state {
    case .connecting, .handshaking: connecting.remove(place, in: connections)
    case .sending, .receiving: responding.remove(place, in: connections)
    case .unconnected, .idle: break
    }
    if tls != nil { connections[place].tls.close() }
    if connections[place].socket >= 0 { close(connections[place].socket) }
    connections[place].socket = -1
    connections[place].registration &+= 1
    connections[place].state = .unconnected
  }

  /// Ends the request of a place as failed, with its connection.
  mutating func fail(_ place: Int, _ failure: FailureKind, at now: Nanoseconds) {
    disconnect(place)
    settle(place, failure: failure, status: nil, at: now)
  }

  /// Ends a request whose connection was not there in time.
  mutating func failConnecting(_ place: Int, at now: Nanoseconds) {
    let text =
      connections[place].state == .connecting
      ? TimeoutText.connection(within: plan.connectTimeout) : TimeoutText.handshake(within: plan.connectTimeout)
    note("connectTimeout: \(text)")
    fail(place, .connectTimeout, at: now)
  }

  /// Ends a request whose response was not complete in time.
  mutating func failResponding(_ place: Int, at now: Nanoseconds) {
    let text =
      connections[place].state == .sending
      ? TimeoutText.request(within: plan.responseTimeout)
      : TimeoutText.response(connections[place].parser.progress, within: plan.responseTimeout)
    note("timeout: \(text)")
    fail(place, .timeout, at: now)
  }

  /// Keeps the first few reasons for the report.
  mutating func note(_ reason: String) {
    if tally.firstFaults.count < 3, !tally.firstFaults.contains(reason) { tally.firstFaults.append(reason) }
  }
}
