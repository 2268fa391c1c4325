/// Lays out help as Swift's own command-line tools do.
struct HelpScreen {
  /// The number of columns to fill, 40 or more.
  let width: Int

  private static let column = 34

  func text(for command: Command) -> String {
    var usage = "lbcheck \(command.name)"
    for positional in command.positionals {
      let name = "<\(positional.name)>\(command.takesMany ? " …" : "")"
      usage += command.following.isEmpty ? " [\(name)]" : " \(name)"
    }
    usage += " [<options>]"
    var text = "OVERVIEW: \(command.abstract)\n\n"
    if !command.discussion.isEmpty { text += command.discussion + "\n\n" }
    text += "USAGE: \(usage)\n"
    if !command.positionals.isEmpty { text += "\nARGUMENTS:\n" }
    for positional in command.positionals { text += entry("<\(positional.name)>", positional.help) }
    for group in command.groups {
      text += "\n\(group.title.uppercased()):\n"
      for option in group.options {
        let names = option.names.reversed().joined(separator: ", ")
        let label = option.valueName.map { "\(names) <\($0)>" } ?? names
        let defaultText = option.defaultText ?? option.defaultValue(of: command.defaults)
        let help = option.help + (defaultText.map { " (default: \($0))" } ?? "")
        text += entry(label, help)
      }
    }
    return text
  }

  func text(for commands: [Command], overview: String) -> String {
    var text = "OVERVIEW: \(overview)\n\nUSAGE: lbcheck <subcommand> [<options>]\n\nSUBCOMMANDS:\n"
    for command in commands { text += entry(command.name, command.abstract) }
    text += "\nOPTIONS:\n" + entry("--version", "Show the version.") + entry("-h, --help", "Show help information.")
    return text + "\n  See 'lbcheck help <subcommand>' for detailed help.\n"
  }

  private func entry(_ label: String, _ help: String) -> String {
    let indent = String(repeating: " ", count: HelpScreen.column)
    let lines = wrapped(help, max(20, width - HelpScreen.column))
    var text = "  " + label
    if text.count < HelpScreen.column {
      text += String(repeating: " ", count: HelpScreen.column - text.count)
    } else {
      text += "\n" + indent
    }
    return text + lines.joined(separator: "\n" + indent) + "\n"
  }

  private func wrapped(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}
