import Foundation
import Report
import Statistics
import Testing

@testable import Checks

/// How long runs have to be to decide what is unsure.
@Suite struct SettlingTests {
  /// A run of so many answers at 50 a second, each so many milliseconds as the next number says.
  private func report(_ count: Int, failed: Int = 0, _ milliseconds: () -> Double) -> ReportDocument {
    var (latency, late) = (Histogram(), Histogram())
    for _ in 0..<count { latency.record(UInt64(max(0.001, milliseconds()) * 1e6)) }
    late.record(10_000, count: UInt64(count))
    return ReportDocument(
      tool: .lbcheck, check: .load, target: TargetSection(url: "http://127.0.0.1:8080/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: Double(count) / 50, verdict: .pass,
      traffic: TrafficSection(
        requests: RequestCounts(
          scheduled: count + failed, completed: count + failed, succeeded: count, failed: failed),
        rate: RateSection(offered: 50, achieved: 50), latency: LatencySummary(latency),
        lateness: LatencySummary(late)))
  }

  private func report(_ milliseconds: [Double]) -> ReportDocument {
    var rest = milliseconds[...]
    return report(milliseconds.count) { rest.removeFirst() }
  }

  private func figure(_ name: String, _ base: ReportDocument, _ candidate: ReportDocument) throws -> ComparedFigure {
    try #require(ReportComparison(base: base, candidate: candidate).figures.first { $0.name == name })
  }

  @Test("Runs of the told length decide what was unsure in four of five repetitions, where the runs were typical")
  func simulation() throws {
    var (told, settled) = (0, 0)
    for seed in 0..<60 as Range<UInt64> {
      var random = SplitMix64(seed: seed)
      func run(_ mean: Double) -> [Double] { (0..<500).map { _ in 2 + mean * -log1p(-random.nextShare()) } }
      /// As many of a run's latencies, each by chance.
      func drawn(_ count: Int, _ run: [Double]) -> ReportDocument {
        report(count) { run[Int(random.nextShare() * Double(run.count))] }
      }
      let (base, candidate) = (run(20), run(seed.isMultiple(of: 2) ? 26 : 20.2))
      let unsure = try figure("p50", report(base), report(candidate))
      guard unsure.outcome == .unsure, let settledBy = unsure.settledBy, settledBy.times <= 40 else { continue }
      told += 1
      let count = try #require(settledBy.count)
      let again = try figure("p50", drawn(count, base), drawn(count, candidate))
      if again.outcome != .unsure { settled += 1 }
    }
    #expect(told >= 20)
    #expect(Double(settled) >= 0.8 * Double(told), "\(settled) of \(told)")
  }

  @Test("A figure that is unsure says how long runs would decide it; one that is decided does not")
  func told() throws {
    var random = SplitMix64(seed: 5)
    func run(_ mean: Double, _ count: Int) -> ReportDocument { report(count) { mean * (0.5 + random.nextShare()) } }
    let unsure = try figure("p50", run(20, 200), run(22.5, 200))
    let settledBy = try #require(unsure.settledBy)
    #expect(unsure.outcome == .unsure && unsure.unsettled == nil && settledBy.unit == .requests)
    #expect(settledBy.times > 1)
    #expect(settledBy.count == Int((200 * settledBy.times).rounded(.up)))
    #expect(abs(try #require(settledBy.seconds) - 4 * settledBy.times) < 1e-9)
    let decided = try figure("p50", run(20, 2_000), run(40, 2_000))
    #expect(decided.outcome == .worse && decided.settledBy == nil && decided.unsettled == nil)
  }

  @Test("Where no request failed, as many as are told decide that no more do")
  func noFailure() throws {
    let unsure = try figure("failed", report(1_000) { 5 }, report(1_000) { 5 })
    let settledBy = try #require(unsure.settledBy)
    #expect(unsure.outcome == .unsure && settledBy.times < 30, "\(settledBy)")
    let count = try #require(settledBy.count)
    #expect(try figure("failed", report(count) { 5 }, report(count) { 5 }).outcome == .same)
    // Half as many do not.
    #expect(try figure("failed", report(count / 2) { 5 }, report(count / 2) { 5 }).outcome == .unsure)
  }

  /// A quantity with an interval of so much on both sides.
  private func quantity(
    _ difference: Double, _ half: Double, margin: Double = 1, disturbance: Double = 0,
    direction: ComparedQuantity.Direction = .lower, extent: SettlingRun? = SettlingRun(times: 1, unit: .rounds)
  ) -> ComparedQuantity {
    var quantity = ComparedQuantity(
      name: "p99", unit: .milliseconds, base: 20, candidate: 20 + difference, margin: margin,
      disturbance: disturbance, direction: direction,
      intervals: { _ in ((19, 21), (19, 21), (difference - half, difference + half)) })
    quantity.extent = extent
    return quantity
  }

  @Test("Why no length is known to decide it")
  func reasons() {
    #expect(quantity(1, 0.5).figure(level: 0.95).unsettled == .atMargin)
    #expect(quantity(1.05, 0.5).figure(level: 0.95).unsettled == .tooMany)
    #expect(quantity(3, .infinity).figure(level: 0.95).unsettled == .unbounded)
    #expect(quantity(2, 1.5, disturbance: 4).figure(level: 0.95).unsettled == .notByLength)
    #expect(quantity(3, 0.5, direction: .neither).figure(level: 0.95).unsettled == .notByLength)
    #expect(quantity(3, 2.5, extent: nil).figure(level: 0.95).unsettled == .notByLength)
    #expect(quantity(3, 2.5).figure(level: 0.95).settledBy?.unit == .rounds)
    var other = quantity(3, 2.5)
    other.isOfOtherLoads = true
    #expect(other.figure(level: 0.95).unsettled == .notByLength)
  }
}
