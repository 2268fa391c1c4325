import HTTP
import Platform
import Support
import Synchronization
import Testing

@testable import Load

@Suite struct LiveFeedTests {
  @Test("A feed shows a run from its beginning, and after its end the run's own counts and time")
  func wholeRun() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
      }
    }
    let plan = try Plan.toLoopback(server.port, requests: 200, connections: 2)
    var feed: LiveFeed?
    let measured = try Run(plan).measure(
      begin: { begun in
        feed = begun
        #expect(!begun.isOver && begun.requests == 200)
        #expect(begun.snapshot().succeeded == 0 && begun.snapshot().elapsed == 0)
      })
    let ended = try #require(feed)
    #expect(ended.isOver)
    let last = ended.snapshot()
    #expect(last.succeeded == measured.succeeded && last.failed == measured.failed)
    #expect(last.backends.map(\.name) == ["a"] && last.backends.map(\.requests) == [200])
    #expect(last.elapsed >= measured.duration)
    MonotonicClock.sleep(2_000_000)
    #expect(ended.snapshot().elapsed == last.elapsed)
  }

  @Test(
    "How long requests become due is known unless answers decide",
    arguments: [
      (.closedLoop, 100, nil, nil),
      (.closedLoop, 100, 5, 5),
      (.closedLoop, nil, 5, 5),
      (.constant(rate: 50), 100, nil, 2),
      (.constant(rate: 50), 100, 1, 1),
      (.constant(rate: 50), nil, 3, 3),
      (.poisson(rate: 50, seed: 1), 100, nil, 2),
      (.ramp(from: 0, to: 100, seconds: 2), 100, 9, 2),
      (.steps([Pacer.Step(rate: 10, seconds: 2), Pacer.Step(rate: 20, seconds: 1)]), nil, nil, 3),
      (.steps([Pacer.Step(rate: 10, seconds: 2), Pacer.Step(rate: 20, seconds: 1)]), 30, nil, 2.5),
    ] as [(Pacer, Int?, Double?, Double?)])
  func scheduledTime(pacer: Pacer, requests: Int?, duration: Double?, expected: Double?) throws {
    var plan = try Plan.toLoopback(1, requests: 1, connections: 1)
    (plan.pacer, plan.requests) = (pacer, requests)
    plan.duration = duration.map { Nanoseconds($0 * 1e9) }
    #expect(plan.scheduledTime == expected.map { Nanoseconds($0 * 1e9) })
  }
}
