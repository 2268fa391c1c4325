extension CompletionTable {
  /// The script for zsh: a file for fpath, or to source after compinit.
  var zsh: String {
    var cases = ""
    for command in commands {
      cases += "    \(ZshQuoting.word(command.name)))\n      specs=(\n"
      for option in command.options {
        cases += ZshQuoting.specifications(of: option).map { "        \(ZshQuoting.word($0))\n" }.joined()
      }
      for (index, positional) in command.positionals.enumerated() {
        let place = !command.following.isEmpty ? "\(index + 1):" : command.completesMany ? "*:" : "1::"
        let message = ZshQuoting.message(positional.name)
        cases += "        \(ZshQuoting.word("\(place)\(message):\(ZshQuoting.action(command.completed))"))\n"
      }
      cases += "      )\n      ;;\n"
    }
    let described = commands.map { ($0.name, $0.abstract) }
    return ZshQuoting.head + "_lbcheck_commands() {\n" + ZshQuoting.described(described)
      + "  (( $+1 )) || entries+=( \(ZshQuoting.word(ZshQuoting.pair("help", CompletionTable.helpAbstract))) )\n"
      + "  _describe -t commands 'lbcheck command' entries\n}\n\n" + "_lbcheck_general() {\n"
      + ZshQuoting.described(CompletionTable.general.flatMap { entry in entry.names.map { ($0, entry.help) } })
      + "  _describe -o option entries\n}\n\n" + "_lbcheck_specs() {\n  case $1 in\n" + cases
      + "    *) return 1 ;;\n  esac\n}\n" + ZshQuoting.body
  }
}

enum ZshQuoting {
  /// A word quoted for zsh.
  static func word(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }

  /// The text that `_arguments` shows for an option, in brackets.
  static func help(_ text: String) -> String { escaped(text, #"\[]:"#) }

  static func message(_ text: String) -> String { escaped(text, #"\:"#) }

  /// A word with its description for `_describe`.
  static func pair(_ word: String, _ help: String) -> String { "\(escaped(word, #"\:"#)):\(escaped(help, "\\"))" }

  private static func escaped(_ text: String, _ special: String) -> String {
    text.reduce(into: "") { $0 += special.contains($1) ? "\\\($1)" : "\($1)" }
  }

  /// The specs of an option for `_arguments`, one for each of its names.
  fileprivate static func specifications(of option: Option) -> [String] {
    let before = option.isOfferedAgain ? "*" : "(\(option.names.joined(separator: " ")))"
    return option.names.map { name in
      guard let valueName = option.valueName else { return "\(before)\(name)[\(help(option.help))]" }
      let join = name.hasPrefix("--") ? "=" : "+"
      return "\(before)\(name)\(join)[\(help(option.help))]:\(message(valueName)):\(action(option.completed))"
    }
  }

  fileprivate static func action(_ value: CompletedValue) -> String {
    switch value {
    case .nothing: " "
    case .words(let words): "(\(words.map(choice).joined(separator: " ")))"
    case .files: "_files"
    case .folders: "_files -/"
    case .hosts: "_lbcheck_hosts"
    }
  }

  /// A word in a list that `_arguments` evaluates.
  private static func choice(_ text: String) -> String {
    text.reduce(into: "") { quoted, character in
      let isPlain = character.isLetter || character.isNumber || "-_./".contains(character)
      quoted += isPlain ? "\(character)" : "\\\(character)"
    }
  }

  fileprivate static func described(_ entries: [(String, String)]) -> String {
    let lines = entries.map { "    \(word(pair($0.0, $0.1)))\n" }.joined()
    return "  local -a entries\n  entries=(\n\(lines)  )\n"
  }

  fileprivate static let head = """
    #compdef lbcheck
    # zsh completion for lbcheck, as 'lbcheck completions zsh' prints it.


    """

  fileprivate static let body = #"""

    # The hosts with a profile in the working folder.
    _lbcheck_hosts() {
      local -a hosts
      hosts=( Profiles/*.json5(N:t:r) )
      hosts=( ${hosts:#default} )
      _wanted hosts expl 'host with a profile' compadd -a hosts
    }

    _lbcheck() {
      if (( CURRENT == 2 )); then
        if [[ $words[2] == -* ]]; then _lbcheck_general; else _lbcheck_commands; fi
        return
      fi
      local curcontext="${curcontext%:*}-$words[2]:" expl context state line
      local -a specs
      typeset -A opt_args
      shift words
      (( CURRENT-- ))
      if [[ $words[1] == help ]]; then
        (( CURRENT == 2 )) && _lbcheck_commands only
        return
      fi
      _lbcheck_specs $words[1] || return
      _arguments -S : $specs
    }

    # From fpath this file is the function itself; sourced it defines it.
    if [[ $funcstack[1] == _lbcheck ]]; then
      _lbcheck "$@"
    else
      compdef _lbcheck lbcheck
    fi

    """#
}
