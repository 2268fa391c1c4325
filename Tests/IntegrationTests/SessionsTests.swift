import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// `lbcheck sessions` and `fairness --split` as commands; what real balancers come to is in `Tests/Truth/sessions.toml`.
  @Suite struct SessionsTests {
    private let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// Three backends; visitors rotate, or stay by a cookie.
    private func server(keeps: Bool, milliseconds: UInt32 = 0) throws -> ScriptedServer {
      let turn = Mutex(0)
      return try ScriptedServer { connection in
        while let head = connection.readHead() {
          let own = head.firstRange(of: "srv=").flatMap { Int(String(head[$0.upperBound])) }
          let number =
            (keeps ? own : nil)
            ?? turn.withLock { turn in
              turn += 1
              return turn % 3
            }
          connection.pause(milliseconds: milliseconds)
          connection.send(
            "HTTP/1.1 200 OK\r\nX-Backend: b\(number)\r\nSet-Cookie: srv=\(number); Path=/\r\nContent-Length: 2\r\n\r\nok"
          )
        }
      }
    }

    private func sessions(_ server: ScriptedServer, _ options: [String], interruptAfter: Double? = nil) throws
      -> LbcheckTool.Outcome
    {
      try withExtendedLifetime(server) {
        try tool.run(
          [
            "sessions", "http://127.0.0.1:\(server.port)/", "--json", "--visitors", "120", "--newcomers", "2000",
            "--rest",
            "80ms",
          ] + options,
          interruptAfter: interruptAfter)
      }
    }

    @Test("A report with all its files is valid, and its table holds every request")
    func files() throws {
      let formats = ["csv", "hgrm", "prometheus", "junit"]
      let outcome = try sessions(
        server(keeps: true), ["--out", "report", "--format", formats.joined(separator: ","), "--visits", "3"])
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(report["sessions"]["by"].text == "cookie srv" && report["sessions"]["kept"].integer == 120)
      let controls = report["sessions"]["controls"].list
      #expect(controls.count == 2 && controls.allSatisfy { $0["visitors"].integer == 120 })
      // 120 visitors come three times with two requests, twice with a part of what they have, and once after a rest.
      let completed = report["traffic"]["requests"]["completed"].integer
      #expect(completed == 120 * 3 * 2 + 120 * 3 + 2000)
      let rows = try #require(tool.folder.read("report/requests.csv")).split(whereSeparator: \.isNewline)
      #expect(rows.count - 1 == completed)
      #expect(try tool.problems(tool.folder.path + "/report", formats: formats) == "")
    }

    @Test("Interrupted, it says so and passes nothing")
    func interrupted() throws {
      let outcome = try sessions(server(keeps: true, milliseconds: 30), ["--visits", "100"], interruptAfter: 2)
      #expect(outcome.status == 130, "\(outcome.messages)")
      #expect(outcome.report?["interrupted"].number == 1 && outcome.report?["verdict"].text == "inconclusive")
      #expect(outcome.report?.assertion("measurement")?["verdict"].text == "inconclusive")
    }

    @Test(
      "What contradicts itself is refused before any request",
      arguments: [
        (["sessions", "--stop-command", "true"], "--stop-command and --start-command"),
        (["sessions", "--restart-command", "true"], "--reload-command"),
        (["sessions", "--shard", "1/2", "--out", "parts"], "sessions cannot be divided into parts"),
        (["sessions", "--visitors", "0"], "a number of visitors"),
        (["sessions", "--source-addresses", "7"], "addresses such as"),
        (["fairness", "--split", "v1=100"], "two parts"),
        (["fairness", "--split", "v1=95,v1=5"], "twice"),
        (["fairness", "--split", "v1=95,v2=5", "--split-margin", "5%"], "--split-margin"),
        (["fairness", "--split", "v1=95,v2=5", "--ramp", "1..2", "--duration", "1s"], "--ramp"),
        (["fairness", "--split", "v1=95,v2=5", "--shard", "1/2", "--out", "parts"], "cannot be divided"),
      ])
    func refusals(_ arguments: [String], _ words: String) throws {
      let asked = Mutex(0)
      let server = try ScriptedServer { connection in
        while connection.readRequest() { asked.withLock { $0 += 1 } }
      }
      let outcome = try tool.run([arguments[0], "http://127.0.0.1:\(server.port)/"] + arguments.dropFirst())
      #expect(outcome.status == 2, "\(outcome.messages)")
      #expect(outcome.messages.contains(words), "\(outcome.messages)")
      #expect(asked.withLock { $0 } == 0)
    }

    @Test("A gate holds it with a threshold of its own, and a comparison sees visitors who no longer stay")
    func gateAndCompare() throws {
      let (kept, lost) = (try server(keeps: true), try server(keeps: false))
      func gate(_ server: ScriptedServer, _ name: String) throws -> LbcheckTool.Outcome {
        let profile = try tool.folder.write(
          """
          {
            target: "http://127.0.0.1:\(server.port)/", backendHeader: "X-Backend", sessions: { visitors: 120 },
            gate: { checks: ["sessions"], thresholds: ["kept >= 99%", "failed == 0"] },
          }
          """, to: name + ".json5")
        return try withExtendedLifetime(server) {
          try tool.run(["gate", profile, "--json", "--out", tool.folder.path + "/" + name])
        }
      }
      #expect(try gate(kept, "kept").status == 0)
      let failed = try gate(lost, "lost")
      #expect(failed.status == 1)
      let thresholds = failed.report?["gate"]["checks"][0]["thresholds"].list ?? []
      #expect(thresholds.map { $0["verdict"].text } == ["fail", "pass"])
      let comparison = try tool.run([
        "compare", tool.folder.path + "/kept/1-sessions", tool.folder.path + "/lost/1-sessions", "--json",
      ])
      let figure = comparison.report?["comparison"]["figures"].list.first { $0["name"].text == "visitors who stayed" }
      #expect(figure?["outcome"].text == "worse", "\(comparison.messages)")
    }

    @Test("A split of fresh visitors is judged by its header, and its parts can have thresholds and be compared")
    func split() throws {
      let turn = Mutex(0)
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          let number = turn.withLock { turn in
            turn += 1
            return turn
          }
          connection.send(
            "HTTP/1.1 200 OK\r\nX-Version: \(number % 10 == 0 ? "v2" : "v1")\r\nConnection: close\r\n"
              + "Content-Length: 2\r\n\r\nok")
        }
      }
      func fairness(_ split: String, _ out: String) throws -> LbcheckTool.Outcome {
        try withExtendedLifetime(server) {
          try tool.run([
            "fairness", "http://127.0.0.1:\(server.port)/", "--json", "--split", split, "--split-header", "X-Version",
            "--out", out,
          ])
        }
      }
      let right = try fairness("v1=90,v2=10", "right")
      #expect(right.status == 0, "\(right.messages)")
      let section = try #require(right.report)["split"]
      let decided = try #require(section["decidedAfter"].integer)
      #expect(decided > 600 && decided < 3 * (section["expectedAfter"].integer ?? 0))
      #expect(section["parts"].list.map { $0["name"].text } == ["v1", "v2"])
      #expect(try tool.problems(tool.folder.path + "/right", formats: []) == "")
      let wrong = try fairness("v1=80,v2=20", "wrong")
      #expect(wrong.status == 1 && wrong.report?.assertion("split(v2)")?["verdict"].text == "fail")
      #expect((wrong.report?["split"]["decidedAfter"].integer ?? .max) < decided)
    }
  }
}
