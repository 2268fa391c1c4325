internal import Deployment
internal import Load
internal import Platform
internal import Report

/// The phases of a run in progress.
struct RunningPhases {
  private(set) var spans: [PhaseSpan] = []
  /// How the site was found at the end of the last phase; `nil` before it.
  private(set) var wasLeftWell: Bool?

  private typealias Open = (
    name: String, start: Nanoseconds, action: ActionSection?, notJudged: String?, calm: Nanoseconds, until: Nanoseconds
  )

  private let timing: PhaseTiming
  private var current: Open?
  /// How long an answer may take before it counts as missing: what the baseline showed, twice.
  private var patience: Nanoseconds = RecentRequests.stretch
  private static let mostPatience: Nanoseconds = 60_000_000_000

  init(steps: Int, timing: PhaseTiming) {
    self.timing = timing
    spans.reserveCapacity(steps)
  }

  /// Whether the site has answered without failure for a second since the present phase's action.
  func isWell(_ snapshot: LiveSnapshot) -> Bool {
    guard let current, let recent = snapshot.recent else { return false }
    return recent.areWell(since: current.calm, at: snapshot.elapsed, patience: patience)
  }

  /// Whether the present phase is over.
  mutating func mayGoOn(_ snapshot: LiveSnapshot, toRepair: Bool) -> Bool {
    guard let current else { return true }
    if spans.isEmpty, let slowest = snapshot.slowest {
      patience = min(max(RecentRequests.stretch, slowest.saturatingAdd(slowest)), Self.mostPatience)
    }
    guard snapshot.elapsed >= current.until else { return false }
    guard !toRepair, snapshot.elapsed < current.until.saturatingAdd(timing.recovery) else { return true }
    // Requests that are sent late would meet the next action, and count against this one.
    return isWell(snapshot) && snapshot.recent?.areSent(at: snapshot.elapsed) != false
  }

  /// When the phase that goes on began.
  var start: Nanoseconds? { current?.start }

  /// Begins the next phase, whose action has been carried out.
  ///
  /// - Parameter snapshot: of the moment before the action.
  mutating func open(
    _ name: String, atLeast: Nanoseconds, isRepair: Bool, _ reports: [ActionReport], _ snapshot: LiveSnapshot
  ) {
    func time(_ reading: UInt64) -> Nanoseconds { reading - min(snapshot.start, reading) }
    var start = current == nil ? 0 : snapshot.elapsed
    var end = start
    var action: ActionSection?
    if let first = reports.first, let last = reports.last {
      // From the first command on, the state may have changed.
      start = max(time(first.startedAt), start)
      end = max(time(last.startedAt).saturatingAdd(last.duration), start)
      action = ActionSection(
        command: last.command, exitStatus: last.exitStatus.map(Int.init),
        startSeconds: Double(max(time(last.startedAt), start)) / 1e9, durationSeconds: Double(last.duration) / 1e9,
        claim: last.claim.isEmpty ? nil : last.claim, problem: last.problem,
        interrupted: last.wasStopped ? true : nil)
    }
    var notJudged: String?
    if current != nil, !isRepair, !isWell(snapshot) {
      notJudged =
        snapshot.recent?.hasAnswers == true
        ? "requests were already failing, or still unanswered" : "the site was already down"
    }
    close(at: start)
    current = (
      name, start, action, notJudged, end, max(end.saturatingAdd(timing.settle), start.saturatingAdd(atLeast))
    )
  }

  /// Ends the present phase, if there is one.
  ///
  /// - Parameter isWell: whether the site was found well, if that was the last phase.
  mutating func close(at time: Nanoseconds, isWell: Bool? = nil) {
    guard let open = current else { return }
    spans.append(
      PhaseSpan(
        name: open.name, start: open.start, end: max(time, open.start), action: open.action, notJudged: open.notJudged))
    current = nil
    wasLeftWell = isWell
  }
}
