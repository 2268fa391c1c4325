public import HTTP
public import Platform

/// Asking over HTTP/2: one stream at a time.
extension Probe {
  /// What a response consists of so far.
  private struct Answer {
    var head: ResponseHead?
    var content: [UInt8] = []
    var length: UInt64 = 0
    var isComplete = false
    /// What it says of the gRPC call that was made; `nil` for another request.
    var call: GRPCAnswer?
    /// Whether the server has not looked at the request, which is then to be sent again.
    var isRefused = false
  }

  /// Whether the server speaks HTTP/2 to whom begins with it in clear text (RFC 9113 3.3): whether it answers with SETTINGS. Sends no
  /// request, but a server that speaks HTTP/1.1 alone takes the beginning for one, of the method PRI.
  ///
  /// For a probe that speaks HTTP/2 alone.
  public mutating func speaksHTTP2(at target: Target, within limit: Nanoseconds = 2_000_000_000) -> Bool {
    disconnect()
    defer { disconnect() }
    var answer = Answer()
    do throws(ProbeError) {
      _ = try open(to: target)
      let deadline = clock.now() + limit
      while let session, let http2, !session.pointee.hasSettings, !isOver(deadline) {
        try flush(http2, session, into: &answer)
        guard try receive(into: &answer, session, by: deadline) else { return false }
      }
      return session?.pointee.hasSettings == true
    } catch {
      return false
    }
  }

  /// What ALPN chooses of what the probe offers, by a handshake over which nothing is asked.
  ///
  /// - Returns: `nil` where the server chooses nothing, or does not complete the handshake.
  public mutating func chosenProtocol(by target: Target) -> String? {
    disconnect()
    defer { disconnect() }
    guard (try? open(to: target)) != nil else { return nil }
    return transport.description?.applicationProtocol
  }

  /// Sends a request on a stream of the connection and receives its response; `nil` where it is to be sent again.
  mutating func attempt(
    _ template: RequestTemplate, to target: Target, over session: UnsafeMutablePointer<HTTP2Session>,
    _ connectTime: Nanoseconds?, by deadline: Nanoseconds, within limit: Nanoseconds
  ) throws(ProbeError) -> ProbedResponse? {
    guard let http2 else { throw failure(.noHTTP2, "no memory for HTTP/2") }
    let fields = PreparedFields(template, for: target, isKept: false)
    defer { fields.deallocate() }
    let body = UnsafeMutableRawBufferPointer.allocate(byteCount: template.body.count, alignment: 1)
    defer { body.deallocate() }
    body.copyBytes(from: template.body)
    guard let stream = http2.submit(fields.all, UnsafeRawBufferPointer(body), slot: 0, on: session) else { return nil }
    exchange.stream = stream
    _ = exchange.handle(.sending)
    _ = exchange.handle(.sent)
    var answer = Answer()
    if let call = template.call {
      answer.call = GRPCAnswer()
      answer.call?.begin(isHealthCheck: call.isHealthCheck)
    }
    while !answer.isComplete {
      try flush(http2, session, into: &answer)
      if answer.isRefused { return nil }
      if isOver(deadline), case .fail(let kind) = exchange.handle(.deadline) {
        let progress: ResponseParser.Progress =
          answer.head.map { .content(status: $0.status, bytes: answer.length) } ?? .nothing
        let text = TimeoutText.call(
          TimeoutText.response(progress, within: limit), ofServer: false, told: template.callTimeout)
        throw overdue(kind, http2.unsent(slot: 0, of: stream) > 0 ? TimeoutText.request(within: limit) : text)
      }
      guard try receive(into: &answer, session, by: deadline) else { return nil }
      if answer.isRefused { return nil }
    }
    if http2.unsent(slot: 0, of: stream) > 0 { session.pointee.cancel(stream) }
    return try response(answer, connectTime)
  }

  private mutating func response(
    _ answer: Answer, _ connectTime: Nanoseconds?
  ) throws(ProbeError) -> ProbedResponse {
    guard let head = answer.head else {
      throw failure(.malformed, HTTP2Session.ruleBroken("an answer without a status"))
    }
    let serviceTime = clock.now() - exchange.sent
    let description = transport.description
    let keepsAlive = session?.pointee.isGoingAway == false
    let action = machine.handle(.responseComplete(of: exchange.progress, keepsAlive: keepsAlive, hasSurplus: false))
    if action == .close { close() }
    return ProbedResponse(
      version: .http2, head: head, content: answer.content, contentLength: answer.length, keepsAlive: keepsAlive,
      wasReused: exchange.isOnReused, connectTime: connectTime, serviceTime: serviceTime, leniencies: LeniencySet(),
      callFailure: answer.call?.failure, tls: description)
  }

  private mutating func flush(
    _ http2: HTTP2Client, _ session: UnsafeMutablePointer<HTTP2Session>, into answer: inout Answer
  ) throws(ProbeError) {
    let hasFailed = http2.flush(session, to: &transport).hasFailed
    try takeEvents(into: &answer, session)
    // What the server said before it closed is still to be received.
    if hasFailed { _ = machine.handle(.peerEnded) }
  }

  /// Receives what is there, waiting for it; `false` where the connection has ended and the request is to be sent again.
  private mutating func receive(
    into answer: inout Answer, _ session: UnsafeMutablePointer<HTTP2Session>, by deadline: Nanoseconds
  ) throws(ProbeError) -> Bool {
    switch transport.receive(buffer.baseAddress!, buffer.count) {
    case .bytes(let count):
      session.pointee.receive(UnsafeRawBufferPointer(start: buffer.baseAddress!, count: count))
      try takeEvents(into: &answer, session)
    case .nothing:
      // Where the socket is full, room to send is waited for with the answer.
      _ = try wait(for: session.pointee.isBlocked ? .sending : .receiving, by: deadline)
    case .cutShort: break
    case .ended(let end):
      let error = session.pointee.serversError
      let response: Exchange.Response = exchange.hasAnswer ? .begun : .nothing
      switch exchange.handle(.connectionEnded(error == nil ? end : .goAway, response)) {
      case .fail(.connectionError):
        throw failure(.connectionError, "connection error (\(error?.name ?? ""))", reset: error)
      case .fail(let kind):
        if !session.pointee.hasSettings, kind == .closed {
          throw failure(kind, "the connection was closed before anything of HTTP/2 had come")
        }
        throw failure(kind, at: end)
      case .retry, .wait, .receive, .receiveUntilEnd, .succeed: return false
      }
    }
    return true
  }

  private mutating func takeEvents(
    into answer: inout Answer, _ session: UnsafeMutablePointer<HTTP2Session>
  ) throws(ProbeError) {
    guard let inbox = http2?.inbox else { return }
    for index in 0..<inbox.pointee.count {
      let event = inbox.pointee.events[index]
      switch event.kind {
      case .settings: break
      case .goAway: session.pointee.noteGoAway(HTTP2ErrorCode(code: event.code))
      case .head, .content, .end, .reset, .closed, .invalid, .tooLong, .sending:
        // What comes late of an earlier stream is nobody's, and so is what comes behind the end.
        guard event.stream == exchange.stream, !answer.isComplete, !answer.isRefused else { continue }
        try take(event, inbox, into: &answer)
      }
    }
    if let fault = session.pointee.fault { throw failure(fault.kind, fault.text) }
  }

  private mutating func take(
    _ event: HTTP2Inbox.Event, _ inbox: UnsafeMutablePointer<HTTP2Inbox>, into answer: inout Answer
  ) throws(ProbeError) {
    switch event.kind {
    case .settings, .goAway: break
    case .sending: exchange.sent = clock.now()
    case .head:
      let head = inbox.pointee.heads[event.count]
      if exchange.firstByte == 0 { exchange.firstByte = clock.now() }
      guard head.status >= 200 || head.status == 0 && answer.call != nil else { return }
      answer.call?.take(head, of: inbox.pointee.assembly)
      parser.show(head, of: inbox.pointee.assembly)
      if let first = answer.head {
        if answer.call != nil { answer.head = first.adding(trailers: ResponseHead(parser)) }
      } else {
        answer.head = ResponseHead(parser)
      }
    case .content:
      answer.length &+= UInt64(event.count)
      answer.call?.take(UnsafeRawBufferPointer(start: event.bytes, count: event.count))
      let kept = min(max(0, parser.captureLimit - answer.content.count), event.count)
      answer.content.append(contentsOf: UnsafeBufferPointer(start: event.bytes, count: kept))
    case .end: answer.isComplete = true
    case .reset where event.code != UInt32(HTTP2ErrorCode.refusedStream.rawValue):
      throw reset(HTTP2ErrorCode(code: event.code))
    case .closed where event.code != UInt32(HTTP2ErrorCode.refusedStream.rawValue), .invalid:
      throw failure(
        .malformed, HTTP2Session.ruleBroken(inbox.pointee.reason ?? HTTP2ErrorCode(code: event.code).name))
    case .reset: answer.isRefused = try isSentAgain(refusedBy: .reset, .refusedStream)
    case .closed:
      answer.isRefused = try isSentAgain(
        refusedBy: session?.pointee.refusal ?? .goAway(isError: false), session?.pointee.serversError ?? .noError)
    case .tooLong: throw failure(.oversized, "the head is longer than 64 KiB")
    }
  }

  /// Whether a request that the server says it has not looked at is sent again; else it has failed.
  private mutating func isSentAgain(
    refusedBy refusal: Exchange.Refusal, _ code: HTTP2ErrorCode
  ) throws(ProbeError) -> Bool {
    guard case .fail(let kind) = exchange.handle(.refused(by: refusal, mayBeRepeated: true)) else { return true }
    let text = HTTP2Session.refused(by: refusal, code, hasAnswer: exchange.hasAnswer)
    throw failure(kind, text, reset: kind.hasErrorCode ? code : nil)
  }

  private func reset(_ code: HTTP2ErrorCode) -> ProbeError {
    failure(.streamReset, "stream reset (\(code.name))", reset: code)
  }
}
