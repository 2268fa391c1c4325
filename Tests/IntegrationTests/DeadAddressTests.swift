import Support
import Testing

extension Integration {
  /// A name with several addresses, not all of which answer.
  @Suite struct DeadAddressTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func inspect(_ addresses: String, _ server: ScriptedServer) throws -> LbcheckTool.Outcome {
      try tool.run([
        "inspect", "http://alvin.xyz:\(server.port)/", "--resolve", "alvin.xyz:\(server.port):\(addresses)", "--json",
        "--backend-header", "X-Backend",
      ])
    }

    @Test("A dead address among several of a family fails inspect by name; of another family it is a note")
    func inspect() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      let dead = try inspect("127.0.0.9,127.0.0.1", server)
      #expect(dead.status == 1, "\(dead.messages)\(dead.output)")
      let assertion = dead.report?.assertion("everyAddressAnswers")
      #expect(assertion?["verdict"].text == "fail" && assertion?["actual"].text?.contains("127.0.0.9") == true)
      #expect(dead.report?["summary"].text?.contains("127.0.0.9") == true, "\(dead.output)")
      #expect(dead.report?["advice"].texts.last?.contains("DNS") == true, "\(dead.output)")

      let other = try inspect("[::1],127.0.0.1", server)
      #expect(other.status == 0, "\(other.messages)\(other.output)")
      #expect(other.report?.assertion("everyAddressAnswers")?["verdict"].text == "pass")
      #expect(other.report?["notes"].texts.contains { $0.contains("other address family") } == true)
      let alone = try inspect("127.0.0.1", server)
      #expect(alone.status == 0, "\(alone.messages)\(alone.output)")
      withExtendedLifetime(server) {}
    }
  }
}
