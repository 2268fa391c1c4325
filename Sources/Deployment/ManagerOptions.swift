package import Platform

/// What acts on the backends: a manager by its name, the user's commands, or both, where the commands do what is given by them.
package struct ManagerOptions: Sendable, Equatable {
  package var named: NamedManager?
  package var pm2App: String?
  package var pm2Program = "pm2"
  /// Where pm2 keeps its daemon's files; `nil` leaves it to pm2.
  package var pm2Home: String?
  package var reloadCommand: [String]?
  package var restartCommand: [String]?
  package var stopCommand: [String]?
  package var startCommand: [String]?
  package var breakCommand: [String]?
  package var repairCommand: [String]?
  /// How long each command may take.
  package var timeout: Nanoseconds = 120_000_000_000

  package init() {}

  /// The manager by its name; `nil` if none was named.
  package var namedManager: NamedManager? {
    named ?? pm2App.map { NamedManager(kind: .pm2, subject: $0) }
  }

  /// The manager that they name; `nil` if they name none.
  package var manager: (any DeploymentManager)? {
    guard let named = namedManager else { return hasCommands ? commands : nil }
    let manager = named.manager(self)
    return hasCommands ? CompletedManager(manager, by: commands) : manager
  }

  private var hasCommands: Bool {
    reloadCommand != nil || restartCommand != nil || stopCommand != nil || startCommand != nil
  }

  private var commands: CommandManager {
    CommandManager(
      name: "commands", reload: reloadCommand.map { ManagerCommand($0) },
      restart: restartCommand.map { ManagerCommand($0) }, stop: stopCommand.map { ManagerCommand($0) },
      start: startCommand.map { ManagerCommand($0) }, timeout: .nanoseconds(timeout))
  }

  /// What can be asked of the manager.
  package var actions: Set<ManagerAction> {
    var actions: Set<ManagerAction> = []
    if reloadCommand != nil || namedManager != nil { actions.insert(.reload) }
    if restartCommand != nil || namedManager?.restarts == true { actions.insert(.restart) }
    if stopCommand != nil || namedManager?.stopsOne == true { actions.insert(.stop) }
    if startCommand != nil || namedManager?.stopsOne == true { actions.insert(.start) }
    return actions
  }

  /// What breaks and repairs a build; `nil` unless both commands are given.
  package var buildSwitch: CommandBuildSwitch? {
    guard let breakCommand, let repairCommand else { return nil }
    return CommandBuildSwitch(
      break: ManagerCommand(breakCommand), repair: ManagerCommand(repairCommand), timeout: .nanoseconds(timeout))
  }
}
