import HTTP
import Load
import Platform
import Support
import Synchronization
import Testing

/// Servers that break off, lie, flood or fall silent: every request has one outcome, and the next one starts afresh.
@Suite struct HostileServerTests {
  private func plan(_ port: UInt16, requests: Int, connections: Int = 4) throws -> Plan {
    var plan = try Plan.toLoopback(port, requests: requests, connections: connections)
    plan.responseTimeout = 400_000_000 * Nanoseconds(Patience.factor)
    plan.connectTimeout = 400_000_000 * Nanoseconds(Patience.factor)
    plan.retriesClosedConnections = false
    return plan
  }

  private func outcome(
    requests: Int = 6, connections: Int = 2, serve: @escaping @Sendable (ScriptedConnection) -> Void
  ) throws -> Measurements {
    let server = try ScriptedServer(serve)
    defer { server.stop() }
    let measured = try Run(try plan(server.port, requests: requests, connections: connections)).measure()
    #expect(measured.scheduled == requests && measured.completed == requests, "every request has its outcome")
    #expect(measured.error == nil)
    return measured
  }

  private static let page =
    "HTTP/1.1 200 OK\r\nX-Backend: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n"
  private static let whole = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"

  @Test("A response that is reset, or ends, at any of its bytes is none", arguments: [true, false])
  func everyByte(resets: Bool) throws {
    let bytes = Array(Self.page.utf8)
    let turn = Atomic(0)
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      let length = turn.wrappingAdd(1, ordering: .relaxed).oldValue
      if length > 0 { connection.send(Array(bytes.prefix(length))) }
      guard resets else { return }
      // What was sent must be read before the reset throws it away.
      connection.pause(milliseconds: 2)
      connection.reset()
    }
    defer { server.stop() }
    let measured = try Run(try plan(server.port, requests: bytes.count, connections: 1)).measure()
    #expect(measured.completed == bytes.count)
    #expect(measured.succeeded == 0, "a prefix counted as a response")
    #expect(measured.failures.keys.allSatisfy { [.reset, .closed, .truncated].contains($0) }, "\(measured.failures)")
    #expect(measured.failures[resets ? .reset : .truncated] ?? 0 >= bytes.count / 2, "\(measured.failures)")
  }

  @Test(
    "A whole response that is followed by a reset has succeeded, and the next request has a connection of its own")
  func resetBehind() throws {
    let measured = try outcome { connection in
      guard connection.readRequest() else { return }
      connection.send(Self.page)
      connection.pause(milliseconds: 5)
      connection.reset()
    }
    #expect(measured.succeeded + (measured.failures[.reset] ?? 0) + (measured.failures[.closed] ?? 0) == 6)
    #expect(measured.succeeded >= 3)
  }

  @Test("A server that stops reading in the middle of a large request runs into the timeout")
  func stopsReading() throws {
    let server = try ScriptedServer { connection in connection.pause(milliseconds: 1500 * Patience.factor) }
    defer { server.stop() }
    var plan = try plan(server.port, requests: 2, connections: 2)
    plan.templates = [try RequestTemplate(method: "POST", path: "/", body: [UInt8](repeating: 65, count: 16 << 20))]
    let measured = try Run(plan).measure()
    #expect(measured.failures == [.timeout: 2])
  }

  @Test("A byte at a time within the timeout is a response, beyond it none")
  func drip() throws {
    let quick = try outcome(requests: 2) { connection in
      while connection.readRequest() {
        for byte in Self.whole.utf8 {
          connection.send([byte])
          connection.pause(milliseconds: 1)
        }
      }
    }
    #expect(quick.succeeded == 2)
    let slow = try outcome(requests: 2) { connection in
      guard connection.readRequest() else { return }
      for byte in Self.whole.utf8 {
        guard connection.send([byte]) else { return }
        connection.pause(milliseconds: 20 * Patience.factor)
      }
    }
    #expect(slow.failures == [.timeout: 2])
  }

  @Test("A second response to one request is never another request's")
  func answersTwice() throws {
    let measured = try outcome(requests: 10, connections: 1) { connection in
      var number = 0
      while connection.readRequest() {
        number += 1
        connection.send(
          Self.whole + "HTTP/1.1 200 OK\r\nX-Backend: stray\r\nContent-Length: 5\r\n\r\nstray")
      }
    }
    #expect(measured.succeeded == 10)
    #expect(measured.backends.map(\.name) == ["a"], "the stray response was taken for an answer")
  }

  @Test("A switch of protocols that nobody asked for is no answer")
  func switchesProtocols() throws {
    let measured = try outcome { connection in
      guard connection.readRequest() else { return }
      connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nxxxxxxx")
      connection.pause(milliseconds: 50)
    }
    #expect(measured.succeeded == 0 && measured.failed == 6)
  }

  @Test("A flood of interim responses ends at its limit")
  func interimFlood() throws {
    let measured = try outcome { connection in
      guard connection.readRequest() else { return }
      let interim = String(repeating: "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", count: 100)
      for _ in 0..<1000 { guard connection.send(interim) else { return } }
    }
    #expect(measured.failures == [.oversized: 6])
    #expect(measured.faults == ["more than 32 interim responses"])
  }

  @Test("A head without end ends at its limit")
  func endlessHead() throws {
    let measured = try outcome { connection in
      guard connection.readRequest() else { return }
      connection.send("HTTP/1.1 200 OK\r\n")
      for _ in 0..<100_000 {
        guard connection.send("X-Filler: \(String(repeating: "y", count: 200))\r\n") else { return }
      }
    }
    #expect(measured.failures == [.oversized: 6])
  }

  @Test("Ten gigabytes that come too slowly run into the timeout")
  func hugeBody() throws {
    let measured = try outcome(requests: 2) { connection in
      guard connection.readRequest() else { return }
      connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 10000000000\r\n\r\n")
      let block = [UInt8](repeating: 120, count: 1 << 20)
      // Three minutes in all.
      for _ in 0..<9537 {
        guard connection.send(block) else { return }
        connection.pause(milliseconds: 20)
      }
    }
    #expect(measured.failures == [.timeout: 2])
  }

  @Test("A half-closed connection that answers is good for that one answer")
  func halfClosed() throws {
    let measured = try outcome { connection in
      guard connection.readRequest() else { return }
      connection.send(Self.whole)
      connection.finishSending()
      connection.pause(milliseconds: 30)
    }
    #expect(measured.succeeded + (measured.failures[.closed] ?? 0) == 6)
    #expect(measured.succeeded >= 3)
  }

  @Test(
    "Framing that contradicts itself, or is none, is malformed",
    arguments: [
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
      "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", "HTTP/2.0 200 OK\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\r\n\r\n",
      "HTTP/1.1 200 OK\r\nX Backend: a\r\n\r\n", "HTTP/1.1 200 OK\r\n folded: a\r\n\r\n",
    ])
  func contradictions(response: String) throws {
    let measured = try outcome { connection in
      guard connection.readRequest() else { return }
      connection.send(response)
      connection.pause(milliseconds: 20)
    }
    #expect(measured.succeeded == 0)
    #expect(measured.failures == [.malformed: 6], "\(measured.failures)")
  }

  @Test("Answers before any request are not taken for the next one's")
  func answersUnasked() throws {
    let measured = try outcome(requests: 8, connections: 2) { connection in
      connection.send("HTTP/1.1 200 OK\r\nX-Backend: unasked\r\nContent-Length: 0\r\n\r\n")
      connection.pause(milliseconds: 3)
      while connection.readRequest() { connection.send(Self.whole) }
    }
    #expect(measured.completed == 8)
  }
}
