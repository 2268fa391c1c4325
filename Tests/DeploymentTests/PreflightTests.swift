import Glibc
import Support
import Testing

@testable import Deployment

@Suite struct PreflightTests {
  private func error(_ ask: () throws(PreflightError) -> Void) -> PreflightError? {
    do throws(PreflightError) {
      try ask()
      return nil
    } catch {
      return error
    }
  }

  private func error(
    of manager: any DeploymentManager, for actions: Set<ManagerAction> = [.reload, .restart]
  ) -> PreflightError? {
    error { () throws(PreflightError) in try manager.preflight(for: actions, stop: { false }) }
  }

  @Test("pm2 that is there and has the app passes, and is asked once")
  func pm2() throws {
    let pm2 = try StandInPM2()
    #expect(error(of: PM2Manager(app: "shop", program: pm2.program, timeout: .seconds(20))) == nil)
    #expect(pm2.calls == ["jlist"])
  }

  @Test(
    "What pm2 does not read as one app is bad usage, and pm2 is not even asked", arguments: ["all", "/s/", "-a", "0"])
  func names(_ app: String) throws {
    let pm2 = try StandInPM2()
    #expect(
      error(of: PM2Manager(app: app, program: pm2.program, timeout: .seconds(20)))
        == .usage("pm2 does not read “\(app)” as the name of one app"))
    #expect(pm2.calls.isEmpty)
  }

  @Test("A missing pm2, a missing home, an unknown app and a refusal are reported in one line each")
  func missing() throws {
    let pm2 = try StandInPM2()
    func manager(_ app: String, program: String? = nil, home: String? = nil) -> PM2Manager {
      PM2Manager(
        app: app, program: program ?? pm2.program, environment: home.map { ["PM2_HOME": $0] } ?? [:],
        timeout: .seconds(20))
    }
    #expect(
      error(of: manager("shop", program: "lbcheck-no-pm2"))
        == .unavailable("pm2 cannot be started: lbcheck-no-pm2: no such program in PATH"))
    #expect(
      error(of: manager("shop", home: pm2.folder.path + "/none"))
        == .unavailable("pm2's home \(pm2.folder.path)/none: No such file or directory"))
    #expect(
      error(of: manager("shop", home: pm2.program)) == .unavailable("pm2's home \(pm2.program): Not a directory"))
    #expect(pm2.calls.isEmpty, "pm2 would have started a daemon")
    _ = try? manager("shop").instances(stop: { false })
    #expect(error(of: manager("nosuch")) == .unavailable("pm2 has no app called “nosuch”; it has shop"))
    try pm2.set("denied")
    #expect(
      error(of: manager("shop"))?.description
        == "\(pm2.program) jlist ended with exit status 1: Error: EACCES: permission denied, open '/root/.pm2/pm2.log'")
  }

  @Test("A daemon that asking has started for nothing is reported, with how to end it")
  func daemon() throws {
    let pm2 = try StandInPM2()
    try pm2.set("empty")
    let manager = PM2Manager(app: "shop", program: pm2.program, timeout: .seconds(20))
    let nothing = "pm2 has no app called “shop” nor any other; each user has a pm2 of their own"
    #expect(error(of: manager) == .unavailable("\(nothing); \(PM2Manager.daemonStarted)"))
    #expect(error(of: manager) == .unavailable(nothing), "now the daemon was there")
  }

  @Test("Commands: each that will be needed has to be there and be a program; what is not needed is not looked at")
  func commands() throws {
    let folder = try TemporaryFolder()
    let script = try folder.write("#!/bin/sh\n", to: "script")
    chmod(script, 0o644)
    func manager(_ reload: [String], restart: [String]? = nil) -> CommandManager {
      CommandManager(
        name: "commands", reload: ManagerCommand(reload), restart: restart.map { ManagerCommand($0) },
        timeout: .seconds(5))
    }
    #expect(error(of: manager(["true"], restart: ["/bin/sh", "-c", "exit 1"])) == nil)
    #expect(error(of: manager(["true"])) == .usage("commands has no command for restart"))
    #expect(error(of: manager(["true"], restart: ["lbcheck-nowhere"]), for: [.reload]) == nil)
    for (program, reason) in [
      ("lbcheck-nowhere", "lbcheck-nowhere: no such program in PATH"),
      ("/nonexistent/program", "/nonexistent/program: No such file or directory"),
      (script, "\(script): Permission denied"), (folder.path, "\(folder.path): Permission denied"),
      ("\(script)/x", "\(script)/x: Not a directory"),
    ] {
      #expect(
        error(of: manager([program], restart: ["true"]))
          == .unavailable("the reload command cannot be started: \(reason)"))
    }
    let build = CommandBuildSwitch(
      break: ManagerCommand(["true"]), repair: ManagerCommand(["lbcheck-nowhere"]), timeout: .seconds(5))
    #expect(
      error { () throws(PreflightError) in try build.preflight(stop: { false }) }
        == .unavailable("the repair command cannot be started: lbcheck-nowhere: no such program in PATH"))
  }
}
