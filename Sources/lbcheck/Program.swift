internal import Checks
internal import Glibc
internal import Load
internal import Report
internal import Testbed

/// The program from its arguments to its exit status.
enum Program {
  static let commands: [Command] =
    CheckKind.allCases.map(\.command) + [.merge, .initialization, .demo, .testbed, .backends, .completions]

  static func command(of check: CheckKind) -> Command? { commands.first { $0.check == check } }

  static let overview = "Tests load balancers from the outside: who answers, how fairly, and what is lost."

  /// - Returns: the exit status.
  static func main() -> Int32 {
    do throws(UsageError) {
      let arguments = try ArgumentText.ofProcess()
      if let status = runTestbedRole(Array(arguments.dropFirst()), complain: Terminal.message) { return status }
      var live: LiveSession?
      let status = Presenter.status { () throws(CommandError) in try outcome(arguments, &live) }
      live?.end()
      return Terminal.final(status).rawValue
    } catch {
      return Terminal.final(Presenter.explain(.usage(error))).rawValue
    }
  }

  /// - Parameter live: the page that shows it, if there is one.
  private static func outcome(
    _ commandLine: [String], _ live: inout LiveSession?
  ) throws(CommandError) -> Outcome {
    let arguments = Array(commandLine.dropFirst())
    let help = HelpScreen(width: Terminal.showsResult ? min(Terminal.width, 110) : 100)
    guard let first = arguments.first else { throw .noCommand(help: help.text(for: commands, overview: overview)) }
    switch first {
    case "--version", "-V", "version": return .text("lbcheck \(ToolSection.lbcheck.version)\n")
    case "--help", "-h", "help":
      guard arguments.count > 1, !arguments[1].hasPrefix("-") else {
        return .text(help.text(for: commands, overview: overview))
      }
      return try outcome([commandLine[0], arguments[1], "--help"], &live)
    default: break
    }
    guard let command = commands.first(where: { $0.name == first }) else { throw unknown(first) }
    // Even where the rest of the line cannot be parsed.
    if arguments.contains("--show-secrets") { Terminal.showSecrets() }
    let request = try CommandError.asUsage { () throws(UsageError) in
      try Self.request(for: command, Array(arguments.dropFirst()))
    }
    if request.report.showsSecrets { Terminal.showSecrets() }
    if request.showsHelp { return .text(help.text(for: command)) }
    if request.printsProfile { return .text(ProfileWriting.text(of: request, for: command)) }
    let reports = ReportRequest()
    let hold = LiveHold()
    // Before any other thread.
    let stop = try SignalWatch.start(reports: command.check == .watch ? reports : nil, hold: hold)
    if let port = request.report.livePort { live = try LiveSession(port: port, hold: hold, request.report) }
    if command.takes("profile"), let path = missingProfile(request), !request.report.isQuiet {
      Terminal.message("There is no \(path) here: the host itself is asked, with the defaults.")
    }
    let invocation = Invocation(
      commandLine: ["lbcheck"] + arguments, stop: stop, reportRequest: reports, live: live)
    do throws(CommandError) {
      let outcome = try command.outcome(request, invocation)
      live?.show(outcome)
      return outcome
    } catch {
      live?.show(error)
      throw error
    }
  }

  private static func unknown(_ name: String) -> CommandError {
    let near = Suggestions.closest(to: name, among: commands.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
    let kind = name.hasPrefix("-") ? "option" : "command"
    return .usage(UsageError("unknown \(kind) '\(Escaping.terminal(name, width: 80))'\(near)"))
  }

  /// The options of a command line over those of its profile: the one named, or the target's own.
  static func request(for command: Command, _ arguments: [String]) throws(UsageError) -> Request {
    let parser = ArgumentParser(command: command)
    let typed = try parser.parse(arguments)
    guard !typed.showsHelp, command.takes("profile"), let path = profilePath(typed) else { return typed }
    var completed: Request
    do throws(ProfileError) {
      completed = try ProfileReading(try Profile(path: path)).request(for: command) {
        parser.gives($0, in: arguments)
      }
    } catch {
      throw UsageError(error, command: command.name)
    }
    let fromProfile = completed.target.url
    completed = try parser.parse(arguments, into: completed)
    // A bound on the command line replaces the profile's other one; only a ramp needs its duration.
    if typed.traffic.duration != nil, typed.traffic.requests == nil { completed.traffic.requests = nil }
    if typed.traffic.requests != nil, typed.traffic.duration == nil, completed.traffic.ramp == nil {
      completed.traffic.duration = nil
    }
    // A host that only names a profile stands for that profile's target.
    if typed.profile == nil, let fromProfile { completed.target.url = fromProfile }
    return completed
  }

  /// `--profile`, or `Profiles/<target>.json5` if it exists, `default` without a target; the testbed is nobody's target.
  private static func profilePath(_ request: Request) -> String? {
    if let path = request.profile { return path }
    guard !request.testbed.isUsed else { return nil }
    return path(ofProfile: request.target.url ?? "default").flatMap { access($0, R_OK) == 0 ? $0 : nil }
  }

  /// Where the profile of a target is that is no URL.
  private static func path(ofProfile target: String) -> String? {
    target.contains("/") || target.hasPrefix(".") ? nil : "Profiles/\(target).json5"
  }

  /// Where the profile of a host was looked for that has none; `nil` where none was looked for, and of addresses, which seldom have one.
  static func missingProfile(_ request: Request) -> String? {
    guard request.profile == nil, !request.testbed.isUsed, let target = request.target.url,
      !target.contains(":"), target.contains(where: \.isLetter), let path = path(ofProfile: target)
    else { return nil }
    return access(path, R_OK) == 0 ? nil : path
  }
}
