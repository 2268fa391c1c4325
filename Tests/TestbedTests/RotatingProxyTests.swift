internal import Glibc
import Testbed
import Testing

@Suite struct RotatingProxyTests {
  /// Backends a, b, c … in this process, and a proxy in front of them.
  private struct Stack {
    let backends: [BackendServer]
    let proxy: RotatingProxy

    init(
      _ weights: [Int] = [1, 1, 1], backups: Set<Int> = [],
      _ change: (inout RotatingProxy.Configuration) -> Void = { _ in }
    ) throws {
      var configuration = RotatingProxy.Configuration(upstreams: [])
      var backends: [BackendServer] = []
      for (index, weight) in weights.enumerated() {
        let name = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(index)))
        let backend = BackendServer(.init(name: name), on: try ListeningSocket())
        try backend.start()
        backends.append(backend)
        configuration.upstreams.append(
          .init(port: backend.port, weight: weight, isBackup: backups.contains(index)))
      }
      change(&configuration)
      self.backends = backends
      proxy = try RotatingProxy(configuration, on: ListeningSocket())
      try proxy.start()
    }

    func client() throws -> TestClient { try TestClient(port: proxy.port, with: self) }
    func address(_ index: Int) -> String { "127.0.0.1:\(backends[index].port)" }
  }

  private func names(_ client: TestClient, _ count: Int) throws -> String {
    try (0..<count).map { _ in try client.get()["X-Backend"] ?? "-" }.joined()
  }

  @Test("300 serial requests go round exactly, over one connection and over many")
  func exactRotation() throws {
    let stack = try Stack()
    let client = try stack.client()
    #expect(try names(client, 150) == String(repeating: "abc", count: 50))
    var order = ""
    for _ in 0..<150 { order += try names(try stack.client(), 1) }
    #expect(order == String(repeating: "abc", count: 50))
    #expect(stack.backends.map(\.requestCount) == [100, 100, 100])
  }

  @Test("Many connections at once share one rotation")
  func sharedRotation() async throws {
    let stack = try Stack()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<6 {
        group.addTask {
          let client = try stack.client()
          for _ in 0..<50 { #expect(try client.get().status == 200) }
        }
      }
      try await group.waitForAll()
    }
    #expect(stack.backends.map(\.requestCount) == [100, 100, 100])
  }

  @Test("Weights 5, 1, 1 are spread smoothly")
  func weights() throws {
    #expect(try names(try Stack([5, 1, 1]).client(), 14) == "aabacaaaabacaa")
  }

  @Test("A dead backend is retried around, listed, and then left out for a while")
  func deadBackend() throws {
    let stack = try Stack { $0.failTimeout = .milliseconds(200) }
    stack.backends[1].stop(grace: .zero)
    let client = try stack.client()
    #expect(try client.get()["X-Upstream"] == stack.address(0))
    let retried = try client.get()
    #expect(retried["X-Backend"] == "c")
    #expect(retried["X-Upstream"] == "\(stack.address(1)), \(stack.address(2))")
    for _ in 0..<6 { #expect(try client.get()["X-Upstream"]?.contains(",") == false) }
    usleep(250_000)
    var lists: [String] = []
    for _ in 0..<3 { lists.append(try client.get()["X-Upstream"] ?? "") }
    #expect(lists.filter { $0.contains(",") }.count == 1)
  }

  @Test("A request without side effects is repeated when a kept connection has ended, without blame")
  func endedConnection() throws {
    let stack = try Stack([1])
    let client = try stack.client()
    #expect(try client.get("/", "Connection: close\r\n").status == 200)
    let second = try stack.client()
    #expect(try second.get().status == 200)
    let port = stack.backends[0].port
    stack.backends[0].stop(grace: .seconds(1))
    let next = BackendServer(.init(name: "next"), on: try ListeningSocket(port: port))
    try next.start()
    let answer = try second.get()
    #expect(answer["X-Backend"] == "next")
    #expect(answer["X-Upstream"] == stack.address(0))
    next.stop(grace: .seconds(1))
    let third = BackendServer(.init(name: "third"), on: try ListeningSocket(port: port))
    try third.start()
    #expect(try second.get(method: "POST")["X-Backend"] == "third")
  }

  @Test("A backup is silent until all others have failed")
  func backup() throws {
    let stack = try Stack([1, 1, 1], backups: [2])
    let client = try stack.client()
    #expect(try names(client, 6) == "ababab")
    stack.backends[0].stop(grace: .zero)
    stack.backends[1].stop(grace: .zero)
    let answer = try client.get()
    #expect(answer["X-Backend"] == "c")
    #expect(answer["X-Upstream"] == [0, 1, 2].map(stack.address).joined(separator: ", "))
    #expect(try names(client, 3) == "ccc")
  }

  @Test("With no backend left the answer is 502, and the client may stay")
  func noneLeft() throws {
    let stack = try Stack([1, 1])
    for backend in stack.backends { backend.stop(grace: .zero) }
    let client = try stack.client()
    let first = try client.get()
    #expect(first.status == 502 && !first.body.isEmpty)
    #expect(first["X-Upstream"] == "\(stack.address(0)), \(stack.address(1))")
    let second = try client.get(method: "HEAD")
    #expect(second.status == 502 && second["X-Upstream"]?.contains(", ") == true)
    #expect(try client.get().status == 502)
  }

  @Test("A silent backend is given up for the next one, but not for a request with side effects")
  func silentBackend() throws {
    let silent = try ListeningSocket()
    let stack = try Stack([1]) {
      $0.readTimeout = .milliseconds(100)
      $0.failTimeout = .zero
      $0.upstreams.insert(.init(port: silent.port), at: 0)
    }
    let client = try stack.client()
    let answer = try client.get()
    #expect(answer.status == 200)
    #expect(answer["X-Upstream"] == "127.0.0.1:\(silent.port), \(stack.address(0))")
    let statuses = try (0..<2).map { _ in try client.get(method: "POST").status }
    #expect(statuses.sorted() == [200, 504])
  }

  @Test("A sticky client stays with its first backend")
  func sticky() throws {
    let stack = try Stack { $0.policy = .sticky }
    let clients = try (0..<3).map { _ in try stack.client() }
    #expect(try clients.map { try names($0, 4) } == ["aaaa", "bbbb", "cccc"])
    stack.backends[1].stop(grace: .seconds(1))
    let moved = try clients.map { try names($0, 2) }
    #expect(moved[0] == "aa" && moved[2] == "cc")
    #expect(moved[1] == "aa" || moved[1] == "cc")
  }

  @Test("Random choices follow their seed and use every backend")
  func random() throws {
    let orders = try [7, 7, 8].map { seed in
      try names(try Stack { $0.policy = .random(seed: seed) }.client(), 60)
    }
    #expect(orders[0] == orders[1])
    #expect(orders[0] != orders[2])
    for name in "abc" { #expect((8...35).contains(orders[0].filter { $0 == name }.count)) }
  }

  @Test("Bodies pass both ways: chunked, by length, large, and none for HEAD")
  func bodies() throws {
    let client = try Stack([1, 1]).client()
    client.send("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
    client.send("0\r\n\r\nGET /assets/x.js HTTP/1.1\r\nHost: t\r\n\r\n")
    #expect(try client.receive().body.contains("<b>a</b>"))
    #expect(try client.receive()["Content-Type"] == "text/javascript")
    let body = String(repeating: "x", count: 300_000)
    #expect(try client.get("/", "Content-Length: \(body.count)\r\n\r\n\(body)", method: "PUT").status == 200)
    #expect(try client.get(method: "HEAD").status == 200)
    #expect(try client.get("/nothing").status == 404)
  }

  @Test("What is no request is refused by the proxy itself")
  func badRequests() throws {
    let stack = try Stack()
    for (text, status) in [("nonsense\r\n\r\n", 400), ("GET / HTTP/3.0\r\n\r\n", 505)] {
      let client = try stack.client()
      client.send(text)
      #expect(try client.receive().status == status)
      #expect(client.isAtEnd)
    }
    let client = try stack.client()
    client.send("GET / HTTP/1.1\r\nHost: t\r\nX: \(String(repeating: "x", count: 65_536))\r\n\r\n")
    #expect(try client.receive().status == 431)
    #expect(eventually { stack.proxy.openConnections == 1 || stack.proxy.openConnections == 0 })
    #expect(stack.backends.map(\.requestCount) == [0, 0, 0])
  }

  @Test("A configuration that cannot be carried out is named")
  func badConfiguration() throws {
    let listener = try ListeningSocket()
    #expect(throws: TestbedError.self) { try RotatingProxy(.init(upstreams: []), on: listener) }
    #expect(throws: TestbedError.self) {
      try RotatingProxy(.init(upstreams: [.init(address: "nowhere", port: 1)]), on: listener)
    }
    #expect(throws: TestbedError.self) {
      try RotatingProxy(.init(upstreams: [.init(port: 1, weight: 0)]), on: listener)
    }
  }
}
