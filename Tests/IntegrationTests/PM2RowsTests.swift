import Foundation
import Support
import Testing

extension Integration {
  /// What pm2 was seen to do, each beside what lbcheck has to say of it.
  @Suite struct PM2RowsTests {
    private func verdict(_ outcome: LbcheckTool.Outcome, _ name: String) -> String? {
      outcome.report?.assertion(name)?["verdict"].text
    }

    private func texts(_ outcome: LbcheckTool.Outcome, _ field: String) -> String {
      outcome.report?[field].texts.joined(separator: "\n") ?? ""
    }

    private static func brief(_ settle: String = "700ms") -> [String] {
      ["--settle", settle, "--recovery", "2s", "--no-restart", "--fresh-connections", "1", "--rate", "100"]
    }

    /// Node itself may lose a connection that it hands to a process that is ending, so losses are not looked at here.
    @Test("An app that drains is replaced, and nothing is found that was not asked for")
    func healthy() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2")
      let outcome = try app.lbcheck("reload-test", Self.brief())
      for name in ["noUnaskedRestart", "everyInstanceUp", "everyBackendAnswered", "everyGenerationReplaced"] {
        #expect(verdict(outcome, name) == "pass", "\(name)")
      }
      #expect(!texts(outcome, "notes").contains("not in the manager's list"))
    }

    @Test("A pm2 that says done, and whose list has the old processes, has reloaded nothing", arguments: [false, true])
    func nothingDone(isDone: Bool) throws {
      let tool = try LbcheckTool()
      let program = try tool.folder.write(
        """
        #!/bin/sh
        pid=100; [ -e '\(tool.folder.path)/done' ] && pid=200
        case $1 in
        jlist) printf '[{"name":"shop","pm_id":0,"pid":%s,"pm2_env":{"status":"online","restart_time":0,"exec_mode":"cluster_mode"}}]' $pid;;
        *) \(isDone ? "touch '\(tool.folder.path)/done'" : "true"); echo "[PM2] [shop](0) ✓";;
        esac
        """, to: "pm2")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      let server = try MethodCounter { _, number in
        MethodCounter.Answer(backend: ["a", "b"][number % 2], generation: nil)
      }
      let outcome = try withExtendedLifetime(server) {
        try tool.run(
          ["reload-test", server.url, "--pm2", "shop", "--pm2-program", program, "--json"] + Self.brief())
      }
      #expect(outcome.status == (isDone ? 0 : 1), "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "everyInstanceReplaced") == (isDone ? "pass" : "fail"))
      let headline = outcome.report?["summary"].text ?? ""
      #expect(
        headline
          == (isDone
            ? "The reload lost no request. Not judged: whether the processes that were replaced are those that answer (no "
              + "generation header; see --generation-header)."
            : "The manager's own list shows old processes after the reload: 0 (100)."),
        "\(headline)")
    }

    @Test("New processes that never answer their first five requests: the reload has lost them")
    func silentStart() throws {
      let app = try PM2App()
      try app.start(
        PM2App.draining(
          before: "let left = require('fs').existsSync(process.env.PM2_HOME + '/second') ? 5 : 0;",
          answer: "if (left-- > 0) return;"), "-i 2")
      _ = try app.tool.folder.write("", to: "pm2/second")
      let outcome = try app.lbcheck("reload-test", Self.brief() + ["--timeout", "2s"])
      #expect(outcome.status == 1)
      #expect(verdict(outcome, "reloadLostNoRequest") == "fail")
      #expect(texts(outcome, "advice").contains("wait_ready: true"), "\(texts(outcome, "advice"))")
    }

    @Test("A break command that breaks nothing has shown nothing, whatever was demanded")
    func brokenByNothing() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2 --listen-timeout 2000")
      let outcome = try app.lbcheck(
        "reload-test",
        Self.brief() + ["--survives-broken-build", "--break-command", "true", "--repair-command", "true"])
      #expect(outcome.status != 0)
      #expect(verdict(outcome, "brokenReloadSeen") == "inconclusive", "\(outcome.messages)\(outcome.output)")
      // The old processes close idle connections when they end, which now and then cuts off a request.
      let failed = try #require(outcome.report?["phases"][2]["traffic"]["requests"]["failed"].number)
      #expect(
        verdict(outcome, "brokenReloadLostNoRequest") == (failed > 0 ? "fail" : "inconclusive"),
        "\(outcome.messages)\(outcome.output)")
    }

    @Test("A reload that pm2 refuses leaves all open; its own words say whose lock it is")
    func refused() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2 --listen-timeout 500")
      // The lock of a reload that began just now and was broken off.
      let lock = "echo $(($(date +%s) * 1000)) > \(app.home)/reload.lock"
      let outcome = try app.lbcheck(
        "reload-test",
        Self.brief() + [
          "--survives-broken-build", "--break-command", "sh -c '\(lock)'", "--repair-command",
          "rm \(app.home)/reload.lock",
        ])
      #expect(outcome.status != 0)
      #expect(verdict(outcome, "brokenReloadLostNoRequest") == "inconclusive", "\(outcome.messages)\(outcome.output)")
      let problem = outcome.report?["phases"][2]["action"]["problem"].text ?? ""
      #expect(problem.contains("Reload already in progress") && problem.contains("pm2's own lock"), "\(problem)")

      try app.shell("sh -c '\(lock)'")
      let first = try app.lbcheck("reload-test", Self.brief())
      #expect(first.status == 1)
      #expect(verdict(first, "managerReloaded") == "fail" && verdict(first, "reloadLostNoRequest") == "inconclusive")
      #expect(first.report?.assertion("managerReloaded")?["detail"].text?.contains("pm2's own lock") == true)
    }

    @Test("Ctrl-C during a reload: the lock that it leaves is reported")
    func interrupted() throws {
      let app = try PM2App()
      // The new processes take longer than the test.
      try app.start(
        PM2App.draining(before: "if (require('fs').existsSync(process.env.PM2_HOME + '/second')) return;"), "-i 2")
      _ = try app.tool.folder.write("", to: "pm2/second")
      let outcome = try app.lbcheck("reload-test", Self.brief(), interruptAfter: 4)
      #expect(outcome.status == 130)
      #expect(texts(outcome, "notes").contains("by its own lock"), "\(texts(outcome, "notes"))")
    }

    @Test("Processes that crash by themselves are found before anything is done, and nothing is blamed on the reload")
    func crashing() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(before: "setTimeout(() => process.exit(1), 1500 + 400 * Math.random());"), "-i 2")
      let outcome = try app.lbcheck("reload-test", Self.brief("2500ms"))
      // The site loses requests to the end, which is a failure of its own.
      #expect(outcome.status != 0)
      #expect(verdict(outcome, "noUnaskedRestart") == "inconclusive", "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("noUnaskedRestart")?["actual"].text?.hasPrefix("baseline: instance 0") == true)
      #expect(verdict(outcome, "reloadLostNoRequest") == "inconclusive")
    }

    @Test("In failover, too, processes that crash by themselves are found, and nothing is blamed on the stop")
    func crashingInFailover() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(before: "setTimeout(() => process.exit(1), 1500 + 400 * Math.random());"), "-i 2")
      let outcome = try app.lbcheck(
        "failover", ["--settle", "4s", "--recovery", "2s", "--fresh-connections", "1", "--rate", "100"])
      #expect(outcome.status != 0)
      #expect(verdict(outcome, "noUnaskedRestart") == "inconclusive", "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("noUnaskedRestart")?["actual"].text?.contains("baseline: ") == true)
      #expect(verdict(outcome, "failoverLostNoRequest") == "inconclusive")
    }

    @Test("A new build that crashes after two seconds is the reload's own failure")
    func crashingAfterwards() throws {
      let app = try PM2App()
      try app.start(
        PM2App.draining(
          before:
            "if (require('fs').existsSync(process.env.PM2_HOME + '/second')) setTimeout(() => process.exit(1), 1500);"),
        "-i 2")
      _ = try app.tool.folder.write("", to: "pm2/second")
      let outcome = try app.lbcheck("reload-test", Self.brief("2500ms"))
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "noUnaskedRestart") == "fail")
    }

    @Test("What cron_restart does is not blamed on the reload, and the setting is named")
    func cron() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2 --cron 1500")
      let outcome = try app.lbcheck("reload-test", Self.brief("2500ms"))
      #expect(outcome.status != 0)
      #expect(outcome.report?.assertion("noUnaskedRestart")?["detail"].text?.contains("cron_restart") == true)
    }

    @Test("wait_ready without ready: pm2 waits twice the time an instance, which is reported with the line to add")
    func neverReady() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2 --wait-ready --listen-timeout 800")
      let outcome = try app.lbcheck("reload-test", Self.brief())
      #expect(texts(outcome, "advice").contains("`ready` never came: pm2 waited 2 × 0.8 s"), "\(outcome.output)")
      #expect(outcome.report?["phases"][1]["action"]["durationSeconds"].number ?? 0 >= 3.1)
    }

    @Test("A start slower than listen_timeout loses requests, and the advice has both times")
    func slowStart() throws {
      let app = try PM2App()
      try app.start(
        PM2App.draining().replacingOccurrences(
          of: "server.listen(process.env.PORT, '127.0.0.1');",
          with: "setTimeout(() => server.listen(process.env.PORT, '127.0.0.1'), 1500);"),
        "-i 2 --listen-timeout 300")
      let outcome = try app.lbcheck("reload-test", Self.brief("2s"))
      #expect(outcome.status == 1)
      let advice = texts(outcome, "advice")
      #expect(
        advice.contains("the first answer of the new process came after") && advice.contains("listen_timeout is 0.3 s"),
        "\(advice)")
    }

    @Test("A site that is down when lbcheck leaves is a failure, whatever was asked")
    func downAtTheEnd() throws {
      let app = try PM2App()
      // In fork mode a reload is a restart, and the new process takes longer than anybody waits.
      try app.start(
        PM2App.draining().replacingOccurrences(
          of: "server.listen(process.env.PORT, '127.0.0.1');",
          with: """
            const delay = require('fs').existsSync(process.env.PM2_HOME + '/second') ? 60000 : 0;
            setTimeout(() => server.listen(process.env.PORT, '127.0.0.1'), delay);
            """), "")
      _ = try app.tool.folder.write("", to: "pm2/second")
      let outcome = try app.lbcheck("reload-test", Self.brief() + ["--no-replacement"])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "siteUpAtTheEnd") == "fail")
      #expect(outcome.report?["summary"].text?.hasPrefix("The site is down now") == true)
      #expect(outcome.report?["phases"][1]["action"]["exitStatus"].integer == 0)
    }

    @Test("A restart on a site that the reload left down has lost nothing of its own, and is not judged")
    func restartOfADownSite() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2 --listen-timeout 500")
      _ = try app.tool.folder.write("process.exit(1);", to: "app.js")
      let outcome = try app.lbcheck(
        "reload-test",
        ["--settle", "700ms", "--recovery", "4s", "--fresh-connections", "1", "--rate", "100", "--survives-restart"])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "reloadLostNoRequest") == "fail")
      let restart = outcome.report?["phases"][2]
      #expect(restart?["name"].text == "restart" && restart?["notJudged"].text == "the site was already down")
      #expect(verdict(outcome, "restartLostNoRequest") == "inconclusive")
      #expect(verdict(outcome, "everyPhaseJudged") == "inconclusive")
      #expect(outcome.report?["summary"].text?.contains("restart lost") == false)
    }

    @Test("Overlapping reloads leave a process behind that is not listed: it is named, and is stale")
    func overlapping() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2")
      _ = try app.tool.folder.write("", to: "pm2/overlap")
      let outcome = try app.lbcheck("reload-test", Self.brief())
      #expect(outcome.status == 1)
      #expect(verdict(outcome, "noStaleGeneration") == "fail")
      #expect(texts(outcome, "notes").contains("is not in the manager's list; overlapping reloads"))
      #expect(!texts(outcome, "notes").contains("seems to crash"))
    }

    @Test("A server that is pm2's grandchild is distinguished from one that was left behind")
    func grandchild() throws {
      let app = try PM2App()
      let server = try app.tool.folder.write(PM2App.draining(), to: "server.js")
      try app.start(
        """
        const child = require('child_process').spawn(process.execPath, ['\(server)'], { stdio: 'ignore' });
        process.on('SIGINT', () => { child.kill('SIGINT'); child.on('exit', () => process.exit(0)); });
        """, "")
      let outcome = try app.lbcheck("reload-test", Self.brief())
      #expect(
        texts(outcome, "notes").contains("is in the manager's list: it lists what started them"), "\(outcome.output)")
    }

    @Test("All primaries down: the backup carried it, which is no pass, and it is not stale")
    func backup() throws {
      let app = try PM2App()
      let good = PM2App.draining()
      try app.start(good, "-i 1 --listen-timeout 500")
      let broken = try app.tool.folder.write("process.exit(1);", to: "broken.js")
      let spare = try NginxBackends(["spare"])
      let nginx = try NginxBalancer(
        upstream: "server 127.0.0.1:\(app.port) fail_timeout=1s; server 127.0.0.1:\(spare.ports[0]) backup;",
        extra: "proxy_next_upstream error timeout http_502; proxy_next_upstream_tries 3;")
      let saved = try app.tool.folder.write(good, to: "good.js")
      let outcome = try withExtendedLifetime((nginx, spare)) {
        try app.lbcheck(
          "reload-test",
          Self.brief() + [
            "--survives-broken-build", "--break-command", "cp \(broken) \(app.tool.folder.path)/app.js",
            "--repair-command", "sh -c 'cp \(saved) \(app.tool.folder.path)/app.js; \(app.program) restart shop'",
            "--backend", "127.0.0.1:\(app.port)", "--backend", "127.0.0.1:\(spare.ports[0])=backup",
          ], url: "http://127.0.0.1:\(nginx.port)/")
      }
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "brokenReloadServedByPrimaries") == "fail")
      #expect(verdict(outcome, "brokenReloadLostNoRequest") != "pass")
      #expect(!texts(outcome, "advice").contains("carried"), "\(texts(outcome, "advice"))")
      for phase in outcome.report?["phases"].list ?? [] {
        #expect(!phase["staleGenerations"].texts.contains { $0.contains("\(spare.ports[0])") })
      }
    }

    @Test("Failover on a cluster's one port meets both instances over fresh connections, and stops each")
    func failover() throws {
      let app = try PM2App()
      try app.start(PM2App.draining(), "-i 2")
      let outcome = try app.lbcheck(
        "failover", ["--all-in-turn", "--settle", "1500ms", "--fresh-connections", "1", "--rate", "100"])
      let names = outcome.report?["phases"].list.compactMap { $0["name"].text } ?? []
      #expect(names == ["baseline", "stop app-0", "start app-0", "stop app-1", "start app-1"], "\(outcome.messages)")
      #expect(outcome.report?["summary"].text?.contains("each of 2 backends") == true)
    }
  }
}
