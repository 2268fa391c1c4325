/// Why two reports cannot be compared.
package struct ComparisonError: Error, Equatable {
  package enum Side: Equatable, Sendable {
    case base
    case candidate
  }

  /// Whose fault it is; of two that do not fit, the candidate's.
  package let side: Side
  /// What is wrong with it and what was expected, without a full stop.
  package let reason: String

  package init(_ side: Side, _ reason: String) {
    self.side = side
    self.reason = reason
  }
}
