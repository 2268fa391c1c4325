internal import Glibc
import Testbed
import Testing

@Suite struct ChildProcessTests {
  private func start(_ script: String, timeout: Duration = .seconds(5)) throws -> ChildProcess {
    try ChildProcess.start(
      role: "script", executable: "/bin/sh", arguments: ["-c", script], readyTimeout: timeout)
  }

  @Test("A child that is ready runs until it is asked to end")
  func polite() throws {
    let child = try start("trap 'exit 7' TERM; echo ready >&4; while :; do sleep 0.02; done")
    #expect(child.isRunning)
    #expect(getpgid(child.pid) == child.pid)
    #expect(child.terminate(grace: .seconds(5)) == 7)
    #expect(!child.isRunning && child.exitStatus == 7)
    #expect(child.terminate(grace: .seconds(5)) == 7)
  }

  @Test("A child that does not listen is killed after the grace")
  func stubborn() throws {
    let child = try start("trap '' TERM; echo ready >&4; while :; do sleep 0.02; done")
    #expect(child.terminate(grace: .milliseconds(50)) == 137)
  }

  @Test("A stopped child can be ended politely")
  func frozen() throws {
    let child = try start("trap 'exit 3' TERM; echo ready >&4; while :; do sleep 0.02; done")
    child.signal(SIGSTOP)
    #expect(child.terminate(grace: .seconds(5)) == 3)
  }

  @Test("A child that ends before it is ready is named with its status")
  func early() throws {
    #expect(throws: TestbedError.endedEarly(role: "script", exitStatus: 9)) { try start("exit 9") }
    #expect(throws: TestbedError.endedEarly(role: "script", exitStatus: 143)) { try start("kill -TERM $$") }
  }

  @Test("A child that is never ready is killed at the deadline")
  func late() throws {
    #expect(throws: TestbedError.notReady(role: "script", timeout: .milliseconds(80))) {
      try start("exec sleep 20", timeout: .milliseconds(80))
    }
  }

  @Test("A program that is not there is named")
  func missing() throws {
    #expect(throws: TestbedError.cannotStart(role: "x", executable: "/nonexistent", code: ENOENT)) {
      try ChildProcess.start(role: "x", executable: "/nonexistent", arguments: [], readyTimeout: .seconds(1))
    }
  }

  @Test("A child has its three descriptors and no other, and sees its lifeline end with the parent's object")
  func descriptors() throws {
    let listener = try ListeningSocket()
    // A descriptor that does not close on exec, as a careless library leaves one.
    let stray = fcntl(0, F_DUPFD, 100)
    defer { close(stray) }
    let script = """
      test -S /proc/$$/fd/3 && test -p /proc/$$/fd/5 && test ! -e /proc/$$/fd/\(stray) && echo ready >&4
      exec 4>&-
      cat <&5
      """
    let child = try ChildProcess.start(
      role: "script", executable: "/bin/sh", arguments: ["-c", script], listener: listener,
      readyTimeout: .seconds(5))
    #expect(child.isRunning)
    let pid = child.pid
    _ = consume child
    #expect(kill(pid, 0) == -1)
  }
}
