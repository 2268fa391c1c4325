internal import Load
internal import Report
internal import Statistics

/// What a search for the highest rate came to.
struct CapacityFinding {
  var rate: Double?
  var isLowerBound = false
  var limitedBy = CapacityLimit.budget
  var isConfirmed = false
  /// What did not hold above the rate.
  var reason: String?
  var steps: [CapacityStep] = []
  /// What was measured at the rate, last.
  var measured: Measurements?
  /// That the site is down, where all answers of the latest step say so.
  var down: String?

  /// Says so in place of all that follows from it, where no rate held.
  mutating func nameSiteDown() {
    guard rate == nil, let down else { return }
    (reason, limitedBy, isLowerBound) = (down, .failed, false)
  }

  /// Takes over why a rate did not hold.
  mutating func take(_ judgement: StepJudgement, at rate: Double) {
    reason = "at \(Formatting.plannedRate(rate)) \(judgement.reason ?? "it did not hold")"
    switch judgement.outcome {
    case .fails(let limit): (limitedBy, isLowerBound) = (limit, false)
    case .generatorFails: (limitedBy, isLowerBound) = (.generator, true)
    case .holds: (limitedBy, isLowerBound) = (.generator, false)
    }
  }
}
