internal import Checks
internal import Report
internal import Testbed

/// Why a command has no result: its message and exit status.
enum CommandError: Error {
  /// The program without a command; its help is shown.
  case noCommand(help: String)
  case usage(UsageError)
  /// Files or folders that cannot be read or written, a line each.
  case unusable([String], excerpt: [String] = [])
  /// A check gives no verdict.
  case check(CheckError, CheckKind)
  case testbed(TestbedError)
  /// Backends that did not exit as they should, one line each.
  case backends([String])
  /// The machine has no thread left, for the reason given.
  case noThread(String)

  /// What is wrong, in one line.
  var reason: String {
    switch self {
    case .noCommand: "no command"
    case .usage(let error): error.description
    case .unusable(let lines, _): lines.joined(separator: "; ")
    case .check(let error, _): error.description
    case .testbed(let error): error.description
    case .backends(let problems): problems.joined(separator: "; ")
    case .noThread(let reason): "this machine has no thread left: \(reason)"
    }
  }

  /// All lines for standard error.
  var lines: [String] {
    switch self {
    case .noCommand(let help): help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    case .usage(let error): Self.lines(error, command: error.command)
    case .unusable(let lines, let excerpt): lines.map { "error: \($0)" } + excerpt
    case .check(.usage(let text), let check): Self.lines(UsageError(text), command: check.rawValue)
    case .check(.interrupted, _): [reason]
    case .check(let error, _): ["error: \(error)"] + error.advice
    case .backends(let problems): problems.map { "error: \($0)" }
    case .testbed, .noThread: ["error: \(reason)"]
    }
  }

  private static func lines(_ error: UsageError, command: String?) -> [String] {
    ["error: \(error)"] + error.excerpt + ["See 'lbcheck \(command.map { "\($0) " } ?? "")--help'."]
  }

  var status: ExitStatus {
    switch self {
    case .noCommand, .usage, .unusable, .check(.usage, _), .testbed(.invalidConfiguration): .usage
    case .check(.down, _): .failed
    case .check(.interrupted, _): .interrupted
    case .check(.unmeasurable, _), .check(.headerMissing, _), .testbed, .backends, .noThread: .inconclusive
    }
  }

  /// The same, with a command whose help explains more where bad usage names none.
  func of(_ command: Command) -> CommandError {
    if case .usage(let error) = self { .usage(error.of(command.name)) } else { self }
  }

  /// Carries out what may find bad usage.
  static func asUsage<Value>(_ body: () throws(UsageError) -> Value) throws(CommandError) -> Value {
    do throws(UsageError) { return try body() } catch { throw .usage(error) }
  }
}
