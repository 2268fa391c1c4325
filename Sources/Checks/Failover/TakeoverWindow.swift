internal import Load
package import Platform
internal import Report
internal import Statistics

/// How much of the traffic others have to carry once a backend was stopped, and how soon.
package struct TakeoverDemand: Sendable, Equatable {
  /// The least share, from 0 to 1, of the requests due in that time that others answer; `nil` demands none.
  package var share: Double?
  /// The time, from the end of the stop's command.
  package var within: Nanoseconds = 10_000_000_000

  package init() {}
}

/// Who answered in the first time after a stop: values in, values out.
///
/// All requests due in it count, so one that failed, or that nobody or the stopped backend answered, counts against the others;
/// a takeover that comes late has its share of all of that time, not of what was left of it.
struct TakeoverWindow {
  let verdict: Verdict
  let expected: String
  let actual: String
  /// Why it stays open; `nil` where it does not.
  let doubt: String?

  /// The fewest requests of which a share is taken.
  private static let fewest = 30

  /// - Returns: `nil` where no share is demanded, or the span has no action.
  init?(_ demand: TakeoverDemand, _ measured: Measurements, _ span: PhaseSpan, from stopped: [String]) {
    guard let wanted = demand.share, let start = span.actionEnd else { return nil }
    let end = start + demand.within
    let gone = Set(measured.backends.indices.filter { stopped.contains(measured.backends[$0].name) })
    let due = measured.records.filter { $0.due >= start && $0.due < min(end, span.end) }
    let byOthers = due.count { record in
      record.failure == nil && record.backend.map { !gone.contains($0) } == true
    }
    let share = due.isEmpty ? 0 : Double(byOthers) / Double(due.count)
    let time = Formatting.seconds(Double(demand.within) / 1e9)
    expected = "others answer at least \(Formatting.shortPercent(wanted)) of the requests in \(time) after the stop"
    actual = "\(Formatting.count(byOthers)) of \(Formatting.count(due.count)), \(Formatting.percent(share))"
    doubt =
      end > span.end
      ? "It was watched for \(Formatting.seconds(Double(span.end - min(start, span.end)) / 1e9)) after the stop only: use a --settle longer than --takeover-within."
      : due.count < Self.fewest ? "Too few requests (\(Formatting.count(due.count))): raise --rate." : nil
    verdict = doubt != nil ? .inconclusive : share >= wanted ? .pass : .fail
  }
}
