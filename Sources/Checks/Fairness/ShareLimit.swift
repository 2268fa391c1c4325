internal import Statistics

/// By how much a backend's share of the requests may be off.
///
/// Two points of a share of a tenth are a fifth of it, and all of a share of a fiftieth: so the usual tolerance counts up to a
/// third of the expected share. A larger one, which a user gave, counts as it is.
struct ShareLimit {
  /// As a difference of shares, 0…1.
  let tolerance: Double

  private static let mostPart = 1.0 / 3

  init(tolerance: Double) { self.tolerance = tolerance }

  init(_ expectation: FairnessExpectation) { self.init(tolerance: expectation.tolerance) }

  /// - Parameter share: the expected one, 0…1; of a backend that nobody expects 0.
  func of(_ share: Double) -> Double {
    let isUsual = tolerance <= FairnessExpectation.usualTolerance && share > 0
    return isUsual ? min(tolerance, share * Self.mostPart) : tolerance
  }

  /// Limits from the least to the most.
  func inWords(_ limits: [Double]) -> String {
    let (least, most) = (limits.min() ?? tolerance, limits.max() ?? tolerance)
    let text = "≤ \(Formatting.pointsSize(least))"
    return most - least < 1e-9 ? text : text + " to \(Formatting.pointsSize(most)), by the share"
  }
}
