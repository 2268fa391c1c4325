import Testing

@testable import Load

@Suite struct LiveCountersTests {
  @Test("Live figures name no group of servers as a backend")
  func liveNames() {
    func names(_ answers: [(name: String, successes: Int)]) -> [String] {
      let counters = LiveCounters()
      for (index, answer) in answers.enumerated() {
        counters.name(answer.name)
        for _ in 0..<answer.successes { counters.success(due: 0, latency: 1, backend: index) }
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
}
