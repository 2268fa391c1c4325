internal import Glibc
internal import Platform

/// An action that a manager may be asked to carry out.
package enum ManagerAction: String, Sendable, CaseIterable {
  case reload
  case restart
  case stop
  case start
}

/// Why a manager could not carry out the actions, as far as that shows before any is tried.
package enum PreflightError: Error, Equatable, CustomStringConvertible {
  /// It is misconfigured: no command for an action, or a name that selects more than one app.
  case usage(String)
  /// It is not available, or does not let this user act.
  case unavailable(String)

  package var description: String {
    switch self {
    case .usage(let text), .unavailable(let text): text
    }
  }
}

/// Looks a program up as `posix_spawnp` and the shells do, without starting it.
package enum ProgramLookup {
  /// Why a command's program cannot be started, in one line; `nil` where it can, as far as that shows from outside.
  package static func problem(with command: ManagerCommand) -> String? {
    guard let program = command.arguments.first, !program.isEmpty else { return "the command is empty" }
    if let folder = command.workingDirectory, let code = reasonAgainst(folder: folder) {
      return "\(folder): \(SystemError.message(for: code))"
    }
    if program.utf8.contains(UInt8(ascii: "/")) {
      let path = program.hasPrefix("/") ? program : (command.workingDirectory.map { $0 + "/" } ?? "") + program
      return reason(against: path).map { "\(program): \(SystemError.message(for: $0))" }
    }
    let paths = (getenv("PATH").map { String(cString: $0) } ?? "/bin:/usr/bin").split(
      separator: ":", omittingEmptySubsequences: false)
    var worst = ENOENT
    for folder in paths {
      guard let code = reason(against: folder.isEmpty ? program : "\(folder)/\(program)") else { return nil }
      // As execvp: a file without permission to run is reported, though the search goes on.
      if code == EACCES { worst = EACCES }
    }
    return worst == EACCES
      ? "\(program): \(SystemError.message(for: EACCES))" : "\(program): no such program in PATH"
  }

  /// The error number for running a file; `nil` if it can be run.
  private static func reason(against path: String) -> Int32? {
    var status = stat()
    guard stat(path, &status) == 0 else { return errno }
    guard status.st_mode & S_IFMT == S_IFREG else { return EACCES }
    return access(path, X_OK) == 0 ? nil : errno
  }

  private static func reasonAgainst(folder: String) -> Int32? {
    var status = stat()
    guard stat(folder, &status) == 0 else { return errno }
    return status.st_mode & S_IFMT == S_IFDIR ? nil : ENOTDIR
  }
}

extension CommandManager {
  /// Whether there is a command for each action, its program can be started, and what it manages is there.
  package func preflight(for actions: Set<ManagerAction>, stop: () -> Bool) throws(PreflightError) {
    for action in ManagerAction.allCases where actions.contains(action) {
      guard let command = command(for: action) else { throw .usage("\(name) has no command for \(action.rawValue)") }
      if let problem = ProgramLookup.problem(with: command) {
        throw .unavailable("the \(action.rawValue) command cannot be started: \(problem)")
      }
    }
    guard lists else { return }
    do throws(ManagerError) {
      try checkList(for: actions, stop: stop)
    } catch {
      throw .unavailable("\(name): \(error)")
    }
  }
}

extension CommandBuildSwitch {
  package func preflight(stop: () -> Bool) throws(PreflightError) {
    for (name, command) in [("break", breaking), ("repair", repairing)] {
      if let problem = ProgramLookup.problem(with: command) {
        throw .unavailable("the \(name) command cannot be started: \(problem)")
      }
    }
  }
}
