import Testing

@testable import lbcheck

@Suite struct CompletionTests {
  private let table = CompletionTable(commands: Program.commands)

  @Test("Every command and every name of every option is in each script")
  func whole() {
    let (bash, zsh, fish) = (table.bash, table.zsh, table.fish)
    for command in Program.commands {
      for script in [bash, zsh, fish] { #expect(script.contains("'\(command.name)")) }
      for option in command.options {
        for name in option.names {
          #expect(bash.contains(name))
          #expect(zsh.contains(option.valueName == nil ? "\(name)[" : "\(name)\(name.count == 2 ? "+" : "=")["))
          #expect(fish.contains(name.count == 2 ? "-s '\(name.dropFirst())'" : "-l '\(name.dropFirst(2))'"))
        }
      }
    }
  }

  @Test("Each choice that is offered is one that the option takes, and nothing else is taken")
  func choices() throws {
    var options = 0
    for option in Program.commands.flatMap(\.options) where !option.choices.isEmpty {
      options += 1
      for choice in option.choices {
        var values = Request()
        #expect(throws: Never.self) { try option.apply(&values, choice) }
      }
      var values = Request()
      let error = #expect(throws: ValueError.self) { try option.apply(&values, "no such choice") }
      for choice in option.choices { #expect(error?.expectation.contains(choice) == true) }
    }
    #expect(options >= 3)
  }

  @Test("What is offered for a value depends on its kind")
  func kinds() throws {
    func value(_ name: String, of command: Command) -> CompletedValue? {
      command.options.first { $0.name == name }?.completed
    }
    #expect(value("--profile", of: .fairness) == .files)
    #expect(value("--out", of: .fairness) == .folders)
    #expect(value("--requests", of: .fairness) == .nothing)
    #expect(value("--testbed-broken", of: .reloadTest) == .words(["crash", "errors"]))
    #expect(Command.fairness.completed == .hosts)
    #expect(Command.testbed.completed == .words(["up"]))
    #expect(Command.demo.completed == .nothing)
  }

  @Test("Texts keep what a shell would act on")
  func quoting() {
    #expect(BashQuoting.word("it's `x` $y") == #"'it'\''s `x` $y'"#)
    #expect(ZshQuoting.word("it's `x` $y") == #"'it'\''s `x` $y'"#)
    #expect(ZshQuoting.help(#"a [b]: \c"#) == #"a \[b\]\: \\c"#)
    #expect(ZshQuoting.message("H:P") == #"H\:P"#)
    #expect(ZshQuoting.pair("a:b", "c: d") == #"a\:b:c: d"#)
    #expect(FishQuoting.word(#"it's \ `x` $y"#) == #"'it\'s \\ `x` $y'"#)
  }
}
