internal import Platform
internal import Synchronization

/// One connection to a backend, from its first request to its end.
struct BackendSession: ~Copyable {
  private static let headLimit = 16 << 10

  private let site: BackendSite
  private let connection: ThreadedServer.Connection
  private let stream: ByteStream
  private var head = MessageHead()
  /// The ledger's row of the request that is being answered.
  private var ticket: RequestLedger.Ticket?

  init(_ site: BackendSite, _ connection: ThreadedServer.Connection) {
    self.site = site
    self.connection = connection
    stream = ByteStream(connection.descriptor)
  }

  consuming func run() {
    while answerNext() {}
  }

  /// Answers one request; false when the connection is to be closed.
  private mutating func answerNext() -> Bool {
    let reading = stream.readHead(limit: BackendSession.headLimit, patience: .seconds(60)) { connection.becomeIdle() }
    connection.becomeBusy()
    ticket = nil
    let length: Int
    switch reading {
    case .head(let count): length = count
    case .tooLarge: return refuseHead(431)
    case .timedOut: return stream.isEmpty ? false : refuseHead(408)
    case .end, .failed: return false
    }
    let arrived = MonotonicClock.now()

    let bytes = UnsafeRawBufferPointer(rebasing: stream.buffered.prefix(length))
    do {
      try head.readRequest(bytes)
    } catch {
      return refuseHead(error.status)
    }
    guard let place = RequestPlace(bytes[head.firstLine.1]) else { return refuseHead(400) }
    if !place.isCount { enter(bytes, arrived: arrived) }
    let isHead = bytes[head.firstLine.0].elementsEqual("HEAD".utf8)
    stream.consume(length)
    guard skipBody() else { return false }

    if place.isCount {
      let text = "\(site.requestCount.load(ordering: .relaxed))\n"
      let closes = !head.keepsAlive || connection.isStopping
      let answer = CannedAnswer("200 OK", [], "text/plain", text)
      return answer.send(to: stream, isHead: isHead, closes: closes) && !closes
    }
    let answer: CannedAnswer
    var ready = MonotonicClock.now()
    switch site.faults.next(for: place.path) {
    case .answer(let slowness):
      answer = site.answer(to: place.path[...].utf8)
      ready = site.readyTime(slowness: place.slowness + slowness)
    case .error(let error): answer = error
    case .reset:
      if let ticket { site.ledger?.unanswered(ticket, .reset) }
      connection.resetWhenClosed()
      return false
    case .hang:
      connection.waitForPeersEnd()
      if let ticket { site.ledger?.unanswered(ticket, .abandoned) }
      return false
    }
    if ready > MonotonicClock.now() { MonotonicClock.sleep(until: ready) }
    // Counted before it is sent, so that a client that has its answer finds itself counted.
    site.requestCount.wrappingAdd(1, ordering: .relaxed)
    let closes = !head.keepsAlive || connection.isStopping
    let isSent = send(answer, isHead: isHead, closes: closes, as: .answered)
    if !isSent { site.requestCount.wrappingSubtract(1, ordering: .relaxed) }
    if closes, isSent, !stream.isEmpty { connection.linger() }
    return isSent && !closes
  }

  private mutating func skipBody() -> Bool {
    var progress = BodyProgress(head.requestFraming)
    if progress.isComplete { return true }
    if head.expectsContinue, stream.isEmpty, !stream.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) { return false }
    while true {
      do {
        stream.consume(try progress.advance(over: stream.buffered))
      } catch {
        return refuse(error.status)
      }
      if progress.isComplete { return true }
      stream.prepareForLongBody()
      guard case .bytes = stream.fill() else {
        if let ticket { site.ledger?.unanswered(ticket, .abandoned) }
        return false
      }
    }
  }

  /// Sends an answer, with its times in the ledger.
  private func send(_ answer: CannedAnswer, isHead: Bool, closes: Bool, as outcome: LedgerRow.Outcome) -> Bool {
    if let ticket { site.ledger?.answering(ticket, status: answer.status) }
    let isSent = answer.send(to: stream, isHead: isHead, closes: closes)
    if let ticket { site.ledger?.answered(ticket, isSent ? outcome : .abandoned) }
    return isSent
  }

  /// Enters the request of `head` in the ledger.
  private mutating func enter(_ bytes: UnsafeRawBufferPointer, arrived: UInt64) {
    guard let ledger = site.ledger else { return }
    let name = site.requestIDHeader
    let id = head.fields.first { field in
      field.name.count == name.utf8.count && String(decoding: bytes[field.name], as: UTF8.self).lowercased() == name
    }
    ticket = ledger.begin(
      arrived: arrived, connection: connection.number, id: id.map { String(decoding: bytes[$0.value], as: UTF8.self) },
      method: String(decoding: bytes[head.firstLine.0], as: UTF8.self),
      target: String(decoding: bytes[head.firstLine.1], as: UTF8.self))
  }

  /// Refuses what is no request that could be entered as one.
  private mutating func refuseHead(_ status: Int) -> Bool {
    ticket = site.ledger?.begin(
      arrived: MonotonicClock.now(), connection: connection.number, id: nil, method: "", target: "")
    return refuse(status)
  }

  private func refuse(_ status: Int) -> Bool {
    if send(.refusal(status), isHead: false, closes: true, as: .malformed) { connection.linger() }
    return false
  }
}

/// The part of a request's target that a backend looks at.
struct RequestPlace {
  let path: String

  /// How long `/slow` asks the answer to wait, in nanoseconds.
  let slowness: UInt64

  var isCount: Bool { path == "/__lbcheck/count" }

  /// - Returns: nil for a target that names no path of this server.
  init?(_ target: Slice<UnsafeRawBufferPointer>) {
    var text = String(decoding: target, as: UTF8.self)[...]
    if text == "*" { text = "/" }
    if text.first != "/" {
      // The absolute form, as a forward proxy is asked (RFC 9112, section 3.2.2).
      guard let scheme = text.utf8.firstIndex(of: UInt8(ascii: ":")), text[scheme...].hasPrefix("://") else {
        return nil
      }
      let rest = text[scheme...].dropFirst(3)
      text = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    let query = text.utf8.firstIndex(of: UInt8(ascii: "?"))
    path = String(text[..<(query ?? text.endIndex)])
    guard path == "/slow", let query else {
      slowness = 0
      return
    }
    let milliseconds = text[query...].dropFirst().split(separator: "&").lazy
      .filter { $0.hasPrefix("ms=") }.compactMap { UInt64($0.dropFirst(3)) }.first
    slowness = min(milliseconds ?? 0, 60_000) * 1_000_000
  }
}
