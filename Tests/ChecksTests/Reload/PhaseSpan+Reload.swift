import Report

@testable import Checks

extension PhaseSpan {
  /// A baseline, and a reload whose command takes a tenth of a second, of five seconds each.
  static let reloadAfterFiveSeconds = [
    PhaseSpan(name: "baseline", start: 0, end: 5_000_000_000, action: nil),
    PhaseSpan(
      name: "reload", start: 5_000_000_000, end: 10_000_000_000,
      action: ActionSection(command: ["x"], startSeconds: 5, durationSeconds: 0.1)),
  ]
}
