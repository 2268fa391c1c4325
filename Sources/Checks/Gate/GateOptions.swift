package import Report

/// What a gate runs and demands.
package struct GateOptions: Sendable, Equatable {
  package var checks: [CheckKind] = []
  package var thresholds: [Threshold] = []
  /// Where the report is that no figure may be worse than.
  package var baseline: String?

  package init() {}
}
