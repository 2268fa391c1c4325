internal import Load
internal import Report
internal import Statistics

/// The highest rate found, and why it is not higher.
struct CapacityFinding {
  var rate: Double?
  var isLowerBound = false
  var limitedBy = CapacityLimit.budget
  var isConfirmed = false
  /// Why no higher rate held, in words.
  var reason: String?
  var steps: [CapacityStep] = []
  /// The last measurement at the rate.
  var measured: Measurements?
  /// Says that the site is down, where all answers of the latest step were server errors.
  var down: String?

  /// Gives that as the reason, where no rate held.
  mutating func nameSiteDown() {
    guard rate == nil, let down else { return }
    (reason, limitedBy, isLowerBound) = (down, .failed, false)
  }

  /// Records why a rate did not hold.
  mutating func take(_ judgement: StepJudgement, at rate: Double) {
    reason = "at \(Formatting.plannedRate(rate)) \(judgement.reason ?? "it did not hold")"
    switch judgement.outcome {
    case .fails(let limit): (limitedBy, isLowerBound) = (limit, false)
    case .generatorFails: (limitedBy, isLowerBound) = (.generator, true)
    case .holds: (limitedBy, isLowerBound) = (.generator, false)
    case .interrupted: (limitedBy, isLowerBound) = (.interrupted, true)
    }
  }
}
