import Testing

@testable import Report

@Suite struct TimelineLaneTests {
  private func phase(_ lives: [(String, String, Double, Double)], stale: [String] = []) -> PhaseSection {
    PhaseSection(
      name: "p", startSeconds: 0, durationSeconds: 10,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: 1, completed: 1, succeeded: 1, failed: 0), rate: RateSection(achieved: 1)),
      longestGapSeconds: 0,
      generations: lives.map {
        GenerationSection(backend: $0.0, generation: $0.1, firstSeenSeconds: $0.2, lastSeenSeconds: $0.3, requests: 1)
      }, staleGenerations: stale)
  }

  @Test("Generations of a backend follow one another in one row; one that overlaps another has a row of its own")
  func rows() {
    let lanes = TimelineLane.all(in: [phase([("b", "1", 0, 3), ("b", "2", 3, 6), ("a", "1", 0, 3), ("a", "2", 2, 6)])])
    #expect(lanes.map(\.backend) == ["a", "b"])
    #expect(lanes.map(\.rows) == [2, 1])
    #expect(lanes[0].spans.map(\.row) == [0, 1] && lanes[1].spans.map(\.row) == [0, 0])
    #expect(lanes[1].spans.map(\.number) == [0, 1])
  }

  @Test("A generation that goes on in the next phase is one stretch, one that was away is two, and stays what it was")
  func stretches() {
    let lanes = TimelineLane.all(in: [
      phase([("a", "1", 0, 3), ("b", "1", 0, 3)]), phase([("a", "1", 3.1, 6), ("b", "1", 5, 6)], stale: ["a 1"]),
    ])
    #expect(lanes[0].spans.map(\.last) == [6] && lanes[0].spans[0].isStale)
    #expect(lanes[1].spans.map(\.first) == [0, 5] && lanes[1].spans.map(\.number) == [0, 0])
  }

  @Test("A silence that is known divides a stretch")
  func silence() {
    let lanes = TimelineLane.all(
      in: [phase([("a", "1", 0, 9), ("b", "1", 0, 9)])],
      silences: [.init(backend: "a", from: 2, to: 5), .init(backend: "c", from: 2, to: 5)])
    #expect(lanes[0].spans.map(\.first) == [0, 5] && lanes[0].spans.map(\.last) == [2, 9])
    #expect(lanes[1].spans.count == 1)
  }

  @Test("Many generations at a time share the last row")
  func many() {
    let lanes = TimelineLane.all(in: [phase((0..<50).map { ("a", "\($0)", 0, 9) })])
    #expect(lanes[0].rows == 6 && lanes[0].spans.count == 50)
  }
}
