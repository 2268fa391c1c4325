import Load
import Platform
import Report
import Testing

@testable import Checks

@Suite struct TimelineTests {
  private func record(_ due: Double, _ latency: Double, failure: FailureKind? = nil) -> RequestRecord {
    let start = Nanoseconds(due * 1e9)
    return RequestRecord(
      due: start, sent: start, done: start + Nanoseconds(latency * 1e9), connection: 0, failure: failure)
  }

  @Test("Requests count in the second in which they were due; only successes can be slowest")
  func points() {
    var timeline = Timeline()
    timeline.add(record(0, 0.001))
    timeline.add(record(2.999, 5))
    timeline.add(record(2.1, 7, failure: .timeout))
    #expect(timeline.points.map(\.requests) == [1, 0, 2])
    #expect(timeline.points.map(\.failed) == [0, 0, 1])
    #expect(timeline.points.map(\.slowest) == [1_000_000, 0, 5_000_000_000])
  }

  @Test("Added timelines keep to the same start, a later one moved to the nearest second")
  func adding() {
    var timeline = Timeline()
    timeline.add(record(0.5, 0.002))
    var other = Timeline()
    other.add(record(0.2, 0.004))
    other.add(record(1.2, 0.001, failure: .reset))
    timeline.add(other)
    timeline.add(other, delayedBy: 1_600_000_000)
    #expect(timeline.points.map(\.requests) == [2, 1, 1, 1])
    #expect(timeline.points.map(\.failed) == [0, 1, 0, 1])
    #expect(timeline.points[0].slowest == 4_000_000)
  }
}
