internal import HTTP
internal import Platform

/// How streams and connections of HTTP/2 fail.
extension Worker {
  /// The server has reset a stream.
  mutating func takeReset(
    _ code: HTTP2ErrorCode, of exchange: Int, on connection: Int, _ now: inout Nanoseconds
  ) {
    if code == .refusedStream { return refuse(exchange, by: .reset, on: connection, &now) }
    tally.resets[Int(code.rawValue)] += 1
    note("stream reset (\(code.name))")
    failStream(exchange, on: connection, .streamReset, at: now)
  }

  /// The server says that it has not looked at a request: where that may be so, it is sent again, whatever its method (RFC 9113 8.7).
  mutating func refuse(
    _ exchange: Int, by refusal: Exchange.Refusal, on connection: Int, _ now: inout Nanoseconds
  ) {
    if !exchanges[exchange].hasAnswer { tally.counters.refusedStreams += 1 }
    let event = Exchange.Event.refused(by: refusal, mayBeRepeated: plan.traffic.retriesClosedConnections)
    switch exchanges[exchange].handle(event) {
    case .retry:
      if connections[connection].machine.handle(.streamFailed) == .close { close(connection) }
      retry(exchange, &now)
    case .fail(let failure):
      let error = connections[connection].session?.pointee.serversError
      let code = refusal == .reset ? HTTP2ErrorCode.refusedStream : error ?? .noError
      if failure.hasErrorCode { tally.resets[Int(code.rawValue)] += 1 }
      note(HTTP2Session.refused(by: refusal, code, hasAnswer: exchanges[exchange].hasAnswer))
      failStream(exchange, on: connection, failure, at: now)
    case .wait, .receive, .receiveUntilEnd, .succeed: break
    }
  }

  /// Ends a request as failed; its connection goes on.
  mutating func failStream(_ exchange: Int, on connection: Int, _ failure: FailureKind, at now: Nanoseconds) {
    if connections[connection].machine.handle(.streamFailed) == .close { close(connection) }
    conclude(exchange, failure: failure, status: nil, at: now)
  }

  /// A response was not complete in time: its stream is given up, and its connection, too, if nothing came on any of its streams.
  mutating func giveStreamUp(
    _ exchange: Int, on connection: Int, _ failure: FailureKind, _ now: inout Nanoseconds
  ) {
    let (stream, status) = (exchanges[exchange].stream, Int(exchanges[exchange].status))
    let limit = plan.traffic.responseTimeout
    if connections[connection].session?.pointee.isWaiting(stream) == true {
      note("timeout: \(TimeoutText.stream(within: limit))")
    } else if let http2, http2.unsent(slot: exchange, of: stream) > 0 {
      note("timeout: \(TimeoutText.request(within: limit))")
    } else {
      let progress: ResponseParser.Progress =
        status > 0 ? .content(status: status, bytes: exchanges[exchange].received) : .nothing
      let text = TimeoutText.response(progress, within: limit)
      note("timeout: \(TimeoutText.call(text, ofServer: false, told: timeoutTold(by: exchange)))")
    }
    connections[connection].session?.pointee.cancel(stream)
    if connections[connection].lastProgress <= exchanges[exchange].sent { drain(connection) }
    failStream(exchange, on: connection, failure, at: now)
    if connections[connection].session != nil { awaitSending(connection) }
  }

  /// Ends a connection whose server has broken a rule of HTTP/2, and all requests on it but those that were not sent yet: they go
  /// over another one.
  mutating func giveUp(
    _ connection: Int, _ fault: HTTP2Session.Fault, _ inbox: UnsafeMutablePointer<HTTP2Inbox>, _ now: inout Nanoseconds
  ) {
    note(fault.text)
    for index in 0..<inbox.pointee.count {
      let event = inbox.pointee.events[index]
      guard event.kind == .closed, event.code == UInt32(HTTP2ErrorCode.refusedStream.rawValue),
        exchanges[Int(event.slot)].stream == event.stream, Int(exchanges[Int(event.slot)].connection) == connection
      else { continue }
      exchanges[Int(event.slot)].stream = 0
      sentCounts[Int(exchanges[Int(event.slot)].template)] &-= 1
      tally.counters.streams -= 1
    }
    let count = connections[connection].machine.exchangeCount
    _ = connections[connection].machine.handle(.closed)
    close(connection)
    for _ in 0..<count {
      let exchange = Int(connections[connection].exchanges.first)
      if exchanges[exchange].stream > 0 {
        conclude(exchange, failure: fault.kind, status: nil, at: now)
      } else {
        _ = leaveConnection(exchange)
        begin(exchange, on: lanes.slot(of: Int(exchanges[exchange].lane)), &now)
      }
    }
  }

  /// A connection has ended with streams on it, each of which ends by itself or is sent again.
  mutating func endStreams(_ connection: Int, _ end: ConnectionEnd, _ now: inout Nanoseconds) {
    if end == .tlsFailure, let tls { note("tls: \(tls.failureReason)") }
    let error = connections[connection].session?.pointee.serversError
    let wasChosen = connections[connection].session?.pointee.hasSettings == true
    let count = connections[connection].machine.exchangeCount
    if connections[connection].machine.handle(.ended) == .close { close(connection) }
    if !wasChosen, count > 0 { note("the connection was closed before anything of HTTP/2 had come") }
    // Those that are sent again take their place behind the others.
    for _ in 0..<count {
      let exchange = Int(connections[connection].exchanges.first)
      let response: Exchange.Response = exchanges[exchange].hasAnswer ? .begun : .nothing
      switch exchanges[exchange].handle(.connectionEnded(error == nil ? end : .goAway, response)) {
      case .retry: retry(exchange, &now)
      case .fail(let failure):
        if failure.hasErrorCode, let error { tally.resets[Int(error.rawValue)] += 1 }
        conclude(exchange, failure: failure, status: nil, at: now)
      case .wait, .receive, .receiveUntilEnd, .succeed: break
      }
    }
  }
}
