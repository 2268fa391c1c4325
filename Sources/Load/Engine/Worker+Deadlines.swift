internal import HTTP
internal import Platform

extension Worker {
  /// Fails connections and requests that have timed out, unless what they wait for has arrived meanwhile.
  mutating func expire(_ now: inout Nanoseconds) {
    while let connection = connecting.firstExpired(at: now) {
      // After a pause the worker first reads what has arrived.
      if !notePause(at: &now) { expireConnecting(connection, &now) }
    }
    while let exchange = responding.firstExpired(at: now) {
      if !notePause(at: &now) { expireResponding(exchange, &now) }
    }
  }

  /// A connection has timed out before it was open.
  private mutating func expireConnecting(_ connection: Int, _ now: inout Nanoseconds) {
    let isConnecting = connections[connection].machine.state == .connecting
    // A peer that floods must not keep this side from the others.
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

  /// A request has timed out before its response was complete.
  private mutating func expireResponding(_ exchange: Int, _ now: inout Nanoseconds) {
    let connection = Int(exchanges[exchange].connection)
    switch exchanges[exchange].handle(.deadline) {
    case .receive: handle(EventQueue.Event(token: token(of: connection), hasEnded: false), &now)
    case .fail(let failure) where exchanges[exchange].stream > 0:
      giveStreamUp(exchange, on: connection, failure, &now)
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
