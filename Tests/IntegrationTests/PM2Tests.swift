import Foundation
import Support
import Testing

extension Integration {
  /// The table of what pm2 does to an app that does not drain, by pm2 itself where it is installed, and by a stand-in
  /// that speaks and acts the same.
  @Suite struct PM2Tests {
    static let programs = PM2App.programs

    private static let app = """
      require('http').createServer((request, response) => {
        response.setHeader('X-Backend', `app-${process.env.NODE_APP_INSTANCE || 0}`);
        response.setHeader('X-Generation', process.pid);
        response.end('hello');
      }).listen(process.env.PORT, '127.0.0.1');
      """

    /// reload-test of an app of pm2, with its broken build.
    private func measure(_ program: String, mode: String, options: [String] = []) throws -> LbcheckTool.Outcome {
      let pm2 = try PM2App(program: program)
      try pm2.start(Self.app, "\(mode) --listen-timeout 1500")
      let folder = pm2.tool.folder
      let good = try folder.write(Self.app, to: "good.js")
      let broken = try folder.write("process.exit(1);", to: "broken.js")
      let repair = try folder.write(
        "cp '\(good)' '\(folder.path)/app.js' && '\(program)' restart shop\n", to: "repair.sh")
      return try pm2.lbcheck(
        "reload-test",
        [
          "--rate", "500", "--fresh-connections", "0.5", "--settle", "1s", "--break-command",
          "cp \(broken) \(folder.path)/app.js", "--repair-command", "sh \(repair)",
        ] + options)
    }

    /// Whether the report says that nobody answered any more.
    private func isDown(_ outcome: LbcheckTool.Outcome, after phase: String) -> Bool {
      outcome.report?["notes"].texts.contains { $0.hasPrefix("\(phase): from ") } == true
    }

    private struct Phase {
      let report: LbcheckTool.Outcome.Report
      var failed: Int { report["traffic"]["requests"]["failed"].integer ?? -1 }
      var refused: Int { report["traffic"]["failures"]["refused"].integer ?? 0 }
      var retried: Int { report["traffic"]["requests"]["retried"].integer ?? -1 }
      var exitStatus: Int? { report["action"]["exitStatus"].integer }
      var claim: String { report["action"]["claim"].text ?? "" }
    }

    private func phases(_ outcome: LbcheckTool.Outcome) -> [String: Phase] {
      Dictionary(
        outcome.report?["phases"].list.map { ($0["name"].text ?? "", Phase(report: $0)) } ?? [],
        uniquingKeysWith: { first, _ in first })
    }

    @Test(
      "Cluster mode: a reload cuts kept connections, a restart refuses, a broken build is down for good, all with a tick",
      arguments: programs)
    func cluster(program: String) throws {
      let outcome = try measure(program, mode: "-i 2")
      let phases = phases(outcome)
      let reload = try #require(phases["reload"], "\(outcome.messages)")
      let restart = try #require(phases["restart"])
      let brokenReload = try #require(phases["broken reload"])
      let brokenRestart = try #require(phases["broken restart"])

      #expect(reload.failed + reload.retried > 0, "the app does not drain, so some connections are cut")
      let (gap, outage) = (reload.report["longestGapSeconds"].number, restart.report["longestGapSeconds"].number)
      #expect(try #require(gap) < #require(outage), "fresh connections go on")
      #expect(restart.failed > reload.failed)
      #expect(reload.refused == 0)
      #expect(restart.refused > 0)
      for (phase, lasts) in [
        ("reload", false), ("restart", false), ("broken reload", true), ("broken restart", true),
      ] {
        #expect(isDown(outcome, after: phase) == lasts, "\(phase)")
      }
      for phase in [reload, restart, brokenReload, brokenRestart] {
        #expect(phase.exitStatus == 0)
        #expect(phase.claim.contains("✓"))
      }
      // The old processes serve for one listen_timeout an instance.
      let begun = brokenReload.report["action"]["startSeconds"].number ?? 0
      let down = brokenReload.report["outages"].list.last?["startSeconds"].number ?? 0
      #expect((2.8...5).contains(down - begun), "\(down - begun)")
      for name in ["repairedAfterReload", "repairedAfterRestart"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "pass", "\(name) \(outcome.output)")
      }
      #expect(outcome.report?["notes"].texts.contains { $0.contains("exit status 0 although instance") } == true)
    }

    @Test("Fork mode: a reload is a restart, and a broken build is down at once", arguments: programs)
    func fork(program: String) throws {
      let outcome = try measure(program, mode: "", options: ["--no-restart"])
      let phases = phases(outcome)
      let reload = try #require(phases["reload"], "\(outcome.messages)")
      let broken = try #require(phases["broken reload"])
      #expect(reload.failed > 0)
      #expect(reload.report["outages"].list.isEmpty == false)
      #expect(isDown(outcome, after: "broken reload"))
      let begun = broken.report["action"]["startSeconds"].number ?? 0
      let down = broken.report["outages"].list.last?["startSeconds"].number ?? 99
      #expect(down - begun < 1.5, "\(down - begun)")
      #expect(outcome.report?["notes"].texts.contains { $0.contains("fork mode") } == true)
      #expect(outcome.status == 1)
    }
  }
}
