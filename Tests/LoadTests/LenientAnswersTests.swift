import HTTP
import Load
import Support
import Testing

/// Answers that browsers and curl take although their senders should have written them otherwise.
@Suite struct LenientAnswersTests {
  struct Form: Sendable, CustomTestStringConvertible {
    let leniency: Leniency
    let answer: String

    var testDescription: String { "\(leniency)" }
  }

  private static let forms = [
    Form(leniency: .bareLineFeed, answer: "HTTP/1.1 200 OK\nX-Backend: a\nContent-Length: 2\n\nok"),
    Form(
      leniency: .foldedLine,
      answer: "HTTP/1.1 200 OK\r\nX-Backend: a\r\nX-Policy: b;\r\n  c\r\nContent-Length: 2\r\n\r\nok"),
    Form(
      leniency: .controlByte,
      answer: "HTTP/1.1 200 OK\r\nX-Backend: a\r\nSet-Cookie: a=\u{1}\r\nContent-Length: 2\r\n\r\nok"),
    Form(
      leniency: .paddedChunkSize,
      answer: "HTTP/1.1 200 OK\r\nX-Backend: a\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n0\r\n\r\n"),
    Form(
      leniency: .strayLineEnd,
      answer: "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok\r\n"),
  ]

  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"

  @Test("Each form is a success, is counted, and keeps its connection", arguments: forms)
  func eachForm(form: Form) throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() { connection.send(form.answer) }
    }
    defer { server.stop() }
    let measured = try Run(try Plan.toLoopback(server.port, requests: 20, connections: 2)).measure()
    #expect(measured.succeeded == 20, "\(measured.failures) \(measured.faults)")
    #expect(measured.leniencies == [form.leniency: 20])
    #expect(measured.connectionsOpened == 2 && measured.retried == 0 && measured.faults.isEmpty)
    #expect(measured.backends.map(\.name) == ["a"])
  }

  @Test("A line end a moment behind an answer costs neither the next one nor the connection", arguments: [nil, 50.0])
  func late(rate: Double?) throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.send(Self.page)
        connection.pause(milliseconds: 2)
        connection.send("\r\n")
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 10, connections: 1)
    if let rate { plan.pacer = .constant(rate: rate) }
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 10, "\(measured.failures) \(measured.faults)")
    #expect(measured.connectionsOpened == 1 && measured.retried == 0 && measured.faults.isEmpty)
    #expect(measured.leniencies.keys.map(\.self) == [.strayLineEnd])
    // One that has line ends before and behind it counts once.
    #expect((5...10).contains(measured.leniencies[.strayLineEnd] ?? 0))
  }

  @Test("So it is over TLS, with the line end in a record of its own", arguments: [false, true])
  func lateOverTLS(inOneSegment: Bool) throws {
    let certificates = try TestCertificates()
    let answer = """
      while True:
          secure.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, \(inOneSegment ? 1 : 0))
          secure.sendall(b"HTTP/1.1 200 OK\\r\\nX-Backend: a\\r\\nContent-Length: 0\\r\\n\\r\\n")
          secure.sendall(b"\\r\\n")
          secure.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)
          head = b""
          while not head.endswith(b"\\r\\n\\r\\n"):
              byte = secure.recv(1)
              if not byte: raise OSError
              head += byte
      """
    let server = try PythonTLS(certificates, answer: answer)
    for rate in [nil, 50.0] {
      var plan = try Plan.toLoopback(server.port, requests: 10, connections: 1)
      plan.target = try Target("https://localhost:\(server.port)/")
      plan.tls.authorities = certificates.authority
      if let rate { plan.pacer = .constant(rate: rate) }
      let measured = try Run(plan).measure()
      #expect(measured.succeeded == 10, "\(measured.failures) \(measured.faults)")
      #expect(measured.connectionsOpened == 1 && measured.retried == 0 && measured.faults.isEmpty)
      #expect((5...10).contains(measured.leniencies[.strayLineEnd] ?? 0))
    }
    withExtendedLifetime(server) {}
  }

  @Test("Line ends without end are not taken")
  func flood() throws {
    let server = try ScriptedServer { connection in
      guard connection.readRequest(), connection.send(Self.page) else { return }
      while connection.send("\r\n\r\n\r\n") {}
    }
    defer { server.stop() }
    let measured = try Run(try Plan.toLoopback(server.port, requests: 6, connections: 1)).measure()
    #expect(measured.succeeded + (measured.failures[.malformed] ?? 0) == 6, "\(measured.failures)")
    #expect(measured.connectionsOpened >= 3)
  }

  @Test("A body behind the answer to HEAD is named, at once or a moment later", arguments: [0, 5], [nil, 50.0])
  func head(pause: UInt32, rate: Double?) throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        if pause == 0 {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        } else {
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
          connection.pause(milliseconds: pause)
          connection.send("hello")
        }
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 6, connections: 1)
    plan.templates = [try RequestTemplate(method: "HEAD", path: "/")]
    if let rate { plan.pacer = .constant(rate: rate) }
    let measured = try Run(plan).measure()
    #expect(!measured.faults.isEmpty)
    for fault in measured.faults { #expect(fault.hasPrefix("a body came with the answer to HEAD"), "\(fault)") }
    #expect(measured.succeeded + (measured.failures[.malformed] ?? 0) == 6, "\(measured.failures)")
  }

  @Test("A refusal names the line")
  func refusal() throws {
    let server = try ScriptedServer { connection in
      if connection.readRequest() { connection.send("HTTP/1.1 200 OK\r\nX-Foo;: bar\r\nContent-Length: 0\r\n\r\n") }
    }
    defer { server.stop() }
    let measured = try Run(try Plan.toLoopback(server.port, requests: 3, connections: 1)).measure()
    #expect(measured.failures == [.malformed: 3])
    #expect(measured.faults == ["a header line is not 'name: value': 'X-Foo;: bar'"])
  }
}
