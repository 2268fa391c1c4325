internal import Checks
internal import Report

extension Command {
  static let completions = Command(
    name: "completions", abstract: "Print a script that has bash, zsh or fish complete lbcheck's arguments.",
    discussion: """
        source <(lbcheck completions bash)        # in ~/.bashrc
        source <(lbcheck completions zsh)         # in ~/.zshrc, after compinit
        lbcheck completions fish | source         # in ~/.config/fish/config.fish
      """,
    positional: ("shell", "bash, zsh or fish."),
    groups: [
      OptionGroup(
        title: "Options", options: [.flag("--help", "-h", help: "Show help information.", sets: \.showsHelp)])
    ],
    choices: ["bash", "zsh", "fish"]
  ) { (request, _) throws(CommandError) in
    let table = CompletionTable(commands: Program.commands)
    switch request.target.url {
    case "bash": return .text(table.bash)
    case "zsh": return .text(table.zsh)
    case "fish": return .text(table.fish)
    case let given:
      let near = given.flatMap { Suggestions.closest(to: $0, among: ["bash", "zsh", "fish"]) }
      let mistake = given.map { "not '\(Escaping.terminal($0, width: 80))'" } ?? "and none was given"
      let hint = near.map { "; did you mean '\($0)'?" } ?? ""
      throw .usage(UsageError("completions takes bash, zsh or fish, \(mistake)\(hint)"))
    }
  }
}
