package import Platform

/// What acts on the backends: pm2, or the user's commands.
package struct ManagerOptions: Sendable, Equatable {
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

  /// The manager that they name; `nil` if they name none.
  package var manager: (any DeploymentManager)? {
    let timeout = Duration.nanoseconds(timeout)
    if let app = pm2App {
      return PM2Manager(
        app: app, program: pm2Program, environment: pm2Home.map { ["PM2_HOME": $0] } ?? [:], timeout: timeout)
    }
    guard reloadCommand != nil || restartCommand != nil || stopCommand != nil || startCommand != nil else { return nil }
    return CommandManager(
      name: "commands", reload: reloadCommand.map { ManagerCommand($0) },
      restart: restartCommand.map { ManagerCommand($0) }, stop: stopCommand.map { ManagerCommand($0) },
      start: startCommand.map { ManagerCommand($0) }, timeout: timeout)
  }

  /// What breaks and repairs a build; `nil` unless both commands are given.
  package var buildSwitch: CommandBuildSwitch? {
    guard let breakCommand, let repairCommand else { return nil }
    return CommandBuildSwitch(
      break: ManagerCommand(breakCommand), repair: ManagerCommand(repairCommand), timeout: .nanoseconds(timeout))
  }
}
