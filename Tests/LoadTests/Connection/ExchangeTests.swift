import HTTP
import Testing

@testable import Load

/// The rules of an exchange: events in, actions out.
@Suite struct ExchangeTests {
  private func exchange(onReused: Bool = false, mayBeRepeated: Bool = true) -> Exchange {
    var exchange = Exchange()
    exchange.prepare(due: 5, template: 0, mayBeRepeated: mayBeRepeated)
    exchange.begin(onReused: onReused)
    return exchange
  }

  private static let ends: [ConnectionEnd] = [.orderly, .cutOff, .reset(104), .tlsFailure, .goAway]

  struct Fate: Sendable {
    let end: ConnectionEnd
    let response: Exchange.Response
    let action: Exchange.Action
  }

  /// Of an exchange that may not be sent again.
  private static let fates = [
    Fate(end: .orderly, response: .nothing, action: .fail(.closed)),
    Fate(end: .orderly, response: .begun, action: .fail(.truncated)),
    Fate(end: .orderly, response: .untilEnd, action: .succeed),
    Fate(end: .cutOff, response: .nothing, action: .fail(.closed)),
    Fate(end: .cutOff, response: .begun, action: .fail(.truncated)),
    Fate(end: .cutOff, response: .untilEnd, action: .fail(.truncated)),
    Fate(end: .reset(104), response: .nothing, action: .fail(.reset)),
    Fate(end: .reset(104), response: .begun, action: .fail(.reset)),
    Fate(end: .reset(104), response: .untilEnd, action: .fail(.reset)),
    Fate(end: .goAway, response: .nothing, action: .fail(.connectionError)),
    Fate(end: .goAway, response: .begun, action: .fail(.connectionError)),
    Fate(end: .tlsFailure, response: .nothing, action: .fail(.tls)),
    Fate(end: .tlsFailure, response: .begun, action: .fail(.tls)),
    Fate(end: .tlsFailure, response: .untilEnd, action: .fail(.tls)),
  ]

  @Test("What the end of a connection means depends on how it ended and on what had come", arguments: fates)
  func fate(_ fate: Fate) {
    for (isOnReused, mayBeRepeated) in [(false, true), (true, false), (false, false)] {
      var exchange = exchange(onReused: isOnReused, mayBeRepeated: mayBeRepeated)
      #expect(exchange.handle(.connectionEnded(fate.end, fate.response)) == fate.action)
      #expect(!exchange.isRetry)
    }
  }

  @Test("An untouched, idempotent request on a reused connection is sent once more, and only once", arguments: ends)
  func retry(end: ConnectionEnd) {
    var exchange = exchange(onReused: true)
    let first = exchange.handle(.connectionEnded(end, .nothing))
    guard end != .tlsFailure else { return #expect(first == .fail(.tls) && !exchange.isRetry) }
    guard end != .goAway else { return #expect(first == .fail(.connectionError) && !exchange.isRetry) }
    #expect(first == .retry && exchange.isRetry)
    // Whatever the second connection is: one that another exchange has used, say.
    for isOnReused in [false, true] {
      var second = exchange
      second.begin(onReused: isOnReused)
      let failure: FailureKind = if case .reset = end { .reset } else { .closed }
      #expect(second.handle(.connectionEnded(end, .nothing)) == .fail(failure))
    }
    // The slot's next request is a new one.
    exchange.prepare(due: 9, template: 0, mayBeRepeated: true)
    exchange.begin(onReused: true)
    #expect(!exchange.isRetry && exchange.handle(.connectionEnded(end, .nothing)) == .retry)
  }

  @Test("A request that has any byte of a response is not sent again, be it an interim one")
  func touched() throws {
    for end in Self.ends {
      for response in [Exchange.Response.begun, .untilEnd] {
        var exchange = exchange(onReused: true)
        let action = exchange.handle(.connectionEnded(end, response))
        #expect(action != .retry && !exchange.isRetry, "\(end), \(response)")
      }
    }
    for bytes in ["H", "HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"] {
      var parser = ResponseParser()
      parser.begin(expectsNoContent: false)
      var received = Array(bytes.utf8)
      _ = try received.withUnsafeMutableBytes { try parser.consume($0, selecting: FieldSelection(backend: nil)) }
      #expect(Exchange.Response(atEndOf: &parser) == .begun, "\(bytes)")
    }
    var untouched = ResponseParser()
    untouched.begin(expectsNoContent: false)
    #expect(Exchange.Response(atEndOf: &untouched) == .nothing)
  }

  @Test("Line ends behind the last response are no byte of the next one")
  func lineEnds() throws {
    var parser = ResponseParser()
    let fields = FieldSelection(backend: nil)
    parser.begin(expectsNoContent: false)
    var page = Array("HTTP/1.1 204 No Content\r\n\r\n".utf8)
    try page.withUnsafeMutableBytes { bytes in
      guard try parser.consume(bytes, selecting: fields) == .head else { return }
      _ = try parser.consume(UnsafeMutableRawBufferPointer(rebasing: bytes[bytes.count...]), selecting: fields)
    }
    #expect(parser.status == 204)
    parser.begin(expectsNoContent: false, onSameConnection: true)
    var lineEnd: [UInt8] = [13, 10]
    _ = try lineEnd.withUnsafeMutableBytes { try parser.consume($0, selecting: fields) }
    #expect(Exchange.Response(atEndOf: &parser) == .nothing)
  }

  @Test("What has come by the deadline is read before the request fails, once")
  func deadline() {
    var exchange = exchange(onReused: true)
    _ = exchange.handle(.sending)
    _ = exchange.handle(.sent)
    #expect(exchange.handle(.deadline) == .receive)
    #expect(exchange.handle(.deadline) == .fail(.timeout))
    // A connection of its own has a time of its own.
    exchange.begin(onReused: false)
    #expect(exchange.handle(.deadline) == .receive)
  }

  @Test("A request that the connection takes no more of may have been answered already")
  func sendFailed() {
    var exchange = exchange()
    #expect(exchange.progress == .waiting)
    #expect(exchange.handle(.sending) == .wait && exchange.progress == .sending)
    #expect(exchange.handle(.sendFailed) == .receiveUntilEnd && exchange.progress == .broken)
    exchange.begin(onReused: false)
    #expect(exchange.progress == .waiting && exchange.sentCount == 0)
    _ = exchange.handle(.sending)
    #expect(exchange.handle(.sent) == .wait && exchange.progress == .sent)
  }

  @Test("A list of exchanges keeps its order whatever is taken out")
  func list() {
    let exchanges = UnsafeMutablePointer<Exchange>.allocate(capacity: 5)
    exchanges.initialize(repeating: Exchange(), count: 5)
    defer { exchanges.deallocate() }
    var list = ExchangeList()
    #expect(Array(list.all(in: exchanges)) == [])
    for exchange in 0..<5 { list.append(exchange, in: exchanges) }
    for exchange in [0, 2, 4] { list.remove(exchange, in: exchanges) }
    list.append(0, in: exchanges)
    #expect(Array(list.all(in: exchanges)) == [1, 3, 0])
    for exchange in list.all(in: exchanges) { list.remove(exchange, in: exchanges) }
    #expect(list.first == -1)
  }

  @Test("Two exchanges on one connection that ends: each has an end of its own", arguments: ends)
  func two(end: ConnectionEnd) {
    var machine = ConnectionStateMachine()
    var whole = exchange()
    #expect(machine.begin(&whole, asksToClose: false) == .connect)
    _ = machine.handle(.connected(overTLS: false))
    _ = machine.handle(.greeted(.nothing))
    _ = machine.handle(.responseComplete(of: .sent, keepsAlive: true, hasSurplus: false))
    var begun = exchange()
    var untouched = exchange()
    var posted = exchange(mayBeRepeated: false)
    #expect(machine.begin(&begun, asksToClose: false) == .send)
    #expect(machine.begin(&untouched, asksToClose: false) == .send)
    #expect(machine.begin(&posted, asksToClose: false) == .send)
    #expect(machine.exchangeCount == 3 && machine.handle(.ended) == .close)
    let actions = [
      begun.handle(.connectionEnded(end, .begun)), untouched.handle(.connectionEnded(end, .nothing)),
      posted.handle(.connectionEnded(end, .nothing)),
    ]
    switch end {
    case .orderly, .cutOff: #expect(actions == [.fail(.truncated), .retry, .fail(.closed)])
    case .reset: #expect(actions == [.fail(.reset), .retry, .fail(.reset)])
    case .tlsFailure: #expect(actions == [.fail(.tls), .fail(.tls), .fail(.tls)])
    case .goAway: #expect(actions == [.fail(.connectionError), .fail(.connectionError), .fail(.connectionError)])
    }
    if actions[1] == .retry {
      #expect(machine.begin(&untouched, asksToClose: false) == .connect)
      #expect(machine.exchangeCount == 1 && !untouched.isOnReused)
    }
  }

  @Test("A refused request is sent again up to eight times, whatever its method, and not at all where nothing is")
  func refusals() {
    for refused in Self.refusals where !refused.hasAnswer {
      let again = Exchange.Event.refused(by: refused.refusal, mayBeRepeated: true)
      var posted = exchange(mayBeRepeated: false)
      for _ in 0..<8 {
        #expect(posted.handle(again) == .retry && posted.isRetry)
        posted.begin(onReused: false)
      }
      #expect(posted.handle(again) == .fail(refused.failure))
      // The next request in the slot has its own.
      posted.prepare(due: 0, template: 0, mayBeRepeated: false)
      #expect(posted.handle(again) == .retry)
    }
  }

  private static let refusals: [(refusal: Exchange.Refusal, hasAnswer: Bool, failure: FailureKind)] = [
    (.reset, false, .streamReset), (.reset, true, .streamReset),
    (.goAway(isError: false), false, .closed), (.goAway(isError: false), true, .truncated),
    (.goAway(isError: true), false, .connectionError), (.goAway(isError: true), true, .connectionError),
  ]

  @Test("A refused request of which an answer had begun is not sent again, and fails by what refused it")
  func refusedTooLate() {
    for refused in Self.refusals {
      // Where nothing of an answer has come, it is the user who wants nothing sent again.
      for mayBeRepeated in [false, true] where refused.hasAnswer || !mayBeRepeated {
        var exchange = exchange()
        exchange.firstByte = refused.hasAnswer ? 7 : 0
        let action = exchange.handle(.refused(by: refused.refusal, mayBeRepeated: mayBeRepeated))
        #expect(action == .fail(refused.failure) && !exchange.isRetry, "\(refused)")
      }
    }
  }
}
