import Report
import Statistics
import Support
import Testing

@testable import Checks

@Suite struct ReportSeedTests {
  private static func histogram() -> Histogram {
    var histogram = Histogram()
    for number in 1...200 { histogram.record(UInt64(number) * 10) }
    return histogram
  }

  private static func traffic() -> TrafficSection {
    TrafficSection(
      requests: RequestCounts(scheduled: 203, completed: 203, succeeded: 200, failed: 3, retried: 1),
      statuses: ["200": 200, "502": 3], failures: ["status": 3], rate: RateSection(offered: 100, achieved: 99),
      latency: LatencySummary(histogram()), lateness: LatencySummary(histogram()))
  }

  /// A report with all that a comparison looks at.
  private static func report() -> ReportDocument {
    var report = ReportDocument(
      tool: .lbcheck, check: .load, target: TargetSection(url: "http://127.0.0.1:8080/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass, traffic: traffic())
    report.backends = ["a", "b"].map {
      BackendSection(
        name: $0, requests: 100, succeeded: 100, failed: 0, share: 0.5, expectedShare: 0.5,
        latency: LatencySummary(histogram()))
    }
    report.capacity = CapacitySection(
      rate: 100, isLowerBound: true, limitedBy: .budget, objectives: ["p99 ≤ 200 ms"], precision: 0.05,
      isConfirmed: true, steps: [])
    report.phases = [
      PhaseSection(
        name: "reload", startSeconds: 1, durationSeconds: 5, action: nil, traffic: traffic(), longestGapSeconds: 0.5,
        outages: [OutageSection(startSeconds: 2, durationSeconds: 0.3, failed: 3, kinds: ["status": 3])],
        generations: [], staleGenerations: [], failureMarks: nil)
    ]
    return report
  }

  private static func gate() -> ReportDocument {
    ReportDocument(
      gate: GateSection(
        checks: [
          GateResult(check: .load, profile: "ci.json5", exitStatus: 0, document: report()).judged(
            by: [], baseline: nil)
        ]), target: "http://127.0.0.1/", startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, command: ["lbcheck"],
      isInterrupted: false)
  }

  private static let thresholds = [
    "p99 < 1.2 * baseline", "failed <= baseline", "rate > 0.9 * baseline", "share(a) within 5% of baseline",
    "share(a) within 5%", "gap(reload) < 2 * baseline", "outage(reload) == 0", "status(5xx) <= baseline",
    "capacity > baseline", "unsent == 0",
  ]

  @Test("2,300 seeds: changed reports are compared, held against thresholds and shown, or refused with a reason")
  func seeds() throws {
    let report = Self.report()
    let documents = try [report, Self.gate()].map { HostileJSON(try JSONWriter().write($0)) }
    let thresholds = try Self.thresholds.map { try Threshold($0) }
    var accepted = 0
    let seeds = FuzzSeeds(2_300, of: "ReportSeedTests")
    let failures = seeds.failures(longest: 5) { random in
      let changed: ReportDocument
      do throws(ReportFormatError) {
        let read = try ReportDocument(json: random.pick(documents).changed(&random))
        guard let own = read.report(of: .load, profile: "ci.json5") else { return nil }
        changed = own
      } catch {
        return error.description.isEmpty ? "a refusal without a reason" : nil
      }
      accepted += 1
      let (base, candidate) = random.once(in: 2) ? (report, changed) : (changed, report)
      for threshold in thresholds { _ = threshold.assertion(on: candidate, baseline: base) }
      let comparison: ReportComparison
      do throws(ComparisonError) {
        comparison = try ReportComparison(base: base, candidate: candidate)
      } catch {
        return error.reason.isEmpty ? "a refusal without a reason" : nil
      }
      let document = comparison.document(
        startedAt: "2026-11-25T06:45:28Z", command: ["lbcheck"], asserts: true, paths: (base: "a", candidate: "b"))
      let json = try JSONWriter().write(document)
      guard try JSONWriter().write(ReportDocument(json: json)) == json else { return "a report that reads otherwise" }
      if random.once(in: 10) {
        _ = (TextWriter().write(document), MarkdownWriter().write(document), HTMLWriter().write(document))
      }
      // A gate shows the reports of its checks.
      if random.once(in: 20) {
        _ = (TextWriter().write(changed), MarkdownWriter().write(changed), HTMLWriter().write(changed))
        _ = (
          JUnitWriter().write(changed), PrometheusWriter().write(changed, secondsSince1970: 0),
          GitHubWriter().annotations(changed)
        )
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    if seeds.count >= 2_300 { #expect((200...2_200).contains(accepted), "\(accepted) accepted") }
  }
}
