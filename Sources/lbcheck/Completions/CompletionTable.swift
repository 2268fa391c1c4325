/// What a shell offers for a value.
enum CompletedValue: Equatable {
  case nothing
  case words([String])
  case files
  case folders
  /// The hosts with a profile in the working folder.
  case hosts
}

/// The program as a shell's completion sees it.
struct CompletionTable {
  let commands: [Command]

  /// What comes in place of a subcommand, beside `help`.
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

  /// Whether it is worth offering again; a flag says nothing new the second time.
  var isOfferedAgain: Bool { isRepeatable && valueName != nil }
}

extension Command {
  /// What its positional arguments may be: one that is neither fixed nor a target is a file.
  var completed: CompletedValue {
    guard let positional else { return .nothing }
    if !choices.isEmpty { return .words(choices) }
    return positional.name == "target" ? .hosts : .files
  }

  /// Whether its positional argument may be one of several; a target or a fixed word stands alone.
  var completesMany: Bool { completed == .files }
}
