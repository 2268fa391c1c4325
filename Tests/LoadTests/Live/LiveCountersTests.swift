import Platform
import Statistics
import Testing

@testable import Load

@Suite struct LiveCountersTests {
  @Test("Live figures name no group of servers as a backend")
  func liveNames() {
    func names(_ answers: [(name: String, successes: Int)]) -> [String] {
      let counters = LiveCounters()
      for (index, answer) in answers.enumerated() {
        counters.name(answer.name)
        for _ in 0..<answer.successes { counters.succeed(backend: index) }
      }
      return LiveCounters.snapshot(of: [counters], start: 0, elapsed: 1).backends.map(\.name)
    }
    #expect(
      names([("10.0.0.1:80", 3), ("group", 0), ("be/<NOSRV>", 2), ("10.0.0.2:80", 0)]) == [
        "10.0.0.1:80", "10.0.0.2:80",
      ])
    #expect(names([("group", 0)]) == [])
    #expect(names([("app-1", 2), ("app-2", 0)]) == ["app-1", "app-2"])
  }

  @Test("When the last of the failed requests was due is known, whichever ended last and whichever worker sent it")
  func lastFailure() {
    let (one, two) = (LiveCounters(), LiveCounters())
    #expect(LiveCounters.figures(of: [one, two]).lastFailureDue == nil)
    one.failure(due: 0, .reset, backend: -1)
    #expect(LiveCounters.figures(of: [one, two]).lastFailureDue == 0)
    two.failure(due: 70, .reset, backend: -1)
    two.failure(due: 40, .reset, backend: -1)
    let figures = LiveCounters.figures(of: [two, one])
    #expect(figures.lastFailureDue == 70)
    var sum = LiveFigures()
    sum.add(figures, delay: 5)
    #expect(sum.lastFailureDue == 75)
  }

  @Test("Workers' figures add up by name, whatever numbers the names have in each")
  func figures() {
    let (one, two) = (LiveCounters(), LiveCounters())
    one.name("a")
    two.name("b")
    two.name("a")
    one.name(Generation(backend: 0, name: "g"))
    two.name(Generation(backend: 1, name: "g"))
    two.name(Generation(backend: 0, name: "h"))
    one.succeed(latency: 1_000, backend: 0, generation: 0, at: 20)
    one.succeed(latency: 1_000, backend: -1)
    one.failure(due: 0, .reset, backend: -1)
    two.succeed(latency: 5_000, backend: 1, generation: 0, at: 10)
    two.succeed(latency: 5_000, backend: 1, generation: 0, at: 30)
    two.failure(due: 0, .status, backend: 0)
    two.failure(due: 0, .reset, backend: -1)
    let figures = LiveCounters.figures(of: [one, two])
    #expect(figures.succeeded == 4 && figures.failures == ["reset": 2, "status": 1] && figures.failed == 3)
    #expect(figures.latency.count == 4 && figures.latencySum == 0.000_012)
    #expect(figures.backends.map(\.name) == ["a", "b"] && figures.backends.map(\.succeeded) == [3, 0])
    #expect(figures.backends.map(\.failed) == [0, 1])
    #expect(figures.backends[0].latency.count == 3)
    #expect(figures.lives == [LiveFigures.Life(backend: "a", generation: "g", first: 10, last: 30, answers: 3)])
    let snapshot = LiveCounters.snapshot(of: [one, two], start: 1, elapsed: 2)
    #expect(snapshot.succeeded == 4 && snapshot.failed == 3 && snapshot.backends.map(\.requests) == [3, 0])
  }

  @Test("Backends beyond the first are counted without a distribution, and generations can be numbered anew")
  func limits() {
    let counters = LiveCounters()
    for number in 0..<40 {
      counters.name("b\(number)")
      counters.succeed(backend: number)
    }
    let figures = LiveCounters.figures(of: [counters])
    #expect(figures.backends.map(\.succeeded) == Array(repeating: 1, count: 40))
    #expect(figures.backends.map(\.latency.count) == Array(repeating: 1, count: 32) + Array(repeating: 0, count: 8))
    counters.name(Generation(backend: 0, name: "old"))
    counters.succeed(backend: 0, generation: 0, at: 5)
    counters.forgetGenerations()
    #expect(LiveCounters.figures(of: [counters]).lives.isEmpty)
    counters.name(Generation(backend: 0, name: "new"))
    counters.succeed(backend: 0, generation: 0, at: 9)
    #expect(LiveCounters.figures(of: [counters]).lives.map(\.first) == [9])
  }
}

extension LiveCounters {
  fileprivate func succeed(latency: Nanoseconds = 1, backend: Int, generation: Int = -1, at now: Nanoseconds = 0) {
    var histogram = Histogram()
    let bucket = histogram.record(latency)
    success(due: 0, latency: latency, bucket: bucket, backend: backend, generation: generation, at: now)
  }
}
