import Glibc
import Support
import Testing

@testable import Deployment

@Suite struct PM2ManagerTests {
  private let pm2: StandInPM2

  init() throws { pm2 = try StandInPM2() }

  private func manager(app: String = "shop", timeout: Duration = .seconds(20)) -> PM2Manager {
    PM2Manager(app: app, program: pm2.program, timeout: timeout)
  }

  @Test("The instances are listed, also by the first call, which prints a banner")
  func listing() throws {
    let settings = InstanceSettings(listenTimeout: 3000, killTimeout: 1600, waitsForReady: false)
    let expected = [0, 1].map { slot in
      ManagedInstance(
        name: "\(slot)", slot: slot, pid: Int32(1000 + slot), status: "online", isClusterMode: true, settings: settings)
    }
    #expect(try manager().instances(stop: { false }) == expected)
    #expect(try manager().instances(stop: { false }) == expected)
    #expect(try manager(app: "other").instances(stop: { false }).isEmpty)
  }

  @Test(
    "Reload and restart are carried out and compared",
    arguments: [
      (PM2Findings.Action.reload, "reload"), (.restart, "restart"),
    ])
  func healthy(_ action: PM2Findings.Action, word: String) throws {
    let (report, findings) = manager().perform(action, stop: { false })
    #expect(report.command == [pm2.program, word, "shop"] && report.exitStatus == 0 && report.problem == nil)
    #expect(
      report.claim == """
        [PM2] Applying action \(word)ProcessId on app [shop](ids: [ 0, 1 ])
        [PM2] [shop](0) ✓
        [PM2] [shop](1) ✓
        """)
    #expect(report.startedAt > 0 && report.duration > 0)
    #expect(findings?.newPids.map { $0.after } == [1100, 1101])
    #expect(findings?.contradictions == [] && report.notes == findings?.warnings)
    #expect(pm2.calls == ["jlist", "\(word) shop", "jlist"])
  }

  @Test("Numbers beyond all bounds in pm2's list are counted with", arguments: [Int.max, .min, -1, 3_600_000])
  func hugeNumbers(_ number: Int) throws {
    let folder = try TemporaryFolder()
    let entry =
      #"{"pid":7,"name":"shop","pm_id":\#(number),"pm2_env":{"status":"online","restart_time":\#(number),"#
      + #""listen_timeout":\#(number),"kill_timeout":\#(number)}}"#
    let program = try folder.write("#!/bin/sh\necho '[\(entry),\(entry)]'\n", to: "pm2")
    chmod(program, 0o755)
    let manager = PM2Manager(app: "shop", program: program, timeout: .seconds(20))
    #expect(manager.longestWait(stop: { false }) == (number < 0 ? .zero : .seconds(20)))
    let before = try PM2Manager.processes(in: "[\(entry)]")
    var after = before
    after[0].restarts = number < 0 ? .max : .min
    _ = PM2Findings(.reload, app: "shop", before: before, after: after, exitStatus: 0)
  }

  @Test("A broken build shows in spite of status 0 and ticks")
  func broken() throws {
    try pm2.set("broken")
    let report = manager().reload(stop: { false })
    #expect(report.exitStatus == 0 && report.problem == nil && report.claim.hasSuffix("(1) ✓"))
    #expect(report.notes.contains("exit status 0 although instance 0 is errored"))
    #expect(report.notes.contains("exit status 0 although instance 1 is errored"))
  }

  @Test("An action that does nothing shows")
  func silent() throws {
    try pm2.set("silent")
    #expect(
      manager().restart(stop: { false }).notes.first
        == "exit status 0 although instance 0 still has its old process 1000"
    )
    #expect(manager().stop("1", stop: { false }).notes.first == "exit status 0 although instance 1 is online")
  }

  @Test("One instance is stopped and started")
  func single() throws {
    let stopped = manager().stop("1", stop: { false })
    #expect(stopped.exitStatus == 0 && stopped.problem == nil && stopped.claim.hasSuffix("[PM2] [shop](1) ✓"))
    #expect(stopped.command == [pm2.program, "stop", "1"])
    #expect(try manager().instances(stop: { false }).map(\.pid) == [1000, 0])
    let (started, findings) = manager().perform(.start(id: 1), stop: { false })
    #expect(started.exitStatus == 0 && findings?.contradictions == [] && findings?.notOnline == [])
  }

  @Test("What is not an instance of the app is left alone", arguments: ["2", "all", "-1", "", "0 1", "shop"])
  func foreign(_ instance: String) throws {
    for report in [manager().stop(instance, stop: { false }), manager().start(instance, stop: { false })] {
      #expect(report.problem != nil && report.command == [] && report.exitStatus == nil)
    }
    #expect(pm2.calls.allSatisfy { $0 == "jlist" })
  }

  @Test("What pm2 would read as more than one app is refused", arguments: ["all", "/sh/", "-a", "0", ""])
  func tooMuch(_ app: String) throws {
    #expect(
      manager(app: app).reload(stop: { false }).problem == "pm2 does not read “\(app)” as the name of one app")
    #expect(pm2.calls == ["jlist"])
  }

  @Test("An unknown app is named, with those that there are")
  func unknown() throws {
    #expect(
      manager(app: "nosuch").reload(stop: { false }).problem == "pm2 has no app called “nosuch”; it has shop")
  }

  @Test("A reload that pm2 refuses says why")
  func locked() throws {
    try pm2.set("locked")
    let report = manager().reload(stop: { false })
    #expect(report.exitStatus == 1)
    #expect(
      report.problem?.hasSuffix(
        """
        ended with exit status 1: Reload already in progress, please try again in 30 seconds (pm2's own lock: another \
        reload is still running, or one that was broken off left it; it lapses after 30 s)
        """) == true, "\(report.problem ?? "")")
  }

  @Test("An action that hangs is ended, and what is there afterwards is still looked at")
  func hanging() throws {
    try pm2.set("hang")
    let (report, findings) = manager(timeout: .seconds(2)).perform(.reload, stop: { false })
    #expect(report.exitStatus == nil && report.problem?.contains("longer than it may take") == true)
    #expect(findings?.newPids.isEmpty == true && findings?.contradictions.count == 2)

    var asked = 0
    let stopped = manager().perform(.reload) {
      asked += 1
      return pm2.calls.last == "reload shop" && asked > 3
    }
    #expect(stopped.report.problem?.contains("asked to stop") == true && stopped.findings != nil)
    #expect(stopped.report.notes.last == PM2Manager.lockLeft)
  }

  @Test("A fork mode app is warned of")
  func fork() throws {
    let pm2 = try StandInPM2(mode: "fork_mode")
    let report = PM2Manager(app: "shop", program: pm2.program, timeout: .seconds(20)).reload(stop: { false })
    #expect(report.notes.first?.hasPrefix("fork mode") == true)
  }

  @Test("What pm2 lists before and after an action goes with its report, with the settings that it leaves out")
  func lists() throws {
    let report = manager().reload(stop: { false })
    #expect(report.instancesBefore?.map(\.pid) == [1000, 1001] && report.instancesAfter?.map(\.pid) == [1100, 1101])
    #expect(
      report.instancesAfter?.first?.settings
        == InstanceSettings(listenTimeout: 3000, killTimeout: 1600, waitsForReady: false))
    #expect(manager().longestWait(stop: { false }) == .seconds(6))
    // pm2's command is ended before it has waited any longer.
    #expect(manager(timeout: .seconds(2)).longestWait(stop: { false }) == .seconds(2))
  }

  @Test("Without pm2 there is one readable line")
  func missing() {
    let manager = PM2Manager(app: "shop", program: "lbcheck-no-pm2", timeout: .seconds(5))
    let line = "lbcheck-no-pm2 jlist could not be started: lbcheck-no-pm2: \(SystemWording.noSuchFile)"
    #expect(throws: ManagerError(line)) { try manager.instances(stop: { false }) }
    #expect(manager.reload(stop: { false }).problem == line)
  }

  @Test("No report repeats the environment that pm2 lists")
  func secrets() throws {
    let (report, findings) = manager().perform(.reload, stop: { false })
    let processes = try manager().processes(stop: { false })
    #expect(!"\(report) \(String(describing: findings)) \(processes)".contains("hunter2"))
  }
}
