import Foundation
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
