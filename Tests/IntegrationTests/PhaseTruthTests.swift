import Foundation
import Support
import Testing

extension Integration {
  /// To which phase losses belong, and what is judged at all, where the truth is known.
  @Suite struct PhaseTruthTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n"

    private func test(_ url: String, _ options: [String]) throws -> LbcheckTool.Outcome {
      try tool.run(["reload-test", url, "--no-replacement", "--backend-header", "X-Backend", "--json"] + options)
    }

    private func phase(_ outcome: LbcheckTool.Outcome, _ name: String) -> LbcheckTool.Outcome.Report? {
      outcome.report?["phases"].list.first { $0["name"].text == name }
    }

    private func failed(_ outcome: LbcheckTool.Outcome, _ name: String) -> Int? {
      phase(outcome, name)?["traffic"]["requests"]["failed"].integer
    }

    private func verdict(_ outcome: LbcheckTool.Outcome, _ name: String) -> String? {
      outcome.report?.assertion(name)?["verdict"].text
    }

    private func headline(_ outcome: LbcheckTool.Outcome) -> String { outcome.report?["summary"].text ?? "" }

    private func expectSums(_ outcome: LbcheckTool.Outcome) {
      let phases = outcome.report?["phases"].list ?? []
      for count in ["scheduled", "completed", "failed", "unsent"] {
        let sum = phases.reduce(0) { $0 + ($1["traffic"]["requests"][count].integer ?? 0) }
        #expect(sum == outcome.report?["traffic"]["requests"][count].integer, "\(count)")
      }
      for phase in phases {
        let start = phase["startSeconds"].number ?? 0
        #expect(phase["outages"].list.allSatisfy { ($0["startSeconds"].number ?? 0) >= start })
        #expect(phase["startedAt"].text?.hasSuffix("Z") == true)
      }
      #expect(outcome.report?["secondZeroAt"].text?.hasSuffix("Z") == true)
    }

    /// A server whose next requests after a file is there are never answered.
    private func hanging(_ count: Int, once marker: String) throws -> ScriptedServer {
      let left = Countdown(count)
      return try ScriptedServer { connection in
        while connection.readRequest() {
          if FileManager.default.fileExists(atPath: marker), left.take() {
            // Until the client gives up.
            _ = connection.readRequest()
            return
          }
          connection.send(Self.page)
        }
      }
    }

    @Test(
      "Requests that a reload has hang are lost by the reload, however long that takes to show",
      arguments: [["--no-restart"], ["--restart-command", "true"]], ["1500ms", "4s"])
    func hanging(restart: [String], timeout: String) throws {
      let marker = tool.folder.path + "/reloaded"
      let server = try hanging(3, once: marker)
      let outcome = try test(
        "http://127.0.0.1:\(server.port)/",
        ["--reload-command", "touch \(marker)", "--settle", "1s", "--timeout", timeout] + restart)
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(failed(outcome, "reload") == 3)
      #expect(headline(outcome).hasPrefix("The reload lost 3 "), "\(headline(outcome))")
      #expect(phase(outcome, "reload")?["traffic"]["failures"]["timeout"].integer == 3)
      #expect(failed(outcome, "baseline") == 0)
      if restart.count > 1 { #expect(failed(outcome, "restart") == 0) }
      #expect(outcome.report?["traffic"]["requests"]["unsent"].integer == 0)
      #expect(verdict(outcome, "siteUpAtTheEnd") == "pass")
      expectSums(outcome)
      withExtendedLifetime(server) {}
    }

    @Test("Losses that HAProxy tells only after its timeout of 8 s belong to the reload")
    func haproxy() throws {
      let marker = tool.folder.path + "/reloaded"
      let server = try hanging(5, once: marker)
      let balancer = try HAProxyBalancer(
        balance: "roundrobin", servers: [("a", server.port, "")], serverTimeout: "8s")
      let outcome = try test(
        "http://127.0.0.1:\(balancer.port)/",
        ["--reload-command", "touch \(marker)", "--restart-command", "sleep 1", "--settle", "2s"])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(failed(outcome, "reload") == 5 && failed(outcome, "restart") == 0)
      #expect(headline(outcome).hasPrefix("The reload lost 5 "), "\(headline(outcome))")
      #expect(phase(outcome, "reload")?["traffic"]["statuses"]["504"].integer == 5)
      expectSums(outcome)
      withExtendedLifetime((server, balancer)) {}
    }

    /// A server that resets every connection while the first file is there and the second is not.
    private func down(from first: String, to second: String) throws -> ScriptedServer {
      try ScriptedServer { connection in
        while connection.readRequest() {
          let files = FileManager.default
          if files.fileExists(atPath: first), !files.fileExists(atPath: second) { return connection.reset() }
          connection.send(Self.page)
        }
      }
    }

    @Test("A restart that leaves the site down fails, though nobody asked it to lose nothing")
    func leftDown() throws {
      let marker = tool.folder.path + "/restarted"
      let server = try down(from: marker, to: tool.folder.path + "/never")
      let outcome = try test(
        "http://127.0.0.1:\(server.port)/",
        [
          "--reload-command", "true", "--restart-command", "touch \(marker)", "--settle", "1s", "--recovery", "1s",
        ])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "siteUpAtTheEnd") == "fail")
      #expect(headline(outcome).hasPrefix("The site is down now"), "\(headline(outcome))")
      #expect(verdict(outcome, "reloadLostNoRequest") == "pass")
      #expect(failed(outcome, "baseline") == 0 && failed(outcome, "reload") == 0)
      withExtendedLifetime(server) {}
    }

    @Test("A site that comes back within the recovery is up, and what it lost until then is the restart's")
    func recovers() throws {
      let marker = tool.folder.path + "/restarted"
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          let made = try? FileManager.default.attributesOfItem(atPath: marker)[.modificationDate] as? Date
          if let made, Date().timeIntervalSince(made) < 2.1 { return connection.reset() }
          connection.send(Self.page)
        }
      }
      let outcome = try test(
        "http://127.0.0.1:\(server.port)/",
        ["--reload-command", "true", "--restart-command", "touch \(marker)", "--settle", "500ms"])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "siteUpAtTheEnd") == "pass")
      #expect((phase(outcome, "restart")?["durationSeconds"].number ?? 0) >= 3)
      #expect((failed(outcome, "restart") ?? 0) > 100)
      withExtendedLifetime(server) {}
    }

    @Test("A restart that begins on a site that the reload has left down is not judged")
    func alreadyDown() throws {
      let (first, second) = (tool.folder.path + "/reloaded", tool.folder.path + "/restarted")
      let server = try down(from: first, to: second)
      let outcome = try test(
        "http://127.0.0.1:\(server.port)/",
        [
          "--reload-command", "touch \(first)", "--restart-command", "touch \(second)", "--settle", "1s", "--recovery",
          "1s", "--survives-restart",
        ])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(phase(outcome, "restart")?["notJudged"].text == "the site was already down")
      #expect(verdict(outcome, "restartLostNoRequest") == "inconclusive")
      #expect(verdict(outcome, "reloadLostNoRequest") == "fail")
      #expect(verdict(outcome, "everyPhaseJudged") == "inconclusive")
      #expect(verdict(outcome, "siteUpAtTheEnd") == "pass")
      withExtendedLifetime(server) {}
    }

    @Test(
      "A reload during which nobody is answered for 1.5 s fails, though every request succeeds; --max-gap allows it")
    func gap() throws {
      for (options, expected) in [([], "fail"), (["--max-gap", "10s"], "pass")] {
        let marker = tool.folder.path + "/reloaded\(options.count)"
        let server = try ScriptedServer { connection in
          while connection.readRequest() {
            while true {
              let made = try? FileManager.default.attributesOfItem(atPath: marker)[.modificationDate] as? Date
              guard let made, Date().timeIntervalSince(made) < 1.5 else { break }
              connection.pause(milliseconds: 5)
            }
            connection.send(Self.page)
          }
        }
        let outcome = try test(
          "http://127.0.0.1:\(server.port)/",
          [
            "--reload-command", "touch \(marker)", "--no-restart", "--settle", "1s", "--rate", "20", "--p99-factor",
            "1000",
          ] + options)
        #expect(verdict(outcome, "reloadLostNoRequest") == "pass", "\(outcome.messages)\(outcome.output)")
        #expect(verdict(outcome, "reloadLeftNoGap") == expected)
        withExtendedLifetime(server) {}
      }
    }

    @Test("A rate that the target cannot carry leaves the reload open, with what to do")
    func overloaded() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.pause(milliseconds: 200)
          connection.send(Self.page)
        }
      }
      // Four connections carry 20 a second.
      let outcome = try test(
        "http://127.0.0.1:\(server.port)/",
        [
          "--reload-command", "true", "--no-restart", "--settle", "2s", "--recovery", "1s", "--rate", "60",
          "--connections", "4",
        ])
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      #expect(verdict(outcome, "baselineKeptUp") == "inconclusive")
      #expect(outcome.report?.assertion("baselineKeptUp")?["detail"].text?.contains("--rate") == true)
      #expect(verdict(outcome, "reloadLostNoRequest") == "inconclusive")
      #expect((outcome.report?["traffic"]["requests"]["unsent"].integer ?? 0) > 0)
      expectSums(outcome)
      withExtendedLifetime(server) {}
    }

    @Test("Phases that would need more memory than there is are refused before any traffic")
    func tooLong() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() { connection.send(Self.page) }
      }
      let outcome = try test(
        "http://127.0.0.1:\(server.port)/", ["--reload-command", "true", "--no-restart", "--settle", "24h"])
      #expect(outcome.status == 2)
      #expect(outcome.messages.contains("give a lower --rate or a shorter --settle"), "\(outcome.messages)")
      #expect(outcome.report == nil)
      withExtendedLifetime(server) {}
    }
  }
}

/// Gives out so many turns, to whichever thread asks.
private final class Countdown: @unchecked Sendable {
  private let lock = NSLock()
  private var left: Int

  init(_ count: Int) { left = count }

  func take() -> Bool {
    lock.withLock {
      left -= 1
      return left >= 0
    }
  }
}
