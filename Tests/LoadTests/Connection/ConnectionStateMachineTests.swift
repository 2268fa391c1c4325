import Testing

@testable import Load

/// The rules of a connection: events in, actions out.
@Suite struct ConnectionStateMachineTests {
  typealias Event = ConnectionStateMachine.Event
  typealias Action = ConnectionStateMachine.Action

  struct Course: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let steps: [(event: Event, action: Action)]
    let state: ConnectionStateMachine.State

    init(_ name: String, _ steps: [(Event, Action)], leaves state: ConnectionStateMachine.State) {
      testDescription = name
      self.steps = steps.map { (event: $0.0, action: $0.1) }
      self.state = state
    }
  }

  private static let begins = Event.exchangeBegins(asksToClose: false)
  /// A plain connection is made, and its request may be sent.
  private static let made: [(Event, Action)] = [
    (begins, .connect), (.connected(overTLS: false), .lookForGreeting), (.greeted(.nothing), .send),
  ]
  /// It has carried a response and can take another exchange.
  private static let carried = made + [(complete(), .keep)]

  private static func complete(
    _ progress: Exchange.Progress = .sent, keepsAlive: Bool = true, hasSurplus: Bool = false
  ) -> Event {
    .responseComplete(of: progress, keepsAlive: keepsAlive, hasSurplus: hasSurplus)
  }

  private static let courses: [Course] = [
    Course("a plain connection is looked at before anything is sent on it", made, leaves: .open),
    Course(
      "one that speaks first speaks no HTTP",
      made.dropLast() + [(.greeted(.bytes), .fail(.malformed))], leaves: .unconnected),
    Course(
      "one that speaks HTTP/2 may speak first", made.dropLast() + [(.greeted(.frames), .send)], leaves: .open),
    Course(
      "a stream that fails leaves its connection to the others, and to those that come",
      made + [(begins, .send), (.streamFailed, .keep), (.streamFailed, .keep), (begins, .send)], leaves: .open),
    Course(
      "a connection that drains with nothing on it is closed", carried + [(.drains, .close)], leaves: .unconnected),
    Course(
      "one that drains ends what it has, by an answer or without",
      made + [(begins, .send), (.drains, .keep), (complete(), .keep), (.streamFailed, .close)], leaves: .unconnected),
    Course(
      "one that has drained is made anew",
      made + [(.drains, .keep), (complete(), .close), (begins, .connect)], leaves: .connecting),
    Course(
      "one that has closed gets no request", made.dropLast() + [(.greeted(.end), .fail(.closed))], leaves: .unconnected),
    Course(
      "TLS comes before the request",
      [(begins, .connect), (.connected(overTLS: true), .handshake), (.handshakeDone, .send)], leaves: .open),
    Course(
      "a failed handshake is the request's failure",
      [(begins, .connect), (.connected(overTLS: true), .handshake), (.handshakeFailed(.tls), .fail(.tls))],
      leaves: .unconnected),
    Course(
      "a refused connection is the request's failure",
      [(begins, .connect), (.connectFailed(.refused), .fail(.refused))],
      leaves: .unconnected),
    Course(
      "a machine that has run out says nothing of the server", [(begins, .connect), (.connectFailed(nil), .withdraw)],
      leaves: .unconnected),
    Course(
      "a machine without memory for TLS says nothing of the server",
      [(begins, .connect), (.connected(overTLS: true), .handshake), (.connectFailed(nil), .withdraw)],
      leaves: .unconnected),
    Course(
      "a connection that is not there in time fails",
      [(begins, .connect), (.connectDeadline(waitsForUs: false), .fail(.connectTimeout))], leaves: .unconnected),
    Course(
      "a handshake that is not done in time fails",
      [
        (begins, .connect), (.connected(overTLS: true), .handshake),
        (.connectDeadline(waitsForUs: false), .fail(.connectTimeout)),
      ], leaves: .unconnected),
    Course(
      "one that waits for this side gets its time again, three times and no more",
      [
        (begins, .connect), (.connectDeadline(waitsForUs: true), .postpone),
        (.connectDeadline(waitsForUs: true), .postpone), (.connectDeadline(waitsForUs: true), .postpone),
        (.connectDeadline(waitsForUs: true), .fail(.connectTimeout)),
      ], leaves: .unconnected),
    Course(
      "one that was postponed and is not there in the end fails",
      [
        (begins, .connect), (.connectDeadline(waitsForUs: true), .postpone),
        (.connectDeadline(waitsForUs: false), .fail(.connectTimeout)),
      ], leaves: .unconnected),
    Course(
      "the next connection of a slot may be postponed as often",
      [
        (begins, .connect), (.connectDeadline(waitsForUs: true), .postpone),
        (.connectDeadline(waitsForUs: true), .postpone), (.connectDeadline(waitsForUs: true), .postpone),
        (.connected(overTLS: false), .lookForGreeting), (.greeted(.end), .fail(.closed)), (begins, .connect),
        (.connectDeadline(waitsForUs: true), .postpone),
      ], leaves: .connecting),
    Course("a whole response leaves the connection for the next", carried + [(begins, .send)], leaves: .open),
    Course(
      "a response that ends the connection", made + [(complete(keepsAlive: false), .close)], leaves: .unconnected),
    Course(
      "bytes behind a response belong to no request", made + [(complete(hasSurplus: true), .close)],
      leaves: .unconnected),
    Course(
      "a response before the whole request was sent ends the connection", made + [(complete(.sending), .close)],
      leaves: .unconnected),
    Course(
      "so it does where the connection took no more of the request",
      made + [(.peerEnded, .wait), (complete(.broken), .close)], leaves: .unconnected),
    Course(
      "a peer that has ended gets no further request", made + [(.peerEnded, .wait), (complete(), .close)],
      leaves: .unconnected),
    Course(
      "an end that came during the handshake counts as well",
      [
        (begins, .connect), (.connected(overTLS: true), .handshake), (.peerEnded, .wait), (.handshakeDone, .send),
        (complete(), .close),
      ], leaves: .unconnected),
    Course(
      "a request that asks for the end is the last one",
      [
        (.exchangeBegins(asksToClose: true), .connect), (.connected(overTLS: false), .lookForGreeting),
        (.greeted(.nothing), .send), (complete(), .close),
      ], leaves: .unconnected),
    Course(
      "also on a connection that has carried others",
      carried + [(.exchangeBegins(asksToClose: true), .send), (complete(), .close)], leaves: .unconnected),
    Course(
      "a failed exchange takes its connection with it: what may still come is not the next one's",
      made + [(.exchangeFailed, .close)], leaves: .unconnected),
    Course("an end while idle", carried + [(.idleInput(.end), .close)], leaves: .unconnected),
    Course("bytes while idle belong to no request", carried + [(.idleInput(.bytes), .close)], leaves: .unconnected),
    Course(
      "line ends while idle, and nothing at all, do no harm",
      carried + [(.idleInput(.lineEnds), .keep), (.idleInput(.nothing), .keep), (begins, .send)], leaves: .open),
    Course("an end with an exchange", made + [(.ended, .close)], leaves: .unconnected),
    Course("this side may close at any time", carried + [(.closed, .close)], leaves: .unconnected),
    Course(
      "a new connection of the slot knows nothing of the one before",
      made + [
        (.peerEnded, .wait), (.ended, .close), (begins, .connect), (.connected(overTLS: false), .lookForGreeting),
        (.greeted(.nothing), .send), (complete(), .keep),
      ], leaves: .open),
    Course(
      "nor that it was the last one's",
      made + [(complete(keepsAlive: false), .close)] + carried, leaves: .open),
    Course(
      "a connection may be made before there is an exchange",
      [
        (.opens, .connect), (.connected(overTLS: false), .lookForGreeting), (.greeted(.nothing), .send),
        (.opens, .send), (begins, .send), (complete(), .keep),
      ], leaves: .open),
    Course(
      "a second exchange waits with the first for the connection",
      [
        (begins, .connect), (begins, .wait), (.connected(overTLS: true), .handshake), (begins, .wait),
        (.handshakeDone, .send),
      ], leaves: .open),
    Course(
      "of two exchanges the last one leaves the connection closed, where the first did not keep it",
      made + [(begins, .send), (complete(keepsAlive: false), .keep), (complete(), .close)], leaves: .unconnected),
    Course(
      "of two exchanges one may fail alone", made + [(begins, .send), (.exchangeFailed, .keep), (complete(), .keep)],
      leaves: .open),
  ]

  @Test("Each course of events has its actions", arguments: courses)
  func course(_ course: Course) {
    var machine = ConnectionStateMachine()
    for (number, step) in course.steps.enumerated() {
      #expect(machine.handle(step.event) == step.action, "step \(number): \(step.event)")
    }
    #expect(machine.state == course.state)
    if machine.state == .unconnected { #expect(machine.exchangeCount == 0) }
  }

  @Test("A connection is reused once it has carried a response, not before, and a new one is not")
  func reuse() {
    var machine = ConnectionStateMachine()
    var exchange = Exchange()
    func begin() -> Action { machine.begin(&exchange, asksToClose: false) }
    #expect(begin() == .connect && !exchange.isOnReused)
    _ = machine.handle(.connected(overTLS: false))
    _ = machine.handle(.greeted(.nothing))
    var second = Exchange()
    #expect(machine.begin(&second, asksToClose: false) == .send && !second.isOnReused)
    _ = machine.handle(Self.complete())
    _ = machine.handle(Self.complete())
    #expect(begin() == .send && exchange.isOnReused)
    _ = machine.handle(.ended)
    #expect(begin() == .connect && !exchange.isOnReused)
    // Nor is one that was made before its exchange began.
    _ = machine.handle(.closed)
    #expect(machine.handle(.opens) == .connect)
    _ = machine.handle(.connected(overTLS: false))
    _ = machine.handle(.greeted(.nothing))
    #expect(begin() == .send && !exchange.isOnReused)
  }
}
