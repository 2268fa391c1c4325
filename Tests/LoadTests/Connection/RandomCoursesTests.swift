import Support
import Testing

@testable import Load

/// Connections with several exchanges, through whatever may happen to them in any order.
@Suite struct RandomCoursesTests {
  /// One connection and its exchanges, as a worker holds them, with what has become of each.
  private struct Model {
    var machine = ConnectionStateMachine()
    var onConnection: [Exchange] = []
    var isLookingForGreeting = false
    var outcomes = 0
    var begun = 0
    var openings = 0
    var closings = 0

    mutating func begin(_ exchange: Exchange, asksToClose: Bool) {
      var exchange = exchange
      if machine.begin(&exchange, asksToClose: asksToClose) == .connect { openings += 1 }
      onConnection.append(exchange)
    }

    /// Carries out what the machine says; the exchanges that it fails have their outcome.
    mutating func perform(_ action: ConnectionStateMachine.Action) {
      switch action {
      case .lookForGreeting: isLookingForGreeting = true
      case .fail, .withdraw:
        closings += 1
        outcomes += onConnection.count
        onConnection = []
      case .close: closings += 1
      case .wait, .connect, .handshake, .send, .postpone, .keep: break
      }
    }

    /// Lets anything happen that can happen now.
    mutating func step(_ random: inout SeededGenerator) {
      let canBegin = onConnection.count < 3 && !machine.isUsedUp || machine.state == .unconnected
      if onConnection.isEmpty && machine.state == .unconnected || canBegin && random.once(in: 3) {
        var exchange = Exchange()
        exchange.prepare(due: 0, template: 0, mayBeRepeated: random.once(in: 2))
        begun += 1
        return begin(exchange, asksToClose: random.once(in: 8))
      }
      switch machine.state {
      case .unconnected: break
      case .connecting where isLookingForGreeting:
        isLookingForGreeting = false
        perform(machine.handle(.greeted(random.pick([.nothing, .nothing, .frames, .bytes, .end]))))
      case .connecting:
        perform(
          machine.handle(
            random.pick([
              .connected(overTLS: true), .connected(overTLS: false), .connectFailed(.refused), .connectFailed(nil),
              .connectDeadline(waitsForUs: true), .connectDeadline(waitsForUs: false),
            ])))
      case .handshaking:
        perform(
          machine.handle(
            random.pick([
              .handshakeDone, .handshakeDone, .handshakeFailed(.tls), .peerEnded, .connectDeadline(waitsForUs: true),
            ])))
      case .open where onConnection.isEmpty:
        perform(machine.handle(.idleInput(random.pick([.nothing, .lineEnds, .bytes, .end]))))
      case .open where random.once(in: 6): perform(machine.handle(.drains))
      case .open: exchange(&random)
      }
    }

    /// Lets something happen to an exchange, or to the connection under all of them.
    private mutating func exchange(_ random: inout SeededGenerator) {
      if random.once(in: 4) {
        return end(random.pick([.orderly, .cutOff, .reset(104), .tlsFailure, .goAway]), &random)
      }
      let index = random.number(0...onConnection.count - 1)
      switch onConnection[index].progress {
      case .waiting: _ = onConnection[index].handle(.sending)
      case .sending: _ = onConnection[index].handle(random.pick([.sent, .sent, .sendFailed]))
      case .sent, .broken:
        let progress = onConnection.remove(at: index).progress
        outcomes += 1
        guard random.once(in: 4) else {
          return perform(
            machine.handle(
              .responseComplete(of: progress, keepsAlive: !random.once(in: 4), hasSurplus: random.once(in: 5))))
        }
        perform(machine.handle(.exchangeFailed))
      }
    }

    private mutating func end(_ end: ConnectionEnd, _ random: inout SeededGenerator) {
      perform(machine.handle(.ended))
      let ended = onConnection
      onConnection = []
      for var exchange in ended {
        let wasRetry = exchange.isRetry
        switch exchange.handle(.connectionEnded(end, random.pick([.nothing, .nothing, .begun, .untilEnd]))) {
        case .retry:
          // A second time it would go on for ever.
          if wasRetry { outcomes += 1_000 }
          begin(exchange, asksToClose: false)
        case .succeed, .fail: outcomes += 1
        case .wait, .receive, .receiveUntilEnd: outcomes += 1_000
        }
      }
    }
  }

  @Test("Every exchange has one outcome, every connection that was opened is closed once, whatever happens")
  func anyOrder() {
    let failures = FuzzSeeds(3_000, of: "RandomCoursesTests").failures { random in
      var model = Model()
      for number in 0..<60 {
        model.step(&random)
        let isOpen = model.machine.state != .unconnected
        guard model.openings == model.closings + (isOpen ? 1 : 0) else { return "step \(number): closed twice, or not" }
        guard Int(model.machine.exchangeCount) == model.onConnection.count else {
          return "step \(number): \(model.machine.exchangeCount) exchanges in place of \(model.onConnection.count)"
        }
        guard model.begun == model.outcomes + model.onConnection.count else {
          return "step \(number): \(model.begun) exchanges, but \(model.outcomes) outcomes"
        }
        guard isOpen || model.onConnection.isEmpty else { return "step \(number): an exchange without a connection" }
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures)")
  }
}
