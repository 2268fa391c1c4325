/// Why two reports cannot be compared.
package struct ComparisonError: Error, Equatable {
  package enum Side: Equatable, Sendable {
    case base
    case candidate
  }

  /// The report at fault; if the two do not fit, the candidate.
  package let side: Side
  /// What is wrong with it and what was expected, without a full stop.
  package let reason: String

  package init(_ side: Side, _ reason: String) {
    self.side = side
    self.reason = reason
  }
}
