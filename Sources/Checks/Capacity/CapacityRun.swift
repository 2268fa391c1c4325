internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// The search for the highest rate on one set of backends.
struct CapacityRun {
  let settings: CheckSettings
  let plan: CapacityPlan
  let targetProbe: TargetProbe
  let ready: ReadyTarget
  let header: String?
  let watch: CheckWatch
  /// When the check began, and when the search has to be over.
  let begun: Nanoseconds
  let deadline: Nanoseconds
  /// How many backends run, where that is known.
  var backends: Int?

  func search() throws(CheckError) -> CapacityFinding {
    if let down = try targetProbe.down(ready) {
      // There is no rate to find, and load might keep the site down.
      var finding = CapacityFinding()
      finding.down = down
      finding.nameSiteDown()
      return finding
    }
    let start = if let rate = plan.startRate { rate } else { try serialRate() }
    var schedule = CapacitySchedule(plan, start: start, deadline: deadline)
    var made = CapacityFinding()
    steps: while !watch.stop.isStopped {
      switch schedule.next(at: MonotonicClock.now()) {
      case .step(let step):
        let judgement = try measure(step, &made)
        if judgement.outcome != .interrupted { schedule.take(judgement) }
      case .recover: schedule.take(recovery: recovery())
      case .end: break steps
      }
    }
    var finding = schedule.finding(isInterrupted: watch.stop.isStopped)
    (finding.steps, finding.measured, finding.down) = (made.steps, made.measured, made.down)
    if !watch.stop.isStopped { finding.nameSiteDown() }
    return finding
  }

  /// Half the rate that one connection achieves, which any target carries; more where steps at that rate would take longer than
  /// four of the shortest.
  private func serialRate() throws(CheckError) -> Double {
    var traffic = settings.plan(ready.addresses)
    traffic.connections = 1
    traffic.multiplex = 1
    traffic.pacer = .closedLoop
    traffic.requests = 200
    traffic.recordSink = nil
    traffic.duration = 1_000_000_000
    let feasible = (plan.objectives.map(\.leastRequests).max() ?? 0) / (4 * Double(plan.shortestStep) / 1e9)
    var rate = 0.0
    if let traffic = targetProbe.unshown(traffic) {
      let measured = try watch.measure(traffic)
      targetProbe.ledger.note(measured, of: traffic.templates, for: .startRate)
      rate = measured.rate
    }
    return max(1, (rate / 2).rounded(), feasible.rounded())
  }

  private func measure(
    _ step: CapacitySchedule.Step, _ finding: inout CapacityFinding
  ) throws(CheckError) -> StepJudgement {
    watch.report(
      .stage(CheckStage("\(step.purpose.rawValue) at \(Formatting.plannedRate(step.rate))", lasts: step.length)))
    var traffic = settings.plan(ready.addresses)
    traffic.pacer =
      settings.pacer.isRandom ? .poisson(rate: step.rate, seed: settings.seed) : .constant(rate: step.rate)
    traffic.requests = nil
    traffic.duration = step.length
    traffic.backendHeader = header
    traffic.recordLimit = 1_000_000
    // The table of requests holds those at the result.
    if step.purpose != .confirm { traffic.recordSink = nil }
    let end = StopSignal()
    var cause: String?
    let startedAt = MonotonicClock.now()
    let processorTime = MonotonicClock.processorTime()
    let measured: Measurements
    do throws(LoadError) {
      measured = try Run(traffic).measure(stop: end) { snapshot in
        if watch.stop.isStopped { return end.stop() }
        cause = cause ?? Self.hopeless(snapshot, plan)
        if cause != nil { end.stop() }
      } begin: {
        watch.report(.traffic($0))
      }
    } catch {
      // Too few descriptors, for example: a limit of the generator, as if reached during the step.
      guard case .generatorLimit = error else { throw CheckError(error) }
      var nothing = Measurements()
      nothing.error = error
      measured = nothing
    }
    if case .tooManyBackends(_, _)? = measured.error { throw CheckError(measured.error!) }
    let judgement =
      watch.stop.isStopped
      ? .interrupted(after: measured.duration, of: step.length)
      : StepJudgement(
        measured, plan: plan, traffic: traffic, processorTime: MonotonicClock.processorTime() - processorTime,
        wasCutShort: cause)
    finding.steps.append(
      CapacityStep(
        measured, judgement, plan, purpose: step.purpose, backends: backends, rate: step.rate,
        startSeconds: Double(startedAt - begun) / 1e9))
    if let made = finding.steps.last {
      watch.report(
        .judged(
          EarlyVerdict("\(step.purpose.rawValue) at \(Formatting.plannedRate(step.rate))", made.verdict, made.reason)))
    }
    if judgement.outcome != .interrupted { finding.down = AnswerOrigins(measured).down(settings) }
    // The report's traffic is that of the last step that held.
    if judgement.outcome == .holds {
      finding.measured.map(leaveOut)
      finding.measured = measured
    } else {
      leaveOut(measured)
    }
    return judgement
  }

  /// Counts the requests of a step that the report's traffic does not show.
  func leaveOut(_ measured: Measurements) {
    targetProbe.ledger.note(measured, of: settings.templates, for: .capacityStep)
  }

  /// Why a step can end early: the target is overloaded, or has missed an objective by far.
  static func hopeless(_ snapshot: LiveSnapshot, _ plan: CapacityPlan) -> String? {
    let total = snapshot.succeeded + snapshot.failed
    if snapshot.failed >= 10, snapshot.failed * 2 >= total { return "half of the requests failed" }
    guard snapshot.elapsed > 1_000_000_000, let p50 = snapshot.p50, let p99 = snapshot.p99 else { return nil }
    let isFarAbove = plan.objectives.contains { objective in
      let seen = objective.percentile >= 99 ? p99 : p50
      return objective.percentile >= 50 && seen > objective.limit * 5
    }
    return isFarAbove ? "an objective was missed by far" : nil
  }

  /// Waits until the target answers single requests again within the objectives, at most 10 s; inconclusive where this machine
  /// could not send them. Only waits where probing is not allowed.
  ///
  /// Where the budget ends first, this does not count against the target: no step follows.
  private func recovery() -> Verdict {
    guard let template = targetProbe.template else {
      let end = min(MonotonicClock.now() + CapacityLadder.pause, deadline)
      while MonotonicClock.now() < end, !watch.stop.isStopped { MonotonicClock.sleep(100_000_000) }
      return .pass
    }
    let end = MonotonicClock.now() + 10_000_000_000
    let isCutShort = end > deadline
    let deadline = min(end, deadline)
    let limit = plan.objectives.map(\.limit).max() ?? 0
    var recovery = Recovery()
    while MonotonicClock.now() < deadline, !watch.stop.isStopped {
      MonotonicClock.sleep(100_000_000)
      var probe = targetProbe.probe(ready.addresses[0], for: .recovery, until: deadline)
      let sent = MonotonicClock.now()
      do throws(ProbeError) {
        let answer = try probe.send(
          template, to: settings.target, captureLimit: settings.captureLimit)
        let isInTime = MonotonicClock.now() - sent <= limit
        recovery.note(isInTime && targetProbe.accepts(answer) ? .answered : .failed)
      } catch {
        recovery.note(error.isGeneratorLimit ? .notAsked : .failed)
      }
      if recovery.isComplete { return .pass }
    }
    return watch.stop.isStopped || isCutShort ? .pass : recovery.verdict
  }
}

extension CapacityStep {
  init(
    _ measured: Measurements, _ judgement: StepJudgement, _ plan: CapacityPlan, purpose: CapacityPurpose,
    backends: Int?,
    rate: Double, startSeconds: Double
  ) {
    func milliseconds(_ percentile: Double) -> Double? {
      measured.latency.value(atPercentile: percentile).map { Double($0) / 1e6 }
    }
    let seconds = Double(measured.duration) / 1e9
    let answers = measured.backends.reduce(0) { $0 + $1.succeeded }
    let verdict: Verdict =
      switch judgement.outcome {
      case .holds: .pass
      case .fails: .fail
      case .generatorFails, .interrupted: .inconclusive
      }
    let percentiles = [50, 90, 99] + plan.objectives.map(\.percentile).filter { ![50, 90, 99].contains($0) }
    let found = PercentileIntervals(
      percentiles.map { (name: Formatting.percentile($0), percentile: $0) }, of: measured.latency,
      in: measured.latencies)
    self.init(
      purpose: purpose, backends: backends, startSeconds: startSeconds, durationSeconds: seconds,
      requests: measured.completed, offered: rate, achieved: seconds > 0 ? Double(measured.succeeded) / seconds : 0,
      p50: milliseconds(50), p90: milliseconds(90), p99: milliseconds(99),
      objectives: Dictionary(
        plan.objectives.compactMap { objective in milliseconds(objective.percentile).map { (objective.name, $0) } },
        uniquingKeysWith: { first, _ in first }),
      failedShare: measured.completed > 0 ? Double(measured.failed) / Double(measured.completed) : 0,
      generatorLimited: judgement.isGeneratorLimited, verdict: verdict, reason: judgement.reason,
      shares: answers > 0
        ? Dictionary(
          measured.backends.map { ($0.name, Double($0.succeeded) / Double(answers)) }, uniquingKeysWith: +) : nil)
    guard measured.latencies.count > 0 else { return }
    if !found.intervals.isEmpty { intervals = found.intervals }
    if !found.notKnown.isEmpty { intervalsNotKnown = found.notKnown }
  }
}
