/// A manager made of any commands.
///
///     let manager = CommandManager(
///       name: "systemd", reload: ManagerCommand(["systemctl", "reload", "shop"]),
///       stop: ManagerCommand(["systemctl", "stop", "shop@{instance}"]), timeout: .seconds(60))
package struct CommandManager: DeploymentManager {
  package let name: String
  private let reloading: ManagerCommand?
  private let restarting: ManagerCommand?
  private let stopping: ManagerCommand?
  private let starting: ManagerCommand?
  private let listing: ManagerCommand?
  private let timeout: Duration

  /// - Parameters:
  ///   - stop: ends one instance; `{instance}` in its arguments becomes that instance's name.
  ///   - start: starts one instance, in the same way.
  ///   - list: prints one instance a line: its name, its process number (0 is none) and its status, with spaces
  ///     between them; the last two may be missing.
  ///   - timeout: for each command; one that takes longer is ended.
  package init(
    name: String, reload: ManagerCommand? = nil, restart: ManagerCommand? = nil, stop: ManagerCommand? = nil,
    start: ManagerCommand? = nil, list: ManagerCommand? = nil, timeout: Duration
  ) {
    self.name = name
    reloading = reload
    restarting = restart
    stopping = stop
    starting = start
    listing = list
    self.timeout = timeout
  }

  package func reload(stop: () -> Bool) -> ActionReport { run(.reload, stop: stop) }

  package func restart(stop: () -> Bool) -> ActionReport { run(.restart, stop: stop) }

  package func stop(_ instance: String, stop: () -> Bool) -> ActionReport {
    run(.stop, instance: instance, stop: stop)
  }

  package func start(_ instance: String, stop: () -> Bool) -> ActionReport {
    run(.start, instance: instance, stop: stop)
  }

  /// The command for an action; `nil` if none was given.
  func command(for action: ManagerAction) -> ManagerCommand? {
    switch action {
    case .reload: reloading
    case .restart: restarting
    case .stop: stopping
    case .start: starting
    }
  }

  package func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] {
    guard let listing else { throw ManagerError("\(name) has no command that lists the instances") }
    let outcome = CommandRunner.run(listing, timeout: timeout, stop: stop)
    let program = listing.arguments.first ?? "the command"
    if let problem = outcome.problem { throw ManagerError("\(program) \(problem)") }
    guard outcome.output.bytesLeftOut == 0 else { throw ManagerError("\(program) lists too many instances") }
    return OutputExcerpt.withoutColours(outcome.output.text).split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let name = words.first else { return nil }
      let pid = words.count > 1 ? Int32(words[1]) : nil
      return ManagedInstance(
        name: String(name), pid: max(pid ?? 0, 0), status: words.dropFirst(2).first.map(String.init) ?? "unknown")
    }
  }

  private func run(_ action: ManagerAction, instance: String? = nil, stop: () -> Bool) -> ActionReport {
    guard var command = command(for: action) else {
      return ActionReport(refused: "\(name) has no command for \(action.rawValue)")
    }
    if let instance {
      command.arguments = command.arguments.map { Self.filling(instance, into: $0) }
    }
    return ActionReport(command, CommandRunner.run(command, timeout: timeout, stop: stop))
  }

  /// The argument with `{instance}` replaced wherever it stands; what replaces it is not expanded again.
  static func filling(_ instance: String, into argument: String) -> String {
    let placeholder = "{instance}".utf8
    var result: [UInt8] = []
    var rest = argument.utf8[...]
    while let byte = rest.first {
      if rest.starts(with: placeholder) {
        result += instance.utf8
        rest = rest.dropFirst(placeholder.count)
      } else {
        result.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
