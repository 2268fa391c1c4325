internal import Load
internal import Report

/// One stretch of a run, in nanoseconds from its start. A phase begins with its action and ends where the next one begins.
struct PhaseSpan {
  let name: String
  let start: Nanoseconds
  let end: Nanoseconds
  let action: ActionSection?
  /// Why its verdict stays open, such as that the site was already down when it began; `nil` where it is judged.
  var notJudged: String?

  func contains(_ time: Nanoseconds) -> Bool { time >= start && time < end }

  /// When its action was over; `nil` for a phase without one.
  var actionEnd: Nanoseconds? {
    action.map { max(start, Nanoseconds((max(0, $0.startSeconds + $0.durationSeconds) * 1e9).rounded())) }
  }

  /// Whether the generator stood still in it, or was still catching up.
  func isTouched(by pauses: [GeneratorPause]) -> Bool { pauses.contains { $0.start < end && $0.caughtUp >= start } }
}

extension PhaseSpan {
  init(_ phase: PartPhase) {
    self.init(
      name: phase.name, start: phase.startNanoseconds, end: phase.endNanoseconds, action: phase.action,
      notJudged: phase.notJudged)
  }
}

extension PartPhase {
  init(_ span: PhaseSpan) {
    self.init(
      name: span.name, startNanoseconds: span.start, endNanoseconds: span.end, action: span.action,
      notJudged: span.notJudged)
  }
}
