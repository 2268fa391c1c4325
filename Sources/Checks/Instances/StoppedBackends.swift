internal import Deployment
internal import Platform

/// Stops and starts backends, and remembers which are still to be started.
final class StoppedBackends {
  private let manager: any DeploymentManager
  private let instances: BackendInstances
  /// The backends that are still to be started.
  private(set) var stopped: [String] = [] {
    didSet {
      let names = stopped.joined(separator: ", ")
      Leftovers.set(
        unfinished: stopped.isEmpty || manager is TestbedManager ? nil : "not started again: \(names)",
        about: "backends")
    }
  }
  private(set) var notes: [String] = []

  init(_ manager: any DeploymentManager, _ instances: BackendInstances) {
    self.manager = manager
    self.instances = instances
  }

  func stop(_ backends: [String], _ stop: () -> Bool) -> ActionReport {
    var reports: [ActionReport] = []
    for backend in backends where reports.isEmpty || !stop() {
      if !stopped.contains(backend) { stopped.append(backend) }
      reports.append(manager.stop(instances.name(of: backend), stop: stop))
    }
    return ActionReport(joining: reports)
  }

  func start(_ backends: [String]) -> ActionReport {
    var reports: [ActionReport] = []
    for backend in backends {
      let report = manager.start(instances.name(of: backend)) { false }
      if report.problem == nil { stopped.removeAll { $0 == backend } }
      reports.append(report)
    }
    return ActionReport(joining: reports)
  }

  /// Leaves one of several backends running and stops all others.
  func leave(only one: String, of backends: [String], _ stop: () -> Bool) -> ActionReport {
    var reports = stopped.contains(one) ? [start([one])] : []
    for other in backends where other != one && !stopped.contains(other) && (reports.isEmpty || !stop()) {
      reports.append(self.stop([other], stop))
    }
    return ActionReport(joining: reports)
  }

  /// Starts what an early end, or a start that failed, has left stopped.
  ///
  /// - Returns: whether there was any.
  @discardableResult
  func startAll() -> Bool {
    let left = stopped
    for backend in left {
      let problem = start([backend]).problem
      notes.append(
        problem.map { "\(backend) could not be started again: \($0)." }
          ?? "\(backend) was started again after the early end.")
    }
    return !left.isEmpty
  }
}

extension ActionReport {
  /// One report on several commands that were run one after another; at least one.
  fileprivate init(joining reports: [ActionReport]) {
    self = reports[0]
    for next in reports.dropFirst() {
      command += ["&&"] + next.command
      if exitStatus == 0 { exitStatus = next.exitStatus }
      claim = [claim, next.claim].filter { !$0.isEmpty }.joined(separator: " ")
      duration = next.startedAt + next.duration - min(startedAt, next.startedAt)
      problem = problem ?? next.problem
      instancesBefore = instancesBefore ?? next.instancesBefore
      instancesAfter = next.instancesAfter ?? instancesAfter
      notes += next.notes
      wasStopped = wasStopped || next.wasStopped
    }
  }
}
