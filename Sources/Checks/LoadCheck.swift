internal import HTTP
package import Load
package import Platform
internal import Report
internal import Statistics

/// Sends traffic and reports rate, latency and failures.
package struct LoadCheck: DivisibleCheck, RepeatableCheck {
  private var settings: CheckSettings
  private let watch: CheckWatch

  package static let defaultDuration: Nanoseconds = 10_000_000_000
  /// The most that a run takes that ends when a percentile is known well enough.
  package static let longestDuration: Nanoseconds = 60_000_000_000
  /// The p99 of lateness above which the generator itself shaped the figures: 10 ms.
  static let latenessLimit: Nanoseconds = 10_000_000

  package init(_ settings: CheckSettings, watch: CheckWatch) {
    self.settings = settings
    Self.complete(&self.settings.traffic)
    self.watch = watch
  }

  /// Sets a duration where nothing bounds the traffic.
  package static func complete(_ traffic: inout TrafficOptions) {
    if traffic.isUnbounded { traffic.duration = traffic.until == nil ? defaultDuration : longestDuration }
  }

  package func measure() throws(CheckError) -> CheckFindings {
    var findings = CheckFindings()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    findings.take(ready)
    findings.backendHeader = try targetProbe.header(ready, &findings.notes)

    var plan = settings.plan(ready.addresses)
    plan.backendHeader = findings.backendHeader
    let shardStart = ShardStart(sharding: settings.sharding, watch: watch)
    findings.start = try shardStart.agree()
    defer { shardStart.cleanUp(findings.start) }
    if let start = findings.start { plan.start = try shardStart.wait(for: start) }
    watch.report(.takes(ExpectedTime(plan)))
    watch.report(
      .demands(
        [EarlyAssertion(.traffic(.noRequestFailed), .noFailure)]
          + (settings.pacer.isOpenLoop
            ? [
              EarlyAssertion(.figure(.everyRequestSent), .atTheEnd),
              EarlyAssertion(.evidence(.generatorOnTime), .atTheEnd),
            ] : [])))
    watch.report(.stage(CheckStage("load", lasts: plan.scheduledTime, followed: 0)))
    let stage = try watch.traffic(.load, plan)
    if case .tooManyBackends = stage.measured.error { throw CheckError(stage.measured.error!) }
    findings.stages = [stage]
    findings.end(isInterrupted: watch.stop.isStopped, ledger)
    return findings
  }

  package func round() throws(CheckError) -> (judged: JudgedReport, findings: CheckFindings) {
    var fold = FindingsFold()
    fold.add(try measure())
    return (judged(fold.whole), fold.whole)
  }

  package func judged(_ findings: CheckFindings) -> JudgedReport {
    var measured = findings.measured(.load)
    let steadiness = Steadiness(measured, pacer: settings.pacer, trims: settings.traffic.trimsWarmUp)
    if let trimmed = steadiness?.trimmed {
      measured.latency = trimmed.histogram
      measured.latencies = trimmed.sequence
    }
    let origins = AnswerOrigins(measured)
    let assertions =
      assertions(measured, findings.isInterrupted) + origins.assertions(settings)
      + measured.unnamed(by: findings.backendHeader, settings)
      + PlannedTraffic.assertions(findings, settings) + findings.shardAssertions
    var document = ReportDocument(
      check: .load, settings, findings,
      summary: "",
      assertions: assertions,
      notes: Self.notes(measured, by: findings.backendHeader) + (steadiness?.section.notes ?? []),
      traffic: measured.trafficSection(pacer: settings.pacer, shareMade: findings.shareMade),
      backends: measured.backendSections)
    document.nobody = measured.nobodySection
    document.requestKinds = RequestKindsSection(settings, sent: measured.sent)
    document.steadiness = steadiness?.section
    return JudgedReport(
      document: document, finding: Self.finding(measured, at: measured.rate),
      notJudged: (steadiness?.section.clauses ?? []).map { "figures that changed: \($0)" },
      down: origins.down(settings))
  }

  /// Notes on traffic beyond its figures, whatever its order.
  ///
  /// - Parameter header: the one that names backends.
  static func notes(_ measured: Measurements, by header: String?) -> [String] {
    (header.map { measured.backends.isEmpty ? [] : ["Backends by \($0)."] } ?? []) + measured.remarks()
  }

  private func assertions(_ measured: Measurements, _ isInterrupted: Bool) -> [Assertion] {
    var assertions = [Self.noRequestFailed(measured, settings)]
    if settings.pacer.isOpenLoop, !isInterrupted {
      let late = measured.lateness.value(atPercentile: 99) ?? 0
      assertions.append(measured.everyRequestSent)
      assertions.append(
        Assertion(
          .evidence(.generatorOnTime), verdict: late <= Self.latenessLimit ? .pass : .inconclusive,
          expected: "p99 of lateness ≤ 10 ms",
          actual: Formatting.milliseconds(Double(late) / 1e6, beside: Double(Self.latenessLimit) / 1e6),
          detail: late <= Self.latenessLimit || !measured.pauses.isEmpty
            ? nil : "The generator fell behind its schedule: use more --workers or a lower rate."))
    }
    if let aim = settings.traffic.until { assertions.append(measured.known(aim)) }
    if !isInterrupted, let sent = measured.sentAsAsked(settings.pacer) { assertions.append(sent) }
    assertions += measured.completion
    return assertions
  }

  static func noRequestFailed(_ measured: Measurements, _ settings: CheckSettings) -> Assertion {
    let failures = measured.failuresInWords(expecting: settings.expectedStatuses) + measured.acrossPausesInWords
    return Assertion(
      .traffic(.noRequestFailed),
      verdict: measured.failed == 0 && measured.succeeded == 0 ? .inconclusive : measured.verdictOnFailures,
      expected: "0 of \(Formatting.count(measured.completed)) failed",
      actual: measured.failed == 0 ? "0" : "\(Formatting.count(measured.failed)) failed: \(failures)",
      detail: measured.suspectedTLS(settings), finding: measured.failed == 0 ? .nothing : .labelled(failures))
  }

  /// - Parameters:
  ///   - rate: what it came to, a second.
  ///   - runs: in how many runs, such as `3 runs`; `nil` for one.
  static func finding(_ measured: Measurements, at rate: Double, in runs: String? = nil) -> String {
    let failed = measured.failed == 0 ? "none failed" : "\(Formatting.count(measured.failed)) failed"
    return Formatting.count(measured.completed, "request") + (runs.map { " in \($0)" } ?? "")
      + " at \(Formatting.rate(rate)); \(failed)"
  }
}

extension BackendSection {
  /// One backend's part of `total` successful answers.
  init(_ backend: Measurements.Backend, of total: Int, expectedShare: Double? = nil, role: String? = nil) {
    self.init(
      name: backend.name, requests: backend.requests, succeeded: backend.succeeded, failed: backend.failed,
      share: total > 0 ? Double(backend.succeeded) / Double(total) : 0, expectedShare: expectedShare, role: role,
      latency: LatencySummary(backend.latency))
  }
}
