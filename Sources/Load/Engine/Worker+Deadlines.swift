internal import HTTP
internal import Platform

extension Worker {
  /// Fails the connections and requests whose time is over, unless what they wait for has come meanwhile.
  mutating func expire(_ now: inout Nanoseconds) {
    while let connection = connecting.firstExpired(at: now) {
      // A worker that stood still first looks what has come.
      if !notePause(at: &now) { expireConnecting(connection, &now) }
    }
    while let exchange = responding.firstExpired(at: now) {
      if !notePause(at: &now) { expireResponding(exchange, &now) }
    }
  }

  /// The time of a connection that is not there yet is over.
  private mutating func expireConnecting(_ connection: Int, _ now: inout Nanoseconds) {
    let isConnecting = connections[connection].machine.state == .connecting
    // One that floods does not wait for this side, which is busy with others.
    let waitsForUs =
      !connections[connection].isBehind
      && connections[connection].transport.isReady(for: isConnecting ? .sending : .receiving)
    let action = connections[connection].machine.handle(.connectDeadline(waitsForUs: waitsForUs))
    if case .fail = action {
      let limit = plan.traffic.connectTimeout
      let text = isConnecting ? TimeoutText.connection(within: limit) : TimeoutText.handshake(within: limit)
      note("connectTimeout: \(text)")
    }
    perform(action, on: connection, &now)
  }

  /// The time of a request whose response is not complete is over.
  private mutating func expireResponding(_ exchange: Int, _ now: inout Nanoseconds) {
    let connection = Int(exchanges[exchange].connection)
    switch exchanges[exchange].handle(.deadline) {
    case .receive: handle(EventQueue.Event(token: token(of: connection), hasEnded: false), &now)
    case .fail(let failure):
      let text =
        exchanges[exchange].progress == .sending
        ? TimeoutText.request(within: plan.traffic.responseTimeout)
        : TimeoutText.response(connections[connection].parser.progress, within: plan.traffic.responseTimeout)
      note("timeout: \(text)")
      fail(exchange, on: connection, failure, at: now)
    case .wait, .receiveUntilEnd, .succeed, .retry: break
    }
  }
}
