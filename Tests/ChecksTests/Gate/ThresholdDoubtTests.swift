import Report
import Statistics
import Testing

@testable import Checks

/// Limits for percentiles that one figure of the whole run does not decide.
@Suite struct ThresholdDoubtTests {
  private static func summary(_ p50: Double, _ p99: Double, p999: Double? = nil) -> LatencySummary {
    LatencySummary(min: 1, mean: p50, p50: p50, p90: p99, p99: p99, p999: p999 ?? p99, max: p999 ?? p99)
  }

  private func judged(
    _ text: String, latency: LatencySummary, service: LatencySummary? = nil, lateness: LatencySummary? = nil,
    seconds: [(p50: Double, p99: Double)] = []
  ) throws -> Assertion {
    var traffic = TrafficSection(
      requests: RequestCounts(scheduled: 1_000, completed: 1_000, succeeded: 1_000, failed: 0),
      rate: RateSection(achieved: 100), latency: latency, serviceTime: service, lateness: lateness)
    traffic.series = seconds.enumerated().map {
      SeriesPoint(second: $0.offset, requests: 100, p50: $0.element.p50, p99: $0.element.p99)
    }
    let document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1"), check: .load, target: TargetSection(url: "http://a/"),
      startedAt: "", durationSeconds: 10, traffic: traffic)
    return try #require(try Threshold(text).assertion(on: document, baseline: nil))
  }

  @Test(
    "A limit within the interval of its percentile is not decided, on whichever side the percentile is",
    arguments: [
      ("p99 < 30ms", Verdict.inconclusive), ("p99 <= 16ms", .inconclusive), ("p99 < 54ms", .pass),
      ("p99 < 15ms", .fail), ("p99 > 20ms", .inconclusive), ("p99 > 14ms", .pass), ("p50 < 30ms", .pass),
      ("p99.9 < 30ms", .fail), ("max < 30ms", .fail),
    ])
  func interval(text: String, verdict: Verdict) throws {
    var latency = Self.summary(10, 18, p999: 60)
    latency.intervals = ["p99": 15.3...53.2]
    let judged = try judged(text, latency: latency)
    #expect(judged.verdict == verdict)
    #expect((judged.detail?.contains("15.3 ms to 53.2 ms") ?? false) == (verdict == .inconclusive))
  }

  @Test(
    "A limit that was broken in nearly each second of one half is not decided by the figure of the whole",
    arguments: [
      (Array(repeating: 18.0, count: 10) + Array(repeating: 80, count: 10), "p99 < 30ms", Verdict.inconclusive),
      (Array(repeating: 80, count: 10) + Array(repeating: 18, count: 10), "p99 < 30ms", .inconclusive),
      (Array(repeating: 80, count: 10) + Array(repeating: 18, count: 10), "p50 < 30ms", .pass),
      (Array(repeating: 80, count: 10) + Array(repeating: 18, count: 10), "p90 < 30ms", .pass),
      // Here and there a second breaks it.
      ([18.0, 80, 18, 18].joined(count: 5), "p99 < 30ms", .pass),
      (Array(repeating: 18, count: 10) + [80.0, 18].joined(count: 5), "p99 < 30ms", .pass),
      // Too short to tell.
      ([18, 18, 18, 18, 80, 80, 80, 80], "p99 < 30ms", .pass), ([], "p99 < 30ms", .pass),
    ])
  func halves(seconds: [Double], text: String, verdict: Verdict) throws {
    let judged = try judged(text, latency: Self.summary(10, 18), seconds: seconds.map { (10, $0) })
    #expect(judged.verdict == verdict, "\(judged.detail ?? "")")
  }

  @Test("A median that is over its limit in one half is not decided")
  func medians() throws {
    let climb = (0..<20).map { (p50: 10 + Double($0) * 0.4, p99: 20.0) }
    #expect(try judged("p50 < 14ms", latency: Self.summary(13.8, 20), seconds: climb).verdict == .inconclusive)
    #expect(try judged("p50 < 18ms", latency: Self.summary(13.8, 20), seconds: climb).verdict == .pass)
  }

  @Test(
    "What lbcheck's own lateness alone breaks is not held against the target; what the target breaks is",
    arguments: [
      (89.7, 6.2, 86.2, Verdict.inconclusive), (89.7, 60, 86.2, .fail), (400, 6.2, 86.2, .fail), (89.7, 6.2, 3, .fail),
    ])
  func lateness(latency: Double, service: Double, late: Double, verdict: Verdict) throws {
    let judged = try judged(
      "p99.9 < 50ms", latency: Self.summary(3, 4, p999: latency), service: Self.summary(3, 4, p999: service),
      lateness: Self.summary(0.1, 1, p999: late))
    #expect(judged.verdict == verdict)
    #expect((judged.detail?.contains("lbcheck itself") ?? false) == (verdict == .inconclusive))
  }
}

extension [Double] {
  fileprivate func joined(count: Int) -> [Double] { (0..<count).flatMap { _ in self } }
}
