import Report
import Statistics
import Testing

@testable import Checks
@testable import Load

/// Comparisons that go by the order of latencies.
@Suite struct OrderedComparisonTests {
  /// A minute of 500 requests a second.
  private func report(count: Int = 30_000, failed: Int = 0) -> ReportDocument {
    var latency = Histogram()
    for number in 0..<count { latency.record(UInt64(10_000_000 + number % 100 * 5_000)) }
    return ReportDocument(
      tool: .lbcheck, check: .load, target: TargetSection(url: "http://127.0.0.1:8080/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: count + failed, completed: count + failed, succeeded: count, failed: failed),
        rate: RateSection(offered: 500, achieved: 500), latency: LatencySummary(latency)))
  }

  /// Latencies that wander as those of one machine, with their order.
  private func ordered(
    _ random: inout SplitMix64, scale: Double = 1, isShuffled: Bool = false, count: Int = 6_000
  ) -> ReportDocument {
    var document = report()
    var (latency, sequence, state) = (Histogram(), LatencySequence(), 0.0)
    var values = (0..<count).map { _ in
      state = 0.7 * state + (0..<4).reduce(0.0) { sum, _ in sum + Double.random(in: -1...1, using: &random) }
      return UInt64(max(0.1, 10 + 0.6 * state) * scale * 1e6)
    }
    for value in values { latency.record(value) }
    if isShuffled { values.shuffle(using: &random) }
    for value in values { sequence.append(value) }
    document.traffic?.requests = RequestCounts(scheduled: count, completed: count, succeeded: count, failed: 0)
    document.traffic?.latency = LatencySummary(latency, in: sequence)
    document.traffic?.lateness = nil
    return document
  }

  @Test("First bytes that come just before the ends are no better known than these")
  func firstBytes() throws {
    var random = SplitMix64(seed: 5)
    let both = try (0..<2).map { _ in
      var document = ordered(&random)
      let histogram = try Histogram(base64V2: try #require(document.traffic?.latency).histogram)
      document.traffic?.firstByte = LatencySummary(histogram)
      return document
    }
    let figures = try ReportComparison(base: both[0], candidate: both[1], margin: 0).figures
    for name in ["p50", "p99"] {
      let whole = try #require(figures.first { $0.name == name }?.changeInterval)
      #expect(figures.first { $0.name == "firstByte.\(name)" }?.changeInterval == whole, "\(name)")
    }
  }

  @Test(
    "With their order, equal runs that wander are seldom called different, and by wider intervals than independent ones"
  )
  func order() throws {
    var random = SplitMix64(seed: 13)
    func runs(isShuffled: Bool) throws -> (alarms: Int, width: Double) {
      var (alarms, width) = (0, 0.0)
      for _ in 0..<20 {
        let (base, candidate) = (
          ordered(&random, isShuffled: isShuffled), ordered(&random, isShuffled: isShuffled)
        )
        let figures = try ReportComparison(base: base, candidate: candidate, margin: 0).figures
        let change = try #require(figures.first { $0.name == "p50" }?.changeInterval)
        let (low, high) = (try #require(change.low), try #require(change.high))
        alarms += low > 0 || high < 0 ? 1 : 0
        width += high - low
      }
      return (alarms, width)
    }
    let (kept, shuffled) = (try runs(isShuffled: false), try runs(isShuffled: true))
    #expect(kept.alarms <= 1 && kept.width > 1.8 * shuffled.width, "\(kept), \(shuffled)")
    let worse = try ReportComparison(base: ordered(&random), candidate: ordered(&random, scale: 1.2)).worse
    #expect(worse.contains { $0.name == "p50" })
  }

  @Test("Where runs are too short for their order to tell, a large difference is still found")
  func short() throws {
    var random = SplitMix64(seed: 14)
    let (base, candidate) = (ordered(&random, count: 600), ordered(&random, scale: 3, count: 600))
    #expect(base.traffic?.latency?.intervals == nil)
    let figures = try ReportComparison(base: base, candidate: candidate).figures
    #expect(figures.first { $0.name == "p50" }?.outcome == .worse)
  }

  @Test("Times and the rate of a run that was not steady are unsure; its losses are not")
  func unsteady() throws {
    var candidate = report(failed: 3_000)
    candidate.steadiness = SteadinessSection(
      isSteady: false,
      changes: [SteadinessChange(quantity: .latency, figure: "p50", afterSeconds: 30, before: 10, after: 30, pValue: 0)]
    )
    let comparison = try ReportComparison(base: report(), candidate: candidate)
    let figure = try #require(comparison.figures.first { $0.name == "p50" })
    #expect(figure.outcome == .unsure && figure.settledBy == nil)
    #expect(figure.remark?.contains("the candidate was not steady: p50 went from 10.0 to 30.0 ms") == true)
    #expect(comparison.figures.first { $0.name == "failed" }?.outcome == .worse)
  }
}
