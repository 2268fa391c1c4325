import Deployment
internal import Glibc
import Support
import Testing

@Suite struct CommandRunnerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs a script that first writes its process number, which is that of its group, to a file.
  private func run(
    _ script: String, timeout: Duration = .seconds(20), stop: () -> Bool = { false }
  ) throws -> CommandOutcome {
    CommandRunner.run(
      ManagerCommand(["sh", "-c", "echo $$ > group\n" + script], workingDirectory: folder.path),
      timeout: timeout, stop: stop)
  }

  /// Whether all of the group is gone, at once or within a few seconds.
  private func groupIsGone() throws -> Bool {
    let text = try #require(folder.read("group"))
    let group = try #require(Int32(text.split(whereSeparator: \.isNewline).first ?? ""))
    for _ in 0..<500 {
      if kill(-group, 0) != 0 && errno == ESRCH { return true }
      // Those whose parent has gone may have to be reaped by a process that is in no hurry: they run no more.
      if Self.members(of: group).allSatisfy({ $0 == "Z" || $0 == "X" }) { return true }
      usleep(10_000)
    }
    return false
  }

  /// The states of the processes of a group, as the kernel abbreviates them.
  private static func members(of group: Int32) -> [Substring] {
    guard let proc = opendir("/proc") else { return [] }
    defer { closedir(proc) }
    var states: [Substring] = []
    while let entry = readdir(proc) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let pid = Int32(name), let file = fopen("/proc/\(pid)/stat", "r") else { continue }
      defer { fclose(file) }
      var line = [CChar](repeating: 0, count: 1024)
      guard fgets(&line, 1024, file) != nil else { continue }
      let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      // After the name in parentheses: the state, the parent and the group.
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.lastIndex(of: ")") else { continue }
      let fields = text[end...].split(separator: " ")
      if fields.count > 3, Int32(fields[3]) == group { states.append(fields[1]) }
    }
    return states
  }

  @Test("Both outputs and the exit status come back, and nothing comes from standard input")
  func plain() throws {
    let outcome = try run("cat; printf 'a\\033[31mb'; echo problem >&2; exit 3")
    #expect(outcome.ending == .exited(3) && outcome.exitStatus == 3)
    #expect(outcome.output.text == "a\u{1B}[31mb" && outcome.errors.text == "problem\n")
    #expect(!outcome.timedOut && !outcome.stopped && !outcome.leftBehind)
    #expect(outcome.problem == "ended with exit status 3")
    #expect(outcome.startedAt > 0 && outcome.duration > 0 && outcome.duration < 10_000_000_000)
    #expect(try groupIsGone())
  }

  @Test("Arguments reach the program as they are, without a shell")
  func arguments() {
    let outcome = CommandRunner.run(
      ManagerCommand(["printf", "%s|", "$HOME", "a b", "", "*;`x`"]), timeout: .seconds(20), stop: { false })
    #expect(outcome.output.text == "$HOME|a b||*;`x`|")
    #expect(outcome.problem == nil)
  }

  @Test("The environment is inherited, added to and replaced")
  func environment() {
    setenv("LBCHECK_TEST_OLD", "old", 1)
    let outcome = CommandRunner.run(
      ManagerCommand(
        ["sh", "-c", "echo $LBCHECK_TEST_OLD,$LBCHECK_TEST_NEW,${PATH:+path}"],
        environment: ["LBCHECK_TEST_OLD": "a=b", "LBCHECK_TEST_NEW": "new"]),
      timeout: .seconds(20), stop: { false })
    #expect(outcome.output.text == "a=b,new,path\n")
  }

  @Test("A child has no descriptor but the first three, and default signal handling")
  func descriptors() throws {
    let stray = fcntl(0, F_DUPFD, 100)
    defer { close(stray) }
    let outcome = try run("ls /proc/self/fd | wc -l; sed -n 's/^Sig[BI].*:[[:space:]]*//p' /proc/self/status")
    let numbers = outcome.output.text.split(separator: "\n").compactMap { UInt64($0, radix: 16) }
    // `ls` itself opens the folder that it lists. Of the signals, 32 and 33 are the C library's own.
    #expect(numbers.count == 3 && numbers.first == 4)
    #expect(numbers.dropFirst().allSatisfy { $0 & 0x7FFF_FFFF == 0 })
  }

  @Test("Ten megabytes of output leave the beginning, the end and a count")
  func flood() throws {
    let outcome = try run("echo first; head -c 10485760 /dev/zero | tr '\\0' x; echo last")
    #expect(outcome.problem == nil)
    #expect(outcome.output.bytes.count == 65_536)
    #expect(outcome.output.bytesLeftOut == 10_485_760 + 11 - 65_536)
    #expect(outcome.output.text.hasPrefix("first\nxxx") && outcome.output.text.hasSuffix("xxxlast\n"))
    #expect(try groupIsGone())
  }

  @Test("A flood that never ends is ended at the deadline")
  func endlessFlood() throws {
    let outcome = try run("yes; true", timeout: .milliseconds(300))
    #expect(outcome.timedOut && outcome.output.bytesLeftOut > 0)
    #expect(try groupIsGone())
  }

  @Test(
    "What cannot be started says why",
    arguments: [
      (ManagerCommand(["lbcheck-no-such-program"]), "lbcheck-no-such-program: \(SystemWording.noSuchFile)"),
      (ManagerCommand(["/etc/passwd"]), "/etc/passwd: \(SystemWording.notPermitted)"),
      (ManagerCommand(["true"], workingDirectory: "/nonexistent"), "/nonexistent: \(SystemWording.noSuchFile)"),
      (ManagerCommand(["true"], workingDirectory: "/etc/passwd"), "/etc/passwd: \(SystemWording.notAFolder)"),
      (ManagerCommand([]), "the command is empty"),
      (ManagerCommand([""]), "the command is empty"),
      (ManagerCommand(["echo", "a\0b"]), "the command has a NUL character"),
      (ManagerCommand(["true"], environment: ["a=b": "c"]), "“a=b” cannot be the name of an environment variable"),
    ])
  func missing(_ command: ManagerCommand, reason: String) {
    let outcome = CommandRunner.run(command, timeout: .seconds(20), stop: { false })
    #expect(outcome.ending == .couldNotStart(reason))
    #expect(outcome.problem == "could not be started: " + reason)
  }

  @Test("A command that hangs is ended at its deadline, with all that it started")
  func hanging() throws {
    let outcome = try run("echo begun; sleep 60 & sleep 60", timeout: .milliseconds(200))
    #expect(outcome.timedOut && !outcome.stopped && outcome.ending == .signalled(SIGTERM))
    #expect(outcome.output.text == "begun\n")
    #expect(outcome.duration >= 200_000_000 && outcome.duration < 10_000_000_000)
    #expect(outcome.problem?.hasSuffix("which is longer than it may take") == true)
    #expect(try groupIsGone())
  }

  @Test("A command that ignores SIGTERM is killed after its grace")
  func stubborn() throws {
    let outcome = try run("trap '' TERM; while :; do sleep 0.05; done", timeout: .milliseconds(200))
    #expect(outcome.timedOut && outcome.ending == .signalled(SIGKILL))
    #expect(outcome.duration >= 1_200_000_000)
    #expect(try groupIsGone())
  }

  @Test("A command that ends by itself when asked keeps its status, and a stopped one is woken for it")
  func polite() throws {
    let outcome = try run("trap 'echo bye; exit 4' TERM; kill -STOP $$; :", timeout: .milliseconds(200))
    #expect(outcome.timedOut && outcome.ending == .exited(4) && outcome.output.text == "bye\n")
    #expect(outcome.problem?.contains("longer than it may take") == true)
    #expect(try groupIsGone())
  }

  @Test("A caller that wants to stop gets its thread back soon")
  func stopping() throws {
    var asked = 0
    let outcome = try run("sleep 60") {
      asked += 1
      return asked > 5
    }
    #expect(outcome.stopped && !outcome.timedOut && outcome.ending == .signalled(SIGTERM))
    #expect(outcome.duration < 5_000_000_000)
    #expect(try groupIsGone())
  }

  @Test("What a command that ended by itself left in the background lives on, and may print as much as it likes")
  func leftBehind() throws {
    for status in [0, 1] {
      // The child prints more than a pipe holds once its parent has gone.
      let outcome = try run(
        """
        (sleep 0.5; head -c 300000 /dev/zero && echo well > printed; exec sleep 60) & echo $! > service
        echo done; exit \(status)
        """)
      #expect(outcome.leftBehind && outcome.exitStatus == Int32(status) && outcome.output.text == "done\n")
      #expect((outcome.problem == nil) == (status == 0))
      #expect(outcome.duration < 5_000_000_000)
      for _ in 0..<1000 where folder.read("printed") == nil { usleep(10_000) }
      #expect(folder.read("printed") == "well\n")
      let service = try #require(Int32(folder.read("service")?.split(whereSeparator: \.isNewline).first ?? ""))
      #expect(kill(service, SIGKILL) == 0)
      #expect(try groupIsGone())
      unlink(folder.path + "/printed")
    }
  }

  @Test("A command that is ended takes what it started in the background with it", arguments: [false, true])
  func endedWithChildren(byTime: Bool) throws {
    let script = "(trap '' TERM; while :; do sleep 0.05; done) & sleep 60"
    var asked = 0
    let outcome = try run(script, timeout: byTime ? .milliseconds(200) : .seconds(20)) {
      asked += 1
      return !byTime && asked > 5
    }
    #expect(outcome.timedOut == byTime && outcome.stopped != byTime && !outcome.leftBehind)
    #expect(try groupIsGone())
  }

  @Test("A grandchild that escaped to a session of its own is not waited for")
  func daemon() throws {
    let outcome = try run("setsid sh -c 'echo $$ > daemon; exec sleep 60' & while [ ! -s daemon ]; do sleep 0.02; done")
    #expect(outcome.leftBehind && outcome.exitStatus == 0)
    let daemon = try #require(Int32(folder.read("daemon")?.split(whereSeparator: \.isNewline).first ?? ""))
    #expect(kill(daemon, SIGKILL) == 0)
    #expect(try groupIsGone())
  }

  @Test("A service that was started with its output elsewhere stays")
  func service() throws {
    let outcome = try run("sleep 60 > /dev/null 2>&1 & echo $! > service")
    #expect(outcome.problem == nil && !outcome.leftBehind)
    let service = try #require(Int32(folder.read("service")?.split(whereSeparator: \.isNewline).first ?? ""))
    #expect(kill(service, SIGKILL) == 0)
    #expect(try groupIsGone())
  }

  @Test("A hundred commands leave no descriptor open")
  func leaks() {
    func open() -> Int { (0..<1024).count { fcntl($0, F_GETFD) >= 0 } }
    let before = open()
    for _ in 0..<50 {
      _ = CommandRunner.run(ManagerCommand(["true"]), timeout: .seconds(20), stop: { false })
      _ = CommandRunner.run(ManagerCommand(["lbcheck-no-such-program"]), timeout: .seconds(20), stop: { false })
    }
    // Other tests run at the same time and have some of their own.
    #expect(open() < before + 50)
  }
}
