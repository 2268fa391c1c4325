package import Deployment
internal import HTTP
internal import Load
internal import Platform
package import Report
internal import Statistics

/// Asks how much a target carries: the highest rate at which its objectives still hold.
///
/// Open loop, from a low rate up by doubling, then by halving the gap, then once more and longer at the result. Where the
/// generator itself fell behind, the result is "at least".
package struct CapacityCheck {
  private let settings: CheckSettings
  private let manager: (any DeploymentManager)?
  private let plan: CapacityPlan
  private let watch: CheckWatch

  /// What is said where nobody stops and starts backends for a scale.
  package static let scaleNeedsManager =
    "--scale needs a manager that stops and starts backends: --pm2 APP, or --stop-command and --start-command"

  /// - Parameter manager: stops and starts backends where the plan has a scale.
  package init(
    _ settings: CheckSettings, manager: (any DeploymentManager)? = nil, plan: CapacityPlan, watch: CheckWatch
  ) {
    self.settings = settings
    self.manager = manager
    self.plan = plan
    self.watch = watch
  }

  /// - Throws: ``CheckError`` where there is nothing to report on.
  package func run() throws(CheckError) -> ReportDocument {
    if let problem = plan.impossibleDemand(above: plan.maxRate, "--max-rate") { throw .usage(problem) }
    if !plan.scale.isEmpty {
      guard let manager else { throw .usage(Self.scaleNeedsManager) }
      try manager.preflight(for: FailoverCheck.actions, watch)
    }
    let begun = ReportClock()
    let start = MonotonicClock.now()
    let ledger = PreparationLedger()
    let preparation = Preparation(settings: settings, watch: watch, ledger: ledger, end: start + plan.budget)
    let ready = try preparation.reach()
    var notes = ready.notes
    let header = try preparation.header(ready, &notes)
    var run = CapacityRun(
      settings: settings, plan: plan, preparation: preparation, ready: ready, header: header, watch: watch,
      begun: start, deadline: start + plan.budget)
    var section: CapacitySection
    var last: CapacityRun.Finding
    if let manager, !plan.scale.isEmpty {
      let scaling = try CapacityScaling(
        backends: plan.scale, preparation, ready, settings, manager: manager, watch: watch)
      let findings = try scaling.measure { (backends, share) throws(CheckError) in
        let now = MonotonicClock.now()
        run = CapacityRun(
          settings: settings, plan: plan, preparation: preparation, ready: ready, header: header, watch: watch,
          begun: start,
          deadline: now + UInt64(Double(start + plan.budget - min(now, start + plan.budget)) * share),
          backends: backends)
        return try run.search()
      }
      guard let most = findings.last else { throw .interrupted }
      last = most.finding
      for earlier in findings.dropLast() { earlier.finding.measured.map { run.leaveOut($0) } }
      section = CapacitySection(last, plan)
      section.steps = findings.flatMap(\.finding.steps)
      section.scalability = ScalabilitySection(findings.map { ($0.backends, $0.finding) })
      notes += scaling.notes
    } else {
      last = try run.search()
      section = CapacitySection(last, plan)
    }
    return document(ready, header, section, last, notes, begun, ledger.findings(header: header))
  }

  private func document(
    _ ready: ReadyTarget, _ header: String?, _ section: CapacitySection, _ finding: CapacityRun.Finding,
    _ notes: [String], _ begun: ReportClock, _ sent: PartPreparation
  ) -> ReportDocument {
    let isInterrupted = watch.stop.isStopped
    let assertions =
      assertions(finding) + (finding.measured?.unnamed(by: header, settings) ?? []) + sent.assertions
      + (isInterrupted
        ? [Assertion(.measurement, verdict: .inconclusive, expected: "completed", actual: "interrupted")] : [])
    let traffic = finding.measured.map { measured in
      measured.trafficSection(pacer: .constant(rate: finding.steps.last { $0.verdict == .pass }?.offered ?? 1))
    }
    var document = ReportDocument(
      tool: .lbcheck, check: .capacity,
      target: TargetSection(url: settings.target.url, addresses: ready.addresses.map(\.description)),
      startedAt: begun.startedAt, durationSeconds: begun.seconds,
      verdict: isInterrupted ? .inconclusive : Verdict.worst(of: assertions.map(\.verdict)),
      summary: summary(finding), interrupted: isInterrupted ? true : nil,
      generatorPauses: finding.measured?.pauses.sections, assertions: assertions,
      notes: notes + sent.notes + (finding.measured?.remarks() ?? []), command: settings.command,
      method: [
        MeasuredBy(name: "Objectives", value: plan.objectivesInWords.joined(separator: ", ")),
        MeasuredBy(
          name: "Search",
          value: "doubling, then halving to \(CapacityPlan.percent(plan.precision)); steps of "
            + "\(Double(plan.shortestStep) / 1e9) s or longer, so that 30 requests are beyond the percentile"),
        MeasuredBy(
          name: "Connections", value: "\(settings.connections ?? CapacityPlan.defaultConnections) at most"),
        MeasuredBy(name: "Workers", value: "\(settings.workers)"),
        MeasuredBy(name: "Backend header", value: header ?? "none"),
      ] + (finding.measured?.tlsMethod ?? []),
      traffic: traffic, preparation: sent.sent,
      backends: finding.measured?.backendSections,
      capacity: section)
    document.nobody = finding.measured?.nobodySection
    document.conclude(capacity: summary(finding), down: finding.rate == nil ? finding.down : nil)
    return document
  }

  func summary(_ finding: CapacityRun.Finding) -> String {
    let found = found(finding)
    guard let demanded = plan.demandedRate, !plan.isMet(by: finding.rate) else { return found }
    return (finding.isTargetsLimit ? "Not" : "Not shown to carry")
      + " the \(CapacityPlan.rate(demanded)) that --expect-rate demands: "
      + (found.hasPrefix("No") || found.hasPrefix("At") ? found.prefix(1).lowercased() + found.dropFirst() : found)
  }

  private func found(_ finding: CapacityRun.Finding) -> String {
    let objectives = plan.objectivesInWords.joined(separator: " and ")
    guard let rate = finding.rate else {
      if finding.limitedBy == "budget", let reason = finding.reason { return "Not decided: \(reason)." }
      return "No rate held \(objectives)" + (finding.reason.map { ": \($0)" } ?? "") + "."
    }
    let bound = finding.isLowerBound ? "At least \(CapacityPlan.rate(rate))" : CapacityPlan.rate(rate)
    let why: String
    switch finding.limitedBy {
    case "generator": why = "; more was not tried fairly, since the generator fell behind"
    case "maxRate": why = "; no higher rate was allowed"
    case "budget": why = "; there was no time for more"
    case "interrupted": why = "; interrupted"
    default: why = finding.reason.map { "; \($0)" } ?? ""
    }
    return "\(bound) with \(objectives)\(why)."
  }

  /// - Parameter confirms: whether the result was tried once more.
  func assertions(_ finding: CapacityRun.Finding, confirms: Bool = true) -> [Assertion] {
    let objectives = plan.objectivesInWords.joined(separator: ", ")
    let actual = finding.rate.map { (finding.isLowerBound ? "at least " : "") + CapacityPlan.rate($0) } ?? "none"
    let isTargets = finding.isTargetsLimit
    var assertions: [Assertion] = []
    if let demanded = plan.demandedRate {
      let isMet = plan.isMet(by: finding.rate)
      assertions.append(
        Assertion(
          .demandedRate, verdict: isMet ? .pass : isTargets ? .fail : .inconclusive,
          expected: "\(CapacityPlan.rate(demanded)) or more with \(objectives)", actual: actual,
          detail: isMet ? nil : finding.reason))
    } else {
      let verdict: Verdict =
        finding.limitedBy == "generator"
        ? .inconclusive : finding.rate != nil ? .pass : isTargets ? .fail : .inconclusive
      assertions.append(
        Assertion(
          .capacityFound, verdict: verdict, expected: "a rate with \(objectives)", actual: actual,
          detail: verdict == .pass ? nil : finding.reason))
    }
    if confirms, finding.rate != nil {
      assertions.append(
        Assertion(
          .rateConfirmed, verdict: finding.isConfirmed ? .pass : .inconclusive,
          expected: "it holds once more, for twice as long", actual: finding.isConfirmed ? "it does" : "not shown"))
    }
    // Of the traffic at the result, which is what the rate stands for.
    if let measured = finding.measured { assertions += AnswerOrigins(measured).assertions(settings) }
    return assertions
  }
}

extension CapacitySection {
  init(_ finding: CapacityRun.Finding, _ plan: CapacityPlan) {
    self.init(
      rate: finding.rate, isLowerBound: finding.isLowerBound, limitedBy: finding.limitedBy,
      objectives: plan.objectivesInWords, precision: plan.precision, isConfirmed: finding.isConfirmed,
      steps: finding.steps)
  }
}

extension ScalabilitySection {
  /// The fit rests on what the target itself limited; a lower bound would bend the curve.
  init(_ findings: [(backends: Int, finding: CapacityRun.Finding)]) {
    var points = findings.map { backends, finding in
      ScalabilityPoint(
        backends: backends, rate: finding.rate, isLowerBound: finding.isLowerBound, limitedBy: finding.limitedBy)
    }
    let used = points.indices.filter { points[$0].rate != nil && !points[$0].isLowerBound }
    guard let fit = ScalabilityFit(used.map { (points[$0].backends, points[$0].rate!) }) else {
      self.init(
        points: points,
        remark:
          "No fit: the law has three coefficients, and \(used.count) of \(points.count) points are more than lower bounds."
      )
      return
    }
    for (index, residual) in zip(used, fit.residuals) { points[index].residual = residual }
    let worst = fit.residuals.map(abs).max() ?? 0
    let remark: String
    if fit.degreesOfFreedom == 0 {
      remark =
        "Three points fix three coefficients, so the curve says what lies between them and proves nothing beyond."
    } else if worst > 0.1 {
      remark = "A point is \(CapacityPlan.percent(worst)) off the curve: do not believe its peak."
    } else {
      remark = "All points are within \(CapacityPlan.percent(worst)) of the curve."
    }
    self.init(
      points: points,
      fit: ScalabilityCurve(
        lambda: fit.lambda, contention: fit.contention, coherency: fit.coherency, peakBackends: fit.peak,
        peakRate: fit.peak.map(fit.throughput), degreesOfFreedom: fit.degreesOfFreedom),
      remark: remark)
  }
}
