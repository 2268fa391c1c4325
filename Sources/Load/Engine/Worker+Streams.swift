internal import Glibc
internal import HTTP
internal import Platform

/// Requests and responses on streams of HTTP/2.
extension Worker {
  /// What connections of HTTP/2 share; `nil` where none may be spoken, and where there is no memory for it: then the first one ends
  /// the run.
  static func http2Client(for plan: Plan, exchanges: Int) -> HTTP2Client? {
    guard plan.traffic.http.allowsHTTP2(over: plan.target.scheme) else { return nil }
    let fields = FieldSelection(
      backend: plan.fingerprint.backendHeader, generation: plan.fingerprint.generationHeader)
    return try? HTTP2Client(selecting: fields, exchanges: exchanges, keepsHeads: plan.traffic.keepsCookies)
  }

  /// Makes a slot ready for its first connection.
  mutating func prepareConnection(_ slot: Int, lane: Int) {
    (connections + slot).initialize(to: Connection())
    connections[slot].lane = Int32(lane)
    connections[slot].isForFresh = lane >= keptLanes
    connections[slot].parser.captureLimit = plan.capturedContent
  }

  /// Begins what ALPN has chosen; `false` where that is not what was asked for, and the connection has failed.
  mutating func chooseVersion(_ connection: Int, _ now: inout Nanoseconds) -> Bool {
    if connections[connection].transport.hasChosenHTTP2 { return openSession(connection, &now) }
    guard plan.traffic.http == .http2 else {
      tally.counters.connectionsOfHTTP1 += 1
      return true
    }
    note("noHTTP2: \(HTTP2Session.notChosen)")
    perform(connections[connection].machine.handle(.handshakeFailed(.noHTTP2)), on: connection, &now)
    return false
  }

  /// Begins HTTP/2 on a connection that is open; `false` where there is no memory for it, and the run ends.
  mutating func openSession(_ connection: Int, _ now: inout Nanoseconds) -> Bool {
    guard let session = http2?.open() else {
      error = .generatorLimit("this machine has no memory for another connection of HTTP/2")
      perform(connections[connection].machine.handle(.connectFailed(nil)), on: connection, &now)
      return false
    }
    connections[connection].session = session
    connections[connection].isOfHTTP2 = false
    connections[connection].lastProgress = now
    awaitSending(connection)
    return true
  }

  /// Queues the frames of a connection to be sent, together with those of the requests that begin now.
  @inline(__always)
  mutating func awaitSending(_ connection: Int) {
    guard !connections[connection].isDirty else { return }
    connections[connection].isDirty = true
    dirty.append(connection)
  }

  /// Sends the frames that wait.
  mutating func sendFrames(_ now: inout Nanoseconds) {
    while let connection = dirty.popFirst() {
      connections[connection].isDirty = false
      guard let session = connections[connection].session, let http2 else { continue }
      let (sent, hasFailed) = http2.flush(session, to: &connections[connection].transport)
      tally.counters.bytesSent &+= sent
      if let fault = session.pointee.fault {
        giveUp(connection, fault, http2.inbox, &now)
      } else if takeEvents(connection, session, &now), hasFailed {
        // What the server has said before is still to be read, and its end reports itself no more.
        notePeerEnd(connection)
        awaitTurn(connection)
      }
    }
  }

  @inline(__always)
  mutating func sendOnStream(_ exchange: Int, on connection: Int, _ now: inout Nanoseconds) {
    guard let session = connections[connection].session, let stream = submit(exchange, on: session) else {
      drain(connection)
      return moveOn(exchange, from: connection, &now)
    }
    sentCounts[Int(exchanges[exchange].template)] &+= 1
    tally.counters.streams += 1
    exchanges[exchange].sent = now
    exchanges[exchange].stream = stream
    _ = exchanges[exchange].handle(.sending)
    _ = exchanges[exchange].handle(.sent)
    if !contents.isEmpty { contents[exchange].removeAll(keepingCapacity: true) }
    if !answers.isEmpty { beginAnswer(exchange) }
    responding.append(exchange, deadline: now + plan.traffic.responseTimeout)
    awaitSending(connection)
  }

  @inline(__always)
  private func submit(_ exchange: Int, on session: UnsafeMutablePointer<HTTP2Session>) -> Int32? {
    guard let http2, !session.pointee.isGoingAway else { return nil }
    let request = requests + Int(exchanges[exchange].template)
    if keepsCookies, let own = cookies?.fields(Int(exchanges[exchange].template), on: Int(exchanges[exchange].lane)) {
      defer { own.deallocate() }
      return http2.submit(own.all, request.pointee.body, slot: exchange, on: session)
    }
    guard let fields = request.pointee.fields else { return nil }
    return http2.submit(fields.all, request.pointee.body, slot: exchange, on: session)
  }

  /// Has a connection take no further stream. While it has others, its lane goes on with another slot.
  mutating func drain(_ connection: Int) {
    if connections[connection].machine.handle(.drains) == .close { return close(connection) }
    let lane = Int(connections[connection].lane)
    guard plan.traffic.multiplex > 1, lane >= 0, lane < keptLanes else { return }
    let (slot, isNew) = lanes.replaceSlot(of: lane)
    if isNew { prepareConnection(slot, lane: lane) }
    connections[slot].lane = Int32(lane)
    connections[connection].lane = -1
  }

  /// Takes an exchange off a connection on which it cannot be sent, and sends it on another one.
  private mutating func moveOn(_ exchange: Int, from connection: Int, _ now: inout Nanoseconds) {
    if connections[connection].machine.handle(.streamFailed) == .close { close(connection) }
    _ = leaveConnection(exchange)
    begin(exchange, on: lanes.slot(of: Int(exchanges[exchange].lane)), &now)
  }

  /// The peer sends no more than what is still to be read.
  mutating func notePeerEnd(_ connection: Int) {
    _ = connections[connection].machine.handle(.peerEnded)
    if connections[connection].session != nil, connections[connection].exchanges.first >= 0 { drain(connection) }
  }

  /// Takes received bytes; `false` once their connection has been closed.
  mutating func takeFrames(_ connection: Int, _ count: Int, _ now: inout Nanoseconds) -> Bool {
    guard let session = connections[connection].session else { return false }
    tally.counters.bytesReceived &+= count
    now = elapsed()
    noteArrival(on: connection, at: now)
    session.pointee.receive(UnsafeRawBufferPointer(start: buffer.baseAddress!, count: count))
    guard takeEvents(connection, session, &now) else { return false }
    if session.pointee.hasOutput || session.pointee.fault != nil { awaitSending(connection) }
    return true
  }

  /// Takes what is in the inbox; `false` once the connection has been closed.
  private mutating func takeEvents(
    _ connection: Int, _ session: UnsafeMutablePointer<HTTP2Session>, _ now: inout Nanoseconds
  ) -> Bool {
    guard let inbox = http2?.inbox else { return false }
    let registration = connections[connection].registration
    for index in 0..<inbox.pointee.count {
      take(inbox.pointee.events[index], on: connection, session, inbox, &now)
      guard connections[connection].registration == registration else { return false }
    }
    return true
  }

  @inline(__always)
  private mutating func take(
    _ event: HTTP2Inbox.Event, on connection: Int, _ session: UnsafeMutablePointer<HTTP2Session>,
    _ inbox: UnsafeMutablePointer<HTTP2Inbox>, _ now: inout Nanoseconds
  ) {
    switch event.kind {
    case .settings:
      if !connections[connection].isOfHTTP2 { tally.counters.connectionsOfHTTP2 += 1 }
      connections[connection].isOfHTTP2 = true
      if tally.counters.connectionsOfHTTP2 == 1 { noteFieldsWithoutPlace() }
      if session.pointee.streamLimit < plan.traffic.multiplex {
        note("the server takes \(session.pointee.streamLimit) requests at a time on a connection, the others wait")
      }
      return
    case .goAway:
      let code = HTTP2ErrorCode(code: event.code)
      session.pointee.noteGoAway(code)
      if code != .noError { note("connection error by GOAWAY (\(code.name))") }
      tally.counters.goAways += 1
      return drain(connection)
    case .head, .content, .end, .reset, .closed, .invalid, .tooLong, .sending: break
    }
    let exchange = Int(event.slot)
    // It may have ended, and its slot have another one.
    guard exchange < concurrency, exchanges[exchange].stream == event.stream,
      Int(exchanges[exchange].connection) == connection
    else { return }
    if event.kind == .sending { return noteSending(exchange, at: now) }
    connections[connection].lastProgress = now
    switch event.kind {
    case .settings, .goAway, .sending: break
    case .head: takeHead(inbox.pointee.heads[event.count], of: exchange, on: connection, inbox, now)
    case .content: takeContent(event, of: exchange)
    case .end:
      exchanges[exchange].arrived = arrival(of: exchange) ?? 0
      completeStream(exchange, on: connection, session, at: now)
    case .reset: takeReset(HTTP2ErrorCode(code: event.code), of: exchange, on: connection, &now)
    case .closed where event.code == UInt32(HTTP2ErrorCode.refusedStream.rawValue):
      refuse(exchange, by: session.pointee.refusal, on: connection, &now)
    case .closed, .invalid:
      note(HTTP2Session.ruleBroken(inbox.pointee.reason ?? HTTP2ErrorCode(code: event.code).name))
      failStream(exchange, on: connection, .malformed, at: now)
    case .tooLong:
      note("the head is longer than 64 KiB")
      failStream(exchange, on: connection, .oversized, at: now)
    }
  }

  @inline(never)
  private mutating func noteFieldsWithoutPlace() {
    let names = Set(plan.templates.flatMap(\.fieldsWithoutPlace)).sorted()
    guard !names.isEmpty else { return }
    note("not sent over HTTP/2, which forbids it: \(names.joined(separator: ", "))")
  }

  /// A request leaves that had to wait on its connection: only then is it sent, and does the server's time begin.
  @inline(never)
  private mutating func noteSending(_ exchange: Int, at now: Nanoseconds) {
    tally.counters.waitedForStream += 1
    exchanges[exchange].sent = now
    responding.renew(exchange, deadline: now + plan.traffic.responseTimeout)
  }

  @inline(__always)
  private mutating func takeHead(
    _ head: HeadAssembly.Head, of exchange: Int, on connection: Int, _ inbox: UnsafeMutablePointer<HTTP2Inbox>,
    _ now: Nanoseconds
  ) {
    if exchanges[exchange].firstByte == 0 { exchanges[exchange].firstByte = arrival(of: exchange) ?? now }
    if !answers.isEmpty, head.status == 0 || head.status >= 200 {
      takeAnswer(head, of: exchange, on: connection, inbox)
    }
    // Interim responses are passed over, and so are trailers.
    guard head.status >= 200, exchanges[exchange].status == 0 else { return }
    exchanges[exchange].status = Int32(head.status)
    connections[connection].parser.show(head, of: inbox.pointee.assembly)
    identify(exchange, on: connection)
    if !answers.isEmpty, exchanges[exchange].backend < 0 { keepGeneration(exchange, on: connection) }
    guard keepsCookies else { return }
    cookies?.take(
      connections[connection].parser.head, to: Int(exchanges[exchange].template), on: Int(exchanges[exchange].lane))
  }

  @inline(__always)
  private mutating func takeContent(_ event: HTTP2Inbox.Event, of exchange: Int) {
    exchanges[exchange].received &+= UInt64(event.count)
    if !answers.isEmpty { answers[exchange].take(UnsafeRawBufferPointer(start: event.bytes, count: event.count)) }
    guard !contents.isEmpty, contents[exchange].count < plan.capturedContent else { return }
    let kept = min(plan.capturedContent - contents[exchange].count, event.count)
    contents[exchange].append(contentsOf: UnsafeBufferPointer(start: event.bytes, count: kept))
  }

  @inline(__always)
  private mutating func completeStream(
    _ exchange: Int, on connection: Int, _ session: UnsafeMutablePointer<HTTP2Session>, at now: Nanoseconds
  ) {
    let stream = exchanges[exchange].stream
    // An answer may come before the server has all of the request; the rest is not sent (RFC 9113 8.1).
    if let http2, http2.unsent(slot: exchange, of: stream) > 0 { session.pointee.cancel(stream) }
    let status = Int(exchanges[exchange].status)
    let event = ConnectionStateMachine.Event.responseComplete(
      of: exchanges[exchange].progress, keepsAlive: true, hasSurplus: false)
    if connections[connection].machine.handle(event) == .close { close(connection) }
    judge(exchange, on: connection, status, at: now)
  }
}
