import Platform
import Support
import Testing

@testable import Load

/// How runs end before their plan does.
@Suite struct FinishTests {
  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"

  private func plan(_ port: UInt16, timeout: Nanoseconds) throws -> Plan {
    var plan = try Plan.toLoopback(port, requests: 1, connections: 50)
    plan.requests = nil
    // Longer than anybody waits: only the signal ends it.
    plan.duration = 86_400_000_000_000
    plan.pacer = .constant(rate: 100)
    plan.responseTimeout = timeout
    plan.recordLimit = 10_000
    plan.watchesRecentRequests = true
    return plan
  }

  @Test("After a finish nothing becomes due, and every request that was sent is waited for", arguments: [1, 2])
  func waited(workers: Int) throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.pause(milliseconds: 300)
        connection.send(Self.page)
      }
    }
    var plan = try plan(server.port, timeout: 20_000_000_000)
    plan.workers = workers
    let finish = FinishSignal()
    let measured = try Run(plan).measure(finish: finish, every: 10_000_000) { snapshot in
      if snapshot.elapsed > 600_000_000 { finish.finish() }
    }
    #expect(measured.unsent == 0 && measured.abandoned == 0 && measured.failed == 0)
    #expect(measured.succeeded == measured.records.count && measured.succeeded >= 55)
    #expect(!measured.wasStopped && measured.duration < 20_000_000_000)
    withExtendedLifetime(server) {}
  }

  @Test("A request that is never answered ends as a timeout after a finish, and is given up after a stop")
  func hanging() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {}
    }
    let timeout: Nanoseconds = 1_500_000_000
    let (finish, stop) = (FinishSignal(), StopSignal())
    let finished = try Run(try plan(server.port, timeout: timeout)).measure(finish: finish, every: 10_000_000) {
      if $0.elapsed > 100_000_000 { finish.finish() }
    }
    #expect(finished.failures.keys.map(\.name) == ["timeout"])
    #expect(finished.unsent == 0 && finished.abandoned == 0 && finished.openDues.isEmpty)
    let stopped = try Run(try plan(server.port, timeout: 60_000_000_000)).measure(stop: stop, every: 10_000_000) {
      if $0.elapsed > 100_000_000 { stop.stop() }
    }
    #expect(stopped.completed == 0 && stopped.abandoned > 0)
    #expect(stopped.openDues.count == stopped.unsent + stopped.abandoned)
    withExtendedLifetime(server) {}
  }

  @Test("Requests that no connection was free for keep their due times")
  func unsent() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {}
    }
    var plan = try plan(server.port, timeout: 700_000_000)
    plan.connections = 5
    plan.duration = 400_000_000
    let measured = try Run(plan).measure()
    #expect(measured.failed == 5 && measured.unsent == 35)
    #expect(measured.openDues == (5..<40).map { $0 * 10_000_000 })
    withExtendedLifetime(server) {}
  }
}
