import Platform
import Report
import Statistics
import Support
import Testing

@testable import Checks

/// The search for the highest rate as a table: what became of each step in, the next steps and the finding out.
@Suite struct CapacityScheduleTests {
  /// What becomes of a rate, one answer a time it is tried; the last counts for all that follow.
  typealias Target = (Double) -> [StepJudgement]

  static let misses = StepJudgement(.fails(.percentile(99)), reason: "p99 was 300 ms")
  static let lags = StepJudgement(.generatorFails, isGeneratorLimited: true, reason: "the generator: busy")
  static let holds = StepJudgement(.holds)

  struct Run {
    /// Every action: a step with its purpose, rate and seconds, `!` where it did not hold, or `recover`.
    var actions: [String] = []
    var finding = CapacityFinding()
    var end: Nanoseconds = 0
  }

  /// Steps of one second, from 100/s, to a precision of a half.
  static func run(
    budget: Double = 1000, maxRate: Double = 1e6, precision: Double = 0.5, recoveries: [Verdict] = [.pass],
    stopAfter: Int = .max, _ target: Target
  ) -> Run {
    var plan = CapacityPlan()
    plan.percentiles = [LatencyObjective(percentile: 1, limit: 200_000_000)]
    plan.shortestStep = 1_000_000_000
    plan.precision = precision
    plan.maxRate = maxRate
    plan.budget = Nanoseconds(budget * 1e9)
    var schedule = CapacitySchedule(plan, start: 100, deadline: plan.budget)
    var run = Run()
    var tries: [Double: Int] = [:]
    var recoveries = recoveries
    while run.actions.count < min(stopAfter, 100) {
      switch schedule.next(at: run.end) {
      case .step(let step):
        let answers = target(step.rate)
        let judgement = answers[min(tries[step.rate, default: 0], answers.count - 1)]
        tries[step.rate, default: 0] += 1
        let failed = judgement.outcome == .holds ? "" : "!"
        let rate = Formatting.plannedRate(step.rate)
        run.actions.append("\(step.purpose) \(rate) \(step.length / 1_000_000_000)s\(failed)")
        run.end += step.length
        if run.actions.count < stopAfter { schedule.take(judgement) }
      case .recover:
        run.actions.append("recover")
        schedule.take(recovery: recoveries.count > 1 ? recoveries.removeFirst() : recoveries[0])
      case .end:
        run.finding = schedule.finding(isInterrupted: false)
        return run
      }
    }
    run.finding = schedule.finding(isInterrupted: true)
    return run
  }

  private func expect(
    _ run: Run, _ actions: [String], rate: Double?, _ limit: CapacityLimit, isLowerBound: Bool, isConfirmed: Bool,
    reason: String? = nil, _ location: SourceLocation = #_sourceLocation
  ) {
    #expect(run.actions == actions, sourceLocation: location)
    #expect(run.finding.rate == rate, sourceLocation: location)
    #expect(run.finding.limitedBy == limit, sourceLocation: location)
    #expect(run.finding.isLowerBound == isLowerBound, sourceLocation: location)
    #expect(run.finding.isConfirmed == isConfirmed, sourceLocation: location)
    #expect(run.finding.reason == reason, sourceLocation: location)
  }

  @Test("Doubles, halves the gap, tries what failed once more, and confirms what held for twice as long")
  func whole() {
    expect(
      Self.run { $0 <= 300 ? [Self.holds] : [Self.misses] },
      [
        "climb 100/s 1s", "climb 200/s 1s", "climb 400/s 1s!", "recover", "bisect 282.8/s 1s", "verify 400/s 1s!",
        "recover", "confirm 282.8/s 2s",
      ], rate: 282.842_712_474_619, .percentile(99), isLowerBound: false, isConfirmed: true,
      reason: "at 400/s p99 was 300 ms")
  }

  @Test("A moment's trouble at one rate does not cap the result")
  func verified() {
    let run = Self.run(maxRate: 400) { $0 == 200 ? [Self.misses, Self.holds] : [Self.holds] }
    expect(
      run,
      [
        "climb 100/s 1s", "climb 200/s 1s!", "recover", "bisect 141.4/s 1s", "verify 200/s 1s", "climb 400/s 1s",
        "confirm 400/s 2s",
      ], rate: 400, .maxRate, isLowerBound: true, isConfirmed: true)
  }

  @Test("What does not hold when it is confirmed is no result; after three such the search is over, unconfirmed")
  func revoked() {
    let run = Self.run { $0 <= 150 ? [Self.holds, Self.misses] : [Self.misses] }
    #expect(run.actions.count { $0.hasPrefix("confirm") } == CapacitySchedule.mostConfirmations)
    #expect(!run.finding.isConfirmed && run.finding.rate.map { $0 < 100 } ?? true)
    #expect(run.finding.limitedBy == .percentile(99) && !run.finding.isLowerBound)
  }

  @Test("Nothing that ever holds is followed downwards, and there is no rate")
  func never() {
    let run = Self.run { _ in [Self.misses] }
    #expect(Array(run.actions.prefix(4)) == ["climb 100/s 1s!", "recover", "bisect 50/s 1s!", "recover"])
    #expect(run.finding.rate == nil && !run.finding.isConfirmed && run.finding.limitedBy == .percentile(99))
  }

  @Test("Where the time runs out, what held is still confirmed, and the result is a lower bound")
  func budget() {
    expect(
      Self.run(budget: 5.5) { _ in [Self.holds] },
      ["climb 100/s 1s", "climb 200/s 1s", "climb 400/s 1s", "confirm 400/s 2s"], rate: 400, .budget,
      isLowerBound: true, isConfirmed: true)
    // The second step and the confirmation of the first do not both fit.
    expect(
      Self.run(budget: 3.5) { _ in [Self.holds] }, ["climb 100/s 1s", "confirm 100/s 2s"], rate: 100, .budget,
      isLowerBound: true, isConfirmed: true)
    expect(
      Self.run(budget: 2) { _ in [Self.holds] }, ["climb 100/s 1s"], rate: 100, .budget, isLowerBound: true,
      isConfirmed: false)
    // A last confirmation that fails takes the rate back.
    expect(
      Self.run(budget: 3.5) { _ in [Self.holds, Self.misses] }, ["climb 100/s 1s", "confirm 100/s 2s!"], rate: nil,
      .budget, isLowerBound: true, isConfirmed: false)
  }

  @Test("A budget that no step fits is named")
  func tooShort() {
    expect(
      Self.run(budget: 0.5) { _ in [Self.holds] }, [], rate: nil, .budget, isLowerBound: true, isConfirmed: false,
      reason: "no step fits the budget of 0.5 s: give a longer --budget or a shorter --step")
  }

  @Test("A target that does not recover ends the search; one that this machine cannot ask is the generator's limit")
  func stuck() {
    let target: Target = { $0 <= 100 ? [Self.holds] : [Self.misses] }
    let actions = ["climb 100/s 1s", "climb 200/s 1s!", "recover"]
    expect(
      Self.run(recoveries: [.fail], target), actions, rate: 100, .failed, isLowerBound: false, isConfirmed: false,
      reason: "the target did not recover within 10 s after 200/s")
    expect(
      Self.run(recoveries: [.inconclusive], target), actions, rate: 100, .generator, isLowerBound: true,
      isConfirmed: false, reason: "at 200/s p99 was 300 ms")
  }

  @Test("A generator that fell behind once is tried again after the target recovered, and no limit yet")
  func generatorOnce() {
    expect(
      Self.run(maxRate: 200) { $0 == 200 ? [Self.lags, Self.holds] : [Self.holds] },
      ["climb 100/s 1s", "climb 200/s 1s!", "recover", "climb 200/s 1s", "confirm 200/s 2s"], rate: 200, .maxRate,
      isLowerBound: true, isConfirmed: true)
  }

  @Test("A generator that falls behind twice is the limit, and the result a lower bound")
  func generatorTwice() {
    expect(
      Self.run(precision: 1) { $0 >= 200 ? [Self.lags] : [Self.holds] },
      ["climb 100/s 1s", "climb 200/s 1s!", "recover", "climb 200/s 1s!", "recover", "confirm 100/s 2s"], rate: 100,
      .generator, isLowerBound: true, isConfirmed: true, reason: "at 200/s the generator: busy")
  }

  @Test("A generator's step is not repeated where the time is up or the target did not recover")
  func generatorNotRepeated() {
    let target: Target = { $0 >= 200 ? [Self.lags] : [Self.holds] }
    #expect(
      Self.run(budget: 4.5, target).actions
        == ["climb 100/s 1s", "climb 200/s 1s!", "recover", "recover", "confirm 100/s 2s"])
    let run = Self.run(recoveries: [.inconclusive, .pass], target)
    #expect(Array(run.actions.dropFirst().prefix(4)) == ["climb 200/s 1s!", "recover", "recover", "bisect 141.4/s 1s"])
  }

  @Test("An interrupted search is a lower bound, whatever it was at", arguments: 1...7)
  func interrupted(_ count: Int) {
    let run = Self.run(stopAfter: count) { $0 <= 300 ? [Self.holds] : [Self.misses] }
    #expect(run.finding.limitedBy == .interrupted && run.finding.isLowerBound && !run.finding.isConfirmed)
  }

  @Test("Whatever the target, no step begins that the time does not allow, and the result is one that held")
  func generated() {
    let seeds = FuzzSeeds(2_000, of: "CapacityScheduleTests")
    let failures = seeds.failures { random in
      let ceiling = Double(random.number(1...2_000))
      let budget = Double(random.number(0...400)) / 10
      let troubles = random.number(3...30)
      var held: Set<Double> = []
      let run = Self.run(budget: budget, precision: 0.05) { rate in
        let holds = rate <= ceiling && !random.once(in: troubles)
        if holds { held.insert(rate) }
        return [holds ? Self.holds : random.once(in: 5) ? Self.lags : Self.misses]
      }
      if run.actions.count >= 100 { return "it goes on for ever: \(run.actions.suffix(8))" }
      if run.end > Nanoseconds(budget * 1e9) { return "\(run.actions) takes longer than \(budget) s" }
      if let rate = run.finding.rate, !held.contains(rate) { return "\(rate) never held: \(run.actions)" }
      return run.finding.isConfirmed && run.finding.rate == nil ? "no rate, and confirmed" : nil
    }
    #expect(failures.isEmpty, "\(failures)")
  }
}
