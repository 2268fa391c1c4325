import Foundation
import Support
import Testing

extension Integration {
  /// The stack of alvin.xyz: real Node processes behind nginx, with a manager that really reloads them.
  @Suite struct NodeClusterTests {
    let tool: LbcheckTool
    let ports = FreePort.reserve(4)

    init() throws { tool = try LbcheckTool() }

    private static let stack = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Profiles/alvin.xyz").path

    private var environment: [String] {
      [
        "STACK_HOME=\(tool.folder.path)/stack", "STACK_PORTS=\(ports[..<3].map(String.init).joined(separator: ","))",
        "STACK_BACKUP_PORT=\(ports[3])",
      ]
    }

    private func manager() throws -> ServerProcess {
      // Looked for first, so that a missing one is named.
      _ = try ServerProcess("node", ["--version"], debianPackage: "nodejs", in: tool.folder, ports: [])
      let manager = try ServerProcess(
        "env", environment + ["node", Self.stack + "/cluster.js", "up"], debianPackage: "coreutils", in: tool.folder,
        ports: ports)
      let deadline = Date(timeIntervalSinceNow: 5)
      while !FileManager.default.fileExists(atPath: tool.folder.path + "/stack/manager.sock"), Date() < deadline {
        usleep(20_000)
      }
      return manager
    }

    private func command(_ words: String) -> String { "node \(Self.stack)/cluster.js \(words)" }

    private func upstream() -> String {
      ports[..<3].map { "server 127.0.0.1:\($0) fail_timeout=1s;" }.joined(separator: " ")
    }

    private func reload(_ extra: String) throws -> LbcheckTool.Outcome {
      let manager = try manager()
      let nginx = try NginxBalancer(upstream: upstream(), extra: extra)
      return try withExtendedLifetime((manager, nginx)) {
        try tool.run(
          [
            "reload-test", "http://127.0.0.1:\(nginx.port)/", "--reload-command", command("reload"),
            "--restart-command", command("restart"), "--settle", "2s", "--json",
          ], environment: ["STACK_HOME": tool.folder.path + "/stack"])
      }
    }

    @Test("A reload of draining processes loses nothing behind nginx, a restart is an outage")
    func reload() throws {
      let outcome = try reload("")
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["verdict"].text == "pass")
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["verdict"].text == "pass")
      #expect((outcome.report?["phases"][2]["traffic"]["statuses"]["502"].integer ?? 0) > 0)
    }

    @Test(
      "Without the next upstream a reload of draining processes still loses nothing, and a restart is an outage of 502s all the same"
    )
    func noNextUpstream() throws {
      let outcome = try reload("proxy_next_upstream off;")
      #expect(outcome.report?.assertion("reloadLostNoRequest")?["verdict"].text == "pass", "\(outcome.output)")
      #expect(outcome.report?.assertion("everyGenerationReplaced")?["verdict"].text == "pass", "\(outcome.messages)")
      #expect((outcome.report?["phases"][2]["traffic"]["statuses"]["502"].integer ?? 0) > 0)
    }

    @Test("The configuration of alvin.xyz is valid and serves its own page for a missing one")
    func configuration() throws {
      let manager = try manager()
      let port = FreePort.reserve()
      let moved = Dictionary(uniqueKeysWithValues: zip(["3001", "3002", "3003", "3011", "8080"], ports + [port]))
      func text(_ name: String) throws -> String {
        var text = try String(contentsOfFile: "\(Self.stack)/\(name)", encoding: .utf8)
        text.replace(/127\.0\.0\.1:(\d+)/) { match in
          "127.0.0.1:\(moved[String(match.1)].map(String.init) ?? String(match.1))"
        }
        return text.replacingOccurrences(of: "/tmp/alvin.xyz.nginx", with: tool.folder.path + "/nginx")
      }
      for name in ["upstream.conf", "locations.conf"] { _ = try tool.folder.write(text(name), to: name) }
      let file = try tool.folder.write("daemon off;\n" + text("nginx.conf"), to: "nginx.conf")
      let nginx = try ServerProcess(
        "nginx", ["-p", Self.stack, "-e", "stderr", "-c", file], debianPackage: "nginx", in: tool.folder, ports: [port])
      let page = tool.folder.path + "/page"
      let curl = Process()
      curl.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      curl.arguments = ["curl", "-s", "-o", page, "http://127.0.0.1:\(port)/missing"]
      try curl.launchUnblocked()
      curl.waitUntilExit()
      #expect(tool.folder.read("page")?.contains("web server's own page") == true)
      withExtendedLifetime((manager, nginx)) {}
    }

    @Test("The backup takes over from the last of three, and falls silent when they are back")
    func backup() throws {
      let manager = try manager()
      let nginx = try NginxBalancer(upstream: upstream() + " server 127.0.0.1:\(ports[3]) backup;")
      let outcome = try withExtendedLifetime((manager, nginx)) {
        try tool.run(
          [
            "failover", "http://127.0.0.1:\(nginx.port)/", "--stop-command", command("stop {instance}"),
            "--start-command", command("start {instance}"), "--settle", "2500ms", "--json",
          ] + ports[..<3].flatMap { ["--backend", "127.0.0.1:\($0)"] }
            + ["--backend", "127.0.0.1:\(ports[3])=backup"], environment: ["STACK_HOME": tool.folder.path + "/stack"])
      }
      for name in ["backupSilentBefore", "backupTookOver", "backupFellSilent"] {
        #expect(outcome.report?.assertion(name)?["verdict"].text == "pass", "\(name) \(outcome.messages)")
      }
    }

    @Test("One of three stops: the others take over, and it is chosen again")
    func failover() throws {
      let manager = try manager()
      let nginx = try NginxBalancer(upstream: upstream())
      let outcome = try withExtendedLifetime((manager, nginx)) {
        try tool.run(
          [
            "failover", "http://127.0.0.1:\(nginx.port)/", "--stop-command", command("stop {instance}"),
            "--start-command", command("start {instance}"), "--instance", "127.0.0.1:\(ports[0])", "--settle", "3s",
            "--json",
          ], environment: ["STACK_HOME": tool.folder.path + "/stack"])
      }
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("failoverLostNoRequest")?["verdict"].text == "pass")
      #expect(outcome.report?.assertion("othersTookOver")?["verdict"].text == "pass")
      #expect(outcome.report?.assertion("chosenAgain")?["verdict"].text == "pass")
    }
  }
}
