package import Report

/// What a gate runs and demands.
package struct GateOptions: Sendable, Equatable {
  package var checks: [CheckKind] = []
  package var thresholds: [Threshold] = []
  /// The baseline report: no figure may be worse than there.
  package var baseline: String?

  package init() {}
}
