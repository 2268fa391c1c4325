import Foundation
import Support
import Testing

extension Integration {
  /// Each manager by name, really reloaded under traffic.
  @Suite struct ManagersTests {
    private func reloadTest(_ server: ManagedServer, _ options: [String] = []) throws -> LbcheckTool.Outcome {
      try LbcheckTool().run(
        [
          "reload-test", server.url, "--manager", server.manager, "--no-restart", "--settle", "1500ms", "--rate", "80",
          "--manager-timeout", "20s", "--json",
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
  }
}
