import HTTP
import Platform
import Support
import Testing

@testable import Load

/// A probe obeys the rules of ``ConnectionStateMachine`` and ``Exchange``, as a run does.
@Suite struct ProbeRulesTests {
  private static let page = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

  private func probe(
    _ server: ScriptedServer, until end: Nanoseconds = .max, clock: TimeSource = .system
  ) throws -> Probe {
    Probe(try #require(SocketAddress("127.0.0.1", port: server.port)), until: end, clock: clock)
  }

  private func target(_ server: ScriptedServer) throws -> Target { try Target("http://127.0.0.1:\(server.port)/") }

  /// What the first connection does with its second request; all others answer one request.
  private func server(_ second: @escaping @Sendable (ScriptedConnection) -> Void) throws -> ScriptedServer {
    let isFirst = FirstTurn()
    return try ScriptedServer { connection in
      guard connection.readRequest(), connection.send(Self.page), connection.readRequest() else { return }
      if isFirst.take() { second(connection) }
    }
  }

  struct Second: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var method = "GET"
    /// `nil` where it is sent once more and answered.
    let failure: FailureKind?
    let act: @Sendable (ScriptedConnection) -> Void
  }

  private static let seconds = [
    Second(testDescription: "closes", failure: nil) { _ in },
    Second(testDescription: "resets", failure: nil) { $0.reset() },
    Second(testDescription: "closes on a POST", method: "POST", failure: .closed) { _ in },
    Second(testDescription: "closes in the middle of a response", failure: .truncated) {
      $0.send("HTTP/1.1 200 OK\r\n")
    },
    Second(testDescription: "closes behind an interim response", failure: .truncated) {
      $0.send("HTTP/1.1 103 Early Hints\r\n\r\n")
    },
    Second(testDescription: "resets in the middle of a response", failure: .reset) {
      $0.send("HTTP/1.1 200 OK\r\n")
      // What was sent has to be read before the reset throws it away.
      $0.pause(milliseconds: 50 * Patience.factor)
      $0.reset()
    },
  ]

  @Test("A reused connection that ends is retried where no byte of a response has come", arguments: seconds)
  func retry(_ second: Second) throws {
    let server = try server(second.act)
    defer { server.stop() }
    var probe = try probe(server)
    let target = try target(server)
    let template = try RequestTemplate(method: second.method, path: "/")
    let first = try probe.send(template, to: target)
    #expect(!first.wasReused && first.connectTime != nil)
    do throws(ProbeError) {
      let response = try probe.send(template, to: target)
      #expect(second.failure == nil && !response.wasReused && response.connectTime != nil)
    } catch {
      #expect(error.kind == second.failure, "\(error)")
    }
    let sent = probe.requestsSent
    #expect(sent == (second.failure == nil ? 3 : 2))
    guard second.failure != nil else { return }
    // What failed has closed its connection.
    let next = try probe.send(template, to: target)
    #expect(!next.wasReused)
  }

  @Test("A new connection that closes without a response is not retried")
  func fresh() throws {
    let server = try ScriptedServer { _ = $0.readRequest() }
    defer { server.stop() }
    var probe = try probe(server)
    let target = try target(server)
    let error = #expect(throws: ProbeError.self) { try probe.send(try RequestTemplate(path: "/"), to: target) }
    let sent = probe.requestsSent
    #expect(error?.kind == .closed && sent == 1)
  }

  @Test("A connection made ahead of its request is not a reused one")
  func opened() throws {
    let server = try ScriptedServer { _ = $0.readRequest() }
    defer { server.stop() }
    var probe = try probe(server)
    let target = try target(server)
    let connectTime = try probe.open(to: target)
    let again = try probe.open(to: target)
    #expect(connectTime != nil && again == nil)
    let error = #expect(throws: ProbeError.self) { try probe.send(try RequestTemplate(path: "/"), to: target) }
    let sent = probe.requestsSent
    #expect(error?.kind == .closed && sent == 1)
  }

  @Test("A request that asks for the end is its connection's last one, whatever the server does")
  func closing() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() { connection.send(Self.page) }
    }
    defer { server.stop() }
    var probe = try probe(server)
    let target = try target(server)
    let template = try RequestTemplate(path: "/")
    let reused = try [true, true, false].map { try probe.send(template, to: target, closing: $0).wasReused }
    let kept = try probe.send(template, to: target).wasReused
    #expect(reused == [false, false, false] && kept)
    probe.disconnect()
    let last = try probe.send(template, to: target).wasReused
    #expect(!last)
  }

  @Test("Bytes behind a response are never taken for the next one")
  func surplus() throws {
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send(Self.page + "HTTP/1.1 500 Stray\r\nContent-Length: 0\r\n\r\n")
      _ = connection.readRequest()
    }
    defer { server.stop() }
    var probe = try probe(server)
    let target = try target(server)
    for _ in 0..<3 {
      let response = try probe.send(try RequestTemplate(path: "/"), to: target)
      #expect(response.head.status == 200 && !response.wasReused)
    }
  }

  @Test("The response's time is over when the clock says so; what has come until then is named")
  func timeout() throws {
    let clock = ManualClock()
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello")
      clock.advance(by: 9_999_999_999)
      connection.pause(milliseconds: 150)
      clock.advance(by: 1)
      _ = connection.readRequest()
    }
    defer { server.stop() }
    var probe = try probe(server, clock: .manual(clock))
    let target = try target(server)
    let begun = clock.now
    let error = #expect(throws: ProbeError.self) { try probe.send(try RequestTemplate(path: "/"), to: target) }
    #expect(error?.kind == .timeout && clock.now - begun == 10_000_000_000)
    let text = "no complete response within 10.0 s; a 200 had begun, 5 bytes of its body had come"
    #expect(error?.description == "127.0.0.1:\(server.port): \(text)")
  }

  @Test("Nothing is waited for beyond the probe's end, whatever the timeouts leave")
  func end() throws {
    let clock = ManualClock()
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      clock.advance(by: 3_000_000_000)
      _ = connection.readRequest()
    }
    defer { server.stop() }
    var probe = try probe(server, until: clock.now + 3_000_000_000, clock: .manual(clock))
    let target = try target(server)
    let error = #expect(throws: ProbeError.self) { try probe.send(try RequestTemplate(path: "/"), to: target) }
    let isPastEnd = probe.isPastEnd
    #expect(error?.kind == .timeout && isPastEnd)
  }
}
