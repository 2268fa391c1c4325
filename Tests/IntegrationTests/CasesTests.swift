import Foundation
import Support
import Testing

extension Integration {
  /// Answers of kinds that stand in public reports of bugs and that no other suite stages: verdict, exit status and headline.
  @Suite struct CasesTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func load(_ server: ScriptedServer, _ options: [String] = []) throws -> LbcheckTool.Outcome {
      try tool.run(["load", "http://127.0.0.1:\(server.port)/", "-n", "30", "-c", "3", "--json"] + options)
    }

    private func headline(_ outcome: LbcheckTool.Outcome) -> String { outcome.report?["summary"].text ?? "" }

    @Test("A line end that comes after the answer, in a segment of its own, costs no request")
    func lateLineEnd() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: web-1\r\nContent-Length: 4\r\n\r\npage")
          connection.pause(milliseconds: 3)
          connection.send("\r\n")
        }
      }
      let outcome = try load(server)
      #expect(outcome.status == 0 && outcome.report?["verdict"].text == "pass", "\(outcome.messages)\(outcome.output)")
      #expect(headline(outcome).hasPrefix("30 requests at ") && headline(outcome).hasSuffix("; none failed."))
      #expect(outcome.report?["traffic"]["requests"]["failed"].integer == 0)
      withExtendedLifetime(server) {}
    }

    @Test("A body behind an answer to HEAD fails, and the reason says what came")
    func bodyBehindHead() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: web-1\r\nContent-Length: 9\r\n\r\n")
          connection.pause(milliseconds: 3)
          connection.send("not asked")
        }
      }
      let outcome = try load(server, ["-X", "HEAD"])
      #expect(outcome.status == 1 && outcome.report?["verdict"].text == "fail", "\(outcome.messages)")
      #expect(headline(outcome).hasPrefix("Requests failed: "), "\(headline(outcome))")
      #expect(
        outcome.report?["notes"].texts.contains {
          $0.hasPrefix("Reasons for failures: ") && $0.contains("a body came with the answer to HEAD: 'not asked'")
        } == true, "\(outcome.output)")
      withExtendedLifetime(server) {}
    }

    @Test("A header's name that is none is refused with its line")
    func headerName() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: web-1\r\nX-Shop(beta): on\r\nContent-Length: 4\r\n\r\npage")
        }
      }
      let line = "a header line is not 'name: value': 'X-Shop(beta): on'"
      // Nothing was measured: the error is the headline.
      let outcome = try load(server)
      #expect(outcome.status == 3 && outcome.report == nil)
      #expect(outcome.messages.hasPrefix("error: ") && outcome.messages.contains(line), "\(outcome.messages)")
      let unprobed = try load(server, ["--no-probe"])
      #expect(unprobed.status == 1 && unprobed.report?["verdict"].text == "fail", "\(unprobed.messages)")
      #expect(headline(unprobed) == "Requests failed: 30 malformed.", "\(headline(unprobed))")
      #expect(unprobed.report?["notes"].texts.contains { $0.contains(line) } == true, "\(unprobed.output)")
      withExtendedLifetime(server) {}
    }
  }
}
