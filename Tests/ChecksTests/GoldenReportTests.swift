import HTTP
import Load
import Platform
import Report
import Statistics
import Testing

@testable import Checks

/// Compares whole reports on known findings with files in `Golden`: a figure, verdict or word that changes shows there.
/// `LBCHECK_UPDATE_GOLDEN=1` writes the files anew.
@Suite struct GoldenReportTests {
  private typealias Outcome = RequestRecord.Outcome
  private let names = ["127.0.0.1:3001", "127.0.0.1:3002", "127.0.0.1:3003"]

  @Test("A load test with a slow backend and a few failures")
  func load() throws { try GoldenFile.compare(try loadReport(slow: 9_000_000), with: "load") }

  private func loadReport(slow: Nanoseconds) throws -> ReportDocument {
    var settings = try GoldenFindings.settings()
    settings.pacer = .constant(rate: 100)
    settings.duration = 10 * GoldenFindings.second
    let records = GoldenFindings.requests(seconds: 10) { index in
      switch index {
      case 300: Outcome(backend: nil, status: nil, failure: .reset)
      case 500..<503: Outcome(backend: 1, status: 503, failure: .status)
      default:
        Outcome(
          latency: index % 3 == 1 ? slow : 2_000_000 + Nanoseconds(index * 7_919 % 1_000) * 100, backend: index % 3)
      }
    }
    var stage = GoldenFindings.stage(.load, records, names)
    stage.measured.unstamped = 2
    for _ in 2..<stage.measured.succeeded { stage.measured.readDelay.record(15_000) }
    var report = LoadCheck(settings, watch: CheckWatch()).report(on: GoldenFindings.findings([stage]))
    report.list(settings)
    return report
  }

  @Test("A rotation over three backends, and one in which the third is rarely drawn", arguments: [true, false])
  func fairness(isFair: Bool) throws {
    var settings = try GoldenFindings.settings()
    settings.traffic.requests = 2_000
    var expectation = FairnessExpectation()
    expectation.backends = names.map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    func records(seconds: Int, connections: Int = 10) -> [RequestRecord] {
      GoldenFindings.requests(seconds: seconds, connections: connections) { index in
        Outcome(backend: isFair ? index % 3 : index % 10 == 0 ? 2 : index % 2)
      }
    }
    let findings = GoldenFindings.findings([
      GoldenFindings.stage(.serialStage, records(seconds: 1, connections: 1), names),
      GoldenFindings.stage(.concurrentStage, records(seconds: 20), names),
    ])
    var report = FairnessCheck(settings, expecting: expectation, watch: CheckWatch()).report(on: findings)
    report.list(settings)
    #expect(report.verdict == (isFair ? .pass : .fail))
    try GoldenFile.compare(report, with: isFair ? "fairness" : "fairness-skewed")
  }

  @Test("A reload that loses nothing and a restart that does")
  func reload() throws { try GoldenFile.compare(try reloadReport(losing: 0), with: "reload") }

  @Test("A reload that loses requests")
  func lossyReload() throws {
    let report = try reloadReport(losing: 7)
    #expect(report.verdict == .fail)
    try GoldenFile.compare(report, with: "reload-lossy")
  }

  private func reloadReport(losing lost: Int) throws -> ReportDocument {
    var settings = try GoldenFindings.settings()
    settings.traffic = .besideActions
    settings.pacer = try settings.traffic.pacer
    settings.generationHeader = "X-Pid"
    let records = GoldenFindings.requests(seconds: 15) { index in
      // Replaced one after the other from 5 s on, and all together at 10 s.
      let backend = index % 3
      let life = index < 510 + 10 * backend ? 0 : index < 1000 ? 1 : 2
      if (540..<540 + lost).contains(index) { return Outcome(backend: backend, status: 502, failure: .status) }
      if (1001..<1050).contains(index) { return Outcome(status: nil, failure: .refused) }
      return Outcome(backend: backend, generation: life * 3 + backend)
    }
    let generations = (0..<9).map { Generation(backend: $0 % 3, name: "\(1000 + $0)") }
    var findings = GoldenFindings.findings([
      GoldenFindings.stage(.traffic, records, names, generations: generations)
    ])
    findings.generationHeader = "X-Pid"
    func action(_ name: String, at second: Double) -> ActionSection {
      ActionSection(
        command: ["pm2", name, "dumbflix-frontend"], exitStatus: 0, startSeconds: second, durationSeconds: 1)
    }
    let second = GoldenFindings.second
    findings.actions = ManagerActions(
      manager: "pm2",
      phases: [
        PhaseSpan(name: "baseline", start: 0, end: 5 * second, action: nil),
        PhaseSpan(
          name: "reload", start: 5 * second, end: 10 * second, action: action("reload", at: 5)),
        PhaseSpan(
          name: "restart", start: 10 * second, end: 15 * second, action: action("restart", at: 10)
        ),
      ], siteAtTheEnd: .answers)
    var report = ReloadCheck(settings, manager: nil, plan: ReloadPlan(), watch: CheckWatch()).report(on: findings)
    report.list(settings)
    return report
  }

  @Test("A ladder of three rates, the last of them too high")
  func capacity() throws { try GoldenFile.compare(try capacityReport(), with: "capacity") }

  private func capacityReport() throws -> ReportDocument {
    var settings = try GoldenFindings.settings()
    settings.traffic = CapacityPlan.defaultTraffic
    var plan = CapacityPlan()
    plan.percentiles = [LatencyObjective(percentile: 90, limit: 50_000_000)]
    plan.failedShare = 0.05
    let stages = (1...3).map { step in
      let records = GoldenFindings.requests(seconds: 10, rate: 25 << step) { index in
        Outcome(latency: step == 3 ? 40_000_000 + Nanoseconds(index % 100) * 400_000 : 3_000_000, backend: index % 3)
      }
      return GoldenFindings.stage(.step(step), records, names)
    }
    let steps = [50.0, 100, 200].map { Pacer.Step(rate: $0, seconds: 10) }
    var report = CapacityLadder(settings, plan: plan, steps: steps, watch: CheckWatch())
      .report(on: GoldenFindings.findings(stages))
    report.list(settings)
    report.settings?.append(Setting("capacity.ladder", .text("50:10s,100:10s,200:10s")))
    return report
  }

  @Test("A gate of three checks with a threshold that is not met")
  func gate() throws {
    let thresholds = try ["p99 < 5ms", "failed < 1%"].map { try Threshold($0) }
    let results = [
      GateResult(
        check: .load, profile: "ci.json5", exitStatus: 1, folder: "1-load", document: try loadReport(slow: 9_000_000)),
      GateResult(
        check: .reloadTest, profile: "ci.json5", exitStatus: 0, folder: "2-reload-test",
        document: try reloadReport(losing: 0)),
      GateResult(check: .fairness, profile: "ci.json5", exitStatus: 3, problem: "nobody listens"),
    ]
    var section = GateSection(checks: results.map { $0.judged(by: thresholds, baseline: nil) })
    section.addUnmet(thresholds, of: "ci.json5")
    let report = ReportDocument(
      gate: section, target: "http://127.0.0.1/", startedAt: "2026-11-25T06:45:28Z", durationSeconds: 30,
      command: ["lbcheck", "gate"],
      isInterrupted: false)
    try GoldenFile.compare(report, with: "gate")
  }

  @Test("Two load tests side by side, the second with a slower backend")
  func comparison() throws {
    let comparison = try ReportComparison(
      base: try loadReport(slow: 9_000_000), candidate: try loadReport(slow: 12_000_000))
    let report = comparison.document(
      startedAt: "2026-11-25T06:45:28Z", command: ["lbcheck", "compare"], asserts: true)
    try GoldenFile.compare(report, with: "comparison")
  }
}
