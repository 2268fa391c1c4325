internal import Deployment
internal import Load

/// The backends of a failover check: which there are, and which of them are stopped.
struct FailoverStack {
  let primaries: [String]
  let backups: [String]
  /// The primaries that are stopped in turn.
  let stopped: [String]
  /// The backups of which each in turn is the only one left; none where there is only one, or not all can be stopped.
  let testedAlone: [String]
  let instances: BackendInstances
  /// Whether all primaries were to be stopped in turn.
  let takesAll: Bool
  /// The backends that answered before the traffic, in order of appearance.
  let met: [String]

  /// - Throws: ``CheckError`` where there is none to stop, or the one to stop is not there.
  init(
    _ expected: [ExpectedBackend], _ found: FoundFingerprint, _ settings: CheckSettings,
    _ manager: any DeploymentManager, _ plan: FailoverPlan, _ watch: CheckWatch
  ) throws(CheckError) {
    primaries = expected.primaryNames(seen: found.backends)
    backups = expected.backups.map(\.name)
    guard !primaries.isEmpty else {
      throw .unmeasurable("no backend has named itself, so none can be stopped", advice: [])
    }
    instances = try BackendInstances(primaries, found, settings, manager, stop: { watch.stop.isStopped })
    if plan.takesAllInTurn {
      stopped = primaries
    } else if let given = plan.instance {
      stopped = [try instances.backend(given, among: primaries)]
    } else {
      stopped = [primaries[0]]
    }
    testedAlone = backups.count > 1 && backups.allSatisfy(instances.canStop) ? backups : []
    takesAll = plan.takesAllInTurn
    met = found.backends
  }

  /// How many of the instances that the manager lists are no backups; `nil` where it has no list.
  var listed: Int? {
    guard let all = instances.listed else { return nil }
    let holdsBackups = backups.allSatisfy { backup in all.contains { $0.name == backup } }
    return all.count - (holdsBackups ? backups.count : 0)
  }
}
