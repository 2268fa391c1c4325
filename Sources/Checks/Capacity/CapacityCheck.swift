package import Deployment
internal import HTTP
internal import Load
internal import Platform
package import Report
internal import Statistics

/// Finds the highest rate at which a target still meets its objectives.
///
/// Open loop: doubles a low rate until it fails, halves the gap, and confirms the result in a longer step. Where the generator
/// itself fell behind, the result is "at least".
package struct CapacityCheck: Check {
  private let settings: CheckSettings
  private let manager: (any DeploymentManager)?
  private let plan: CapacityPlan
  private let watch: CheckWatch

  /// The error for a scale without a manager that stops and starts backends.
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

  /// The result of the search, or of one search for each number of backends.
  package struct Findings {
    fileprivate var common = CheckFindings()
    fileprivate var searches: [(backends: Int?, finding: CapacityFinding)] = []
  }

  package func measure() throws(CheckError) -> Findings {
    if let problem = plan.impossibleDemand(above: plan.maxRate, "--max-rate") { throw .usage(problem) }
    if !plan.scale.isEmpty {
      guard let manager else { throw .usage(Self.scaleNeedsManager) }
      try manager.preflight(for: FailoverCheck.actions, watch)
    }
    var findings = Findings()
    let start = MonotonicClock.now()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger, end: start + plan.budget)
    let ready = try targetProbe.reach()
    findings.common.take(ready)
    let header = try targetProbe.header(ready, &findings.common.notes)
    findings.common.backendHeader = header
    watch.report(.takes(ExpectedTime(most: plan.budget)))
    func run(_ deadline: Nanoseconds, _ backends: Int? = nil) -> CapacityRun {
      CapacityRun(
        settings: settings, plan: plan, targetProbe: targetProbe, ready: ready, header: header, watch: watch,
        begun: start, deadline: deadline, backends: backends)
    }
    let end = start + plan.budget
    if let manager, !plan.scale.isEmpty {
      let scaling = try CapacityScaling(
        backends: plan.scale, targetProbe, ready, settings, manager: manager, watch: watch)
      let searches = try scaling.measure { (backends, share) throws(CheckError) in
        let now = MonotonicClock.now()
        return try run(now + UInt64(Double(end - min(now, end)) * share), backends).search()
      }
      guard !searches.isEmpty else { throw .interrupted }
      for earlier in searches.dropLast() { earlier.finding.measured.map(run(end).leaveOut) }
      findings.searches = searches.map { ($0.backends, $0.finding) }
      findings.common.notes += scaling.notes
    } else {
      findings.searches = [(nil, try run(end).search())]
    }
    findings.common.end(isInterrupted: watch.stop.isStopped, ledger)
    return findings
  }

  package func report(on findings: Findings) -> ReportDocument {
    let header = findings.common.backendHeader
    let finding = findings.searches.last?.finding ?? CapacityFinding()
    let measured = finding.measured
    var document = ReportDocument(
      check: .capacity, settings, findings.common, summary: summary(finding),
      assertions: assertions(finding) + (measured?.unnamed(by: header, settings) ?? []),
      notes: measured?.remarks() ?? [],
      traffic: measured?.trafficSection(
        pacer: .constant(rate: finding.steps.last { $0.verdict == .pass }?.offered ?? 1)),
      backends: measured?.backendSections)
    document.generatorPauses = measured?.pauses.sections
    document.nobody = measured?.nobodySection
    var section = CapacitySection(finding, plan)
    section.steps = findings.searches.flatMap(\.finding.steps)
    let points = findings.searches.compactMap { search in search.backends.map { ($0, search.finding) } }
    if !points.isEmpty { section.scalability = ScalabilitySection(points) }
    document.capacity = section
    document.conclude(capacity: summary(finding), down: finding.rate == nil ? finding.down : nil)
    return document
  }

  func summary(_ finding: CapacityFinding) -> String {
    let found = found(finding)
    guard let demanded = plan.demandedRate, !plan.isMet(by: finding.rate) else { return found }
    return (finding.limitedBy.isTargets ? "Does not carry" : "Not shown to carry")
      + " the \(Formatting.plannedRate(demanded)) that --expect-rate demands: "
      + (found.first?.isLetter == true ? found.prefix(1).lowercased() + found.dropFirst() : found)
  }

  private func found(_ finding: CapacityFinding) -> String {
    let objectives = plan.objectivesInWords.joined(separator: " and ")
    guard let rate = finding.rate else {
      if let open = openReason(finding) { return "Not decided: \(open)." }
      return "No rate met \(objectives)" + (finding.reason.map { ": \($0)" } ?? "") + "."
    }
    let bound = finding.isLowerBound ? "At least \(Formatting.plannedRate(rate))" : Formatting.plannedRate(rate)
    let why: String? =
      switch finding.limitedBy {
      case .generator: "higher rates could not be tested, because the generator fell behind"
      case .maxRate: "no higher rate was allowed"
      case .budget: "there was no time for more"
      case .interrupted: "interrupted"
      case .percentile, .failed, .queue: finding.reason
      }
    return "\(bound) with \(objectives)" + (why.map { "; \($0)" } ?? "") + "."
  }

  /// Why it is not known which rate holds, as a clause; `nil` where something about it is known.
  private func openReason(_ finding: CapacityFinding) -> String? {
    guard finding.rate == nil else { return nil }
    return switch finding.limitedBy {
    case .budget: finding.reason
    case .interrupted:
      finding.reason.map { "interrupted before a rate held; \($0)" }
        ?? "interrupted before any rate was tried to its end"
    case .generator, .maxRate, .percentile, .failed, .queue: nil
    }
  }

  /// Why a search, or a ladder, has no result.
  private func whyUnknown(_ finding: CapacityFinding) -> Assertion.Finding? {
    finding.limitedBy == .budget && finding.reason != nil ? plan.ladder == nil ? .outOfTime : .tooFewRequests : nil
  }

  /// - Parameter confirms: whether the result was tried once more.
  func assertions(_ finding: CapacityFinding, confirms: Bool = true) -> [Assertion] {
    let objectives = plan.objectivesInWords.joined(separator: ", ")
    let actual = finding.rate.map { (finding.isLowerBound ? "at least " : "") + Formatting.plannedRate($0) } ?? "none"
    let isTargets = finding.limitedBy.isTargets
    let reason =
      finding.limitedBy == .interrupted ? openReason(finding).map { "Not decided: \($0)." } : finding.reason
    var assertions: [Assertion] = []
    if let demanded = plan.demandedRate {
      let isMet = plan.isMet(by: finding.rate)
      assertions.append(
        Assertion(
          .figure(.demandedRate), verdict: isMet ? .pass : isTargets ? .fail : .inconclusive,
          expected: "\(Formatting.plannedRate(demanded)) or more with \(objectives)", actual: actual,
          detail: isMet ? nil : reason, finding: whyUnknown(finding)))
    } else {
      let verdict: Verdict =
        finding.limitedBy == .generator
        ? .inconclusive : finding.rate != nil ? .pass : isTargets ? .fail : .inconclusive
      assertions.append(
        Assertion(
          .figure(.capacityFound), verdict: verdict, expected: "a rate with \(objectives)", actual: actual,
          detail: verdict == .pass ? nil : reason, finding: whyUnknown(finding)))
    }
    if confirms, finding.rate != nil {
      assertions.append(
        Assertion(
          .evidence(.rateConfirmed), verdict: finding.isConfirmed ? .pass : .inconclusive,
          expected: "it holds once more, for twice as long", actual: finding.isConfirmed ? "it does" : "not shown"))
    }
    // About the traffic at the resulting rate.
    if let measured = finding.measured { assertions += AnswerOrigins(measured).assertions(settings) }
    return assertions
  }
}

extension CapacitySection {
  init(_ finding: CapacityFinding, _ plan: CapacityPlan) {
    self.init(
      rate: finding.rate, isLowerBound: finding.isLowerBound, limitedBy: finding.limitedBy,
      objectives: plan.objectivesInWords, precision: plan.precision, isConfirmed: finding.isConfirmed,
      steps: finding.steps)
  }
}

extension ScalabilitySection {
  /// Only rates that the target itself limited are fitted; a lower bound would bend the curve.
  init(_ findings: [(backends: Int, finding: CapacityFinding)]) {
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
        "Three points determine three coefficients, so the curve fits exactly and proves nothing beyond them."
    } else if worst > 0.1 {
      remark = "A point is \(Formatting.shortPercent(worst)) off the curve: do not trust its peak."
    } else {
      remark = "All points are within \(Formatting.shortPercent(worst)) of the curve."
    }
    self.init(
      points: points,
      fit: ScalabilityCurve(
        lambda: fit.lambda, contention: fit.contention, coherency: fit.coherency, peakBackends: fit.peak,
        peakRate: fit.peak.map(fit.throughput), degreesOfFreedom: fit.degreesOfFreedom),
      remark: remark)
  }
}
