import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// Several runs of a load.
  @Suite struct RunsTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    @Test("Three runs are three rows, whose requests, with those beside the traffic, are what the server saw")
    func counts() throws {
      let seen = Mutex(0)
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          seen.withLock { $0 += 1 }
          connection.pause(milliseconds: 1)
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      let outcome = try tool.run([
        "load", "http://127.0.0.1:\(server.port)/", "--rate", "300", "--requests", "150", "--connections", "5",
        "--repeat", "3", "--json", "--out", "runs",
      ])
      // On a busy machine lbcheck may be late, which leaves the verdict open.
      #expect([0, 3].contains(outcome.status), "\(outcome.messages)\(outcome.output)")
      let report = try #require(outcome.report)
      let rows = report["runs"]["rows"].list
      #expect(rows.map { $0["run"].integer } == [1, 2, 3] && report["runs"]["made"].integer == 3)
      #expect(rows.map { $0["traffic"]["requests"]["completed"].integer } == [150, 150, 150])
      #expect(report["traffic"]["requests"]["completed"].integer == 450)
      #expect(450 + (report["preparation"]["requests"].integer ?? 0) == seen.withLock { $0 })
      // Each run has connections of its own.
      #expect(rows.allSatisfy { (1...5).contains($0["traffic"]["connectionsOpened"].integer ?? 0) })
      let p50 = try #require(report["runs"]["figures"].list.first { $0["name"].text == "p50" })
      let mean = rows.compactMap { $0["traffic"]["latency"]["p50"].number }.reduce(0, +) / 3
      #expect(abs((p50["mean"].number ?? 0) - mean) < 1e-9 && p50["runs"].integer == 3)
      #expect(report["traffic"]["latency"]["intervals"].list.isEmpty)
      #expect(outcome.messages.contains("run 3 of 3: load"))
      #expect(tool.folder.read("runs/report.md")?.contains("## Runs") == true)
      withExtendedLifetime(server) {}
    }

    @Test(
      "What runs cannot be combined with is one clear error",
      arguments: [
        (["--repeat", "1"], "a number of runs (2 to 100)"), (["--repeat", "101"], "2 to 100"),
        (["--repeat", "2", "--format", "csv"], "--format csv has the requests of one run: leave out --repeat"),
        (["--repeat", "2", "--shard", "1/2", "--out", "parts"], "of load makes one run: leave out --repeat"),
      ])
    func refused(options: [String], words: String) throws {
      let outcome = try tool.run(["load", "http://127.0.0.1:1/"] + options)
      #expect(outcome.status == 2 && outcome.output.isEmpty)
      #expect(outcome.messages.contains(words), "\(outcome.messages)")
    }

    @Test("A gate makes the runs that its profile asks for, and judges their figures together")
    func gate() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") }
      }
      _ = try tool.folder.write(
        """
        { target: "http://127.0.0.1:\(server.port)/", rate: 100, requests: 50, load: { repeat: 2 },
          gate: { checks: ["load"], thresholds: ["requests == 100"] } }
        """, to: "gate.json5")
      let outcome = try tool.run(["gate", "gate.json5", "--json", "--out", "gate"])
      #expect([0, 3].contains(outcome.status), "\(outcome.messages)\(outcome.output)")
      let own = try #require(outcome.report?["gate"]["checks"][0]["report"])
      #expect(own["runs"]["rows"].list.count == 2)
      withExtendedLifetime(server) {}
    }
  }
}
