internal import Load
package import Platform
package import Report
internal import Statistics

/// A phase of a run, in nanoseconds from the run's start. A phase begins with its action, or up to 10 ms before it, see
/// ``PhaseSpan/aligned(_:to:)``, and ends where the next one begins.
package struct PhaseSpan: Codable, Sendable, Equatable {
  package let name: String
  package let start: Nanoseconds
  package let end: Nanoseconds
  package var action: ActionSection?
  /// Why its verdict stays open, such as that the site was already down when it began; `nil` where it is judged.
  package var notJudged: String?

  func contains(_ time: Nanoseconds) -> Bool { time >= start && time < end }

  /// When its action's command began; `nil` for a phase without an action.
  var actionStart: Nanoseconds? {
    action.map { max(start, Nanoseconds((max(0, $0.startSeconds) * 1e9).rounded())) }
  }

  /// When its action was over; `nil` for a phase without one.
  var actionEnd: Nanoseconds? {
    action.map { max(start, Nanoseconds((max(0, $0.startSeconds + $0.durationSeconds) * 1e9).rounded())) }
  }

  /// How much earlier than its action a phase may begin.
  private static let lead: Nanoseconds = 10_000_000

  /// The phases, each with an action beginning with the first request that was sent only after the action's start, though it
  /// was due a moment before: no generator is so punctual that the last request due before an action is always sent before it,
  /// and what it meets is the action's effect.
  static func aligned(_ spans: [PhaseSpan], to records: [RequestRecord]) -> [PhaseSpan] {
    let starts = spans.indices.map { index in
      let span = spans[index]
      guard index > 0, span.action != nil else { return span.start }
      let earliest = max(spans[index - 1].start, span.start - min(lead, span.start))
      return records.lazy.filter { $0.due >= earliest && $0.due < span.start && $0.sent >= span.start }.map(\.due).min()
        ?? span.start
    }
    return spans.indices.map { index in
      PhaseSpan(
        name: spans[index].name, start: starts[index],
        end: index + 1 < starts.count ? starts[index + 1] : spans[index].end,
        action: spans[index].action, notJudged: spans[index].notJudged)
    }
  }

  /// Whether the generator was paused in it, or was still catching up.
  func isTouched(by pauses: [GeneratorPause]) -> Bool { pauses.contains { $0.start < end && $0.caughtUp >= start } }
}

extension PhaseSpan {
  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decodeName(forKey: .name)
    start = try fields.decodeTime(forKey: .start)
    end = try fields.decodeTime(forKey: .end)
    try fields.demand(start <= end, .end)
    action = try fields.decodeIfPresent(ActionSection.self, forKey: .action)
    if let action {
      let seconds = 0.0...Double(FindingsLimits.time) / 1e9
      try fields.demand(
        seconds.contains(action.startSeconds) && seconds.contains(action.durationSeconds), .action)
      try fields.demand(
        action.command, atMost: FindingsLimits.lines, ofBytes: FindingsLimits.name, .action)
    }
    notJudged = try fields.decodeNameIfPresent(forKey: .notJudged)
  }
}
