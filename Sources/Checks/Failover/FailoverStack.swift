internal import Deployment
internal import Load

/// The backends of a failover check: which there are, and which of them are stopped.
struct FailoverStack {
  let primaries: [String]
  let backups: [String]
  /// The primaries that are stopped in turn.
  let stopped: [String]
  /// The backups of which each in turn is the only one left; none where there is but one, or not all can be stopped.
  let testedAlone: [String]
  let instances: BackendInstances
  /// Whether all primaries were to be stopped in turn.
  let takesAll: Bool
  /// Backends that answer although the user did not name them.
  let unnamed: [String]

  /// - Throws: ``CheckError`` where there is none to stop, or the one that is asked for is not there.
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
    let named = Set(primaries + backups)
    unnamed = found.backends.filter { !named.contains($0) }
  }

  /// How many backends there are beside the backups, as far as they or the manager's list show.
  var count: Int {
    max(primaries.count + unnamed.count, (instances.listed?.count ?? 0) - (canListBackups ? backups.count : 0))
  }

  /// Whether the manager's list holds the backups as well.
  private var canListBackups: Bool {
    backups.allSatisfy { backup in instances.listed?.contains { $0.name == backup } == true }
  }

  /// Which are stopped, of how many.
  var inWords: String {
    if stopped.count > 1 {
      return "each of \(stopped.count)\(count > stopped.count ? " of \(count)" : "") backends in turn"
    }
    return "\(stopped[0]) (1 of \(count) backend\(count == 1 ? "" : "s"))"
  }
}
