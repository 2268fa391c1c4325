import Foundation
import Support
import Testing

extension Integration {
  /// Rounds of the same check, against real servers.
  @Suite struct RoundsTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func lost(_ rounds: LbcheckTool.Outcome.Report) -> [Int] {
      rounds["rows"].list.compactMap { $0["lost"].integer }
    }

    @Test("nginx, reloaded three times, loses nothing, and the report says what three rounds show")
    func nginx() throws {
      let server = try ManagedServer(ManagedServer.nginx)
      let outcome = try tool.run([
        "reload-test", server.url, "--manager", server.manager, "--no-restart", "--settle", "1s", "--rate", "100",
        "--repeat", "3", "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      let rounds = try #require(outcome.report?["rounds"])
      #expect(rounds["outcome"].text == "noneSeen" && rounds["made"].integer == 3)
      #expect(lost(rounds) == [0, 0, 0])
      #expect(abs((rounds["lossyRounds"]["high"].number ?? 0) - 0.6316) < 0.0001)
      #expect(outcome.messages.contains("round 3 of 3: reload"))
      // Each round has processes of its own, and each is a round of at least a second at 100/s.
      let lives = rounds["rows"].list.map { row in
        row["phases"].list.last?["generations"].list.compactMap { $0["generation"].text } ?? []
      }
      #expect(Set(lives.joined()).count >= 4, "\(lives)")
      #expect((outcome.report?["phases"][1]["traffic"]["requests"]["scheduled"].integer ?? 0) >= 300)
    }

    /// One reload of gunicorn 23.0.0 loses a few requests or none.
    @Test("gunicorn 23.0.0 loses requests in some of its reloads: one such round fails the whole")
    func gunicorn() throws {
      let server = try ManagedServer(ManagedServer.gunicorn("23.0.0", worker: "gthread"))
      let outcome = try tool.run([
        "reload-test", server.url, "--manager", server.manager, "--no-restart", "--settle", "1500ms", "--rate", "150",
        "--method", "POST", "--probe-as-is", "--repeat", "6", "--max-gap", "10s", "--json",
      ])
      let rounds = try #require(outcome.report?["rounds"], "\(outcome.messages)")
      let lost = lost(rounds)
      #expect(lost.count == 6 && rounds["lost"].integer == lost.reduce(0, +))
      #expect(rounds["lossy"].integer == lost.count { $0 > 0 })
      #expect(lost.contains { $0 > 0 }, "\(lost)")
      #expect(rounds["outcome"].text == (lost.contains(0) ? "varies" : "loses"), "\(lost)")
      #expect(outcome.status == 1)
      #expect(
        outcome.report?["summary"].text?.hasPrefix("The reload lost requests in \(lost.count { $0 > 0 }) of 6 rounds (")
          == true, "\(outcome.report?["summary"].text ?? "")")
    }

    @Test("A failover of the testbed in two rounds loses nothing")
    func failover() throws {
      let outcome = try tool.run(["failover", "--testbed", "--repeat", "2", "--json"])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["rounds"]["outcome"].text == "noneSeen")
      #expect(outcome.report?["phases"].list.map { $0["name"].text } == ["baseline", "stop app-1", "start app-1"])
    }

    @Test("Ctrl-C in a later round writes what was measured, which is no pass")
    func interrupted() throws {
      let outcome = try tool.run(
        ["reload-test", "--testbed", "--settle", "1s", "--no-restart", "--repeat", "50", "--json"], interruptAfter: 14)
      #expect(outcome.status == 130, "\(outcome.messages)\(outcome.output)")
      let rounds = try #require(outcome.report?["rounds"])
      let made = try #require(rounds["made"].integer)
      #expect((1..<50).contains(made) && rounds["rows"].list.count - made <= 1)
      #expect(outcome.report?["verdict"].text == "inconclusive" && rounds["outcome"].text == "undecided")
    }

    @Test(
      "What rounds cannot be combined with is one clear error",
      arguments: [
        (["--repeat", "1"], "2 to 100"), (["--repeat", "101"], "2 to 100"),
        (["--repeat", "2", "--format", "csv"], "--format csv has the requests of one round: leave out --repeat"),
        (["--repeat", "2", "--shard", "1/2", "--out", "parts"], "of reload-test makes one round: leave out --repeat"),
      ])
    func refused(options: [String], words: String) throws {
      let outcome = try tool.run(["reload-test", "http://127.0.0.1:1/", "--reload-command", "true"] + options)
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(outcome.messages.contains(words), "\(outcome.messages)")
    }
  }
}
