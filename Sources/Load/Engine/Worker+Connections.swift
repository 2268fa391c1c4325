internal import Glibc
internal import HTTP
internal import Platform
internal import Statistics

/// Opening connections and sending requests.
extension Worker {
  /// Sends the request of an exchange: on its connection if that is there, else on a new one.
  @inline(__always)
  mutating func begin(_ exchange: Int, on connection: Int, _ now: inout Nanoseconds) {
    exchanges[exchange].connection = Int32(connection)
    // Until it is sent, the request has been on its way since its connection was begun.
    exchanges[exchange].sent = now
    connections[connection].exchanges.append(exchange, in: exchanges)
    let asksToClose = connections[connection].isForFresh
    let action = connections[connection].machine.begin(&exchanges[exchange], asksToClose: asksToClose)
    // Else it waits with others for the connection.
    if action == .send { send(exchange, on: connection, &now) } else if action == .connect { open(connection, &now) }
  }

  /// Carries out what the rules say of a connection that is being made.
  mutating func perform(
    _ action: ConnectionStateMachine.Action, on connection: Int, _ now: inout Nanoseconds
  ) {
    switch action {
    case .wait, .keep: break
    case .connect: open(connection, &now)
    case .lookForGreeting:
      now = elapsed()
      var greeting = connections[connection].transport.greeting
      if plan.traffic.http == .http2 {
        guard openSession(connection, &now) else { return }
        if greeting == .bytes { greeting = .frames }
      }
      if greeting == .bytes { note("bytes came before any request") }
      perform(connections[connection].machine.handle(.greeted(greeting)), on: connection, &now)
    case .handshake: startHandshake(connection, &now)
    case .send:
      connecting.remove(connection)
      for exchange in connections[connection].exchanges.all(in: exchanges) { send(exchange, on: connection, &now) }
    case .postpone:
      tally.counters.postponed += 1
      connecting.renew(connection, deadline: now + plan.traffic.connectTimeout)
    case .fail(let failure): failAll(failure, on: connection, at: now)
    case .withdraw: withdrawAll(on: connection)
    case .close: close(connection)
    }
  }

  private mutating func open(_ connection: Int, _ now: inout Nanoseconds) {
    if let book = plan.addressBook { book.refresh(&addresses, &addressVersion) }
    let address = addresses[addressTurn % addresses.count]
    addressTurn &+= 1
    connections[connection].begun = now
    connections[connection].serial = UInt32(truncatingIfNeeded: tally.counters.connectionsOpened)
    connections[connection].firstBackend = -1
    connections[connection].isMixed = false
    if keepsCookies, connections[connection].isForFresh { cookies?.forget(Int(connections[connection].lane)) }
    switch Socket.connect(to: address, from: plan.source, stampsArrivals: arrivals.areRead) {
    case .failed(let number): giveUpConnecting(connection, number, &now)
    case .connecting(let socket):
      tally.counters.connectionsOpened += 1
      connections[connection].transport.take(socket, stampsArrivals: arrivals.areRead)
      connections[connection].registration &+= 1
      connecting.append(connection, deadline: now + plan.traffic.connectTimeout)
      let number = queue.add(socket, token: token(of: connection))
      if number != 0 { giveUpConnecting(connection, number, isLimit: true, &now) }
    }
  }

  /// Ends an attempt to connect, or the whole run if this machine has run out of a resource.
  private mutating func giveUpConnecting(
    _ connection: Int, _ number: Int32, isLimit: Bool = false, _ now: inout Nanoseconds
  ) {
    let failure = isLimit ? nil : Socket.failure(ofConnecting: number)
    if failure == nil {
      error = .generatorLimit(GeneratorLimit.text(number, afterConnections: tally.counters.connectionsOpened))
    }
    perform(connections[connection].machine.handle(.connectFailed(failure)), on: connection, &now)
  }

  /// Handles an event of a connection; late ones of an earlier socket are dropped.
  @inline(__always)
  mutating func handle(_ event: EventQueue.Event, _ now: inout Nanoseconds) {
    let connection = Int(event.token & 0xFFFF_FFFF)
    guard connections[connection].registration == UInt32(event.token >> 32) else { return }
    switch connections[connection].machine.state {
    case .unconnected: break
    case .connecting: continueConnecting(connection, &now)
    case .handshaking: continueHandshake(connection, hasEnded: event.hasEnded, &now)
    case .open where connections[connection].session != nil:
      if connections[connection].session?.pointee.isBlocked == true { awaitSending(connection) }
      receive(connection, untilEnd: event.hasEnded, &now)
    case .open:
      let exchange = Int(connections[connection].exchanges.first)
      guard exchange >= 0 else { return takeIdleInput(connection) }
      if exchanges[exchange].progress == .sending {
        continueSending(exchange, on: connection, &now)
        guard connections[connection].exchanges.first == exchange, exchanges[exchange].progress == .sent else { return }
      }
      receive(connection, untilEnd: event.hasEnded, &now)
    }
  }

  /// The socket of a connection has connected, or failed to.
  private mutating func continueConnecting(_ connection: Int, _ now: inout Nanoseconds) {
    let number = Socket.error(of: connections[connection].transport.socket)
    guard number == 0 else { return giveUpConnecting(connection, number, &now) }
    tally.connect.record(now - connections[connection].begun)
    perform(connections[connection].machine.handle(.connected(overTLS: tls != nil)), on: connection, &now)
  }

  /// The token of a connection's present socket, which no earlier socket had.
  func token(of connection: Int) -> UInt64 { UInt64(connections[connection].registration) << 32 | UInt64(connection) }

  /// Reads what came on a connection without an exchange, and closes it if it is of no further use.
  mutating func takeIdleInput(_ connection: Int) {
    var input = ConnectionStateMachine.IdleInput.nothing
    reading: while true {
      // Messages of TLS itself, such as a session ticket, are processed here too.
      switch connections[connection].transport.receive(buffer.baseAddress!, Worker.bufferSize) {
      case .nothing: break reading
      case .cutShort, .ended:
        input = .end
        break reading
      case .bytes(let count):
        tally.counters.bytesReceived &+= count
        let bytes = UnsafeRawBufferPointer(start: buffer.baseAddress!, count: count)
        let taken = connections[connection].parser.takeLineEnds(bytes)
        if taken > 0 { tally.leniencies[Int(Leniency.strayLineEnd.rawValue)] += 1 }
        input = taken == count ? .lineEnds : .bytes
        guard taken < count else { continue }
        noteUnasked(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(taken)), on: connection)
        break reading
      }
    }
    if connections[connection].machine.handle(.idleInput(input)) == .close { close(connection) }
  }

  /// Says of bytes that came between exchanges what they are.
  @inline(never)
  private mutating func noteUnasked(_ bytes: UnsafeRawBufferPointer, on connection: Int) {
    let isResponse = bytes.starts(with: Array("HTTP/".utf8))
    // A server may announce unasked that it closes, as HAProxy does with a 408.
    let digit = bytes.dropFirst("HTTP/1.1 ".utf8.count).first
    if isResponse, digit == UInt8(ascii: "4") || digit == UInt8(ascii: "5") { return }
    if !isResponse, connections[connection].parser.expectsNoContent { return note(Worker.bodyBehindHead) }
    note(
      "\(isResponse ? "a response" : "bytes") came on a connection without a request in flight, which is closed, as clients do"
    )
  }

  /// Why a connection is given up after a response to HEAD.
  static let bodyBehindHead = "a body came with the answer to HEAD"

  private mutating func startHandshake(_ connection: Int, _ now: inout Nanoseconds) {
    guard let tls, connections[connection].transport.secure(for: tls) else {
      error = .generatorLimit("this machine has no memory for another TLS connection")
      return perform(connections[connection].machine.handle(.connectFailed(nil)), on: connection, &now)
    }
    connections[connection].begun = now
    continueHandshake(connection, hasEnded: false, &now)
  }

  private mutating func continueHandshake(_ connection: Int, hasEnded: Bool, _ now: inout Nanoseconds) {
    let step = connections[connection].transport.handshake()
    now = elapsed()
    switch step {
    case .wantsRead, .wantsWrite: break
    case .isCutShort:
      if hasEnded { _ = connections[connection].machine.handle(.peerEnded) }
      awaitTurn(connection)
    case .failed(let failure, let reason):
      note("\(failure.name): \(reason)")
      perform(connections[connection].machine.handle(.handshakeFailed(failure)), on: connection, &now)
    case .done:
      tally.handshake.record(now - connections[connection].begun)
      if readsElsewhere { noteCertificate(of: connection) }
      if hasEnded { _ = connections[connection].machine.handle(.peerEnded) }
      guard plan.traffic.http == .http1 || chooseVersion(connection, &now) else { return }
      perform(connections[connection].machine.handle(.handshakeDone), on: connection, &now)
      // The end will not be reported again.
      let exchange = Int(connections[connection].exchanges.first)
      guard exchange >= 0, exchanges[exchange].progress == .sent, connections[connection].machine.hasPeerEnded
      else { return }
      receive(connection, untilEnd: true, &now)
    }
  }

  private mutating func send(_ exchange: Int, on connection: Int, _ now: inout Nanoseconds) {
    guard connections[connection].session == nil else { return sendOnStream(exchange, on: connection, &now) }
    let template = Int(exchanges[exchange].template)
    sentCounts[template] &+= 1
    exchanges[exchange].sent = now
    _ = exchanges[exchange].handle(.sending)
    connections[connection].parser.begin(
      expectsNoContent: requests[template].expectsNoContent, onSameConnection: exchanges[exchange].isOnReused)
    if keepsCookies {
      cookies?.prepare(
        template, on: Int(exchanges[exchange].lane), closing: connections[connection].isForFresh)
    }
    responding.append(exchange, deadline: now + plan.traffic.responseTimeout)
    continueSending(exchange, on: connection, &now)
  }

  private mutating func continueSending(_ exchange: Int, on connection: Int, _ now: inout Nanoseconds) {
    let request = requests + Int(exchanges[exchange].template)
    var bytes = connections[connection].isForFresh ? request.pointee.closingBytes : request.pointee.bytes
    if keepsCookies, let own = cookies?.request(on: Int(exchanges[exchange].lane)) { bytes = own }
    while exchanges[exchange].sentCount < bytes.count {
      let rest = bytes.baseAddress! + exchanges[exchange].sentCount
      switch connections[connection].transport.send(rest, bytes.count - exchanges[exchange].sentCount) {
      case .bytes(let count):
        exchanges[exchange].sentCount += count
        tally.counters.bytesSent &+= count
      case .blocked: return
      case .failed:
        // The queue has reported already, or reports no more: look now.
        if exchanges[exchange].handle(.sendFailed) == .receiveUntilEnd { receive(connection, untilEnd: true, &now) }
        return
      }
    }
    _ = exchanges[exchange].handle(.sent)
  }

  /// Closes the socket of a connection, whatever its state.
  mutating func close(_ connection: Int) {
    connecting.remove(connection)
    if let session = connections[connection].session {
      HTTP2Client.close(session)
      connections[connection].session = nil
    }
    connections[connection].transport.close()
    connections[connection].registration &+= 1
  }

  /// Ends a connection and all requests on it as failed.
  private mutating func failAll(_ failure: FailureKind, on connection: Int, at now: Nanoseconds) {
    close(connection)
    for exchange in connections[connection].exchanges.all(in: exchanges) {
      conclude(exchange, failure: failure, status: nil, at: now)
    }
  }

  /// Ends a connection and takes back all requests that wait for it.
  private mutating func withdrawAll(on connection: Int) {
    close(connection)
    for exchange in connections[connection].exchanges.all(in: exchanges) { withdraw(exchange) }
  }

  /// Keeps the first few reasons for the report.
  mutating func note(_ reason: String) {
    if tally.firstFaults.count < 3, !tally.firstFaults.contains(reason) { tally.firstFaults.append(reason) }
  }
}
