import Foundation
import Support
import Testing

extension Integration {
  /// Sites whose front answers with a page of its own, status 200, while no backend does.
  @Suite struct MaintenancePageTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private static let page =
      "error_page 502 503 504 =200 /maintenance; location = /maintenance { return 200 'back soon'; }"

    private func nginx(_ backends: BackendProcesses, _ page: String = page) throws -> NginxBalancer {
      try NginxBalancer(
        upstream: backends.ports.map { "server 127.0.0.1:\($0) fail_timeout=1s;" }.joined(separator: " "), extra: page)
    }

    /// A script that stops all backends and, unless `back` is empty, starts them again after so many seconds.
    private func outage(_ backends: BackendProcesses, back: String) throws -> String {
      let all = backends.ports.map { "sh '\(backends.script)' ACTION :\($0)" }.joined(separator: "\n")
      let stop = all.replacingOccurrences(of: "ACTION", with: "stop")
      let start = all.replacingOccurrences(of: "ACTION", with: "start")
      return try tool.folder.write(back.isEmpty ? stop : "\(stop)\nsleep \(back)\n\(start)", to: "outage.sh")
    }

    private func reload(_ balancer: any Balancer, by script: String, _ options: [String] = []) throws
      -> LbcheckTool.Outcome
    {
      try withExtendedLifetime(balancer) {
        try tool.run(
          [
            "reload-test", "http://127.0.0.1:\(balancer.port)/", "--reload-command", "sh \(script)", "--no-restart",
            "--no-replacement", "--settle", "3s", "--json",
          ] + options)
      }
    }

    private func expectAway(_ outcome: LbcheckTool.Outcome, _ name: String, _ words: String) {
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion(name)?["verdict"].text == "fail")
      let headline = outcome.report?["summary"].text ?? ""
      #expect(headline.localizedCaseInsensitiveContains(words), "\(headline)")
    }

    @Test("A reload behind a maintenance page with status 200 fails, though every request succeeds")
    func reload() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let outcome = try reload(nginx(backends), by: outage(backends, back: "1"))
      expectAway(outcome, "reloadServedByBackends", "during the reload visitors saw answers that no backend gave for")
      #expect(outcome.report?["phases"][1]["traffic"]["requests"]["failed"].integer == 0)
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["verdict"].text == "inconclusive")
      #expect(outcome.report?.assertion("siteUpAtTheEnd")?["verdict"].text == "pass")
    }

    @Test("A site that is left with its maintenance page is not up")
    func leftAway() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let outcome = try reload(nginx(backends), by: outage(backends, back: ""), ["--recovery", "2s"])
      expectAway(outcome, "siteUpAtTheEnd", "no backend")
      #expect(
        outcome.report?.assertion("siteUpAtTheEnd")?["actual"].text == "it answers, but no backend does")
    }

    @Test("What HAProxy answers for a dead backend out of a file with status 200 is nobody's")
    func errorFile() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let file = try tool.folder.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\nback soon", to: "503.http")
      let balancer = try HAProxyBalancer(
        balance: "roundrobin\n  errorfile 503 \(file)\n  retries 0",
        servers: backends.ports.map { ("app-\($0)", $0, "check inter 200") })
      let outcome = try reload(balancer, by: outage(backends, back: "1"))
      expectAway(outcome, "reloadServedByBackends", "during the reload visitors saw answers that no backend gave for")
    }

    @Test("What a cache gives in place of dead backends is nobody's")
    func cachedCopy() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let copy = """
        error_page 502 503 504 = @copy;
        location @copy { add_header X-Cache HIT always; add_header X-Upstream-Addr $upstream_addr always; return 200 'a copy'; }
        """
      let outcome = try reload(nginx(backends, copy), by: outage(backends, back: "1"))
      expectAway(outcome, "reloadServedByBackends", "during the reload visitors saw answers that no backend gave for")
    }

    @Test("A failover to a maintenance page is none")
    func failover() throws {
      let backends = try BackendProcesses(in: tool.folder)
      let nginx = try NginxBalancer(
        upstream: "server 127.0.0.1:\(backends.ports[0]) fail_timeout=1s;", extra: Self.page)
      let outcome = try withExtendedLifetime(nginx) {
        try tool.run([
          "failover", "http://127.0.0.1:\(nginx.port)/", "--stop-command", "sh \(backends.script) stop {instance}",
          "--start-command", "sh \(backends.script) start {instance}", "--backend-header", "X-Upstream-Addr",
          "--settle", "2s", "--json",
        ])
      }
      expectAway(outcome, "failoverServedByBackends", "visitors saw answers that no backend gave for")
      #expect(outcome.report?["phases"][1]["traffic"]["requests"]["failed"].integer == 0)
    }
  }
}
