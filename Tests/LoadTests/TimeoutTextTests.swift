import HTTP
import Platform
import Support
import Testing

@testable import Load

/// What is said of a timeout: its length, and what had come until then.
@Suite struct TimeoutTextTests {
  @Test("Each stage has its words")
  func words() {
    #expect(TimeoutText.connection(within: 5_000_000_000) == "no connection within 5.0 s")
    #expect(
      TimeoutText.handshake(within: 250_000_000) == "no TLS handshake within 0.25 s; the connection had been made")
    #expect(
      TimeoutText.request(within: 2_000_000_000)
        == "the request could not be sent within 2.0 s; the server reads no more of it")
    #expect(
      TimeoutText.response(.nothing, within: 2_000_000_000) == "no complete response within 2.0 s; nothing had come")
    #expect(
      TimeoutText.response(.head, within: 10_000_000_000) == "no complete response within 10.0 s; a head had begun")
    #expect(
      TimeoutText.response(.content(status: 200, bytes: 18), within: 2_000_000_000)
        == "no complete response within 2.0 s; a 200 had begun, 18 bytes of its body had come")
  }

  struct Stage: Sendable, CustomTestStringConvertible {
    let sent: String
    let pieces: Int
    let text: String

    var testDescription: String { text }
  }

  private static let stages = [
    Stage(sent: "", pieces: 0, text: "nothing had come"),
    Stage(sent: "HTTP/1.1 200 OK\r\nX-Back", pieces: 0, text: "a head had begun"),
    Stage(
      sent: "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhello", pieces: 0,
      text: "a 200 had begun, 5 bytes of its body had come"),
    Stage(
      sent: "HTTP/1.1 503 No\r\nContent-Type: text/event-stream\r\n\r\n", pieces: 6,
      text: "a 503 had begun, 36 bytes of its body had come"),
  ]

  @Test("Of a call whose server was told a limit, too, it says whose has passed")
  func calls() {
    #expect(TimeoutText.call("late", ofServer: true, told: nil) == "late")
    #expect(
      TimeoutText.call("late", ofServer: true, told: "300m")
        == "late (the answer's status, not lbcheck's time-out; the call said grpc-timeout: 300m)")
    #expect(
      TimeoutText.call("late", ofServer: false, told: "300m")
        == "late (lbcheck's time-out, no answer's status; the call said grpc-timeout: 300m)")
  }

  @Test(
    "A probe and a run name their timeout and what had come, also where something comes all the time", arguments: stages
  )
  func responses(stage: Stage) throws {
    let timeout = 400_000_000 * Nanoseconds(Patience.factor)
    let seconds = 0.4 * Double(Patience.factor)
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send(stage.sent)
      // All of it is there long before the end, and each piece wakes the reader.
      for _ in 0..<stage.pieces {
        connection.pause(milliseconds: 20)
        connection.send("event\n")
      }
      connection.pause(milliseconds: 1500 * Patience.factor)
    }
    defer { server.stop() }
    let expected = "no complete response within \(seconds) s; \(stage.text)"
    var plan = try Plan.toLoopback(server.port, requests: 1, connections: 1)
    plan.responseTimeout = timeout
    var probe = Probe(plan.addresses[0], responseTimeout: timeout)
    let begun = MonotonicClock.now()
    #expect {
      _ = try probe.send(plan.templates[0], to: plan.target)
    } throws: { error in
      let error = error as? ProbeError
      return error?.kind == .timeout && error?.description == "\(plan.addresses[0]): \(expected)"
    }
    #expect(MonotonicClock.now() - begun >= timeout)
    let measured = try Run(plan).measure()
    #expect(measured.failures == [.timeout: 1])
    #expect(measured.faults == ["timeout: \(expected)"])
  }

  @Test("A handshake that does not come is distinguished from a connection that does not")
  func handshake() throws {
    let server = try ScriptedServer { $0.pause(milliseconds: 1500 * Patience.factor) }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 1, connections: 1)
    plan.target = try Target("https://localhost:\(server.port)/")
    plan.connectTimeout = 200_000_000 * Nanoseconds(Patience.factor)
    let expected = TimeoutText.handshake(within: plan.connectTimeout)
    var probe = Probe(plan.addresses[0], connectTimeout: plan.connectTimeout)
    #expect {
      _ = try probe.send(plan.templates[0], to: plan.target)
    } throws: { error in
      let error = error as? ProbeError
      return error?.kind == .connectTimeout && error?.description == "\(plan.addresses[0]): \(expected)"
    }
    let measured = try Run(plan).measure()
    #expect(measured.failures == [.connectTimeout: 1] && measured.faults == ["connectTimeout: \(expected)"])
  }
}
