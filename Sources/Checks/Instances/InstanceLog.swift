internal import Deployment
internal import Report
internal import Synchronization

/// A manager whose lists are kept over a check with actions, each with its phase.
///
/// A manager that lists its instances around an action puts the lists into the action's report, so the log queries only at the
/// beginning and the end, and before a repair that would hide the state.
final class InstanceLog: DeploymentManager {
  private let manager: any DeploymentManager
  private let state = Mutex<(lists: [InstanceList], reloads: Int, restarts: Int, last: String)>(
    ([], 0, 0, PhaseKind.baseline.rawValue))

  init(_ manager: any DeploymentManager) { self.manager = manager }

  var lists: [InstanceList] { state.withLock { $0.lists } }

  /// Keeps the list from before anything is done.
  func begin(stop: () -> Bool) { keep(PhaseKind.baseline.rawValue, .before, stop: stop) }

  /// Keeps the list from the end of all phases.
  func end() { keep(state.withLock { $0.last }, .end) { false } }

  private func keep(_ phase: String, _ moment: InstanceList.Moment, stop: () -> Bool) {
    guard let instances = try? manager.instances(stop: stop) else { return }
    state.withLock { $0.lists.append(InstanceList(phase: phase, moment: moment, instances: instances)) }
  }

  /// A build switch that reads the list before it repairs, unless the build is already known to be broken.
  func watching(_ build: any BuildSwitch) -> any BuildSwitch { WatchedBuild(build: build, log: self) }

  fileprivate func lookBeforeRepair() {
    let (phase, isSeen) = state.withLock { state in
      let after = state.lists.last { $0.phase == state.last && $0.moment == .after }
      return (state.last, after?.instances.contains { $0.isUp == false } ?? true)
    }
    if !isSeen { keep(phase, .end) { false } }
  }

  /// Keeps the lists of a report on a phase's action.
  func note(_ report: ActionReport, as phase: String) -> ActionReport {
    state.withLock { state in
      state.lists += InstanceList.all(of: [report], in: phase)
      state.last = phase
    }
    return report
  }

  // MARK: The manager

  var name: String { manager.name }

  func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    try manager.preflight(for: actions, stop: stop)
  }

  /// A second one is the one into the broken build.
  func reload(stop: () -> Bool) -> ActionReport {
    let isFirst = state.withLock { state in
      state.reloads += 1
      return state.reloads == 1
    }
    return note(manager.reload(stop: stop), as: (isFirst ? PhaseKind.reload : .brokenReload).rawValue)
  }

  func restart(stop: () -> Bool) -> ActionReport {
    let isFirst = state.withLock { state in
      state.restarts += 1
      return state.restarts == 1
    }
    return note(manager.restart(stop: stop), as: (isFirst ? PhaseKind.restart : .brokenRestart).rawValue)
  }

  func stop(_ instance: String, stop: () -> Bool) -> ActionReport { manager.stop(instance, stop: stop) }

  func start(_ instance: String, stop: () -> Bool) -> ActionReport { manager.start(instance, stop: stop) }

  func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] { try manager.instances(stop: stop) }

  func longestWait(stop: () -> Bool) -> Duration? { manager.longestWait(stop: stop) }
}

private struct WatchedBuild: BuildSwitch {
  let build: any BuildSwitch
  let log: InstanceLog

  func preflight(stop: () -> Bool) throws(PreflightError) { try build.preflight(stop: stop) }

  func breakBuild(stop: () -> Bool) -> ActionReport { build.breakBuild(stop: stop) }

  func repair(stop: () -> Bool) -> ActionReport {
    log.lookBeforeRepair()
    return build.repair(stop: stop)
  }
}
