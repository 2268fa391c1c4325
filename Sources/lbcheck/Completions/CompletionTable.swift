/// The completions for a value.
enum CompletedValue: Equatable {
  case nothing
  case words([String])
  case files
  case folders
  /// The hosts with a profile in the working folder.
  case hosts
}

/// The program's commands and options for shell completion.
struct CompletionTable {
  let commands: [Command]

  /// The options in place of a subcommand, beside `help`.
  static let general: [(names: [String], help: String)] = [
    (["--version"], "Show the version."), (["--help", "-h"], "Show help information."),
  ]

  static let helpAbstract = "Show what a subcommand takes."
}

extension Option {
  var completed: CompletedValue {
    if !choices.isEmpty { return .words(choices) }
    return switch valueName {
    case "FILE": .files
    case "DIR": .folders
    default: .nothing
    }
  }

  /// Whether it is offered again once given.
  var isOfferedAgain: Bool { isRepeatable && valueName != nil }
}

extension Command {
  /// What its positional arguments may be: one that is neither fixed nor a target is a file.
  var completed: CompletedValue {
    guard let positional else { return .nothing }
    if !choices.isEmpty { return .words(choices) }
    return positional.name == "target" ? .hosts : .files
  }

  /// Whether its positional argument may be repeated; a target or a fixed word may not.
  var completesMany: Bool { completed == .files }
}
