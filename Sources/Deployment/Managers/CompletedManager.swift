/// A manager of which some actions are done by commands instead.
struct CompletedManager: DeploymentManager {
  private let manager: any DeploymentManager
  private let commands: CommandManager

  init(_ manager: any DeploymentManager, by commands: CommandManager) {
    self.manager = manager
    self.commands = commands
  }

  var name: String { manager.name }

  func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    let own = actions.filter { commands.command(for: $0) == nil }
    try commands.preflight(for: actions.subtracting(own), stop: stop)
    // Its list is used in any case.
    try manager.preflight(for: own, stop: stop)
  }

  func reload(stop: () -> Bool) -> ActionReport {
    commands.command(for: .reload) == nil ? manager.reload(stop: stop) : run(.reload, stop: stop)
  }

  func restart(stop: () -> Bool) -> ActionReport {
    commands.command(for: .restart) == nil ? manager.restart(stop: stop) : run(.restart, stop: stop)
  }

  func stop(_ instance: String, stop: () -> Bool) -> ActionReport {
    commands.command(for: .stop) == nil
      ? manager.stop(instance, stop: stop) : run(.stop, instance: instance, stop: stop)
  }

  func start(_ instance: String, stop: () -> Bool) -> ActionReport {
    commands.command(for: .start) == nil
      ? manager.start(instance, stop: stop) : run(.start, instance: instance, stop: stop)
  }

  func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] { try manager.instances(stop: stop) }

  func longestWait(stop: () -> Bool) -> Duration? { manager.longestWait(stop: stop) }

  /// A command's report with the manager's list before and after it.
  private func run(_ action: ManagerAction, instance: String? = nil, stop: () -> Bool) -> ActionReport {
    let before = try? manager.instances(stop: stop)
    var report = commands.run(action, instance: instance, stop: stop)
    report.instancesBefore = before
    if !report.wasStopped { report.instancesAfter = try? manager.instances(stop: stop) }
    return report
  }
}
