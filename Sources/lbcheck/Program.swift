internal import Checks
internal import Glibc
internal import Load
internal import Report

/// The program from its arguments to its exit status.
enum Program {
  static let commands: [Command] = [
    .fairness, .reloadTest, .failover, .capacity, .gate, .compare, .merge, .load, .inspect, .demo, .testbed,
    .completions,
  ]

  static let overview = "Checks load balancers from the outside: who answers, how fairly, and what is lost."

  static func run(_ commandLine: [String]) -> ExitStatus {
    let arguments = Array(commandLine.dropFirst())
    let help = HelpScreen(width: Terminal.showsResult ? min(Terminal.width, 110) : 100)
    guard let first = arguments.first else {
      Terminal.message(
        lines: help.text(for: commands, overview: overview).split(separator: "\n", omittingEmptySubsequences: false)
          .map(String.init))
      return .usage
    }
    switch first {
    case "--version":
      Terminal.result("lbcheck \(ToolSection.lbcheck.version)\n")
      return .passed
    case "--help", "-h":
      Terminal.result(help.text(for: commands, overview: overview))
      return .passed
    case "help":
      guard arguments.count > 1 else { return run([commandLine[0], "--help"]) }
      return run([commandLine[0], arguments[1], "--help"])
    default: break
    }
    guard let command = commands.first(where: { $0.name == first }) else {
      let near = Suggestions.closest(to: first, among: commands.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
      let kind = first.hasPrefix("-") ? "option" : "command"
      complain(UsageError("unknown \(kind) '\(Escaping.terminal(first, width: 80))'\(near)"))
      return .usage
    }
    // Also where the rest of the line cannot be read.
    if arguments.contains("--show-secrets") { Terminal.showSecrets() }
    do throws(UsageError) {
      let options = try options(for: command, Array(arguments.dropFirst()))
      if options.showsSecrets { Terminal.showSecrets() }
      if options.showsHelp {
        Terminal.result(help.text(for: command))
        return .passed
      }
      if options.printsProfile {
        Terminal.result(ProfileWriting.text(of: options, for: command))
        return .passed
      }
      return command.run(options, Session(commandLine: ["lbcheck"] + arguments, stop: SignalWatch.start()))
    } catch {
      complain(error)
      return .usage
    }
  }

  static func complain(_ error: UsageError) {
    Terminal.message(lines: ["error: \(error)"] + error.excerpt)
    Terminal.message("See 'lbcheck \(error.command.map { "\($0) " } ?? "")--help'.")
  }

  /// The options of a command line over those of its profile: the one named, or the target's own.
  private static func options(for command: Command, _ arguments: [String]) throws(UsageError) -> Options {
    let parser = ArgumentParser(command: command)
    let typed = try parser.parse(arguments)
    guard !typed.showsHelp, command.takes("profile"), let path = profilePath(typed) else { return typed }
    var settled: Options
    do throws(ProfileError) {
      settled = try ProfileReading(try Profile(path: path)).options(for: command) {
        parser.gives($0, in: arguments)
      }
    } catch {
      throw UsageError(error, command: command.name)
    }
    let fromProfile = settled.target
    settled = try parser.parse(arguments, into: settled)
    // A host that only names its profile means the profile's target.
    if typed.profile == nil, let fromProfile { settled.target = fromProfile }
    return settled
  }

  /// `--profile`, or `Profiles/<target>.json5` if there is one, `default` standing for no target.
  private static func profilePath(_ options: Options) -> String? {
    if let path = options.profile { return path }
    let target = options.target ?? "default"
    guard !target.contains("/"), !target.hasPrefix(".") else { return nil }
    let path = "Profiles/\(target).json5"
    return access(path, R_OK) == 0 ? path : nil
  }
}
