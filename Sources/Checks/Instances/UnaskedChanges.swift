internal import Deployment
internal import Load
internal import Platform
internal import Report

/// Processes that changed in the phases of a run without an action: lists and records in, findings out.
struct UnaskedChanges {
  struct Seen {
    /// The phase.
    let index: Int
    /// What changed, in words.
    let words: String
    /// The manager's settings that cause it.
    let causes: [String]
  }

  /// What changed, by phase.
  private(set) var seen: [Seen] = []
  /// Whether a list or a generation would have shown a change.
  private(set) var isWatched = false

  /// - Parameters:
  ///   - phases: all of the run, in order, the baseline first.
  ///   - history: what the manager listed.
  ///   - isLookedAt: whether a phase, by its index, is one in which nothing more than its action is meant to change.
  ///   - isTouched: whether the action of a phase, by its index, is meant to replace the processes of a backend.
  init(
    in phases: [PhaseSection], of measured: Measurements, _ history: InstanceHistory,
    where isLookedAt: (Int) -> Bool = { _ in true }, touching isTouched: (Int, String) -> Bool
  ) {
    let names = phases.map(\.name)
    for (index, phase) in phases.enumerated() where isLookedAt(index) {
      let lists = history.phase(index, of: names)
      let listed = UnaskedRestarts(lists)
      isWatched = isWatched || lists.end != nil || !measured.generations.isEmpty
      var lines = listed.lines
      if lines.isEmpty {
        lines = Self.generationChanges(in: phase, of: measured, staying: Self.staying(lists)) { isTouched(index, $0) }
      }
      if !lines.isEmpty {
        seen.append(Seen(index: index, words: lines.prefix(4).joined(separator: ", "), causes: listed.causes))
      }
    }
  }

  /// The processes that the manager lists throughout: one of them that falls silent is idle, as where workers share a socket and
  /// the system wakes one more often than another.
  private static func staying(_ lists: InstanceHistory.Phase) -> Set<String> {
    func pids(_ list: [ManagedInstance]?) -> Set<String> { Set((list ?? []).filter { $0.pid > 0 }.map { "\($0.pid)" }) }
    return pids(lists.undisturbed).intersection(pids(lists.end))
  }

  /// Generations that came or went without an action, a phrase for each backend.
  private static func generationChanges(
    in phase: PhaseSection, of measured: Measurements, staying: Set<String>, touching isTouched: (String) -> Bool
  ) -> [String] {
    let (start, end) = (phase.start, phase.end)
    var known: Set<Int> = []
    for record in measured.records where record.failure == nil && record.done < start {
      if let generation = record.generation { known.insert(generation) }
    }
    func name(_ generation: Int) -> String { measured.backends[measured.generations[generation].backend].name }
    // An action replaces old ones with new ones; a new one that goes again is not its doing.
    let changes = GenerationChanges(measured.records, in: start..<end) { generation in
      !staying.contains(measured.generations[generation].name)
        && (!isTouched(name(generation)) || !known.contains(generation))
    }
    let ids = changes.gone + changes.arrived.filter { !isTouched(name($0)) }
    return Set(ids.map(name)).sorted().map { "\($0) changed its process by itself" }
  }

  /// Whether something changed before anything was done.
  var isEarly: Bool { seen.contains { $0.index == 0 } }

  private var causes: [String] { Set(seen.flatMap(\.causes)).sorted() }

  /// Whether the cause of a loss is uncertain: with a setting that restarts instances, or where they restarted before.
  var isExcused: Bool { isEarly || !causes.isEmpty }

  var verdict: Verdict { seen.isEmpty ? .pass : isExcused ? .inconclusive : .fail }

  /// - Parameter phases: the same as before.
  func assertion(_ phases: [PhaseSection]) -> Assertion {
    let text = seen.map { "\(phases[$0.index].name): \($0.words)" }.joined(separator: "; ")
    return Assertion(
      .manager(.noUnaskedRestart), verdict: verdict, expected: "no process changes without an action",
      actual: seen.isEmpty ? "none" : text,
      detail: causes.isEmpty ? nil : "pm2 is configured to: \(causes.joined(separator: ", ")).")
  }

  /// Why assertions about ``openPhases(of:)`` are left open.
  static let reason = "Processes were restarted meanwhile, or before, without an action."

  /// The phases whose losses may come from such a change and not from the action.
  func openPhases(of count: Int) -> [Int] {
    guard isExcused else { return [] }
    return (0..<count).filter { index in isEarly ? index > 0 : seen.contains { $0.index == index } }
  }
}

extension PhaseSection {
  /// In nanoseconds from the run's start.
  var start: Nanoseconds { Self.nanoseconds(startSeconds) }
  /// In nanoseconds from the run's start, never before ``start``.
  var end: Nanoseconds { max(start, Self.nanoseconds(startSeconds + durationSeconds)) }

  private static func nanoseconds(_ seconds: Double) -> Nanoseconds { Nanoseconds(min(max(seconds, 0), 1e9) * 1e9) }
}
