import HTTP
import Platform
import Support
import Synchronization
import Testing

@testable import Load

/// A worker whose loop and clock the test turns by hand: no rule of time takes time.
@Suite struct WorkerRulesTests {
  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"
  /// Below what counts as a pause of the worker.
  private static let timeout: Nanoseconds = 400_000_000

  private func worker(_ port: UInt16, _ clock: ManualClock, connections: Int = 2) throws -> Worker {
    var plan = try Plan.toLoopback(port, requests: 10, connections: connections)
    plan.responseTimeout = Self.timeout
    plan.connectTimeout = Self.timeout
    var worker = try Worker(
      plan, share: .whole, stop: StopSignal(), finish: FinishSignal(), live: LiveCounters(), clock: .manual(clock))
    // What the thread has worked until now is not this worker's.
    var now = worker.elapsed()
    worker.notePause(at: &now)
    return worker
  }

  /// Handles events until a condition holds, for so long in real time that it is sure to fail.
  private func turn(_ worker: inout Worker, until condition: (borrowing Worker) -> Bool) {
    let end = MonotonicClock.now() + 20_000_000_000
    while !condition(worker), MonotonicClock.now() < end {
      var now = worker.elapsed()
      for index in 0..<worker.queue.wait(10_000_000) { worker.handle(worker.queue.event(index), &now) }
    }
    let isMet = condition(worker)
    #expect(isMet)
  }

  private func begin(_ worker: inout Worker, on connection: Int) -> Int {
    var now = worker.elapsed()
    let exchange = worker.takeExchange(due: now, template: 0, lane: connection)
    worker.begin(exchange, on: connection, &now)
    return exchange
  }

  private func expire(_ worker: inout Worker) {
    var now = worker.elapsed()
    worker.expire(&now)
  }

  @Test("Two exchanges on one connection that ends: the one whose response has begun is cut off, the other sent again")
  func twoExchanges() throws {
    let isFirst = FirstTurn()
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send(Self.page)
      guard connection.readRequest() else { return }
      guard isFirst.take() else {
        connection.send(Self.page)
        return
      }
      // Both requests have come; one gets half a response.
      guard connection.readRequest() else { return }
      connection.send("HTTP/1.1 200 OK\r\nContent-Le")
    }
    defer { server.stop() }
    var worker = try worker(server.port, ManualClock(now: 0))
    let connection = worker.takeLane(fresh: false)
    _ = begin(&worker, on: connection)
    turn(&worker) { $0.tally.counters.succeeded == 1 }
    // The connection is free again; the other one is out of the way.
    _ = worker.takeLane(fresh: false)
    let next = worker.takeLane(fresh: false)
    #expect(next == connection)
    let begun = begin(&worker, on: connection)
    let untouched = begin(&worker, on: connection)
    #expect(worker.connections[connection].machine.exchangeCount == 2 && worker.connections[connection].serial == 0)
    #expect(worker.exchanges[begun].isOnReused && worker.exchanges[untouched].isOnReused)
    turn(&worker) { $0.inFlight == 0 }
    #expect(worker.tally.failures[Int(FailureKind.truncated.rawValue)] == 1 && worker.tally.failed == 1)
    #expect(worker.tally.counters.retried == 1 && worker.tally.counters.succeeded == 2)
    #expect(worker.tally.counters.connectionsOpened == 2 && worker.connections[connection].serial == 1)
    #expect(worker.connections[connection].machine.exchangeCount == 0)
    let free = worker.kept.count
    #expect(free == 2, "free once for each exchange that has left it")
  }

  @Test("Two exchanges wait for one connection: both are sent once it is there, both fail where it is refused")
  func waitTogether() throws {
    let requests = Atomic(0)
    let server = try ScriptedServer { connection in
      while connection.readRequest() { requests.wrappingAdd(1, ordering: .relaxed) }
    }
    defer { server.stop() }
    var sent = try worker(server.port, ManualClock(now: 0))
    let connection = sent.takeLane(fresh: false)
    let pair = [begin(&sent, on: connection), begin(&sent, on: connection)]
    #expect(pair.allSatisfy { sent.exchanges[$0].progress == .waiting } && sent.tally.counters.connectionsOpened == 1)
    turn(&sent) { worker in
      pair.allSatisfy { worker.exchanges[$0].progress == .sent } && requests.load(ordering: .relaxed) == 2
    }
    var refused = try worker(FreePort.reserve(), ManualClock(now: 0))
    let other = refused.takeLane(fresh: false)
    _ = begin(&refused, on: other)
    if refused.inFlight > 0 { _ = begin(&refused, on: other) }
    turn(&refused) { $0.inFlight == 0 }
    #expect(refused.tally.failures[Int(FailureKind.refused.rawValue)] == refused.tally.failed)
    #expect(refused.tally.failed >= 1 && refused.tally.counters.succeeded == 0)
  }

  @Test("A response that had come by the deadline counts, although it is read later; without one the request fails")
  func deadline() throws {
    let hasAnswered = Atomic(false)
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send(Self.page)
      hasAnswered.store(true, ordering: .releasing)
      _ = connection.readRequest()
      _ = connection.readRequest()
    }
    defer { server.stop() }
    let clock = ManualClock(now: 0)
    var worker = try worker(server.port, clock)
    let connection = worker.takeLane(fresh: false)
    let exchange = begin(&worker, on: connection)
    turn(&worker) { $0.exchanges[exchange].progress == .sent }
    while !hasAnswered.load(ordering: .acquiring) { MonotonicClock.sleep(100_000) }
    clock.advance(by: Self.timeout)
    expire(&worker)
    #expect(worker.tally.counters.succeeded == 1 && worker.tally.failed == 0)

    _ = begin(&worker, on: connection)
    clock.advance(by: Self.timeout - 1)
    expire(&worker)
    #expect(worker.inFlight == 1)
    clock.advance(by: 1)
    expire(&worker)
    #expect(worker.inFlight == 0 && worker.tally.failures[Int(FailureKind.timeout.rawValue)] == 1)
    #expect(worker.connections[connection].machine.state == .unconnected)
    #expect(worker.tally.firstFaults == ["timeout: no complete response within 0.4 s; nothing had come"])
  }

  @Test("A connection that waits for the worker gets its time three times more; one that is not there fails at once")
  func postponement() throws {
    let server = try ScriptedServer { connection in _ = connection.readRequest() }
    defer { server.stop() }
    let clock = ManualClock(now: 0)
    var worker = try worker(server.port, clock)
    let connection = worker.takeLane(fresh: false)
    _ = begin(&worker, on: connection)
    // The kernel has made it by then, and nobody has looked at the event.
    while !worker.connections[connection].transport.isReady(for: .sending, within: 10_000_000) {}
    for number in 1...3 {
      clock.advance(by: Self.timeout)
      expire(&worker)
      #expect(worker.tally.counters.postponed == number && worker.inFlight == 1)
      expire(&worker)
      #expect(worker.tally.counters.postponed == number, "its time has begun anew")
    }
    clock.advance(by: Self.timeout)
    expire(&worker)
    #expect(worker.inFlight == 0 && worker.tally.failures[Int(FailureKind.connectTimeout.rawValue)] == 1)
  }

  @Test("A worker that was paused gives the requests in flight that time back")
  func pause() throws {
    let server = try ScriptedServer { connection in
      _ = connection.readRequest()
      _ = connection.readRequest()
    }
    defer { server.stop() }
    let clock = ManualClock(now: 0)
    var worker = try worker(server.port, clock)
    let connection = worker.takeLane(fresh: false)
    let exchange = begin(&worker, on: connection)
    turn(&worker) { $0.exchanges[exchange].progress == .sent }
    clock.advance(by: 10 * PauseWatch.threshold)
    expire(&worker)
    #expect(worker.inFlight == 1 && worker.tally.failed == 0)
    clock.advance(by: Self.timeout)
    expire(&worker)
    #expect(worker.inFlight == 0 && worker.tally.failures[Int(FailureKind.timeout.rawValue)] == 1)
  }
}
