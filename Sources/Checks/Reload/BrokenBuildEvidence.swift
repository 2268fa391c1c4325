internal import Deployment
internal import Report
internal import Statistics

/// Whether a broken build was seen to be broken: values in, values out.
///
/// A build that was never deployed, or that works, survives everything; so visitors' requests are judged only where something
/// showed that the new processes did not serve.
struct BrokenBuildEvidence {
  /// The evidence, one phrase each; empty if there is none.
  private(set) var signs: [String] = []
  /// New generations that answered at the phase's end, as `backend generation`; the build of which works.
  let working: [String]

  /// The factor by which a phase has to exceed the usual.
  private static let factor = 3.0

  /// - Parameters:
  ///   - lists: the manager's lists in the phase.
  ///   - phase: its traffic.
  ///   - baseline: the traffic before any action.
  ///   - healthy: the traffic in the same action with a build that works; `nil` if that was not measured.
  ///   - earlier: the phases before it, in order.
  ///   - silent: backends of the baseline that gave no answer at the phase's end, but did after the healthy action.
  init(
    _ lists: InstanceHistory.Phase, phase: PhaseSection, baseline: PhaseSection?,
    healthy: PhaseSection? = nil,
    earlier: [PhaseSection] = [], silent: [String] = []
  ) {
    working = Self.working(in: phase, after: earlier)
    for (list, isEnd) in [(lists.after ?? [], false), (lists.end ?? [], true)] {
      // Just after the action a process that works may still be starting.
      for instance in list where instance.isUp == false && (isEnd || instance.status != "launching") {
        note("instance \(instance.name) is \(instance.status)")
      }
      for instance in list {
        guard let before = lists.before?.first(where: { $0.name == instance.name }) else { continue }
        // The action itself starts an instance once.
        let (starts, overflow) = instance.restarts.subtractingReportingOverflow(before.restarts)
        if !overflow, starts > 1 { note("instance \(instance.name) was started \(starts) times") }
      }
    }
    let (requests, before) = (phase.traffic.requests, baseline?.traffic.requests)
    let total = Double(requests.scheduled)
    // What happened as often before, or with a build that works, says nothing about the build.
    func isUnusual(_ count: Int, _ counted: (RequestCounts) -> Int) -> Bool {
      let share = before.map { Double(counted($0)) / Double(max($0.scheduled, 1)) } ?? 0
      let meant = healthy.map { Double(counted($0.traffic.requests)) } ?? 0
      return count > 0 && Double(count) > Self.factor * max(share * total, meant)
    }
    if isUnusual(requests.failed, { $0.failed }) {
      note("\(Formatting.count(requests.failed)) of \(Formatting.count(requests.scheduled, "request")) failed")
    }
    if phase.isDownAtTheEnd, healthy?.isDownAtTheEnd != true {
      note("the site was down at the phase's end")
    }
    let retried = requests.upstreamRetried ?? 0
    if isUnusual(retried, { $0.upstreamRetried ?? 0 }) {
      note("the balancer's tries of a backend failed \(Formatting.count(retried, "time"))")
    }
    for backend in silent { note("\(backend) fell silent") }
  }

  /// Only a backend that answered at the end of the phase before is known to have changed its process.
  private static func working(in phase: PhaseSection, after earlier: [PhaseSection]) -> [String] {
    func late(_ phase: PhaseSection) -> [GenerationSection] {
      let end = phase.startSeconds + phase.durationSeconds
      return phase.generations.filter { $0.lastSeenSeconds >= end - phase.durationSeconds / 5 }
    }
    guard let previous = earlier.last else { return [] }
    let known = Set(earlier.flatMap(\.generations).map { "\($0.backend) \($0.generation)" })
    let there = Set(late(previous).map(\.backend))
    return late(phase).filter { there.contains($0.backend) }.map {
      "\($0.backend) \($0.generation)"
    }.filter {
      !known.contains($0)
    }
  }

  private mutating func note(_ sign: String) { if !signs.contains(sign) { signs.append(sign) } }

  var wasSeen: Bool { !signs.isEmpty && working.isEmpty }

  /// The evidence, or what contradicts it.
  var inWords: String {
    if wasSeen { return signs.prefix(4).joined(separator: ", ") }
    return "the build was not seen to be broken"
      + (working.isEmpty
        ? "" : ": new processes answer (\(working.prefix(4).joined(separator: ", ")))")
  }
}
