internal import Checks
internal import Deployment

/// The manager that acts for a check, and the actions it will be asked for.
struct ManagedWork {
  var manager: any DeploymentManager
  var breaking: (any BuildSwitch)?
  var actions: Set<ManagerAction>

  /// Asks, before any traffic, whether the manager can carry them out.
  ///
  /// - Throws: ``CheckError`` in one line where it cannot.
  func preflight(_ invocation: Invocation) throws(CheckError) {
    try manager.preflight(for: actions, breaking: breaking, CheckWatch(stop: invocation.stop) { _ in })
  }
}

extension ManagerOptions {
  /// Checks that they name at most one manager.
  func requireOne() throws(UsageError) {
    if named != nil, pm2App != nil { throw UsageError("--manager and --pm2 both name a manager: give one of them") }
  }
}

extension OptionGroup {
  /// What acts on the backends; one profile serves every check that acts.
  static let manager = OptionGroup(
    title: "Manager",
    options: [
      .value(
        "--manager", named: "NAME[:WHAT]",
        help: "What reloads: \(ManagerKind.allCases.map(\.form).joined(separator: ", ")).", as: .manager,
        to: \.manager.named),
      .value(
        "--pm2", named: "APP", help: "pm2 manages this app: --manager pm2:APP.", as: .text, to: \.manager.pm2App),
      .value(
        "--pm2-program", named: "PATH", help: "The pm2 program.", defaultText: "pm2 in PATH", as: .text,
        to: \.manager.pm2Program),
      .value(
        "--pm2-home", named: "DIR", help: "Where pm2 keeps its daemon's files.", defaultText: "PM2_HOME",
        as: .text, to: \.manager.pm2Home),
      .value(
        "--reload-command", named: "CMD", key: "reload", help: "The command that reloads; run without a shell.",
        as: .command, to: \.manager.reloadCommand),
      .value(
        "--restart-command", named: "CMD", key: "restart", help: "The command that restarts.", as: .command,
        to: \.manager.restartCommand),
      .value(
        "--stop-command", named: "CMD", key: "stop",
        help: "The command that stops one backend; {instance} becomes its name.",
        as: .command, to: \.manager.stopCommand),
      .value(
        "--start-command", named: "CMD", key: "start",
        help: "The command that starts it again; {instance} becomes its name.",
        as: .command, to: \.manager.startCommand),
      .value(
        "--break-command", named: "CMD", key: "break",
        help: "The command that deploys a build that does not start.",
        as: .command, to: \.manager.breakCommand),
      .value(
        "--repair-command", named: "CMD", key: "repair",
        help: "The command that restores the good build and starts it.",
        as: .command, to: \.manager.repairCommand),
      .value(
        "--manager-timeout", named: "D", key: "timeout", help: "How long each of the manager's commands may take.",
        as: .duration, to: \.manager.timeout),
    ].inSection("deploy"))
}
