internal import Platform
internal import Report
internal import Statistics

/// The steps of a search for the highest rate: which rate is tried next, for how long, and when the search is over.
///
/// Knows no clock and no socket. Up by doubling, then by halving the gap; the lowest rate that failed is tried again, because a
/// transient fault must not cap the result; the highest that held is confirmed for twice as long. After each step that does not
/// hold the target has to recover.
///
/// ```swift
/// while true {
///   switch schedule.next(at: clock.now()) {
///   case .step(let step): schedule.take(judge(step))
///   case .recover: schedule.take(recovery: recover())
///   case .end: return schedule.finding(isInterrupted: false)
///   }
/// }
/// ```
struct CapacitySchedule {
  /// A rate to try.
  struct Step: Equatable {
    let rate: Double
    let length: Nanoseconds
    let purpose: CapacityPurpose
    /// Its time together with that of what has to follow it.
    fileprivate var needed: Nanoseconds
  }

  enum Action: Equatable {
    case step(Step)
    /// Wait until the target answers as it did before.
    case recover
    case end
  }

  private enum State {
    case choosing
    case trying(Step, isSecond: Bool)
    /// The generator fell behind: a moment in which the machine was busy with something else is not a limit.
    case doubting(Step, StepJudgement)
    /// The target recovered, so that the step is tried once more, if there is time.
    case repeating(Step, StepJudgement)
    case recovering(Step, StepJudgement)
    /// Only enough time is left to confirm what held.
    case closing(Step)
    case ended
  }

  private let plan: CapacityPlan
  private let deadline: Nanoseconds
  private var search: CapacitySearch
  private var state = State.choosing
  /// Why rates failed.
  private var reasons: [Double: StepJudgement] = [:]
  /// The rates that failed twice.
  private var verified: Set<Double> = []
  private var confirmations = 0
  private var isConfirmed = false
  private var hasTried = false
  private var isOutOfTime = false
  /// The rate after which the target did not recover.
  private var stuck: (rate: Double, judgement: StepJudgement, isOwnLimit: Bool)?

  static let mostConfirmations = 3

  /// - Parameters:
  ///   - start: the first rate, above 0.
  ///   - deadline: the reading of the clock at which the search has to be over.
  init(_ plan: CapacityPlan, start: Double, deadline: Nanoseconds) {
    self.plan = plan
    self.deadline = deadline
    search = CapacitySearch(start: start, precision: plan.precision, highest: plan.maxRate)
  }

  /// The next action.
  ///
  /// - Parameter time: the reading of the clock.
  mutating func next(at time: Nanoseconds) -> Action {
    switch state {
    case .choosing: choose(at: time)
    case .repeating(let step, let judgement):
      if time + step.needed <= deadline {
        verified.insert(step.rate)
        state = .trying(step, isSecond: true)
      } else {
        record(step, judgement)
      }
    case .trying, .doubting, .recovering, .closing, .ended: break
    }
    return action
  }

  private var action: Action {
    switch state {
    case .trying(let step, _), .closing(let step): .step(step)
    case .doubting, .recovering: .recover
    case .choosing, .repeating, .ended: .end
    }
  }

  private mutating func choose(at time: Nanoseconds) {
    guard confirmations < Self.mostConfirmations, let step = candidate() else { return state = .ended }
    guard time + step.needed > deadline else {
      if step.purpose == .verify { verified.insert(step.rate) }
      hasTried = true
      return state = .trying(step, isSecond: false)
    }
    isOutOfTime = true
    guard step.purpose != .confirm, let held = search.highestHeld else { return state = .ended }
    let last = confirmation(of: held)
    state = time + last.length <= deadline ? .closing(last) : .ended
  }

  /// The rate to try next; `nil` where there is nothing left to find out.
  private func candidate() -> Step? {
    // The confirming run needs its time as well.
    let reserve = 2 * (search.highestHeld.map(plan.stepLength) ?? 0)
    func step(_ rate: Double, _ purpose: CapacityPurpose) -> Step {
      let length = plan.stepLength(at: rate)
      return Step(rate: rate, length: length, purpose: purpose, needed: length + reserve)
    }
    if let rate = search.next { return step(rate, search.lowestFailed == nil ? .climb : .bisect) }
    if let failed = search.lowestFailed, !verified.contains(failed) { return step(failed, .verify) }
    return search.highestHeld.map(confirmation)
  }

  private func confirmation(of rate: Double) -> Step {
    let length = 2 * plan.stepLength(at: rate)
    return Step(rate: rate, length: length, purpose: .confirm, needed: length)
  }

  /// Records the judgement of the step that was due.
  mutating func take(_ judgement: StepJudgement) {
    switch state {
    case .trying(let step, let isSecond):
      if judgement.outcome == .generatorFails, !isSecond {
        state = .doubting(step, judgement)
      } else {
        record(step, judgement)
      }
    case .closing(let step):
      isConfirmed = judgement.outcome == .holds
      search.record(step.rate, holds: isConfirmed)
      state = .ended
    case .choosing, .doubting, .repeating, .recovering, .ended: break
    }
  }

  /// Records a step's final outcome.
  private mutating func record(_ step: Step, _ judgement: StepJudgement) {
    let holds = judgement.outcome == .holds
    search.record(step.rate, holds: holds)
    if !holds { reasons[step.rate] = judgement }
    if step.purpose == .confirm {
      confirmations += 1
      isConfirmed = holds
    }
    state = !holds ? .recovering(step, judgement) : step.purpose == .confirm ? .ended : .choosing
  }

  /// Records whether the target recovered; inconclusive where this machine could not probe it.
  mutating func take(recovery: Verdict) {
    switch state {
    case .doubting(let step, let judgement):
      if recovery == .pass { state = .repeating(step, judgement) } else { record(step, judgement) }
    case .recovering(let step, let judgement):
      guard recovery != .pass else { return state = .choosing }
      stuck = (step.rate, judgement, recovery == .inconclusive)
      state = .ended
    case .choosing, .trying, .repeating, .closing, .ended: break
    }
  }

  /// The result of the search so far.
  func finding(isInterrupted: Bool) -> CapacityFinding {
    var finding = CapacityFinding()
    finding.rate = search.highestHeld
    finding.isConfirmed = isConfirmed
    if let stuck {
      let rate = Formatting.plannedRate(stuck.rate)
      finding.reason =
        stuck.isOwnLimit
        ? "at \(rate) \(stuck.judgement.reason ?? "this machine ran out of resources to connect")"
        : "the target did not recover within 10 s after \(rate)"
      finding.limitedBy = stuck.isOwnLimit ? .generator : .failed
      finding.isLowerBound = stuck.isOwnLimit
      return finding
    }
    if let rate = search.lowestFailed, let judgement = reasons[rate] {
      finding.take(judgement, at: rate)
    } else {
      finding.isLowerBound = true
      finding.limitedBy = search.reachedHighest ? .maxRate : .budget
    }
    if isOutOfTime, !hasTried {
      finding.reason =
        "no step fits the budget of \(Double(plan.budget / 100_000_000) / 10) s".replacing(".0 s", with: " s")
        + ": give a longer --budget or a shorter --step"
    }
    if isOutOfTime, let held = search.highestHeld, search.lowestFailed ?? .infinity > held * (1 + plan.precision) {
      (finding.isLowerBound, finding.limitedBy) = (true, .budget)
    }
    if isInterrupted { (finding.isLowerBound, finding.limitedBy) = (true, .interrupted) }
    return finding
  }
}
