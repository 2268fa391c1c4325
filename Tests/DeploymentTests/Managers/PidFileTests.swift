import Foundation
import Platform
import Support
import Testing

@testable import Deployment

/// A pid file that is wrong is refused before anything gets a signal.
@Suite struct PidFileTests {
  private func error(_ path: String, actions: Set<ManagerAction> = [.reload]) -> PreflightError? {
    do throws(PreflightError) {
      try SignalManager(server: .gunicorn, path: path, timeout: .seconds(2)).preflight(for: actions) { false }
      return nil
    } catch {
      return error
    }
  }

  /// A process that says when it gets a signal.
  private func witness(in folder: TemporaryFolder, named name: String = "sh") throws -> (Process, pid: Int32) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    let script = "trap 'echo hit >>\(folder.path)/hits' HUP; echo >\(folder.path)/ready; while :; do sleep 0.02; done"
    process.arguments = ["-c", "exec -a '\(name)' bash -c \"$0\"", script]
    try process.launchUnblocked()
    let deadline = Date(timeIntervalSinceNow: 20)
    while folder.read("ready") == nil, Date() < deadline { usleep(5_000) }
    return (process, process.processIdentifier)
  }

  @Test("No file, no number, nobody there: one line each")
  func refusals() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/pid"
    #expect(error(path) == .unavailable("gunicorn: \(path): No such file or directory"))
    for text in ["", "abc\n", "-5\n", "1\n", "0\n", "99999999\n", "12 34x\n"] {
      _ = try folder.write(text, to: "pid")
      #expect(error(path) == .unavailable("gunicorn: \(path) holds no process number"), "\(text)")
    }
    _ = try folder.write("4194304\n", to: "pid")
    #expect(
      error(path)
        == .unavailable(
          "gunicorn: \(path) names process 4194304, which is not there: the file is stale, or the server is down"))
    #expect(error(folder.path) == .unavailable("gunicorn: \(folder.path): Is a directory"))
  }

  @Test("A number that now is another program's: that program gets no signal, not even where the check is left out")
  func stale() throws {
    let folder = try TemporaryFolder()
    let (process, pid) = try witness(in: folder)
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    let path = try folder.write("\(pid)\n", to: "pid")
    let words = "\(path) names process \(pid), which is bash and not gunicorn; it gets no signal"
    #expect(error(path) == .unavailable("gunicorn: \(words)"))
    let report = SignalManager(server: .gunicorn, path: path, timeout: .seconds(2)).reload { false }
    #expect(report.problem == words && report.exitStatus == nil)
    usleep(200_000)
    #expect(folder.read("hits") == nil)
  }

  @Test("A worker's number is refused: its parent is the master; a master that takes over from another has workers")
  func worker() {
    func entry(_ pid: Int32, of parent: Int32, _ title: String) -> ProcessEntry {
      ProcessEntry(pid: pid, parent: parent, name: "gunicorn", arguments: [title])
    }
    let (first, second) = (entry(10, of: 1, "gunicorn: master [app]"), entry(20, of: 10, "gunicorn: master [app]"))
    let worker = entry(30, of: 20, "gunicorn: worker [app]")
    let (shell, tool) = (entry(9, of: 1, "bash"), entry(31, of: 30, "sleep 1"))
    let program = SignalledServer.gunicorn.program
    let refused = "names process 30, a worker of process 20; the pid of the master is expected"
    for (process, parent, children, problem) in [
      (worker, second, [], refused), (worker, second, [tool], refused), (second, first, [worker], nil),
      (first, shell, [worker], nil), (first, shell, [], nil), (first, nil, [], nil),
    ] as [(ProcessEntry, ProcessEntry?, [ProcessEntry], String?)] {
      #expect(MasterProcess.problem(process, childOf: parent, with: children, program) == problem)
    }
  }

  @Test("The right program gets it; one that replaces no worker has not reloaded")
  func right() throws {
    let folder = try TemporaryFolder()
    let (process, pid) = try witness(in: folder, named: "gunicorn: master [app]")
    defer {
      process.terminate()
      process.waitUntilExit()
    }
    let path = try folder.write("\(pid)\n", to: "pid")
    #expect(error(path) == nil)
    #expect(
      error(path, actions: [.reload, .restart])
        == .usage("gunicorn has no restart of its own: give --restart-command"))
    let server = SignalledServer(
      kind: .gunicorn, program: SignalledServer.gunicorn.program, reload: .init(signal: .hangup), workers: WorkerRule())
    let report = SignalManager(server: server, path: path, timeout: .milliseconds(400)).reload { false }
    let deadline = Date(timeIntervalSinceNow: 10)
    // The file is there a moment before its line.
    while folder.read("hits")?.isEmpty != false, Date() < deadline { usleep(5_000) }
    #expect(folder.read("hits") == "hit\n" && report.command == ["kill", "-HUP", "\(pid)"])
    // Its children, each a sleep of 20 ms, come and go, so only what is sure is looked at.
    #expect(report.instancesAfter != nil)
  }
}
