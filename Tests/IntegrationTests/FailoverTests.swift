import Foundation
import Support
import Testing

extension Integration {
  /// What happens when a backend goes and comes back.
  @Suite struct FailoverTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    @Test("On the testbed the others take over and the backend is chosen again")
    func testbed() throws {
      let outcome = try tool.run(["failover", "--testbed", "--settle", "2s", "--json", "--instance", "app-2"])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["phases"].list.map { $0["name"].text } == ["baseline", "stop app-2", "start app-2"])
      for name in ["failoverLostNoRequest", "othersTookOver", "chosenAgain"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "pass", "\(name)")
      }
    }

    @Test("On the testbed each backend in turn goes and comes back, and nobody notices")
    func allInTurn() throws {
      let outcome = try tool.run(["failover", "--testbed", "--all-in-turn", "--settle", "1500ms", "--json"])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      for backend in ["app-1", "app-2", "app-3"] {
        for name in ["failoverLostNoRequest", "othersTookOver", "chosenAgain"] {
          #expect(outcome.report?.assertion("\(name)(\(backend))")?["verdict"].text == "pass", "\(name) \(backend)")
        }
      }
      #expect(outcome.report?["phases"].list.count == 7)
    }

    @Test("A stop that was not carried out has shown nothing of the balancer: its own failure, and nobody is accused")
    func refusedStop() throws {
      let server = try MethodCounter { _, number in MethodCounter.Answer(backend: ["a", "b"][number % 2]) }
      let outcome = try withExtendedLifetime(server) {
        try tool.run([
          "failover", server.url, "--stop-command", "false {instance}", "--start-command", "true {instance}",
          "--settle",
          "1500ms", "--json",
        ])
      }
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("managerActed")?["verdict"].text == "fail")
      for name in ["othersTookOver", "failoverLostNoRequest", "failoverLeftNoGap"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "inconclusive", "\(name)")
      }
    }

    /// Twenty backends in turn, five minutes each.
    private func long(_ options: [String], interruptAfter: Double? = nil) throws -> (LbcheckTool.Outcome, requests: Int)
    {
      let server = try MethodCounter { _, number in MethodCounter.Answer(backend: "app-\(number % 20)") }
      let outcome = try tool.run(
        [
          "failover", server.url, "--all-in-turn", "--settle", "5m", "--backend-header", "X-Backend", "--stop-command",
          "true {instance}", "--start-command", "true {instance}", "--manager-timeout", "10m", "--json", "--out",
          "long",
        ] + options, interruptAfter: interruptAfter)
      return (outcome, server.total)
    }

    @Test("Three hours that fit into memory are begun, and Ctrl-C ends them with a report")
    func longIsObeyed() throws {
      let (outcome, _) = try long(["--rate", "20"], interruptAfter: 5)
      #expect(outcome.status == 130, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["interrupted"].integer == 1)
      #expect(outcome.report?["phases"].list.map { $0["name"].text } == ["baseline"])
      #expect((outcome.report?["traffic"]["requests"]["succeeded"].integer ?? 0) > 0)
      #expect(tool.folder.read("long/report.json") != nil)
    }

    @Test("Three hours that do not are refused before the traffic, in one line")
    func longIsRefused() throws {
      let (outcome, requests) = try long(["--rate", "2000"])
      #expect(outcome.status == 2)
      #expect(
        outcome.messages.contains("41 phases of 12,300.0 s in all at 2,000/s exceed the"), "\(outcome.messages)"
      )
      // The search for the backends alone.
      #expect(requests < 1000)
      #expect(tool.folder.read("long/report.json") == nil)
    }

    @Test("On the testbed a backup takes over once the last primary is gone, and falls silent again")
    func testbedBackup() throws {
      let outcome = try tool.run([
        "failover", "--testbed", "--settle", "2s", "--json", "--backend", "app-1", "--backend", "app-2", "--backend",
        "spare=backup",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      for name in ["backupSilentBefore", "backupTookOver", "backupFellSilent"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "pass", "\(name)")
      }
    }

    private func failover(_ backends: BackendProcesses, _ nginx: NginxBalancer, interruptAfter: Double? = nil) throws
      -> LbcheckTool.Outcome
    {
      try withExtendedLifetime(nginx) {
        try tool.run(
          [
            "failover", "http://127.0.0.1:\(nginx.port)/", "--stop-command", "sh \(backends.script) stop {instance}",
            "--start-command", "sh \(backends.script) start {instance}", "--instance", "127.0.0.1:\(backends.ports[0])",
            "--settle", "2s", "--json",
          ], interruptAfter: interruptAfter)
      }
    }

    private func upstream(_ backends: BackendProcesses, _ last: String = "") -> String {
      "server 127.0.0.1:\(backends.ports[0]) fail_timeout=1s; server 127.0.0.1:\(backends.ports[1]) fail_timeout=1s; "
        + "server 127.0.0.1:\(backends.ports[2]) fail_timeout=1s \(last);"
    }

    @Test("Behind nginx that tries the next upstream nobody notices a dead backend; the retries are counted")
    func nextUpstream() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let nginx = try NginxBalancer(upstream: upstream(backends))
      let outcome = try failover(backends, nginx)
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect((outcome.report?["phases"][1]["traffic"]["requests"]["upstreamRetried"].integer ?? 0) > 0)
      #expect(outcome.report?["phases"][1]["traffic"]["requests"]["failed"].integer == 0)
    }

    @Test("Over TLS a backend's going and coming back is seen as over plain HTTP")
    func overTLS() throws {
      let certificates = try TestCertificates()
      let backends = try BackendProcesses(in: tool.folder)
      let nginx = try NginxTLS(
        certificates.issue("localhost"), upstream: upstream(backends),
        extra: NginxTLS.sharedPath + " proxy_http_version 1.1; proxy_set_header Connection '';")
      let outcome = try withExtendedLifetime(nginx) {
        try tool.run([
          "failover", "https://localhost:\(nginx.port)/shared", "--cacert", certificates.authority, "--stop-command",
          "sh \(backends.script) stop {instance}", "--start-command", "sh \(backends.script) start {instance}",
          "--backend-header", "X-Upstream-Addr", "--instance", "127.0.0.1:\(backends.ports[0])", "--settle", "2s",
          "--json",
        ])
      }
      for name in ["failoverLostNoRequest", "othersTookOver", "chosenAgain"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "pass", "\(name) \(outcome.output)")
      }
      #expect((outcome.report?["phases"][1]["traffic"]["requests"]["upstreamRetried"].integer ?? 0) > 0)
      #expect(outcome.report?["traffic"]["handshakes"]["kinds"].list.isEmpty == false)
    }

    @Test("Behind nginx that does not, requests are lost, and lbcheck counts them")
    func noNextUpstream() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let nginx = try NginxBalancer(upstream: upstream(backends), extra: "proxy_next_upstream off;")
      let outcome = try failover(backends, nginx)
      #expect(outcome.status == 1)
      #expect(outcome.report?.assertion("failoverLostNoRequest")?["verdict"].text == "fail")
      #expect((outcome.report?["phases"][1]["traffic"]["statuses"]["502"].integer ?? 0) > 0)
      #expect(outcome.report?.assertion("chosenAgain")?["verdict"].text == "pass")
    }

    private func withBackup(_ backends: BackendProcesses, interruptAfter: Double? = nil) throws -> LbcheckTool.Outcome {
      let nginx = try NginxBalancer(upstream: upstream(backends, "backup"))
      let names = backends.ports.map { "127.0.0.1:\($0)" }
      return try withExtendedLifetime(nginx) {
        try tool.run(
          [
            "failover", "http://127.0.0.1:\(nginx.port)/", "--stop-command", "sh \(backends.script) stop {instance}",
            "--start-command", "sh \(backends.script) start {instance}", "--backend", names[0], "--backend", names[1],
            "--backend", names[2] + "=backup", "--settle", "2s", "--json",
          ], interruptAfter: interruptAfter)
      }
    }

    @Test("Ctrl-C while all primaries are stopped starts them again, and finds the site answering")
    func interruptedWithoutPrimaries() throws {
      let backends = try BackendProcesses(in: tool.folder)
      // Baseline, stop and start of one take six seconds and a little more.
      let outcome = try withBackup(backends, interruptAfter: 8.2)
      #expect(outcome.status == 130)
      #expect(outcome.report?.assertion("repaired")?["verdict"].text == "pass")
      let deadline = Date(timeIntervalSinceNow: 5)
      while !backends.ports.allSatisfy(FreePort.answers), Date() < deadline { usleep(20_000) }
      #expect(backends.ports.allSatisfy(FreePort.answers))
    }

    @Test("pm2 is given the id whose process is the backend's, whatever their order")
    func pm2() throws {
      let backends = try BackendProcesses(in: tool.folder)
      // Lists the second port under id 0 and the first under id 1.
      let program = try tool.folder.write(
        """
        #!/bin/sh
        entry() {
          pid=$(cat '\(tool.folder.path)'/$2.pid); status=online
          kill -0 $pid 2>/dev/null || { pid=0; status=stopped; }
          printf '{"name":"shop","pm_id":%s,"pid":%s,"pm2_env":{"status":"%s","restart_time":0,"exec_mode":"cluster_mode"}}' \\
            $1 $pid $status
        }
        port() { [ "$1" = 0 ] && echo \(backends.ports[1]) || echo \(backends.ports[0]); }
        case $1 in
        jlist) printf '['; entry 0 \(backends.ports[1]); printf ','; entry 1 \(backends.ports[0]); printf ']\\n';;
        *) sh \(backends.script) $1 :$(port $2);  sleep 0.3; echo "[PM2] [shop]($2) ✓";;
        esac
        """, to: "pm2")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
      let nginx = try NginxBalancer(
        upstream:
          "server 127.0.0.1:\(backends.ports[0]) fail_timeout=1s; server 127.0.0.1:\(backends.ports[1]) fail_timeout=1s;"
      )
      let outcome = try withExtendedLifetime(nginx) {
        try tool.run([
          "failover", "http://127.0.0.1:\(nginx.port)/", "--pm2", "shop", "--pm2-program", program, "--instance",
          "127.0.0.1:\(backends.ports[0])", "--settle", "2s", "--json",
        ])
      }
      #expect(
        outcome.report?["phases"][1]["action"]["command"].texts.suffix(2) == ["stop", "1"], "\(outcome.messages)")
      for name in ["othersTookOver", "chosenAgain"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "pass", "\(name) \(outcome.output)")
      }
    }

    @Test("Ctrl-C while a backend is stopped starts it again")
    func interrupted() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let nginx = try NginxBalancer(upstream: upstream(backends))
      let outcome = try failover(backends, nginx, interruptAfter: 3.4)
      #expect(outcome.status == 130)
      #expect(
        outcome.report?["notes"].texts.contains { $0.hasSuffix("was started again after the early end.") } == true)
      let deadline = Date(timeIntervalSinceNow: 5)
      while !FreePort.answers(backends.ports[0]), Date() < deadline { usleep(20_000) }
      #expect(FreePort.answers(backends.ports[0]))
    }

    @Test("Without commands to stop and start it says which to give")
    func noManager() throws {
      let outcome = try tool.run(["failover", "http://127.0.0.1:1/"])
      #expect(outcome.status == 2)
      #expect(
        outcome.messages.hasPrefix(
          "error: nothing to stop and start backends with: give --manager pm2:APP, --stop-command and --start-command, or --testbed\n"
        ))
    }
  }
}
