internal import HTTP
package import Load
internal import Platform
package import Report
internal import Statistics

/// Finds how much a target carries by trying given rates, one after another, each for a given time.
///
/// Unlike in the search of ``CapacityCheck``, the steps are known beforehand, so several processes can run them together: each
/// step has its time after the common start, and is judged once all parts are there.
package struct CapacityLadder: DivisibleCheck {
  private let settings: CheckSettings
  private let plan: CapacityPlan
  private let steps: [Pacer.Step]
  private let watch: CheckWatch

  /// The pause between two steps, for requests in flight and for the target to recover.
  static let pause: Nanoseconds = 3_000_000_000
  /// How much of it requests in flight may take.
  private static let grace: Nanoseconds = 2_000_000_000
  private static let mostRecords = 1_000_000
  /// The most requests kept by all steps together.
  package static let mostRecordsInAll = 4_000_000
  /// Each step takes the memory of its distributions.
  static let mostSteps = 256

  package init(_ settings: CheckSettings, plan: CapacityPlan, steps: [Pacer.Step], watch: CheckWatch) {
    self.settings = settings
    self.plan = plan
    self.steps = steps
    self.watch = watch
  }

  private func traffic(_ index: Int, _ addresses: [SocketAddress]) -> Plan {
    var traffic = settings.plan(addresses)
    traffic.pacer = .constant(rate: steps[index].rate)
    traffic.requests = nil
    traffic.duration = Nanoseconds(steps[index].seconds * 1e9)
    traffic.recordLimit = max(min(Self.mostRecords, Self.mostRecordsInAll / steps.count) / traffic.shard.count, 1)
    return traffic
  }

  package func measure() throws(CheckError) -> CheckFindings {
    if let sharding = settings.sharding, sharding.shard.count > 1, sharding.start == .none {
      throw .usage("a part of capacity needs --start-file or --start-at, so that all parts make each step together")
    }
    guard steps.count <= Self.mostSteps else {
      throw .usage("--ladder: no more than \(Self.mostSteps) steps, not \(steps.count)")
    }
    if let highest = steps.map(\.rate).max(), let problem = plan.impossibleDemand(above: highest, "--ladder") {
      throw .usage(problem)
    }
    var findings = CheckFindings()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    findings.take(ready)
    findings.backendHeader = try targetProbe.header(ready, &findings.notes)
    let shardStart = ShardStart(sharding: settings.sharding, watch: watch)
    let agreed = try shardStart.agree()
    defer { shardStart.cleanUp(agreed) }
    findings.start = agreed
    let start = agreed ?? CommonStart(time: WallClock.now() + 50_000_000)
    let length = steps.reduce(0) { $0 + Nanoseconds($1.seconds * 1e9) } + Nanoseconds(steps.count - 1) * Self.pause
    watch.report(.takes(ExpectedTime(most: length)))
    var after: Nanoseconds = 0
    for index in steps.indices {
      var traffic = traffic(index, ready.addresses)
      traffic.backendHeader = findings.backendHeader
      do throws(CheckError) {
        traffic.start = try shardStart.wait(for: start, after: after)
      } catch {
        // What was measured before an interruption is kept.
        guard error == .interrupted, index > 0 else { throw error }
        break
      }
      let stage = try step(index, traffic)
      findings.stages.append(stage)
      guard !watch.stop.isStopped, stage.cutShort == nil else { break }
      after += traffic.duration! + Self.pause
    }
    findings.end(isInterrupted: watch.stop.isStopped, ledger)
    return findings
  }

  private func step(_ index: Int, _ traffic: Plan) throws(CheckError) -> CheckFindings.Stage {
    let times = steps.dropFirst(index + 1).map { Nanoseconds($0.seconds * 1e9) + Self.pause }
    watch.report(
      .stage(
        CheckStage(
          "\(StageName.step(index + 1)) at \(Formatting.plannedRate(steps[index].rate))",
          CheckStage.Place(index + 1, of: steps.count), lasts: Nanoseconds(steps[index].seconds * 1e9),
          followed: times.reduce(0, +))))
    let end = StopSignal()
    let length = traffic.duration!
    let stage = try watch.traffic(.step(index + 1), traffic, stop: end) { snapshot in
      if watch.stop.isStopped {
        end.stop()
        return nil
      }
      var cause = CapacityRun.hopeless(snapshot, plan)
      if cause == nil, snapshot.elapsed > length + Self.grace {
        cause = "requests were still in flight 2 s after the step"
      }
      if cause != nil { end.stop() }
      return cause
    }
    if case .tooManyBackends(_, _)? = stage.measured.error { throw CheckError(stage.measured.error!) }
    return stage
  }

  /// The result of the steps, the index of the stage that gave it, and the step that is missing, if one is.
  private func finding(_ findings: CheckFindings) -> (CapacityFinding, shown: Int?, notMade: String?) {
    var finding = CapacityFinding()
    var startSeconds = 0.0
    var shown: Int?
    var tooShort: String?
    let makers = findings.shards?.parts.count ?? 1
    var notMade: String?
    for index in steps.indices {
      let stageIndex = findings.stages.firstIndex { $0.name == .step(index + 1) }
      let made = stageIndex.map { findings.stages[$0].parts } ?? 0
      // All parts make each step, until the rate of one cannot be carried.
      if finding.reason == nil, !findings.isInterrupted, made < makers, notMade == nil {
        let parts = makers > 1 ? "only \(made) of \(makers) parts" : "nobody"
        notMade = "\(parts) tried \(Formatting.plannedRate(steps[index].rate))"
      }
      guard let stageIndex else { break }
      let stage = findings.stages[stageIndex]
      var (step, judgement) = judged(index, stage, findings, startSeconds: startSeconds)
      let short = judgement.outcome == .holds ? shortage(stage.measured) : nil
      if let short { (step.verdict, step.reason) = (.inconclusive, short) }
      finding.steps.append(step)
      if judgement.outcome == .interrupted { break }
      finding.down = AnswerOrigins(stage.measured).down(settings)
      startSeconds += steps[index].seconds + Double(Self.pause) / 1e9
      if let short {
        if tooShort == nil { tooShort = "at \(Formatting.plannedRate(steps[index].rate)) \(short)" }
      } else if take(judgement, stage.measured, at: steps[index].rate, into: &finding) {
        shown = stageIndex
        // A rate below one that held counts as held.
        tooShort = nil
      }
    }
    if finding.reason == nil, let tooShort {
      (finding.reason, finding.isLowerBound, finding.limitedBy) = (tooShort, true, .budget)
    }
    if findings.isInterrupted { finding.limitedBy = .interrupted } else { finding.nameSiteDown() }
    return (finding, shown, notMade)
  }

  package func report(on findings: CheckFindings) -> ReportDocument {
    let (finding, shown, notMade) = finding(findings)
    let judge = CapacityCheck(settings, plan: plan, watch: watch)
    var section = CapacitySection(finding, plan)
    section.isConfirmed = false
    var document = ReportDocument(
      check: .capacity, settings, findings, summary: judge.summary(finding),
      assertions: judge.assertions(finding, confirms: false)
        + (finding.measured?.unnamed(by: findings.backendHeader, settings) ?? [])
        + [notMade.map(Self.notMade)].compactMap(\.self) + findings.shardAssertions,
      notes: finding.measured?.remarks() ?? [],
      traffic: finding.measured?.trafficSection(
        pacer: .constant(rate: finding.rate ?? 1), shareMade: findings.shareMade),
      backends: finding.measured?.backendSections)
    document.nobody = finding.measured?.nobodySection
    document.capacity = section
    // The other steps are listed beside the traffic, which is that of the result.
    for (index, stage) in findings.stages.enumerated() where index != shown {
      for (template, count) in zip(settings.templates, stage.measured.sent) {
        document.preparation?.add(count, for: .capacityStep, method: template.method)
      }
    }
    document.conclude(capacity: judge.summary(finding), down: finding.rate == nil ? finding.down : nil)
    return document
  }

  /// That a step is missing whose turn it was.
  private static func notMade(_ what: String) -> Assertion {
    Assertion(
      .evidence(.measurement), verdict: .inconclusive, expected: "every step, until one does not hold", actual: what,
      reason: what)
  }

  /// Why a step without failures still shows nothing; `nil` if it was long enough.
  private func shortage(_ measured: Measurements) -> String? {
    guard measured.completed < plan.leastRequests else { return nil }
    return
      "\(Formatting.count(measured.completed)) requests are too few for \(plan.objectivesInWords.joined(separator: " and ")): "
      + "make the step long enough for \(Formatting.count(plan.leastRequests))"
  }

  private func judged(
    _ index: Int, _ stage: CheckFindings.Stage, _ findings: CheckFindings, startSeconds: Double
  ) -> (CapacityStep, StepJudgement) {
    var stage = stage
    let makers = findings.shards?.parts.count ?? 1
    if stage.parts < makers, stage.cutShort == nil { stage.cutShort = "\(stage.parts) of \(makers) parts made it" }
    var traffic = traffic(index, [])
    // Each shard has this many workers.
    traffic.shard = Shard(index: 0, count: findings.shards?.count ?? 1) ?? .whole
    traffic.workers = traffic.usedWorkers * makers
    // A part that was stopped without a cause of its own was interrupted.
    let judgement =
      findings.isInterrupted && stage.measured.wasStopped && stage.cutShort == nil
      ? .interrupted(after: stage.measured.duration, of: traffic.duration ?? 0)
      : StepJudgement(
        stage.measured, plan: plan, traffic: traffic, processorTime: stage.processorTime, wasCutShort: stage.cutShort)
    let step = CapacityStep(
      stage.measured, judgement, plan, purpose: .climb, backends: nil,
      rate: steps[index].rate * findings.shareMade, startSeconds: startSeconds)
    return (step, judgement)
  }

  /// The result is the highest rate below which nothing failed.
  ///
  /// - Returns: whether this step is the result so far.
  private func take(
    _ judgement: StepJudgement, _ measured: Measurements, at rate: Double, into finding: inout CapacityFinding
  ) -> Bool {
    guard finding.reason == nil else { return false }
    if judgement.outcome == .holds {
      guard rate >= finding.rate ?? 0 else { return false }
      finding.rate = rate
      finding.measured = measured
      finding.isLowerBound = true
      finding.limitedBy = .maxRate
      return true
    }
    finding.take(judgement, at: rate)
    return false
  }
}
