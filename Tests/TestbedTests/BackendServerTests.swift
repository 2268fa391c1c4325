import Testbed
import Testing

@Suite struct BackendServerTests {
  private func backend(_ configuration: BackendServer.Configuration = .init(name: "a")) throws -> BackendServer {
    let backend = BackendServer(configuration, on: try ListeningSocket())
    try backend.start()
    return backend
  }

  private func client(_ configuration: BackendServer.Configuration = .init(name: "a")) throws -> TestClient {
    let backend = try backend(configuration)
    return try TestClient(port: backend.port, with: backend)
  }

  @Test("One connection carries many requests, each answered with name and generation")
  func keepAlive() throws {
    let backend = try backend(.init(name: "a", generation: "g1"))
    let client = try TestClient(port: backend.port)
    for _ in 0..<20 {
      let answer = try client.get()
      #expect(answer.status == 200)
      #expect(answer["X-Backend"] == "a")
      #expect(answer["X-Generation"] == "g1")
      #expect(answer.body.contains("<b>a</b>"))
    }
    #expect(try client.get("/__lbcheck/count").body == "20\n")
    #expect(backend.requestCount == 20)
    #expect(backend.openConnections == 1)
  }

  @Test("Pipelined requests are answered in order, however the bytes are cut")
  func pipelining() throws {
    let client = try self.client()
    client.send("GET /assets/x.js HTTP/1.1\r\nHost: t\r\n\r\nGET /none HTTP/1.1\r\nHost: t\r\n\r\nGET / HT")
    client.send("TP/1.1\r\nHost: t\r")
    client.send("\n\r\n")
    #expect(try client.receive()["Content-Type"] == "text/javascript")
    #expect(try client.receive().status == 404)
    #expect(try client.receive().status == 200)
  }

  @Test("HEAD gets the length and no body")
  func head() throws {
    let client = try self.client()
    let answer = try client.get(method: "HEAD")
    #expect(answer.status == 200)
    #expect((answer["Content-Length"].flatMap(Int.init) ?? 0) > 0)
    #expect(try client.get().status == 200)
  }

  @Test("Unknown paths are missing, or the page for a single-page app")
  func unknownPaths() throws {
    let plain = try client()
    #expect(try plain.get("/settings").status == 404)
    #expect(try plain.get("/index.html?x=1").status == 200)
    #expect(try plain.get("http://testbed/assets/a.css").status == 200)
    let app = try client(.init(name: "a", isSinglePageApp: true))
    #expect(try app.get("/settings").body.contains("<b>a</b>"))
  }

  @Test("Without a fingerprint neither header is sent")
  func noFingerprint() throws {
    let answer = try client(.init(name: "a", hasFingerprint: false)).get()
    #expect(answer["X-Backend"] == nil && answer["X-Generation"] == nil)
  }

  @Test("Request bodies are skipped: chunked with trailers, by length, and after an interim answer")
  func bodies() throws {
    let client = try self.client()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\nGET \r\n")
    client.send("A\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n")
    #expect(try client.receive().status == 200)
    #expect(try client.get("/", "Content-Length: 5\r\n\r\nGET /").status == 200)
    client.send("PUT / HTTP/1.1\r\nHost: t\r\nContent-Length: 200000\r\nExpect: 100-continue\r\n\r\n")
    #expect(try client.receive(toHead: true).status == 100)
    client.send(String(repeating: "x", count: 200_000))
    #expect(try client.receive().status == 200)
    #expect(try client.get("/__lbcheck/count").body == "3\n")
  }

  @Test("A slow answer takes its time, and so does every one of a backend with a delay")
  func slowness() throws {
    let clock = ContinuousClock()
    let quick = try client()
    #expect(try clock.measure { _ = try quick.get("/slow?ms=80") } >= .milliseconds(80))
    let delayed = try client(.init(name: "a", delay: .milliseconds(30)))
    #expect(try clock.measure { _ = try delayed.get() } >= .milliseconds(30))
  }

  @Test("Old clients keep a connection only when they ask for it")
  func oldClients() throws {
    let backend = try backend()
    let client = try TestClient(port: backend.port)
    client.send("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
    #expect(try client.receive()["Connection"] == "keep-alive")
    client.send("GET / HTTP/1.0\r\n\r\n")
    #expect(try client.receive()["Connection"] == "close")
    #expect(client.isAtEnd)
  }

  @Test(
    "What is no request is refused and the connection closed",
    arguments: [
      ("GET /\r\n\r\n", 400), ("GET / HTTP/2.0\r\nHost: t\r\n\r\n", 505), ("GET / HTTP/1.1\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: t\r\nHost: u\r\n\r\n", 400), ("\u{1}\u{2}\n\n", 400),
      ("GET / HTTP/1.1\r\nHost: t\r\nbad name: x\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\nHost: t\r\n folded\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: -1\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
      ("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
      ("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400),
    ])
  func badRequests(_ text: String, _ status: Int) throws {
    let backend = try backend()
    do {
      let client = try TestClient(port: backend.port)
      client.send(text)
      #expect(try client.receive().status == status)
      #expect(client.isAtEnd)
    }
    #expect(eventually { backend.openConnections == 0 })
  }

  @Test("A head of 64 KiB is too large")
  func largeHead() throws {
    let client = try self.client()
    client.send("GET / HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 65_536))\r\n\r\n")
    #expect(try client.receive().status == 431)
    let other = try self.client()
    #expect(try other.get("/", "X: \(String(repeating: "x", count: 15_000))\r\n").status == 200)
  }

  @Test("Clients that leave in the middle leave nothing behind")
  func abruptEnds() throws {
    let backend = try backend()
    for text in ["", "GET / HT", "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\nabc", "\r\n\r\n"] {
      for _ in 0..<20 { try TestClient(port: backend.port).send(text) }
    }
    #expect(eventually { backend.openConnections == 0 })
    #expect(try TestClient(port: backend.port).get().status == 200)
  }

  @Test("Stopping finishes the answer in flight, ends idle connections and refuses new ones")
  func gracefulStop() throws {
    let backend = try backend()
    let idle = try TestClient(port: backend.port)
    _ = try idle.get()
    let busy = try TestClient(port: backend.port)
    busy.send("GET /slow?ms=150 HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(eventually { backend.openConnections == 2 })
    #expect(try TestClient(port: backend.port).get().status == 200)
    let duration = ContinuousClock().measure { #expect(backend.stop(grace: .seconds(5))) }
    #expect(duration < .seconds(5))
    let answer = try busy.receive()
    #expect(answer.status == 200 && answer["Connection"] == "close")
    #expect(idle.isAtEnd && busy.isAtEnd)
    #expect(throws: TestClient.Ended.self) { try TestClient(port: backend.port) }
  }
}
