import Report
import Statistics
import Testing

@testable import Checks

/// Comparisons of reports of several runs.
@Suite struct RunsComparisonTests {
  /// Five thousand requests in closed loop.
  private func traffic(_ milliseconds: Double, rate: Double) -> TrafficSection {
    var latency = Histogram()
    for number in 0..<5_000 { latency.record(UInt64((milliseconds + Double(number % 100) / 200) * 1e6)) }
    var traffic = TrafficSection(
      requests: RequestCounts(scheduled: 5_000, completed: 5_000, succeeded: 5_000, failed: 0),
      rate: RateSection(achieved: rate), latency: LatencySummary(latency))
    traffic.connect = LatencySummary(latency)
    return traffic
  }

  /// - Parameter runs: the least latency and the rate of each.
  private func report(_ runs: [(milliseconds: Double, rate: Double)]) throws -> ReportDocument {
    let rows = runs.enumerated().map { index, run in
      RunSection(
        run: index + 1, startedAt: "2026-11-25T06:45:28Z", verdict: .pass,
        traffic: traffic(run.milliseconds, rate: run.rate))
    }
    var document = ReportDocument(
      tool: .lbcheck, check: .load, target: TargetSection(url: "http://127.0.0.1:8080/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass, traffic: rows.first?.traffic)
    if rows.count > 1 {
      document.runs = RunsSection(
        asked: rows.count, made: rows.count, confidence: 0.95, rows: rows, figures: RunsFigure.all(rows))
      var all = Histogram()
      for row in rows { all.add(try Histogram(base64V2: row.traffic.latency?.histogram ?? "")) }
      document.traffic?.latency = LatencySummary(all)
    }
    return document
  }

  private func figure(_ name: String, _ comparison: ReportComparison) throws -> ComparedFigure {
    try #require(comparison.figures.first { $0.name == name })
  }

  private static let alike = [(10.0, 500.0), (10.1, 495.0), (9.9, 505.0), (10.0, 500.0)]
  private static let apart = [(10.0, 500.0), (14.0, 400.0), (8.0, 600.0), (12.0, 450.0)]

  @Test("What is far from the runs' own variation is worse, and a rate is, too, which has an interval now")
  func worse() throws {
    let slower = Self.alike.map { ($0.0 + 5, $0.1 - 150) }
    let comparison = try ReportComparison(base: report(Self.alike), candidate: report(slower))
    let (p50, rate) = (try figure("p50", comparison), try figure("rate", comparison))
    #expect(p50.outcome == .worse && rate.outcome == .worse)
    #expect(abs(p50.base - 10.245) < 0.05 && rate.base == 500 && rate.candidate == 350)
    // Welch: s² = 16.67, half = t(1 − 0.025/figures, 6) · √(2 · 16.67/4) around −150.
    let change = try #require(rate.changeInterval)
    #expect((change.low ?? 0) < -0.3 && (change.high ?? 0) > -0.3 && (change.high ?? 0) < -0.25)
    #expect(try figure("connect.p50", comparison).outcome == .worse)
    #expect(!comparison.notes.contains { $0.contains("several runs") })
  }

  @Test("What lies within the runs' own variation is unsure, though single runs would call it worse")
  func unsure() throws {
    let shifted = Self.apart.map { ($0.0 + 3, $0.1) }
    let repeated = try ReportComparison(base: report(Self.apart), candidate: report(shifted))
    let p50 = try figure("p50", repeated)
    #expect(p50.outcome == .unsure)
    #expect(p50.settledBy?.unit == .runs && (p50.settledBy?.count ?? 0) > 4)
    let page = MarkdownWriter().write(repeated.document(startedAt: "2026-11-25T06:45:28Z"))
    #expect(page.contains("Two reports of \(p50.settledBy?.count ?? 0) runs each"), "\(page)")
    let single = try ReportComparison(
      base: report([Self.apart[0]]), candidate: report([(Self.apart[0].0 + 3, Self.apart[0].1)]), margin: 0.01)
    #expect(try figure("p50", single).outcome == .worse)
  }

  @Test("A percentile that is the longest time of a run is not that of its connections, and says so")
  func fewConnections() throws {
    func few(_ report: ReportDocument) throws -> ReportDocument {
      var report = report
      var connects = Histogram()
      for number in 1...20 { connects.record(UInt64(number * 100_000)) }
      for index in report.runs?.rows.indices ?? 0..<0 {
        report.runs?.rows[index].traffic.connect = LatencySummary(connects)
      }
      return report
    }
    let comparison = try ReportComparison(base: few(report(Self.alike)), candidate: few(report(Self.alike)))
    #expect(try figure("connect.p99", comparison).remark == "each run has too few connections to show it")
  }

  @Test("Where only one has runs, a note says what the other does not show, and the rate is not judged")
  func oneSided() throws {
    let single = try report([(20, 250)])
    for (base, candidate, words) in [
      (try report(Self.alike), single, "Only the base has several runs: the single run of the candidate"),
      (single, try report(Self.alike), "Only the candidate has several runs: the single run of the base"),
    ] {
      let comparison = try ReportComparison(base: base, candidate: candidate)
      #expect(comparison.notes.contains { $0.hasPrefix(words) }, "\(comparison.notes)")
      let rate = try figure("rate", comparison)
      #expect(rate.outcome == .unsure && rate.remark == "a single run does not show how much this varies")
      #expect(try figure("p50", comparison).outcome != .unsure)
    }
  }

  @Test("Two runs that are the same to the digit, whose own precision is not known, are not certain by that")
  func identical() throws {
    let same = try report([(10, 500), (10, 500)])
    let comparison = try ReportComparison(base: same, candidate: same)
    #expect(try figure("p50", comparison).outcome == .same)
    #expect(try figure("rate", comparison).changeInterval == nil)
  }

  @Test("A report whose second run could not be made is compared as one of a single run")
  func unmade() throws {
    var base = try report(Self.alike)
    base.runs?.rows.removeLast(Self.alike.count - 1)
    let comparison = try ReportComparison(base: base, candidate: try report([(10, 500)]))
    #expect(!comparison.notes.contains { $0.contains("several runs") })
    #expect(try figure("p50", comparison).outcome == .same)
  }
}
