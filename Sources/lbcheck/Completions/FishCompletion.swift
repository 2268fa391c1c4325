extension CompletionTable {
  /// The script for fish.
  var fish: String {
    var text = FishQuoting.head
    for entry in CompletionTable.general {
      text += "complete -c lbcheck -n __lbcheck_first \(FishQuoting.names(entry.names))"
      text += " -d \(FishQuoting.word(entry.help))\n"
    }
    let described = commands.map { ($0.name, $0.abstract) } + [("help", CompletionTable.helpAbstract)]
    for (name, abstract) in described {
      text += "complete -c lbcheck -n __lbcheck_first -a \(FishQuoting.word(name)) -d \(FishQuoting.word(abstract))\n"
    }
    for command in commands {
      text += "complete -c lbcheck -n __lbcheck_helps -a \(FishQuoting.word(command.name))"
      text += " -d \(FishQuoting.word(command.abstract))\n"
    }
    for command in commands {
      text += "\n"
      if command.completed != .nothing { text += FishQuoting.line(forPositionalOf: command) }
      for option in command.options { text += FishQuoting.line(for: option, of: command.name) }
    }
    return text
  }
}

enum FishQuoting {
  /// A word quoted for fish.
  static func word(_ text: String) -> String {
    "'" + text.replacing(#"\"#, with: #"\\"#).replacing("'", with: #"\'"#) + "'"
  }

  fileprivate static func names(_ names: [String]) -> String {
    names.map { $0.hasPrefix("--") ? "-l \(word(String($0.dropFirst(2))))" : "-s \(word(String($0.dropFirst())))" }
      .joined(separator: " ")
  }

  fileprivate static func line(for option: Option, of command: String) -> String {
    var condition = "__lbcheck_in \(word(command))"
    if !option.isOfferedAgain {
      condition = "__lbcheck_lacks \(word(command)) \(option.valueName == nil ? 0 : 1) "
      condition += option.names.map(word).joined(separator: " ")
    }
    let value =
      switch option.completed {
      case _ where option.valueName == nil: ""
      case .nothing: " -x"
      case .words(let words): " -x -a \(list(words))"
      case .files: " -r -F"
      case .folders: " -x -a '(__fish_complete_directories)'"
      case .hosts: " -x -a '(__lbcheck_hosts)'"
      }
    return "complete -c lbcheck -n \(word(condition)) \(names(option.names))\(value) -d \(word(option.help))\n"
  }

  fileprivate static func line(forPositionalOf command: Command) -> String {
    var place = "__lbcheck_in \(word(command.name))"
    switch command.completed {
    case .words(let words): place = "__lbcheck_lacks \(word(command.name)) 0 \(words.map(word).joined(separator: " "))"
    case .hosts: place = "__lbcheck_lacks \(word(command.name)) 0 (__lbcheck_hosts)"
    case .nothing, .files, .folders: break
    }
    let values =
      switch command.completed {
      case .nothing: ""
      case .words(let words): "-a \(list(words))"
      case .files: "-F"
      case .folders: "-a '(__fish_complete_directories)'"
      case .hosts: "-a '(__lbcheck_hosts)' -d 'Host with a profile'"
      }
    return "complete -c lbcheck -n \(word(place)) \(values)\n"
  }

  /// Words for `complete -a`, which evaluates its text again.
  private static func list(_ words: [String]) -> String {
    word(words.map { $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" } ? $0 : word($0) }.joined(separator: " "))
  }

  fileprivate static let head = #"""
    # fish completion for lbcheck, as 'lbcheck completions fish' prints it.

    # Whether the subcommand is still to come.
    function __lbcheck_first
        test (count (commandline -opc)) -eq 1
    end

    # Whether this is the subcommand.
    function __lbcheck_in
        set -l typed (commandline -opc)
        test (count $typed) -ge 2; and test $typed[2] = $argv[1]
    end

    # Whether the subcommand that help is about comes next.
    function __lbcheck_helps
        __lbcheck_in help; and test (count (commandline -opc)) -eq 2
    end

    # Whether this is the subcommand and none of the given words is there yet: an option's names, or what an argument
    # may be.
    # An option with a value, marked by 1, has its value completed when it is the last word.
    function __lbcheck_lacks
        __lbcheck_in $argv[1]; or return 1
        set -l typed (commandline -opc)
        set -e typed[1..2]
        if test $argv[2] -eq 1; and test (count $typed) -gt 0; and contains -- $typed[-1] $argv[3..-1]
            set -e typed[-1]
        end
        for name in $argv[3..-1]
            for word in $typed
                string match -q -- "$name=*" $word; and return 1
                test "$word" = $name; and return 1
                string match -qr '^-[^-]$' -- $name; and string match -q -- "$name*" $word; and return 1
            end
        end
        return 0
    end

    # The hosts with a profile in the working folder.
    function __lbcheck_hosts
        for file in Profiles/*.json5
            set -l host (string replace -r '^Profiles/(.*)\.json5$' '$1' -- $file)
            test $host = default; or echo $host
        end
    end

    complete -c lbcheck -e
    complete -c lbcheck -f

    """#
}
