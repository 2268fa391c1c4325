import Foundation
import Glibc
import Support
import Testing

extension Integration {
  /// Each manager by name, really reloaded under traffic.
  @Suite struct ManagersTests {
    private func reloadTest(_ server: ManagedServer, _ options: [String] = [], timeout: String = "20s") throws
      -> LbcheckTool.Outcome
    {
      try LbcheckTool().run(
        [
          "reload-test", server.url, "--manager", server.manager, "--no-restart", "--settle", "1500ms", "--rate", "40",
          "--manager-timeout", timeout, "--json",
        ] + options)
    }

    private func phase(_ outcome: LbcheckTool.Outcome, _ name: String) -> LbcheckTool.Outcome.Report? {
      outcome.report?["phases"].list.first { $0["name"].text == name }
    }

    @Test("A reload by name is carried out: other processes answer than before", arguments: ManagedServer.all)
    func reloaded(_ row: ManagedServer.Row) throws {
      let server = try ManagedServer(row)
      let outcome = try reloadTest(server, row.hasGenerations ? [] : ["--max-gap", "10s"])
      let reload = try #require(phase(outcome, "reload"), "\(outcome.messages)\(outcome.output)")
      #expect(reload["action"]["problem"].text == nil, "\(outcome.output)")
      #expect(reload["action"]["exitStatus"].integer == 0)
      #expect(outcome.report?["manager"].text == row.manager)
      if row.hasGenerations {
        #expect(outcome.report?.assertion("noStaleGeneration")?["verdict"].text == "pass", "\(outcome.output)")
        #expect(outcome.report?.assertion("everyGenerationReplaced")?["verdict"].text == "pass", "\(outcome.output)")
      } else if row.manager != "caddy" {
        #expect(outcome.report?.assertion("everyInstanceReplaced")?["verdict"].text == "pass", "\(outcome.output)")
      }
      #expect(outcome.report?.assertion("noUnaskedRestart")?["verdict"].text != "fail", "\(outcome.output)")
      // How many are lost is what the claims are about; that visitors are served afterwards is not.
      #expect(outcome.report?.assertion("siteUpAtTheEnd")?["verdict"].text == "pass", "\(outcome.output)")
    }

    @Test(
      "A restart by name is carried out: once more other processes answer, and the site is up",
      arguments: [ManagedServer.puma, ManagedServer.apache, ManagedServer.uwsgiFIFO])
    func restarted(_ row: ManagedServer.Row) throws {
      let server = try ManagedServer(row)
      let outcome = try LbcheckTool().run([
        "reload-test", server.url, "--manager", server.manager, "--settle", "1500ms", "--rate", "40",
        "--manager-timeout", "20s", "--max-gap", "10s", "--json",
      ])
      let restart = try #require(phase(outcome, "restart"), "\(outcome.messages)\(outcome.output)")
      #expect(restart["action"]["problem"].text == nil && restart["action"]["exitStatus"].integer == 0)
      #expect(outcome.report?.assertion("managerRestarted") == nil)
      #expect(outcome.report?.assertion("siteUpAtTheEnd")?["verdict"].text == "pass", "\(outcome.output)")
      guard row.hasGenerations else {
        // Apache's workers do not name themselves, so its list of them has to show it.
        #expect(restart["action"]["claim"].text?.contains(" workers replaced by ") == true, "\(restart["action"])")
        return
      }
      let before = Set(phase(outcome, "reload")?["generations"].list.compactMap { $0["generation"].text } ?? [])
      let after = Set(restart["generations"].list.compactMap { $0["generation"].text })
      #expect(after.subtracting(before).count >= 2, "\(before) \(after)")
    }

    @Test(
      "A user who may not signal the master is told so in one line, before the target is even asked",
      .enabled(if: getuid() == 0))
    func noPermission() throws {
      let server = try ManagedServer(ManagedServer.nginx)
      let tool = try LbcheckTool()
      for folder in [server.folder.path, tool.folder.path] { chmod(folder, 0o777) }
      let outcome = try tool.run(
        ["reload-test", server.url, "--manager", server.manager, "--no-restart"],
        within: ["/usr/bin/env", "setpriv", "--reuid=54319", "--regid=54319", "--clear-groups"])
      #expect(outcome.status == 3 && outcome.output.isEmpty, "\(outcome.messages)\(outcome.output)")
      let lines = outcome.messages.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains("no permission to signal process"), "\(outcome.messages)")
      #expect(lines.first?.hasSuffix("(nginx): run lbcheck as its user or as root") == true, "\(outcome.messages)")
    }

    @Test("nginx that refuses its new configuration loses no request, and has not reloaded")
    func refused() throws {
      let server = try ManagedServer(ManagedServer.nginx)
      _ = try server.folder.write("a mistake", to: "nginx.conf")
      let outcome = try reloadTest(server, timeout: "2s")
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("managerReloaded")?["verdict"].text == "fail")
      #expect(phase(outcome, "reload")?["action"]["problem"].text?.hasPrefix("no new worker") == true)
    }

    @Test("A pid file that now names another program ends the check with one line, before the target is even asked")
    func stale() throws {
      let tool = try LbcheckTool()
      let path = try tool.folder.write("\(ProcessInfo.processInfo.processIdentifier)\n", to: "pid")
      let outcome = try tool.run([
        "reload-test", "http://127.0.0.1:\(FreePort.reserve())/", "--manager", "puma:\(path)",
      ])
      #expect(outcome.status == 3 && outcome.output.isEmpty)
      let lines = outcome.messages.split(separator: "\n")
      #expect(lines.count == 1 && lines[0].contains("not puma; it gets no signal"), "\(outcome.messages)")
    }
  }
}
