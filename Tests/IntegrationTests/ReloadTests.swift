import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// What a reload does, where the truth is known.
  @Suite struct ReloadTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func phase(_ outcome: LbcheckTool.Outcome, _ name: String) -> LbcheckTool.Outcome.Report? {
      outcome.report?["phases"].list.first { $0["name"].text == name }
    }

    @Test("A clean reload of the testbed loses nothing and replaces every generation")
    func clean() throws {
      let outcome = try tool.run(["reload-test", "--testbed", "--settle", "1s", "--json"])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["phases"].list.map { $0["name"].text } == ["baseline", "reload", "restart"])
      for name in ["baselineWithoutFailure", "reloadLostNoRequest", "everyGenerationReplaced", "noStaleGeneration"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "pass", "\(name)")
      }
      let before = Set(phase(outcome, "baseline")?["generations"].list.compactMap { $0["generation"].text } ?? [])
      #expect(before.count == 3)
      #expect(phase(outcome, "reload")?["action"]["exitStatus"].integer == 0)
    }

    private func testbed(_ options: String...) throws -> LbcheckTool.Outcome {
      try tool.run(["reload-test", "--testbed", "--settle", "1s", "--json"] + options)
    }

    /// How often requests failed in a phase.
    private func failed(_ outcome: LbcheckTool.Outcome, _ name: String) -> Int? {
      phase(outcome, name)?["traffic"]["requests"]["failed"].integer
    }

    private func notes(_ outcome: LbcheckTool.Outcome) -> String {
      outcome.report?["notes"].list.compactMap(\.text).joined(separator: "\n") ?? ""
    }

    @Test("A restart's outage is as long as the supervisor's own log says, within 50 ms")
    func restartLength() throws {
      let outcome = try testbed("--testbed-start-delay", "400ms")
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      let found = try #require(
        notes(outcome).split(separator: "nothing accepted for ").last?.split(separator: " ").first)
      let logged = try #require(Double(found)) / 1000
      let outages = phase(outcome, "restart")?["outages"].list ?? []
      let measured = try #require(outages.compactMap { $0["durationSeconds"].number }.max())
      #expect(logged >= 0.4 && abs(measured - logged) <= 0.05, "measured \(measured), logged \(logged)")
    }

    @Test("A broken build: the site is down in the end, whatever came before, and every repair brings it back")
    func brokenBuild() throws {
      let outcome = try testbed("--broken-build", "--testbed-backends", "2")
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(
        outcome.report?["phases"].list.map { $0["name"].text } == [
          "baseline", "reload", "restart", "broken reload", "repair after reload", "broken restart",
          "repair after restart",
        ])
      #expect(failed(outcome, "reload") == 0)
      #expect(notes(outcome).contains("broken reload: from "))
      #expect(notes(outcome).contains("broken restart: from "))
      // The old processes serve until the supervisor gives up waiting for the last of the new ones.
      let outage = phase(outcome, "broken reload")?["outages"].list.last
      let begun = phase(outcome, "broken reload")?["action"]["startSeconds"].number ?? 0
      #expect((5.5...7).contains((outage?["startSeconds"].number ?? 0) - begun))
      #expect(outcome.report?.assertion("repairedAfterReload")?["verdict"].text == "pass")
      #expect(outcome.report?.assertion("repairedAfterRestart")?["verdict"].text == "pass")
      #expect(outcome.report?.assertion("brokenReloadLostNoRequest") == nil)
    }

    @Test("A build that listens and answers 500 is named, and fails where surviving is demanded")
    func answeringErrors() throws {
      let outcome = try testbed(
        "--broken-build", "--testbed-broken", "errors", "--survives-broken-build", "--no-restart", "--testbed-backends",
        "1")
      #expect(outcome.status == 1)
      #expect(outcome.report?.assertion("brokenReloadLostNoRequest")?["verdict"].text == "fail")
      #expect(notes(outcome).contains("broken reload: the application itself listens and answers with errors: "))
      #expect(phase(outcome, "broken reload")?["verdict"].text == "fail")
      #expect(outcome.report?.assertion("repairedAfterReload")?["verdict"].text == "pass")
    }

    @Test("A reload that replaces only some instances names those it left")
    func partialReload() throws {
      let outcome = try testbed("--testbed-fault", "partial", "--no-restart")
      #expect(outcome.status == 1)
      let actual = outcome.report?.assertion("everyGenerationReplaced")?["actual"].text ?? ""
      #expect(actual.contains("app-2") && actual.contains("app-3") && !actual.contains("app-1"))
    }

    @Test("An old process that still answers after a reload is named as stale")
    func staleGeneration() throws {
      let outcome = try testbed("--testbed-fault", "stale", "--no-restart", "--testbed-backends", "2")
      #expect(outcome.status == 1)
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["verdict"].text == "pass")
      #expect(outcome.report?.assertion("noStaleGeneration")?["verdict"].text == "fail")
      #expect(phase(outcome, "reload")?["staleGenerations"].list.count == 2)
    }

    @Test("Ctrl-C in the middle of a broken reload: repaired, found to answer, reported")
    func interruptedWhileBroken() throws {
      let outcome = try tool.run(
        ["reload-test", "--testbed", "--settle", "1s", "--json", "--broken-build", "--no-restart"], interruptAfter: 5)
      #expect(outcome.status == 130, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("repaired")?["verdict"].text == "pass")
      #expect(notes(outcome).contains("put back after the early end"))
    }

    @Test("A broken build by two commands that cannot be repaired fails loudly")
    func brokenByCommands() throws {
      let marker = tool.folder.path + "/broken"
      let outcome = try commands(
        "true",
        serve: { connection in
          while connection.readRequest() {
            if FileManager.default.fileExists(atPath: marker) { return connection.reset() }
            connection.send(Self.page("1"))
          }
        },
        options: [
          "--break-command", "touch \(marker)", "--repair-command", "false", "--no-replacement", "--recovery", "1s",
        ])
      #expect(outcome.status == 1, "\(outcome.messages)")
      #expect(outcome.report?.assertion("repairedAfterReload")?["verdict"].text == "fail")
      let kinds = phase(outcome, "broken reload")?["failureMarks"].list.compactMap { $0["kind"].text } ?? []
      #expect(Set(kinds) == ["reset"])
    }

    @Test("A manager that hangs is ended at its time, and the traffic's report is whole")
    func hangingManager() throws {
      let outcome = try commands(
        "sleep 60",
        serve: { connection in
          while connection.readRequest() { connection.send(Self.page("1")) }
        }, options: ["--manager-timeout", "1s"])
      #expect(outcome.status == 1)
      #expect(outcome.report?.assertion("managerReloaded")?["detail"].text?.contains("longer than it may take") == true)
      #expect(failed(outcome, "reload") == 0)
    }

    @Test("A drain that cuts requests in flight is named")
    func cutDrain() throws {
      let outcome = try testbed(
        "--testbed-fault", "cut", "--no-restart", "--testbed-backends", "1", "--slow-path", "/slow?ms=400")
      #expect(outcome.status == 1)
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["verdict"].text == "fail")
      #expect(notes(outcome).contains("reload: requests in flight were cut ("))
    }

    /// A target that names itself, with commands as its manager.
    private func commands(
      _ reload: String, serve: @escaping @Sendable (ScriptedConnection) -> Void, options: [String] = []
    ) throws -> LbcheckTool.Outcome {
      let server = try ScriptedServer(serve)
      return try withExtendedLifetime(server) {
        try tool.run(
          [
            "reload-test", "http://127.0.0.1:\(server.port)/", "--reload-command", reload, "--settle", "700ms",
            "--json",
          ] + options)
      }
    }

    private static func page(_ generation: String) -> String {
      "HTTP/1.1 200 OK\r\nX-Backend: a\r\nX-Generation: \(generation)\r\nContent-Length: 0\r\n\r\n"
    }

    @Test("A reload that replaces nothing is found, whatever its exit status says")
    func missed() throws {
      let outcome = try commands("true") { connection in
        while connection.readRequest() { connection.send(Self.page("1")) }
      }
      #expect(outcome.status == 1)
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["actual"].text == "not replaced: a 1")
      #expect(outcome.report?.assertion("noStaleGeneration")?["verdict"].text == "fail")
      #expect(phase(outcome, "reload")?["action"]["exitStatus"].integer == 0)
    }

    @Test("Requests that a reload loses are counted, with the outage's length")
    func lost() throws {
      // Until the command has written its file all is well; for 300 ms after it every request is cut, then a new life answers.
      let marker = tool.folder.path + "/reloaded"
      let outcome = try commands("touch \(marker)") { connection in
        while connection.readRequest() {
          let made = try? FileManager.default.attributesOfItem(atPath: marker)[.modificationDate] as? Date
          guard let made else {
            connection.send(Self.page("1"))
            continue
          }
          if Date().timeIntervalSince(made) < 0.3 { return connection.reset() }
          connection.send(Self.page("2"))
        }
      }
      #expect(outcome.status == 1)
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["verdict"].text == "fail")
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["verdict"].text == "pass")
      let outages = phase(outcome, "reload")?["outages"].list ?? []
      #expect(outages.count == 1)
      #expect((0.25...0.4).contains(outages.first?["durationSeconds"].number ?? 0))
      #expect(outages.first?["kinds"].keys == ["reset"])
    }

    @Test("A manager that fails, crashes or prints 10 MB is a finding; the traffic's report is whole")
    func managers() throws {
      let crash = try tool.folder.write("kill -SEGV $$\n", to: "crash.sh")
      let chatter = try tool.folder.write("head -c 10000000 /dev/zero | tr '\\\\0' x; exit 3\n", to: "chatter.sh")
      let cases: [(command: String, problem: String?, exitStatus: Int?)] = [
        ("false", nil, 1), ("sh \(crash)", "signal", nil), ("sh \(chatter)", nil, 3),
      ]
      for (command, problem, exitStatus) in cases {
        let outcome = try commands(command) { connection in
          while connection.readRequest() { connection.send(Self.page("1")) }
        }
        #expect(outcome.status == 1)
        let action = phase(outcome, "reload")?["action"]
        #expect(action?["exitStatus"].integer == exitStatus)
        if let problem {
          #expect(outcome.report?.assertion("managerReloaded")?["verdict"].text == "fail")
          #expect(action?["problem"].text?.contains(problem) == true, "\(action?["problem"].text ?? "")")
        }
        #expect(outcome.output.utf8.count < 200_000, "what it printed does not swell the report")
        #expect(phase(outcome, "reload")?["traffic"]["requests"]["failed"].integer == 0)
      }
    }

    @Test(
      "A manager that is not there is reported in one line before any request, with no word on reloads",
      arguments: [
        (["--pm2", "shop"], 3, "pm2 cannot be started: pm2: no such program in PATH"),
        (["--pm2", "shop", "--pm2-program", "/nonexistent/pm2"], 3, "/nonexistent/pm2: No such file or directory"),
        (["--pm2", "all"], 2, "pm2 does not read “all” as the name of one app"),
        (
          ["--pm2", "shop", "--pm2-program", "true", "--pm2-home", "/nonexistent"], 3,
          "pm2's home /nonexistent: No such"
        ),
        (
          ["--reload-command", "/nonexistent/program"], 3, "the reload command cannot be started: /nonexistent/program"
        ),
        (
          ["--reload-command", "true", "--restart-command", "lbcheck-nowhere"], 3,
          "the restart command cannot be started: lbcheck-nowhere: no such program in PATH"
        ),
        (
          ["--reload-command", "true", "--break-command", "lbcheck-nowhere", "--repair-command", "true"], 3,
          "the break command cannot be started: lbcheck-nowhere: no such program in PATH"
        ),
        (["--reload-command", "true && false"], 2, "  sh -c 'true && false'"),
        (["--stop-command", "true", "--start-command", "lbcheck-nowhere"], 3, "the start command cannot be started"),
      ])
    func preflight(options: [String], status: Int, message: String) throws {
      let asked = Atomic<Int>(0)
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          asked.add(1, ordering: .relaxed)
          connection.send(Self.page("1"))
        }
      }
      let check = options[0] == "--stop-command" ? "failover" : "reload-test"
      let outcome = try tool.run([check, "http://127.0.0.1:\(server.port)/", "--json"] + options)
      #expect(outcome.status == status)
      #expect(outcome.messages.contains(message) && outcome.output.isEmpty, "\(outcome.messages)\(outcome.output)")
      #expect(!outcome.messages.contains("lost") && outcome.messages.split(separator: "\n").count <= 3)
      #expect(asked.load(ordering: .relaxed) == 0)
      withExtendedLifetime(server) {}
    }

    @Test("What pm2 claims is held against its own list and the traffic")
    func pm2() throws {
      // Speaks as pm2 does when every new process crashes at once: ticks, status 0, and the old processes in its list.
      let pm2 = try tool.folder.write(
        """
        #!/bin/sh
        case "$1" in
        jlist) echo '[PM2] Spawning PM2 daemon'
          echo '[{"pid":7001,"name":"shop","pm_id":0,"pm2_env":{"name":"shop","status":"online","exec_mode":"cluster_mode","restart_time":0}}]';;
        *) echo "[PM2] Applying action ${1}ProcessId on app [shop](ids: [ 0 ])"; echo "[PM2] [shop](0) ✓";;
        esac
        """, to: "pm2")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: pm2)
      let server = try ScriptedServer { connection in
        while connection.readRequest() { connection.send(Self.page("7001")) }
      }
      let outcome = try tool.run([
        "reload-test", "http://127.0.0.1:\(server.port)/", "--pm2", "shop", "--pm2-program", pm2, "--settle", "500ms",
        "--json",
      ])
      #expect(outcome.status == 1, "\(outcome.messages)")
      #expect(outcome.report?["phases"].list.count == 3)
      #expect(phase(outcome, "reload")?["action"]["claim"].text?.contains("✓") == true)
      #expect(phase(outcome, "reload")?["action"]["exitStatus"].integer == 0)
      let notes = outcome.report?["notes"].texts ?? []
      #expect(
        notes.contains { $0.hasPrefix("reload: exit status 0 although instance 0 still has its old process 7001") })
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["verdict"].text == "fail")
      withExtendedLifetime(server) {}
    }

    @Test("A reload of nginx itself loses nothing and need not replace a backend")
    func balancer() throws {
      let backends = try NginxBackends(["app-1", "app-2"])
      let nginx = try NginxBalancer(upstream: backends.ports.map { "server 127.0.0.1:\($0);" }.joined(separator: " "))
      let master = try #require(nginx.server.processes.min())
      let outcome = try withExtendedLifetime(nginx) {
        try tool.run([
          "reload-test", "http://127.0.0.1:\(nginx.port)/", "--reload-command", "kill -HUP \(master)",
          "--no-replacement",
          "--settle", "1s", "--json",
        ])
      }
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(phase(outcome, "reload")?["traffic"]["requests"]["failed"].integer == 0)
      #expect(outcome.report?.assertion("everyGenerationReplaced") == nil)
    }

    @Test("A reload of nginx that speaks TLS, too, with sessions taken up before and after")
    func balancerOverTLS() throws {
      let certificates = try TestCertificates()
      let backends = try NginxBackends(["app-1", "app-2"])
      let nginx = try NginxTLS(
        certificates.issue("localhost"),
        upstream: backends.ports.map { "server 127.0.0.1:\($0);" }.joined(separator: " "),
        extra: NginxTLS.sharedPath)
      let master = try #require(nginx.server.processes.min())
      let outcome = try withExtendedLifetime((nginx, backends)) {
        try tool.run([
          "reload-test", "https://localhost:\(nginx.port)/shared", "--cacert", certificates.authority,
          "--backend-header", "X-Upstream-Addr", "--reload-command", "kill -HUP \(master)", "--no-replacement",
          "--no-restart", "--settle", "1s", "--json",
        ])
      }
      let assertion = outcome.report?.assertion("reloadLostNoRequest")
      #expect(assertion?["verdict"].text == "pass", "\(outcome.messages)\(outcome.output)")
      #expect(phase(outcome, "reload")?["traffic"]["requests"]["failed"].integer == 0)
      let handshakes = outcome.report?["traffic"]["handshakes"]
      #expect(handshakes?["kinds"].list.first?.text?.hasPrefix("1.3, ") == true)
      #expect((handshakes?["resumed"].integer ?? 0) > 0)
    }

    @Test("Ctrl-C while the manager hangs ends its command, writes the report and exits 130")
    func interrupted() throws {
      let marker = "7\(FreePort.reserve())"
      let server = try ScriptedServer { connection in
        while connection.readRequest() { connection.send(Self.page("1")) }
      }
      let outcome = try tool.run(
        [
          "reload-test", "http://127.0.0.1:\(server.port)/", "--reload-command", "sleep \(marker)", "--settle", "500ms",
          "--json",
        ], interruptAfter: 2)
      #expect(outcome.status == 130)
      #expect(outcome.report?["interrupted"].integer == 1)
      #expect(outcome.report?["phases"].list.map { $0["name"].text } == ["baseline", "reload"])
      let left = try FileManager.default.contentsOfDirectory(atPath: "/proc").contains { entry in
        FileManager.default.contents(atPath: "/proc/\(entry)/cmdline").map {
          String(decoding: $0, as: UTF8.self).contains("sleep\0\(marker)")
        } ?? false
      }
      #expect(!left)
      withExtendedLifetime(server) {}
    }

    @Test("Without a manager the command says which to give")
    func noManager() throws {
      let outcome = try tool.run(["reload-test", "http://127.0.0.1:1/"])
      #expect(outcome.status == 2)
      #expect(
        outcome.messages.hasPrefix("error: nothing to reload with: give --manager NAME:WHAT, --reload-command")
      )
    }
  }
}
