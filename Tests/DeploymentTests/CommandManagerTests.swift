import Testing

@testable import Deployment

@Suite struct CommandManagerTests {
  private func manager(list: [String]? = nil) -> CommandManager {
    CommandManager(
      name: "own", reload: ManagerCommand(["echo", "reloaded"]), restart: ManagerCommand(["sh", "-c", "exit 2"]),
      stop: ManagerCommand(["printf", "%s|", "{instance}", "unit@{instance}.service", "$HOME"]),
      list: list.map { ManagerCommand($0) }, timeout: .seconds(20))
  }

  @Test("Each action runs its command")
  func actions() {
    let reload = manager().reload(stop: { false })
    #expect(reload.command == ["echo", "reloaded"] && reload.claim == "reloaded" && reload.exitStatus == 0)
    #expect(reload.problem == nil && reload.notes == [])
    let restart = manager().restart(stop: { false })
    #expect(restart.exitStatus == 2 && restart.problem == "sh ended with exit status 2")
  }

  @Test("What a command said last about its failure is part of the problem, its errors before its output")
  func reasons() {
    func problem(_ script: String) -> String? {
      CommandManager(name: "own", reload: ManagerCommand(["sh", "-c", script]), timeout: .seconds(20))
        .reload(stop: { false }).problem
    }
    #expect(
      problem("echo begun; echo first >&2; printf '\\033[31mno such unit\\033[0m\\n\\n' >&2; exit 4")
        == "sh ended with exit status 4; it printed: “no such unit”")
    #expect(problem("echo half; echo whole; exit 1") == "sh ended with exit status 1; it printed: “whole”")
    #expect(problem("echo noise >&2") == nil)
  }

  @Test("A command that lbcheck was asked to stop is distinguished from one that took too long")
  func stopped() {
    func report(_ script: String, timeout: Duration = .seconds(20), stop: Bool = false) -> ActionReport {
      CommandManager(name: "own", reload: ManagerCommand(["sh", "-c", script]), timeout: timeout).reload { stop }
    }
    let stopped = report("sleep 60", stop: true)
    #expect(stopped.wasStopped && stopped.problem?.contains("asked to stop") == true)
    let late = report("echo 1; sleep 60", timeout: .milliseconds(300))
    #expect(!late.wasStopped && late.problem?.hasSuffix("longer than it may take; it printed: “1”") == true)
    #expect(!report("exit 1").wasStopped)
  }

  @Test("What lives on in the background is said")
  func leftBehind() throws {
    let report = CommandManager(
      name: "own", reload: ManagerCommand(["sh", "-c", "sleep 5 & echo done"]), timeout: .seconds(20)
    ).reload { false }
    #expect(report.problem == nil && report.notes.count == 1 && report.notes[0].contains("live on"))
  }

  @Test("The instance is filled in, and nothing of it is interpreted")
  func instance() {
    let report = manager().stop("a b;{instance}$(x)", stop: { false })
    #expect(report.claim == "a b;{instance}$(x)|unit@a b;{instance}$(x).service|$HOME|")
    #expect(CommandManager.filling("x", into: "{instance{instance}}") == "{instancex}")
    #expect(CommandManager.filling("", into: "{instance}") == "")
  }

  @Test("An action without a command is refused")
  func missing() {
    let report = manager().start("a", stop: { false })
    #expect(report.problem == "own has no command for start" && report.command == [] && report.exitStatus == nil)
    #expect(throws: ManagerError("own has no command that lists the instances")) {
      try manager().instances(stop: { false })
    }
  }

  @Test("A list has an instance a line")
  func list() throws {
    let text = "\u{1B}[1ma 12 running\u{1B}[0m\n\nb\t0 stopped now\nc\nd x\n"
    #expect(
      try manager(list: ["printf", "%s", text]).instances(stop: { false }) == [
        ManagedInstance(name: "a", pid: 12, status: "running"), ManagedInstance(name: "b", status: "stopped"),
        ManagedInstance(name: "c", status: "unknown"), ManagedInstance(name: "d", status: "unknown"),
      ])
    #expect(throws: ManagerError("false ended with exit status 1")) {
      try manager(list: ["false"]).instances(stop: { false })
    }
  }

  @Test("Colours go, other control characters stay, and long words lose their middle")
  func claims() {
    #expect(OutputExcerpt.withoutColours("a\u{1B}[1;31mb\u{1B}[0m\u{7}\u{1B}]c\u{1B}[") == "ab\u{7}\u{1B}]c")
    #expect(OutputExcerpt.withoutColours("\u{1B}[31✓") == "✓")
    let long = OutputExcerpt.shortened("begin" + String(repeating: "é", count: 5000) + "end\n")
    #expect(long.count <= OutputExcerpt.limit && long.hasPrefix("begin") && long.hasSuffix("end") && long.contains("…"))
    #expect(OutputExcerpt.firstLine("\n  \n x y \nz") == "x y")
    #expect(OutputExcerpt.firstLine(" \n") == nil)
  }
}
