import Checks
import Foundation
import Support
import Testing

@testable import lbcheck

extension Integration {
  /// The real shells read the scripts and are asked what they would complete.
  @Suite struct CompletionTests {
    let tool: LbcheckTool
    let folder: TemporaryFolder

    init() throws {
      tool = try LbcheckTool()
      folder = tool.folder
      for name in ["Profiles", "Reports", "functions"] {
        try FileManager.default.createDirectory(
          atPath: folder.path + "/" + name, withIntermediateDirectories: true)
      }
      for name in ["alvin.xyz", "example.org:8080", "default"] {
        _ = try folder.write("{}", to: "Profiles/\(name).json5")
      }
      _ = try folder.write("{}", to: "mine [1].json5")
      for shell in ["bash", "zsh", "fish"] {
        let outcome = try tool.run(["completions", shell])
        #expect(outcome.status == 0)
        #expect(outcome.messages == "")
        _ = try folder.write(outcome.output, to: "script.\(shell)")
      }
    }

    /// Runs a script in a shell, with the folder as its home, and returns what it prints.
    private func run(_ shell: String, _ options: [String] = [], _ script: String) throws -> String {
      let file = try folder.write(script, to: "ask.\(shell)")
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["timeout", "20", shell] + options + [file]
      process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
      let tools = URL(fileURLWithPath: try LbcheckTool.path()).deletingLastPathComponent().path
      process.environment = [
        "PATH": "\(tools):/usr/bin:/bin", "HOME": folder.path, "ZDOTDIR": folder.path, "TERM": "dumb",
        "LC_ALL": "C.UTF-8",
      ]
      let outputs = ["out", "err"].map { folder.path + "/shell.\($0)" }
      for output in outputs { _ = FileManager.default.createFile(atPath: output, contents: nil) }
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle(forWritingAtPath: outputs[0])
      process.standardError = FileHandle(forWritingAtPath: outputs[1])
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0, "\(shell): \(folder.read("shell.err") ?? "")")
      #expect(folder.read("shell.err") == "")
      return folder.read("shell.out") ?? ""
    }

    /// What bash offers after words, the last of which is not complete yet.
    private func bash(_ lines: [[String]], script: String = "source script.bash") throws -> [[String]] {
      var text = "set -u\n\(script)\n"
      for words in lines {
        text += """
          COMP_WORDS=(\(words.map(BashQuoting.word).joined(separator: " "))) COMP_CWORD=\(words.count - 1)
          COMPREPLY=()
          _lbcheck
          printf '%s\\t' ${COMPREPLY[@]+"${COMPREPLY[@]}"}
          echo

          """
      }
      return try run("bash", ["--norc", "--noprofile"], text).split(separator: "\n", omittingEmptySubsequences: false)
        .dropLast().map { $0.split(separator: "\t").map(String.init) }
    }

    @Test("bash completes commands, options, their values, hosts and files")
    func bash() throws {
      let cases: [([String], [String])] = [
        (["fa"], ["fairness", "failover"]),
        (["--v"], ["--version"]),
        (["help", "relo"], ["reload-test"]),
        (["completions", ""], ["bash", "zsh", "fish"]),
        (["testbed", ""], ["up"]),
        (["testbed", "up", "--po"], ["--port"]),
        (["fairness", "--pol"], ["--policy"]),
        (["fairness", "--policy", "r"], ["round-robin", "random"]),
        // As bash takes apart --policy=r, --policy= and example.org:80.
        (["fairness", "--policy", "=", "r"], ["round-robin", "random"]),
        (
          ["fairness", "--policy", "="],
          ["round-robin", "weighted-round-robin", "random", "least-connections", "two-choices", "sticky", "single"]
        ),
        (["fairness", "example.org", ":", "80"], ["8080"]),
        (["fairness", ""], ["alvin.xyz", "example.org:8080"]),
        (["fairness", "-n", "5", "--json", "a"], ["alvin.xyz"]),
        (["fairness", "alvin.xyz", "a"], []),
        (["fairness", "--policy", "random", "--pol"], []),
        (["fairness", "-n5", "--requests"], []),
        (["fairness", "-H", "a: b", "--hea"], ["--header"]),
        (["fairness", "--", "--pol"], []),
        (["fairness", "--body", ""], []),
        (["fairness", "--profile", "m"], ["mine [1].json5"]),
        (["fairness", "--profile", "=", "Profiles/a"], ["Profiles/alvin.xyz.json5"]),
        (["fairness", "--out", "R"], ["Reports"]),
        (["reload-test", "--testbed-fault", ""], ["none", "partial", "stale", "cut"]),
        (["load", "--policy", ""], ["alvin.xyz", "example.org:8080"]),
        (["compare", "m"], ["mine [1].json5"]),
        (["compare", "before", "m"], ["mine [1].json5"]),
        (["bogus", ""], []),
      ]
      let answers = try bash(cases.map { ["lbcheck"] + $0.0 })
      #expect(answers.count == cases.count)
      for (answer, (words, expected)) in zip(answers, cases) { #expect(answer == expected, "\(words)") }
    }

    @Test("bash takes the script from the program itself, as its start file would")
    func sourced() throws {
      let script = "source <(lbcheck completions bash)\ncomplete -p lbcheck\n"
      #expect(try run("bash", ["--norc", "--noprofile"], script) == "complete -F _lbcheck lbcheck\n")
    }

    /// What fish offers at the end of each line, with the descriptions after a tab.
    private func fish(_ lines: [String], script: String = "source script.fish") throws -> [[String]] {
      let asked = lines.map { "complete -C \(FishQuoting.word($0))\necho ====\n" }.joined()
      return try run("fish", ["--no-config"], "\(script)\n\(asked)").components(separatedBy: "====\n").dropLast()
        .map { $0.split(separator: "\n").map(String.init) }
    }

    @Test("fish completes commands and options with their help, values, hosts and files")
    func fish() throws {
      let policies = ["random", "round-robin"]
      let cases: [(line: String, offered: [String])] = [
        ("lbcheck fair", ["fairness"]), ("lbcheck --v", ["--version"]), ("lbcheck help relo", ["reload-test"]),
        ("lbcheck completions ", ["bash", "fish", "zsh"]), ("lbcheck testbed ", ["up"]), ("lbcheck testbed up ", []),
        ("lbcheck testbed up --po", ["--port"]), ("lbcheck fairness --policy r", policies),
        ("lbcheck fairness --policy=ra", ["--policy=random"]),
        ("lbcheck fairness ", ["alvin.xyz", "example.org:8080"]), ("lbcheck fairness --json a", ["alvin.xyz"]),
        ("lbcheck fairness alvin.xyz ", []), ("lbcheck fairness --policy random --pol", []),
        ("lbcheck fairness -n5 --requests", []), ("lbcheck fairness -H a: --hea", ["--header"]),
        ("lbcheck fairness --body ", []), ("lbcheck fairness --profile Profiles/al", ["Profiles/alvin.xyz.json5"]),
        ("lbcheck fairness --out R", ["Reports/"]), ("lbcheck bogus ", []),
      ]
      let answers = try fish(cases.map(\.line))
      #expect(answers.count == cases.count)
      for (answer, (line, expected)) in zip(answers, cases) {
        let words = answer.map { String($0.prefix { $0 != "\t" }) }
        // fish may also offer what holds the letters further on.
        let isPrefixed = line.hasSuffix("--policy r")
        #expect(isPrefixed ? Set(words).isSuperset(of: expected) : words == expected, "\(line): \(words)")
      }
      #expect(try fish(["lbcheck fair"]) == [["fairness\t\(Command.fairness.abstract)"]])
      #expect(
        try fish(["lbcheck fairness --no-r"], script: "lbcheck completions fish | source")
          == [["--no-retry\tCount a reused connection that the server had just closed as a failure."]])
    }

    /// What zsh makes of each line when Tab is pressed at its end, and what it shows meanwhile.
    private func zsh(_ lines: [String], setup: String) throws -> (lines: [String], screen: String) {
      _ = try folder.write(
        """
        stty cols 240 rows 100
        PS1= PS2=
        autoload -Uz compinit
        \(setup)
        zstyle ':completion:*' verbose yes
        finish() {
          print -r -- "$BUFFER" >> $HOME/lines
          BUFFER=
          zle -I
          print '<<done>>'
        }
        zle -N finish
        bindkey '^I' complete-word
        bindkey '^G' finish
        zle-line-init() { print '<<ready>>' }
        zle -N zle-line-init
        """, to: ".zshrc")
      _ = try folder.write("", to: "lines")
      let typed = lines.map { "zpty -n -w shell \(ZshQuoting.word($0))$'\\t\\x07'\nuntil_shown '<<done>>'\n" }.joined()
      let screen = try run(
        "zsh", ["-f"],
        """
        zmodload zsh/zpty
        until_shown() {
          local seen= part
          while [[ $seen != *$1* ]] && zpty -r shell part; do seen+=$part; done
          print -r -- "$seen"
        }
        zpty shell 'zsh -d -i'
        until_shown '<<ready>>'
        \(typed)
        zpty -d shell
        """)
      return (
        (folder.read("lines") ?? "").split(separator: "\n", omittingEmptySubsequences: false).dropLast()
          .map(String.init), screen
      )
    }

    @Test(
      "zsh completes commands and options with their help, values, hosts and files",
      arguments: [
        "compinit -u -D; source $HOME/script.zsh", "compinit -u -D; source <(lbcheck completions zsh)",
        "fpath=($HOME/functions $fpath); lbcheck completions zsh > $HOME/functions/_lbcheck; compinit -u -D",
      ])
    func zsh(setup: String) throws {
      let cases: [(typed: String, completed: String)] = [
        ("lbcheck fair", "lbcheck fairness "), ("lbcheck --v", "lbcheck --version "),
        ("lbcheck help relo", "lbcheck help reload-test "), ("lbcheck completions f", "lbcheck completions fish "),
        ("lbcheck testbed ", "lbcheck testbed up "), ("lbcheck testbed up --po", "lbcheck testbed up --port="),
        ("lbcheck fairness --pol", "lbcheck fairness --policy="),
        ("lbcheck fairness --policy ra", "lbcheck fairness --policy random "),
        ("lbcheck fairness --policy=st", "lbcheck fairness --policy=sticky "),
        ("lbcheck fairness al", "lbcheck fairness alvin.xyz "),
        ("lbcheck fairness --json ex", "lbcheck fairness --json example.org:8080 "),
        ("lbcheck fairness alvin.xyz al", "lbcheck fairness alvin.xyz al"),
        ("lbcheck fairness --policy random --pol", "lbcheck fairness --policy random --pol"),
        ("lbcheck fairness -n5 --requ", "lbcheck fairness -n5 --request="),
        ("lbcheck fairness -H a --hea", "lbcheck fairness -H a --header="),
        ("lbcheck fairness --body R", "lbcheck fairness --body R"),
        ("lbcheck fairness --profile mi", #"lbcheck fairness --profile mine\ \[1\].json5 "#),
        ("lbcheck fairness --out Rep", "lbcheck fairness --out Reports/"), ("lbcheck bogus ", "lbcheck bogus "),
      ]
      let answer = try zsh(cases.map(\.typed) + ["lbcheck fai", "lbcheck fairness --no-"], setup: setup)
      #expect(answer.lines.count == cases.count + 2)
      for (line, (typed, completed)) in zip(answer.lines, cases) { #expect(line == completed, "\(typed)") }
      #expect(answer.screen.contains("-- \(Command.failover.abstract)"))
      #expect(answer.screen.contains("-- Count a reused connection that the server had just closed as a failure."))
    }

    @Test("A help text that a shell could act on is shown as it is")
    func hostileTexts() throws {
      let text = #"It's [a]: `touch bad` $(touch bad) $HOME "x" \n {a,b} 100%d; (b) #1 'q'"#
      var choices = OptionType<String>.text
      choices.choices = ["$(touch bad)", "it's"]
      let command = Command(
        name: "odd", abstract: text, discussion: "", positional: nil,
        groups: [
          OptionGroup(
            title: "T",
            options: [
              .flag("--first", help: text, sets: \.report.printsJSON),
              .value(
                "--second", named: "'[A:B] $(touch bad)'", help: text, as: choices, to: \.target.body),
            ])
        ]
      ) { _, _ in .ended }
      let table = CompletionTable(commands: [command, Command.demo])
      for (shell, script) in [("bash", table.bash), ("zsh", table.zsh), ("fish", table.fish)] {
        _ = try folder.write(script, to: "script.\(shell)")
      }
      #expect(
        try bash([["lbcheck", "odd", "--f"], ["lbcheck", "odd", "--second", ""]])
          == [["--first"], ["$(touch bad)", "it's"]])
      let fish = try fish(["lbcheck od", "lbcheck odd --fi", "lbcheck odd --second '$"])
      #expect(fish.first == ["odd\t\(text)"])
      #expect(fish.dropFirst().first == ["--first\t\(text)"])
      #expect(fish.last?.first?.hasPrefix("$(touch bad)") == true, "\(fish)")
      let zsh = try zsh(
        ["lbcheck ", "lbcheck odd --", "lbcheck odd --second i"],
        setup: "compinit -u -D; source $HOME/script.zsh")
      #expect(zsh.lines.last == #"lbcheck odd --second it\'s "#)
      #expect(zsh.screen.contains("odd   -- \(text)"), "\(zsh.screen)")
      #expect(zsh.screen.contains("--first  -- \(text)"), "\(zsh.screen)")
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/bad"))
    }

    @Test("Without a shell, or with an unknown one, there is one clear line")
    func usage() throws {
      for (arguments, message) in [
        ([], "and none was given"), (["fihs"], "not 'fihs'; did you mean 'fish'?"),
        (["powershell"], "not 'powershell'"),
      ] {
        let outcome = try tool.run(["completions"] + arguments)
        #expect(outcome.status == 2)
        #expect(outcome.output == "")
        #expect(
          outcome.messages
            == "error: completions takes bash, zsh or fish, \(message)\nSee 'lbcheck completions --help'.\n")
      }
    }
  }
}
