import HTTP
import Platform
import Statistics
import Support
import Testing

@testable import Load

/// Bodies that the kernel discards are counted, end and fail as those that are read.
@Suite struct DiscardedBodyTests {
  private static let head = "HTTP/1.1 200 OK\r\nX-Backend: a\r\n"

  private static func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: UInt8(ascii: "x"), count: count) }

  private static func head(_ length: Int) -> [UInt8] { Array("\(head)Content-Length: \(length)\r\n\r\n".utf8) }

  /// A server that answers each request with what a test sends.
  private func server(_ answer: @escaping @Sendable (ScriptedConnection) -> Bool) throws -> ScriptedServer {
    try ScriptedServer { connection in
      while connection.readRequest() { guard answer(connection) else { return } }
    }
  }

  /// A plan whose bodies are discarded, or read since something is expected of them that all have.
  private func plan(_ server: ScriptedServer, requests: Int, reads: Bool) throws -> Plan {
    var plan = try Plan.toLoopback(server.port, requests: requests, connections: 1)
    if reads { plan.expectedBody = try BodyExpectation("x") }
    return plan
  }

  @Test("Each byte counts once, and the connection is used again", arguments: [1, 5_000, 16_385, 65_536, 1_000_000])
  func counts(length: Int) throws {
    let answer = Self.head(length) + Self.bytes(length)
    let server = try server { $0.send(answer) }
    defer { server.stop() }
    let measured = try Run(try plan(server, requests: 30, reads: false)).measure()
    expectAccounted(measured, requests: 30)
    #expect(measured.succeeded == 30 && measured.connectionsOpened == 1 && measured.faults.isEmpty)
    #expect(measured.bytesReceived == 30 * answer.count)
  }

  @Test("Long and short bodies of both framings may follow each other")
  func mixed() throws {
    let chunked =
      Array("\(Self.head)Transfer-Encoding: chunked\r\n\r\n".utf8) + Array("11170\r\n".utf8)
      + Self.bytes(70_000) + Array("\r\n0\r\n\r\n".utf8)
    let answers = [Self.head(70_000) + Self.bytes(70_000), Self.head(3) + Self.bytes(3), chunked]
    let server = try ScriptedServer { connection in
      var turn = 0
      while connection.readRequest() {
        guard connection.send(answers[turn % 3]) else { return }
        turn += 1
      }
    }
    defer { server.stop() }
    let measured = try Run(try plan(server, requests: 30, reads: false)).measure()
    #expect(measured.succeeded == 30 && measured.connectionsOpened == 1, "\(measured.failures) \(measured.faults)")
    #expect(measured.bytesReceived == 10 * answers.joined().count)
  }

  @Test(
    "One that is cut off, reset or late fails as one that is read", arguments: ["cut", "reset", "late"], [false, true])
  func failures(how: String, reads: Bool) throws {
    let server = try server { connection in
      connection.send(Self.head(1_000_000) + Self.bytes(400_000))
      // Else what has not been read yet goes with the reset.
      connection.pause(milliseconds: 100)
      if how == "reset" { connection.reset() }
      if how == "late" { _ = connection.readRequest() }
      return false
    }
    defer { server.stop() }
    var plan = try plan(server, requests: 1, reads: reads)
    if how == "late" { plan.responseTimeout = 300_000_000 }
    let measured = try Run(plan).measure()
    let kinds: [String: FailureKind] = ["cut": .truncated, "reset": .reset, "late": .timeout]
    #expect(measured.failures == [try #require(kinds[how]): 1])
    #expect(measured.bytesReceived == Self.head(1_000_000).count + 400_000)
    let text = "timeout: no complete response within 0.3 s; a 200 had begun, 400000 bytes of its body had come"
    #expect(measured.faults == (how == "late" ? [text] : []), "\(measured.faults)")
  }

  @Test(
    "What comes between exchanges is said, but for an announcement that the connection ends",
    arguments: [
      ("GARBAGE", ["bytes came on a connection without a request in flight, which is closed, as clients do"]),
      (
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        ["a response came on a connection without a request in flight, which is closed, as clients do"]
      ),
      ("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", []), ("\r\n", []),
    ])
  func unasked(text: String, faults: [String]) throws {
    let server = try server { connection in
      guard connection.send(Self.head(10) + Self.bytes(10)) else { return false }
      connection.pause(milliseconds: 20)
      return connection.send(Array(text.utf8))
    }
    defer { server.stop() }
    var plan = try plan(server, requests: 4, reads: true)
    plan.pacer = .constant(rate: 10)
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 4 && measured.failed == 0)
    #expect(measured.faults == faults)
  }

  @Test(
    "What is behind a body is found, and never taken for the next answer",
    arguments: ["y", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"], [false, true])
  func surplus(behind: String, reads: Bool) throws {
    let server = try server { connection in
      connection.send(Self.head(100_000) + Self.bytes(80_000))
      // So that the last of it that is discarded and what is behind it come together.
      connection.pause(milliseconds: 50)
      return connection.send(Self.bytes(20_000) + Array(behind.utf8))
    }
    defer { server.stop() }
    let measured = try Run(try plan(server, requests: 3, reads: reads)).measure()
    #expect(measured.succeeded == 3 && measured.failed == 0 && measured.connectionsOpened == 3)
    #expect(measured.faults == ["bytes came after the end of a response"])
  }

  @Test("A line end behind a body is passed over, and the connection used again", arguments: [false, true])
  func lineEnd(reads: Bool) throws {
    let server = try server { connection in
      connection.send(Self.head(100_000) + Self.bytes(80_000))
      connection.pause(milliseconds: 50)
      return connection.send(Self.bytes(20_000) + [13, 10])
    }
    defer { server.stop() }
    let measured = try Run(try plan(server, requests: 3, reads: reads)).measure()
    #expect(measured.succeeded == 3 && measured.connectionsOpened == 1 && measured.leniencies == [.strayLineEnd: 3])
  }

  @Test("An expected text is found wherever in the first MiB it is")
  func expected() throws {
    let body = Self.bytes(900_000) + Array("needle".utf8) + Self.bytes(2_000_000)
    let server = try server { $0.send(Self.head(body.count) + body) }
    defer { server.stop() }
    for (text, failures) in [("needle", [:]), ("haystack", [.body: 3])] as [(String, [FailureKind: Int])] {
      var plan = try plan(server, requests: 3, reads: false)
      plan.expectedBody = try BodyExpectation(text)
      let measured = try Run(plan).measure()
      #expect(measured.failures == failures && measured.completed == 3 && measured.connectionsOpened == 1)
      #expect(measured.bytesReceived == 3 * (Self.head(body.count).count + body.count))
    }
  }
}
