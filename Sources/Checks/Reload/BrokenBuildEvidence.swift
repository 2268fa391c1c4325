internal import Report

/// Whether a broken build was seen to be broken: values in, values out.
///
/// A build that was never put in place, or that works, survives everything; so what is demanded of the visitors' requests is
/// judged only where something showed that the new processes did not serve.
struct BrokenBuildEvidence {
  /// What showed it, a phrase each; empty where nothing did.
  private(set) var signs: [String] = []

  /// - Parameters:
  ///   - lists: the manager's lists in the phase.
  ///   - phase: what visitors met in it.
  ///   - baseline: what they met before anything was done.
  ///   - silent: backends of the baseline that gave no answer at the phase's end.
  init(_ lists: InstanceHistory.Phase, phase: PhaseSection, baseline: PhaseSection?, silent: [String] = []) {
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
    let (failed, total) = (phase.traffic.requests.failed, phase.traffic.requests.scheduled)
    let before = baseline?.traffic.requests
    // What failed as often before says nothing about the build.
    let usual = before.map { Double($0.failed) / Double(max($0.scheduled, 1)) } ?? 0
    if failed > 0, Double(failed) > 3 * usual * Double(total) { note("\(failed) of \(total) requests failed") }
    let retried = phase.traffic.requests.upstreamRetried ?? 0
    if retried > 0, before?.upstreamRetried ?? 0 == 0 { note("the balancer tried a backend in vain \(retried) times") }
    for backend in silent { note("\(backend) fell silent") }
  }

  private mutating func note(_ sign: String) { if !signs.contains(sign) { signs.append(sign) } }

  var wasSeen: Bool { !signs.isEmpty }
}
