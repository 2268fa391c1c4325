internal import Glibc
import Support
import Testbed
import Testing

/// What the proxy makes of backends' answers that the embedded ones never give.
@Suite struct ProxyAnswerTests {
  /// A client of a proxy before one backend that gives this answer to every request and then closes.
  private func client(_ answer: String, keepsOpen: Bool = false) throws -> TestClient {
    let backend = try ScriptedServer { connection in
      repeat {
        guard connection.readRequest(), connection.send(answer) else { return }
      } while keepsOpen
    }
    let proxy = try RotatingProxy(.init(upstreams: [.init(port: backend.port)]), on: ListeningSocket())
    try proxy.start()
    return try TestClient(port: proxy.port, with: (backend, proxy))
  }

  @Test("A chunked answer passes as it is, and the connection goes on")
  func chunked() throws {
    let body = "3;a=b\r\nabc\r\n0\r\nX-Sum: 1\r\n\r\n"
    let client = try client("HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n\(body)", keepsOpen: true)
    for _ in 0..<2 {
      client.send("GET / HTTP/1.1\r\nHost: t\r\n\r\n")
      var text = ""
      while !text.hasSuffix("X-Sum: 1\r\n\r\n"), let part = client.receiveSome() { text += part }
      #expect(text.hasPrefix("HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\nX-Upstream: 127.0.0.1:"))
      #expect(text.hasSuffix("Connection: keep-alive\r\n\r\n\(body)"))
    }
  }

  @Test("An answer that ends with its connection ends the client's too")
  func untilClose() throws {
    let client = try client("HTTP/1.0 200 OK\r\n\r\nto the end")
    let answer = try client.get()
    #expect(answer.body == "to the end" && answer["Connection"] == "close")
    #expect(client.isAtEnd)
  }

  @Test("Statuses without a body have none", arguments: [204, 304])
  func bodiless(_ status: Int) throws {
    let client = try client("HTTP/1.1 \(status) X\r\nETag: \"1\"\r\n\r\n", keepsOpen: true)
    for _ in 0..<2 {
      let answer = try client.get()
      #expect(answer.status == status && answer["ETag"] == "\"1\"" && answer["Connection"] == "keep-alive")
    }
  }

  @Test("Interim answers are swallowed, and what belongs to one connection is not passed on")
  func hopByHop() throws {
    let answer = try client(
      """
      HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: X-Own, close\r
      X-Own: 1\r\nKeep-Alive: timeout=5\r\nX-Upstream: forged\r\nX-Other: kept\r\n\r\nok
      """
    ).get()
    #expect(answer.status == 200 && answer.body == "ok")
    #expect(answer["X-Own"] == nil && answer["Keep-Alive"] == nil && answer["X-Other"] == "kept")
    #expect(answer["X-Upstream"]?.hasPrefix("127.0.0.1:") == true)
  }

  @Test("An answer that breaks off breaks off for the client too")
  func truncated() throws {
    let client = try client("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    #expect(throws: TestClient.Ended.self) { try client.get() }
  }

  @Test(
    "What is no answer becomes 502",
    arguments: [
      "", "HTTP/1.1 200", "HTTP/1.1 abc\r\n\r\n", "SSH-2.0-x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ])
  func malformed(_ text: String) throws {
    let client = try client(text)
    #expect(try client.get().status == 502)
    #expect(try client.get().status == 502)
  }

  @Test("A request reaches its backend without what was meant for the proxy")
  func request() throws {
    let backend = try ScriptedServer { connection in
      guard let head = connection.readHead() else { return }
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(head.utf8.count)\r\n\r\n\(head)")
    }
    let proxy = try RotatingProxy(.init(upstreams: [.init(port: backend.port)]), on: ListeningSocket())
    try proxy.start()
    let fields = "Connection: X-Own\r\nX-Own: 1\r\nTE: trailers\r\nUpgrade: h2c\r\nX-Other:  kept \r\n"
    let answer = try TestClient(port: proxy.port).get("/a?b", fields)
    #expect(answer.body == "GET /a?b HTTP/1.1\r\nHost: testbed\r\nX-Other: kept\r\nConnection: keep-alive\r\n\r\n")
  }
}
