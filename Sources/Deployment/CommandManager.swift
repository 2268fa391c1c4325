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
  private let reading: Reading
  private let refusing: Refusing?
  private let waiting: ManagerCommand?
  private let timeout: Duration

  /// Reads what the command that lists has printed.
  package typealias Reading = @Sendable (String) throws(ManagerError) -> [ManagedInstance]

  /// Reads in the same text why the manager would certainly not carry out an action, in one line; `nil` where that does not show.
  package typealias Refusing = @Sendable (String, ManagerAction) -> String?

  /// - Parameters:
  ///   - wait: runs after a reload or restart that succeeded, and ends once that is over.
  ///   - stop: ends one instance; `{instance}` in its arguments becomes that instance's name.
  ///   - start: starts one instance, in the same way.
  ///   - list: prints the instances, as `reading` reads them: by default one a line, its name, its process number (0 is none) and
  ///     its status, with spaces between them; the last two may be missing.
  ///   - timeout: for each command; one that takes longer is ended.
  package init(
    name: String, reload: ManagerCommand? = nil, restart: ManagerCommand? = nil, stop: ManagerCommand? = nil,
    start: ManagerCommand? = nil, wait: ManagerCommand? = nil, list: ManagerCommand? = nil,
    reading: @escaping Reading = CommandManager.lines, refusing: Refusing? = nil, timeout: Duration
  ) {
    self.name = name
    self.reading = reading
    self.refusing = refusing
    waiting = wait
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

  package func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] { try reading(list(stop: stop)) }

  /// Throws where what is managed is not there, or would not carry out one of the actions.
  func checkList(for actions: Set<ManagerAction>, stop: () -> Bool) throws(ManagerError) {
    let text = try list(stop: stop)
    guard try !reading(text).isEmpty else { throw ManagerError("lists nothing to act on") }
    for action in ManagerAction.allCases where actions.contains(action) {
      if let refusal = refusing?(text, action) { throw ManagerError(refusal) }
    }
  }

  private func list(stop: () -> Bool) throws(ManagerError) -> String {
    guard let listing else { throw ManagerError("\(name) has no command that lists the instances") }
    let outcome = CommandRunner.run(listing, timeout: timeout, capture: Self.capture, stop: stop)
    let program = listing.arguments.first ?? "the command"
    if let problem = outcome.problem {
      throw ManagerError(
        "\(program) \(problem)" + (OutputExcerpt.lastLine(outcome.errors.text).map { ": \($0)" } ?? ""))
    }
    guard outcome.output.bytesLeftOut == 0 else { throw ManagerError("\(program) lists too many instances") }
    return OutputExcerpt.withoutColours(outcome.output.text)
  }

  /// Whether there is a command that lists the instances.
  var lists: Bool { listing != nil }

  /// Lists in JSON are long.
  private static let capture = 32 * 1024 * 1024

  /// Reads one instance a line.
  package static let lines: Reading = { (text) throws(ManagerError) in
    text.split(whereSeparator: \.isNewline).compactMap { line in
      let words = line.split(whereSeparator: \.isWhitespace)
      guard let name = words.first else { return nil }
      let pid = words.count > 1 ? Int32(words[1]) : nil
      return ManagedInstance(
        name: String(name), pid: max(pid ?? 0, 0), status: words.dropFirst(2).first.map(String.init) ?? "unknown")
    }
  }

  func run(_ action: ManagerAction, instance: String? = nil, stop: () -> Bool) -> ActionReport {
    guard var command = command(for: action) else {
      return ActionReport(refused: "\(name) has no command for \(action.rawValue)")
    }
    if let instance {
      command.arguments = command.arguments.map { Self.filling(instance, into: $0) }
    }
    let before = lists ? try? instances(stop: stop) : nil
    var report = ActionReport(command, CommandRunner.run(command, timeout: timeout, stop: stop))
    if let waiting, instance == nil, report.problem == nil {
      let wait = ActionReport(waiting, CommandRunner.run(waiting, timeout: timeout, stop: stop))
      (report.exitStatus, report.problem, report.wasStopped) = (wait.exitStatus, wait.problem, wait.wasStopped)
      report.command += ["&&"] + wait.command
      report.claim = OutputExcerpt.shortened([report.claim, wait.claim].joined(separator: "\n"))
      report.duration = wait.startedAt + wait.duration - report.startedAt
    }
    report.instancesBefore = before
    if lists, !report.wasStopped { report.instancesAfter = try? instances(stop: stop) }
    return report
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
