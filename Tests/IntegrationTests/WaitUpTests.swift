import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// `--wait-up`: a target that is not there yet.
  @Suite struct WaitUpTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private static let answer = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"

    /// A backend that is started, with `lbcheck backends`, a while after the check.
    private func late(_ arguments: (String) -> [String]) throws -> LbcheckTool.Outcome {
      let port = FreePort.reserve()
      let starting = Process()
      starting.executableURL = URL(fileURLWithPath: "/bin/sh")
      starting.arguments = ["-c", "sleep 1.5; exec \"$0\" backends up --port \(port)", try LbcheckTool.path()]
      starting.standardOutput = FileHandle.nullDevice
      starting.standardError = FileHandle.nullDevice
      try starting.launchUnblocked()
      defer {
        starting.interrupt()
        starting.waitUntilExit()
      }
      return try tool.run(arguments("http://127.0.0.1:\(port)/"))
    }

    @Test("A target that comes up is waited for, and the report says how long it took and what was sent")
    func comesUp() throws {
      let outcome = try late { ["load", $0, "--requests", "100", "--wait-up", "60s", "--json"] }
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      let report = try #require(outcome.report)
      let note = report["notes"].texts.first { $0.hasPrefix("The target answered after ") }
      let seconds = note?.firstMatch(of: /after (\d+\.\d) s \(--wait-up\)\./).flatMap { Double($0.1) }
      #expect((1.0...60).contains(seconds ?? 0), "\(report["notes"].texts)")
      // Only the last try reached a server; the traffic has its own requests alone.
      #expect(report["preparation"]["purposes"]["waiting for the target"].integer == 1)
      #expect(report["traffic"]["requests"]["completed"].integer == 100)
      #expect((report["durationSeconds"].number ?? 99) < (seconds ?? 0) + 1)
    }

    @Test("The gateway's own error is no answer, and nothing of the waiting is held against the target")
    func gatewayErrors() throws {
      let count = Counter()
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send(
            count.next() <= 3 ? "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n" : Self.answer)
        }
      }
      let outcome = try tool.run([
        "load", "http://127.0.0.1:\(server.port)/", "--requests", "20", "--wait-up", "60s", "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      let preparation = try #require(outcome.report?["preparation"])
      #expect(preparation["purposes"]["waiting for the target"].integer == 4)
      // What the server counted is the sum of both.
      let sent = (preparation["requests"].integer ?? 0) + 20
      #expect(sent == count.value)
    }

    @Test("One that does not come up within the time is an error that says why, without a report")
    func staysAway() throws {
      let port = FreePort.reserve()
      for check in ["load", "inspect", "fairness", "sessions", "watch"] {
        let outcome = try tool.run([check, "http://127.0.0.1:\(port)/", "--wait-up", "300ms", "--out", "r"])
        #expect(outcome.status == 3, "\(check): \(outcome.messages)")
        #expect(
          outcome.messages.contains("did not answer within 0.3 s (--wait-up): ")
            && outcome.messages.contains("refused"), "\(check): \(outcome.messages)")
        #expect(tool.folder.read("r/report.json") == nil)
      }
    }

    @Test("Rounds wait once, and Ctrl-C ends the waiting")
    func rounds() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() { connection.send(Self.answer) }
      }
      let outcome = try tool.run([
        "reload-test", "http://127.0.0.1:\(server.port)/", "--reload-command", "true", "--no-replacement",
        "--no-restart",
        "--settle", "1s", "--repeat", "2", "--wait-up", "30s", "--json",
      ])
      #expect(outcome.report?["preparation"]["purposes"]["waiting for the target"].integer == 1, "\(outcome.messages)")
      let began = Date()
      let ended = try tool.run(
        ["load", "http://127.0.0.1:\(FreePort.reserve())/", "--wait-up", "60s"], interruptAfter: 0.5)
      #expect(ended.status == 130 && Date().timeIntervalSince(began) < 30, "\(ended.messages)")
    }
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }

  var value: Int { count.withLock { $0 } }
}
