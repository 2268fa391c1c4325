import Support
import Testing

extension Integration {
  /// Answers and arguments as visitors' clients and users' shells give them, through the program.
  @Suite struct VisitorsTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private static let odd =
      "HTTP/1.1 200 OK\nX-Backend: a\nX-Policy: default-src 'self';\n    img-src 'self'\nSet-Cookie: a=\u{1}b\n"
      + "Transfer-Encoding: chunked\n\n0000000000000000000002\r\nok\r\n0\r\n\r\n\r\n"

    @Test("What browsers take is a success, with a note on each form and no reason for a failure")
    func forms() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() { connection.send(Self.odd) }
      }
      let url = "http://127.0.0.1:\(server.port)/"
      let notes = [
        "had header lines that end in a bare LF", "had header values folded over several lines",
        "had control bytes in header values",
        "had padded chunk sizes", "were followed by a line end that belongs to no answer",
      ]
      let load = try tool.run(["load", url, "-n", "40", "-c", "2", "--json"])
      #expect(load.status == 0, "\(load.messages)\(load.output)")
      let headline = load.report?["summary"].text ?? ""
      #expect(headline.hasPrefix("40 requests at ") && headline.hasSuffix("; none failed."), "\(headline)")
      let texts = try #require(load.report?["notes"].texts)
      for note in notes {
        #expect(texts.contains { $0.hasPrefix("40 answers \(note)") && $0.hasSuffix("accepted as browsers do.") })
      }
      #expect(!load.output.contains("Reasons for failures"))
      let inspect = try tool.run(["inspect", url])
      #expect(inspect.status == 0, "\(inspect.messages)\(inspect.output)")
      #expect(inspect.output.contains("The target answers, and a header tells its backends apart."))
      for note in notes { #expect(inspect.output.contains("3 answers \(note)"), "\(inspect.output)") }
      withExtendedLifetime(server) {}
    }

    @Test("An answer that never ends ends inspect at its time-out, with what had come")
    func endless() throws {
      let server = try ScriptedServer { connection in
        guard connection.readRequest() else { return }
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        while connection.send("d\r\ndata: hello\n\n\r\n") { connection.pause(milliseconds: 100) }
      }
      let outcome = try tool.run(["inspect", "http://127.0.0.1:\(server.port)/", "--timeout", "800ms", "--quiet"])
      #expect(outcome.status == 3)
      #expect(
        outcome.messages.contains(": no complete response within 0.8 s; a 200 had begun, "), "\(outcome.messages)")
      #expect(outcome.messages.contains(" bytes of its body had come\n"))
      withExtendedLifetime(server) {}
    }

    @Test("An empty port in a URL is the scheme's own")
    func emptyPort() throws {
      let backends = try NginxBackends(["app-1"])
      let outcome = try tool.run([
        "load", "http://alvin.test:/", "--connect-to", "alvin.test:80:127.0.0.1:\(backends.ports[0])", "-n", "10",
        "--json",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(outcome.report?["target"]["url"].text == "http://alvin.test/")
      withExtendedLifetime(backends) {}
    }

    @Test(
      "An argument that is not UTF-8 is bad usage and sends nothing",
      arguments: [
        ("--header \"$(printf 'X: caf\\351')\"", ", the value of --header, is not UTF-8: 'X: caf\\xe9'; "),
        ("-X POST --body \"$(printf '\\377')\"", ", the value of --body, is not UTF-8: '\\xff'; "),
        ("--backend-header=\"$(printf 'X-\\200')\"", " is not UTF-8: '--backend-header=X-\\x80'; "),
      ])
    func bytes(more: String, text: String) throws {
      let server = try ScriptedServer { _ in }
      let outcome = try tool.run(
        ["load", "http://127.0.0.1:\(server.port)/", "-n", "1"],
        within: ["/bin/sh", "-c", "exec \"$0\" \"$@\" \(more)"])
      #expect(outcome.status == 2)
      #expect(outcome.messages.hasPrefix("error: argument ") && outcome.messages.contains(text), "\(outcome.messages)")
      #expect(server.connectionCount == 0)
    }
  }
}
