internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// The search for the highest rate on one set of backends.
struct CapacityRun {
  /// What the search came to.
  struct Finding {
    var rate: Double?
    var isLowerBound = false
    var limitedBy = "budget"
    var isConfirmed = false
    var steps: [CapacityStep] = []
    /// What was measured at the rate, last.
    var measured: Measurements?
    /// What did not hold above the rate.
    var reason: String?
    /// That the site is down, where all answers of the latest step say so.
    var down: String?

    /// Where the generator or the time was the limit, that nothing held says nothing of the target.
    var isTargetsLimit: Bool { !["generator", "budget", "interrupted"].contains(limitedBy) }

    /// Says so in place of all that follows from it, where no rate held.
    mutating func nameSiteDown() {
      guard rate == nil, let down else { return }
      (reason, limitedBy, isLowerBound) = (down, "failed", false)
    }
  }

  let settings: CheckSettings
  let plan: CapacityPlan
  let preparation: Preparation
  let ready: ReadyTarget
  let header: String?
  let watch: CheckWatch
  /// When the check began, and when the search has to be over.
  let begun: Nanoseconds
  let deadline: Nanoseconds
  /// How many backends run, where that is known.
  var backends: Int?

  private static let mostConfirmations = 3

  func search() throws(CheckError) -> Finding {
    if let down = try preparation.down(ready) {
      // There is no rate to look for, and a site that is down is not to be kept so.
      var finding = Finding()
      finding.down = down
      finding.nameSiteDown()
      return finding
    }
    var finding = try climb()
    if !watch.stop.isStopped { finding.nameSiteDown() }
    return finding
  }

  private func climb() throws(CheckError) -> Finding {
    var finding = Finding()
    var start = plan.startRate ?? 0
    if plan.startRate == nil { start = try serialRate() }
    var search = CapacitySearch(start: start, precision: plan.precision, highest: plan.maxRate)
    var reasons: [Double: StepJudgement] = [:]
    var confirmations = 0
    var verified: Set<Double> = []
    var isOutOfTime = false
    while !watch.stop.isStopped {
      // A moment's trouble must not cap the result: what failed is tried again before what held is confirmed.
      let doubted = search.next == nil ? search.lowestFailed.flatMap { verified.contains($0) ? nil : $0 } : nil
      let isConfirmation = search.next == nil && doubted == nil
      guard let rate = search.next ?? doubted ?? search.highestHeld, confirmations < Self.mostConfirmations else {
        break
      }
      if doubted != nil { verified.insert(rate) }
      let length = plan.stepLength(at: rate) * (isConfirmation ? 2 : 1)
      // The confirming run of what has held needs its time as well.
      let reserve = isConfirmation ? 0 : 2 * (search.highestHeld.map(plan.stepLength) ?? 0)
      if MonotonicClock.now() + length + reserve > deadline {
        isOutOfTime = true
        guard !isConfirmation, let held = search.highestHeld,
          MonotonicClock.now() + 2 * plan.stepLength(at: held) <= deadline
        else { break }
        let judgement = try measure(held, 2 * plan.stepLength(at: held), "confirm", &finding)
        search.record(held, holds: judgement.outcome == .holds)
        finding.isConfirmed = judgement.outcome == .holds
        break
      }
      let purpose =
        isConfirmation ? "confirm" : doubted != nil ? "verify" : search.lowestFailed == nil ? "climb" : "bisect"
      var judgement = try measure(rate, length, purpose, &finding)
      // A moment in which the machine was busy otherwise is no limit yet.
      if judgement.outcome == .generatorFails, !watch.stop.isStopped, drains() == .pass,
        MonotonicClock.now() + length + reserve <= deadline
      {
        judgement = try measure(rate, length, purpose, &finding)
        verified.insert(rate)
      }
      guard !watch.stop.isStopped else { break }
      search.record(rate, holds: judgement.outcome == .holds)
      if judgement.outcome != .holds { reasons[rate] = judgement }
      if isConfirmation {
        confirmations += 1
        finding.isConfirmed = judgement.outcome == .holds
        if finding.isConfirmed { break }
      }
      let recovery = judgement.outcome == .holds ? .pass : drains()
      if recovery != .pass {
        let isOwnLimit = recovery == .inconclusive
        finding.reason =
          isOwnLimit
          ? "at \(CapacityPlan.rate(rate)) \(judgement.reason ?? "this machine ran out of means to connect")"
          : "the target did not recover within 10 s after \(CapacityPlan.rate(rate))"
        finding.limitedBy = isOwnLimit ? "generator" : "failed"
        finding.isLowerBound = isOwnLimit
        finding.rate = search.highestHeld
        return finding
      }
    }
    conclude(&finding, search, reasons, isOutOfTime: isOutOfTime)
    return finding
  }

  private func conclude(
    _ finding: inout Finding, _ search: CapacitySearch, _ reasons: [Double: StepJudgement], isOutOfTime: Bool
  ) {
    finding.rate = search.highestHeld
    let above = search.lowestFailed.flatMap { rate in reasons[rate].map { (rate, $0) } }
    if let (rate, judgement) = above {
      finding.reason = "at \(CapacityPlan.rate(rate)) \(judgement.reason ?? "it did not hold")"
      switch judgement.outcome {
      case .fails(let name): finding.limitedBy = name
      case .generatorFails, .holds: finding.limitedBy = "generator"
      }
      finding.isLowerBound = judgement.outcome == .generatorFails
    } else {
      finding.isLowerBound = true
      finding.limitedBy = search.reachedHighest ? "maxRate" : "budget"
    }
    if isOutOfTime, finding.steps.isEmpty {
      finding.reason =
        "no step fits the budget of \(Double(plan.budget / 100_000_000) / 10) s".replacing(".0 s", with: " s")
        + ": give a longer --budget or a shorter --step"
    }
    if isOutOfTime, let held = search.highestHeld, search.lowestFailed ?? .infinity > held * (1 + plan.precision) {
      finding.isLowerBound = true
      finding.limitedBy = "budget"
    }
    if watch.stop.isStopped {
      finding.isLowerBound = true
      finding.limitedBy = "interrupted"
    }
  }

  /// Half the rate at which one connection is answered, which any target carries; more where steps at it would take
  /// longer than four of the shortest.
  private func serialRate() throws(CheckError) -> Double {
    var traffic = settings.plan(ready.addresses, connections: 1)
    traffic.pacer = .closedLoop
    traffic.requests = 200
    traffic.recordSink = nil
    traffic.duration = 1_000_000_000
    let feasible = (plan.objectives.map(\.leastRequests).max() ?? 0) / (4 * Double(plan.shortestStep) / 1e9)
    var rate = 0.0
    if let traffic = preparation.unshown(traffic) {
      let measured = try watch.measure(traffic)
      preparation.ledger.note(measured, of: traffic.templates, for: .startRate)
      rate = measured.rate
    }
    return max(1, (rate / 2).rounded(), feasible.rounded())
  }

  private func measure(
    _ rate: Double, _ length: Nanoseconds, _ purpose: String, _ finding: inout Finding
  ) throws(CheckError) -> StepJudgement {
    watch.report(.stage("\(purpose) at \(CapacityPlan.rate(rate))"))
    var traffic = settings.plan(ready.addresses, connections: settings.connections ?? CapacityPlan.defaultConnections)
    traffic.pacer = settings.pacer.isPoisson ? .poisson(rate: rate, seed: settings.seed) : .constant(rate: rate)
    traffic.requests = nil
    traffic.duration = length
    traffic.backendHeader = header
    traffic.recordLimit = 1_000_000
    // A file of requests holds those at the result.
    if purpose != "confirm" { traffic.recordSink = nil }
    let end = StopSignal()
    var cause: String?
    let startedAt = MonotonicClock.now()
    let processorTime = MonotonicClock.processorTime()
    let measured: Measurements
    do throws(LoadError) {
      measured = try Run(traffic).measure(stop: end) { snapshot in
        watch.report(.live(snapshot, of: nil))
        if watch.stop.isStopped { return end.stop() }
        cause = cause ?? Self.hopeless(snapshot, plan)
        if cause != nil { end.stop() }
      }
    } catch {
      // Too few descriptors, for one: the generator's limit, as if it had shown in the middle.
      guard case .generatorLimit = error else { throw CheckError(error) }
      var nothing = Measurements()
      nothing.error = error
      measured = nothing
    }
    if case .tooManyBackends(_, _)? = measured.error { throw CheckError(measured.error!) }
    let judgement = StepJudgement(
      measured, plan: plan, traffic: traffic, processorTime: MonotonicClock.processorTime() - processorTime,
      wasCutShort: cause)
    finding.steps.append(
      CapacityStep(
        measured, judgement, plan, purpose: purpose, backends: backends, rate: rate,
        startSeconds: Double(startedAt - begun) / 1e9))
    finding.down = AnswerOrigins(measured).down(settings)
    // The report's traffic is that of the last step that held.
    if judgement.outcome == .holds {
      finding.measured.map(leaveOut)
      finding.measured = measured
    } else {
      leaveOut(measured)
    }
    return judgement
  }

  /// Counts a step that the report's traffic does not show.
  func leaveOut(_ measured: Measurements) {
    preparation.ledger.note(measured, of: settings.templates, for: .capacityStep)
  }

  /// Why a step need not go on: the target is in trouble, or has long missed an objective.
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
  /// could not ask, and a mere pause where it may not.
  ///
  /// Where the budget ends before that, nothing is said against the target: nothing follows either.
  private func drains() -> Verdict {
    guard let template = preparation.template else {
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
      var probe = preparation.probe(ready.addresses[0], for: .recovery, until: deadline)
      let sent = MonotonicClock.now()
      do throws(ProbeError) {
        let answer = try probe.send(
          template, to: settings.target, captureLimit: settings.captureLimit)
        let isInTime = MonotonicClock.now() - sent <= limit
        recovery.note(isInTime && preparation.accepts(answer) ? .answered : .failed)
      } catch {
        recovery.note(error.isGeneratorLimit ? .notAsked : .failed)
      }
      if recovery.isComplete { return .pass }
    }
    return watch.stop.isStopped || isCutShort ? .pass : recovery.verdict
  }
}

extension Pacer {
  fileprivate var isPoisson: Bool {
    if case .poisson = self { true } else { false }
  }
}

extension CapacityStep {
  init(
    _ measured: Measurements, _ judgement: StepJudgement, _ plan: CapacityPlan, purpose: String, backends: Int?,
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
      case .generatorFails: .inconclusive
      }
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
  }
}
