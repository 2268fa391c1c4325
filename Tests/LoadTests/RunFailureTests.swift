import Load
import Platform
import Support
import Testing

/// Each way in which a server can fail, and the kind that it counts as.
@Suite struct RunFailureTests {
  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"

  struct Behaviour: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let kind: FailureKind
    let serve: @Sendable (ScriptedConnection) -> Void

    init(_ name: String, _ kind: FailureKind, _ serve: @escaping @Sendable (ScriptedConnection) -> Void) {
      testDescription = name
      self.kind = kind
      self.serve = serve
    }

    /// Answers each request with the same bytes and then closes.
    static func says(_ name: String, _ kind: FailureKind, _ text: String) -> Behaviour {
      Behaviour(name, kind) { connection in
        if connection.readRequest() { connection.send(text) }
      }
    }
  }

  private static let behaviours: [Behaviour] = [
    Behaviour("closes without a byte", .closed) { _ = $0.readRequest() },
    Behaviour("resets", .reset) { if $0.readRequest() { $0.reset() } },
    Behaviour("never answers", .timeout) { if $0.readRequest() { $0.pause(milliseconds: 1500 * Patience.factor) } },
    Behaviour("sends one byte a second", .timeout) { connection in
      guard connection.readRequest() else { return }
      for byte in page.utf8 where connection.send([byte]) { connection.pause(milliseconds: 1000 * Patience.factor) }
    },
    Behaviour("speaks before any request", .malformed) { connection in
      connection.send("220 mail ESMTP\r\n")
      _ = connection.readRequest()
    },
    .says("cuts the head short", .truncated, "HTTP/1.1 200 OK\r\nContent-Le"),
    .says("cuts the body short", .truncated, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
    .says("cuts a chunk short", .truncated, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"),
    .says("omits the last chunk", .truncated, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"),
    .says("speaks another protocol", .malformed, "SSH-2.0-OpenSSH_9\r\n"),
    .says("states a negative length", .malformed, "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"),
    .says("states a huge length", .malformed, "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    .says("states two lengths", .malformed, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"),
    .says("states a bad chunk size", .malformed, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
    .says("folds its length", .malformed, "HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\n\r\nok"),
    .says("ends a chunk size in a bare LF", .malformed, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n"),
    .says("sends NUL bytes", .malformed, "HTTP/1.1 200 OK\r\nX: \0\r\n\r\n"),
    .says("switches protocols", .malformed, "HTTP/1.1 101 Switching Protocols\r\n\r\n"),
    Behaviour("sends endless headers", .oversized) { connection in
      guard connection.readRequest(), connection.send("HTTP/1.1 200 OK\r\n") else { return }
      while connection.send("X-Filler: " + String(repeating: "x", count: 1000) + "\r\n") {}
    },
    Behaviour("sends one endless header", .oversized) { connection in
      guard connection.readRequest(), connection.send("HTTP/1.1 200 OK\r\nX: ") else { return }
      while connection.send(String(repeating: "x", count: 1000)) {}
    },
    Behaviour("floods interim responses", .oversized) { connection in
      guard connection.readRequest() else { return }
      while connection.send("HTTP/1.1 103 Early Hints\r\n\r\n") {}
    },
    .says("answers 500", .status, "HTTP/1.1 500 Oops\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n"),
  ]

  @Test("Each way to fail has its kind", arguments: behaviours)
  func failures(behaviour: Behaviour) throws {
    let server = try ScriptedServer(behaviour.serve)
    var plan = try Plan.toLoopback(server.port, requests: 8, connections: 4)
    if behaviour.kind == .timeout { plan.responseTimeout = 500_000_000 * Nanoseconds(Patience.factor) }
    let measured = try Run(plan).measure()
    expectAccounted(measured, requests: 8)
    #expect(measured.failures == [behaviour.kind: 8])
    #expect(measured.succeeded == 0)
  }

  @Test("A server that closes at once closes, or resets if the request was under way")
  func closesAtOnce() throws {
    let server = try ScriptedServer { _ in }
    let measured = try Run(try Plan.toLoopback(server.port, requests: 50, connections: 4)).measure()
    expectAccounted(measured, requests: 50)
    #expect(Set(measured.failures.keys).isSubset(of: [.closed, .reset]) && measured.failed == 50)
  }

  @Test(
    "A port where nobody listens refuses; a backend's name is kept for its failed answers")
  func refused() throws {
    let measured = try Run(try Plan.toLoopback(FreePort.reserve(), requests: 8, connections: 4)).measure()
    expectAccounted(measured, requests: 8)
    #expect(measured.failures == [.refused: 8])
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.send("HTTP/1.1 500 Broken\r\nX-Backend: b\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let busy = try Run(try Plan.toLoopback(server.port, requests: 8, connections: 4)).measure()
    #expect(busy.backends.map { [$0.name, "\($0.requests)", "\($0.failed)"] } == [["b", "8", "8"]])
    #expect(busy.statuses == [500: 8])
  }
}
