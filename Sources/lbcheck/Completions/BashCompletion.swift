extension CompletionTable {
  /// The script for bash; it needs nothing but bash itself.
  var bash: String {
    var values = ""
    var takes = ""
    for command in commands {
      let label = BashQuoting.word(command.name)
      values += "    \(label))\n      case $2 in\n"
      for option in command.options where option.valueName != nil {
        let names = option.names.map(BashQuoting.word).joined(separator: " | ")
        values += "        \(names)) \(BashQuoting.assignment(option.completed)) ;;\n"
      }
      values += "        *) return 1 ;;\n      esac\n      ;;\n"

      takes += "    \(label))\n      \(BashQuoting.assignment(command.completed))\n"
      if command.completesMany { takes += "      many=1\n" }
      takes += "      once=(\n" + lines(command.options.filter { !$0.isOfferedAgain }) + "      )\n"
      takes += "      again=(\n" + lines(command.options.filter(\.isOfferedAgain)) + "      )\n      ;;\n"
    }
    let names = commands.map(\.name) + ["help"]
    let first = (names + CompletionTable.general.flatMap(\.names)).map(BashQuoting.word).joined(separator: " ")
    takes += "    help) \(BashQuoting.assignment(.words(commands.map(\.name)))) ;;\n"
    return BashQuoting.head + BashQuoting.function("_lbcheck_value", values, otherwise: "return 1")
      + BashQuoting.function("_lbcheck_takes", takes, otherwise: "return 1")
      + "_lbcheck_first() {\n  words=(\(first))\n}\n" + BashQuoting.body
  }

  private func lines(_ options: [Option]) -> String {
    options.map { "        \(BashQuoting.word($0.names.joined(separator: " ")))\n" }.joined()
  }
}

enum BashQuoting {
  /// A word quoted for bash.
  static func word(_ text: String) -> String { "'" + text.replacing("'", with: #"'\''"#) + "'" }

  fileprivate static func assignment(_ value: CompletedValue) -> String {
    switch value {
    case .nothing: "kind=nothing"
    case .words(let words): "kind=words words=(\(words.map(word).joined(separator: " ")))"
    case .files: "kind=files"
    case .folders: "kind=folders"
    case .hosts: "kind=hosts"
    }
  }

  fileprivate static func function(_ name: String, _ cases: String, otherwise: String) -> String {
    "\(name)() {\n  case $1 in\n\(cases)    *) \(otherwise) ;;\n  esac\n}\n\n"
  }

  fileprivate static let head = """
    # bash completion for lbcheck, as 'lbcheck completions bash' prints it.

    # The functions set the local variables of _lbcheck, which is at the end.


    """

  fileprivate static let body = #"""

    # Offers those of the given words that go on from what is typed.
    _lbcheck_offer() {
      local word
      for word; do
        [[ $word == "$value"* ]] || continue
        word=$before$word
        COMPREPLY+=("${word#"$glued"}")
      done
    }

    # Offers the options; those that make sense once only if they are not there yet.
    _lbcheck_options() {
      local entry name
      for entry in "${once[@]}"; do
        for name in $entry; do
          [[ $given == *" $name "* ]] && continue 2
        done
        _lbcheck_offer $entry
      done
      for entry in "${again[@]}"; do
        _lbcheck_offer $entry
      done
    }

    _lbcheck_hosts() {
      local file
      for file in Profiles/*.json5; do
        file=${file#Profiles/} file=${file%.json5}
        # What cannot be in a host's name stays out of the command line.
        [[ $file == default || $file == *[!A-Za-z0-9._:-]* ]] || _lbcheck_offer "$file"
      done
    }

    # With an action of compgen: -f or -d.
    _lbcheck_files() {
      local file
      compopt -o filenames 2>/dev/null
      while IFS= read -r file; do
        file=$before$file
        COMPREPLY+=("${file#"$glued"}")
      done < <(compgen "$1" -- "$value")
    }

    _lbcheck() {
      COMPREPLY=()
      local IFS=$' \t\n'
      local typed=() words=() once=() again=()
      local i word joins= kind=nothing many= value before= glued

      # bash takes --policy=random and a:80 apart; together they mean something.
      for ((i = 1; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ ${#typed[@]} -gt 0 && (-n $joins || -z ${word//[=:]/} && -n $word) ]]; then
          typed[${#typed[@]} - 1]+=$word
        else
          typed+=("$word")
        fi
        joins=
        [[ -n $word && -z ${word//[=:]/} ]] && joins=1
      done
      local last=$((${#typed[@]} - 1))
      ((last >= 0)) || return 0
      local cur=${typed[last]} end=${COMP_WORDS[COMP_CWORD]}
      [[ -n $joins ]] && end=
      glued=${cur%"$end"}
      cur=${cur#[\"\']}
      value=$cur

      if ((last == 0)); then
        _lbcheck_first
        _lbcheck_offer "${words[@]}"
        return 0
      fi

      local command=${typed[0]} positionals=0 ended= pending= given=' '
      for ((i = 1; i < last; i++)); do
        word=${typed[i]}
        if [[ -n $pending ]]; then
          pending=
        elif [[ -n $ended || $word != -?* ]]; then
          positionals=$((positionals + 1))
        elif [[ $word == -- ]]; then
          ended=1
        else
          _lbcheck_value "$command" "$word" && pending=$word
          [[ $word == --* ]] || word=${word:0:2}
          given+="${word%%=*} "
        fi
      done

      _lbcheck_takes "$command" || return 0
      if [[ -n $pending ]]; then
        _lbcheck_value "$command" "$pending"
      elif [[ -z $ended && $cur == --*=* ]]; then
        before=${cur%%=*}= value=${cur#*=}
        _lbcheck_value "$command" "${cur%%=*}" || return 0
      elif [[ -z $ended && $cur == -* ]]; then
        _lbcheck_options
        return 0
      elif [[ $positionals -gt 0 && -z $many ]]; then
        kind=nothing
      fi

      case $kind in
        words) _lbcheck_offer "${words[@]}" ;;
        hosts) _lbcheck_hosts ;;
        files) _lbcheck_files -f ;;
        folders) _lbcheck_files -d ;;
      esac
      # Where nothing else can stand, an option may.
      if [[ -z $pending$ended$cur && ${#COMPREPLY[@]} -eq 0 ]]; then
        _lbcheck_options
      fi
    }

    complete -F _lbcheck lbcheck

    """#
}
