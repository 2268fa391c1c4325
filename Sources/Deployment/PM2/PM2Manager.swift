/// An app that pm2 keeps running.
///
/// pm2 ends with status 0 and prints a tick even when every new process crashes, so each action is compared with
/// what `pm2 jlist` shows before and after it.
///
///     let manager = PM2Manager(app: "shop", timeout: .seconds(60))
///     let (report, findings) = manager.perform(.reload, stop: { false })
package struct PM2Manager: DeploymentManager {
  package let app: String
  package let program: String
  let environment: [String: String]
  private let workingDirectory: String?
  private let timeout: Duration

  /// Lists are long, since pm2 prints the whole environment of each process.
  private static let capture = 32 * 1024 * 1024

  package var name: String { "pm2" }

  /// - Parameters:
  ///   - app: the name that pm2 lists it under.
  ///   - program: looked up in `PATH` unless it has a slash.
  ///   - environment: added to the inherited one, `PM2_HOME` for one.
  ///   - timeout: for each of pm2's commands; one that takes longer is ended.
  package init(
    app: String, program: String = "pm2", environment: [String: String] = [:], workingDirectory: String? = nil,
    timeout: Duration
  ) {
    self.app = app
    self.program = program
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.timeout = timeout
  }

  /// - Parameter app: empty where only the whole list is asked for.
  package init(app: String, _ options: ManagerOptions) {
    self.init(
      app: app, program: options.pm2Program, environment: options.pm2Home.map { ["PM2_HOME": $0] } ?? [:],
      timeout: .nanoseconds(options.timeout))
  }

  package func reload(stop: () -> Bool) -> ActionReport { perform(.reload, stop: stop).report }

  package func restart(stop: () -> Bool) -> ActionReport { perform(.restart, stop: stop).report }

  /// - Parameter instance: the id that pm2 lists it under.
  package func stop(_ instance: String, stop: () -> Bool) -> ActionReport {
    guard let id = Int(instance) else { return ActionReport(refused: "“\(instance)” is not an id of pm2") }
    return perform(.stop(id: id), stop: stop).report
  }

  /// - Parameter instance: the id that pm2 lists it under.
  package func start(_ instance: String, stop: () -> Bool) -> ActionReport {
    guard let id = Int(instance) else { return ActionReport(refused: "“\(instance)” is not an id of pm2") }
    return perform(.start(id: id), stop: stop).report
  }

  package func instances(stop: () -> Bool) throws(ManagerError) -> [ManagedInstance] {
    try processes(stop: stop).filter { $0.app == app }.map(\.instance)
  }

  /// How long pm2 waits for all instances in turn, at most the timeout of its command.
  package func longestWait(stop: () -> Bool) -> Duration? {
    guard let mine = try? processes(stop: stop).filter({ $0.app == app }), !mine.isEmpty else { return nil }
    return min(.milliseconds(PM2Process.longestWait(for: mine)), timeout)
  }

  // MARK: Actions

  /// Carries out an action and compares pm2's list before and after it.
  ///
  /// - Returns: no findings when one of the lists could not be had, which the report's notes then say.
  package func perform(
    _ action: PM2Findings.Action, stop: () -> Bool
  ) -> (report: ActionReport, findings: PM2Findings?) {
    let before: [PM2Process]
    do {
      before = try processes(stop: stop)
    } catch {
      return (ActionReport(refused: error.description), nil)
    }
    if let reason = reasonToRefuse(action, among: before) { return (ActionReport(refused: reason), nil) }

    let command = command(arguments(for: action))
    let outcome = CommandRunner.run(command, timeout: timeout, stop: stop)
    var report = ActionReport(command, outcome)
    let printed = outcome.output.text + "\n" + outcome.errors.text
    report.claim = OutputExcerpt.shortened(Self.ownWords(in: printed) ?? report.claim)
    if let problem = outcome.problem, let error = Self.error(in: printed) {
      report.problem = "\(program) \(problem): \(error)" + (Self.remark(on: error).map { " (\($0))" } ?? "")
    }
    report.instancesBefore = before.filter { $0.app == app }.map(\.instance)

    // When the action was stopped, a short query is still worth it: it shows what was left behind.
    do {
      let after = try list(timeout: outcome.stopped ? min(timeout, .seconds(3)) : timeout, stop: { false })
      let findings = PM2Findings(action, app: app, before: before, after: after, exitStatus: outcome.exitStatus)
      report.notes += findings.contradictions + findings.warnings
      // pm2 itself expires the lock; only an interrupted reload leaves it.
      if action == .reload, outcome.stopped || outcome.timedOut { report.notes.append(Self.lockLeft) }
      report.instancesAfter = after.filter { $0.app == app }.map(\.instance)
      return (report, findings)
    } catch {
      report.notes += ["pm2's list after the action is missing: \(error)"]
      return (report, nil)
    }
  }

  private func arguments(for action: PM2Findings.Action) -> [String] {
    switch action {
    case .reload: ["reload", app]
    case .restart: ["restart", app]
    case .stop(let id): ["stop", String(id)]
    case .start(let id): ["start", String(id)]
    }
  }

  /// Why the app's name selects nothing, or more than one app; `nil` if it names one.
  var reasonToRefuseName: String? {
    // pm2 reads these as every app, as a pattern of names, as an id and as an option.
    guard app == "all" || app.hasPrefix("/") || app.hasPrefix("-") || Int(app) != nil || app.isEmpty else { return nil }
    return "pm2 does not read “\(app)” as the name of one app"
  }

  /// Why there is nothing to act on; `nil` where there is.
  func reasonOfAbsence(among processes: [PM2Process]) -> String? {
    guard !processes.contains(where: { $0.app == app }) else { return nil }
    let others = Set(processes.map(\.app)).sorted().prefix(8).joined(separator: ", ")
    return "pm2 has no app called “\(app)”"
      + (others.isEmpty ? " nor any other; each user has a pm2 of their own" : "; it has \(others)")
  }

  /// Why an action would affect nothing, or more than the app.
  private func reasonToRefuse(_ action: PM2Findings.Action, among processes: [PM2Process]) -> String? {
    if let reason = reasonToRefuseName ?? reasonOfAbsence(among: processes) { return reason }
    let mine = processes.filter { $0.app == app }
    if case .stop(let id) = action, !mine.contains(where: { $0.id == id }) {
      return "pm2 has no instance \(id) of \(app)"
    }
    if case .start(let id) = action, !mine.contains(where: { $0.id == id }) {
      return "pm2 has no instance \(id) of \(app)"
    }
    return nil
  }

  // MARK: Asking

  /// All of pm2's processes, those of other apps included.
  package func processes(stop: () -> Bool) throws(ManagerError) -> [PM2Process] {
    try list(timeout: timeout, stop: stop)
  }

  private func list(timeout: Duration, stop: () -> Bool) throws(ManagerError) -> [PM2Process] {
    try Self.processes(in: try printedList(timeout: timeout, stop: stop))
  }

  /// What `pm2 jlist` prints, with all that stands beside the list.
  func printedList(timeout: Duration? = nil, stop: () -> Bool) throws(ManagerError) -> String {
    let outcome = CommandRunner.run(
      command(["jlist"]), timeout: timeout ?? self.timeout, capture: Self.capture, stop: stop)
    if let problem = outcome.problem {
      let error = Self.error(in: outcome.errors.text) ?? Self.error(in: outcome.output.text)
      throw ManagerError(
        "\(program) jlist \(problem)" + ((error ?? OutputExcerpt.lastLine(outcome.errors.text)).map { ": \($0)" } ?? "")
      )
    }
    guard outcome.output.bytesLeftOut == 0 else { throw ManagerError("\(program) jlist printed more than 32 MiB") }
    return outcome.output.text
  }

  func command(_ arguments: [String]) -> ManagerCommand {
    ManagerCommand([program] + arguments, environment: environment, workingDirectory: workingDirectory)
  }

  // MARK: Understanding

  /// The lines that begin with `[PM2]`, without the table that pm2 prints after them.
  static func ownWords(in printed: String) -> String? {
    let lines = OutputExcerpt.withoutColours(printed).split(whereSeparator: \.isNewline).filter {
      $0.hasPrefix("[PM2]")
    }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  /// The text after the first `[PM2][ERROR]`; where Node itself failed, its `Error:` line.
  static func error(in printed: String) -> String? {
    let mark = "[PM2][ERROR]"
    let lines = OutputExcerpt.withoutColours(printed).split(whereSeparator: \.isNewline)
    return lines.first { $0.hasPrefix(mark) }.flatMap { OutputExcerpt.firstLine(String($0.dropFirst(mark.count))) }
      ?? lines.first { $0.hasPrefix("Error: ") }.flatMap { OutputExcerpt.firstLine(String($0)) }
  }

  /// What a reload that was broken off leaves behind.
  static let lockLeft =
    "pm2 refuses another reload for up to 30 s, by its own lock, which the reload that was broken off has left"

  /// An explanation of pm2's error message, where it needs one.
  static func remark(on error: String) -> String? {
    error.contains("Reload already in progress")
      ? "pm2's own lock: another reload is still running, or one that was broken off left it; it lapses after 30 s"
      : nil
  }
}
