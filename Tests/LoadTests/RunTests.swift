import HTTP
import Load
import Platform
import Statistics
import Support
import Synchronization
import Testing

/// Whole runs against servers whose every byte is scripted.
@Suite struct RunTests {
  private func plan(_ port: UInt16, requests: Int = 20, connections: Int = 4) throws -> Plan {
    try Plan.toLoopback(port, requests: requests, connections: connections)
  }

  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"

  /// Gives every request its page at once.
  private func answering() throws -> ScriptedServer {
    try ScriptedServer { connection in
      while connection.readRequest() { connection.send(Self.page) }
    }
  }

  @Test("Keep-alive requests share their connections; every one is accounted for", arguments: [1, 2, 3])
  func keepAlive(workers: Int) throws {
    let server = try answering()
    var plan = try plan(server.port, requests: 301)
    plan.workers = workers
    plan.recordLimit = 1000
    let measured = try Run(plan).measure()
    expectAccounted(measured, requests: 301)
    #expect(measured.succeeded == 301)
    #expect(measured.connectionsOpened == 4 && server.connectionCount == 4)
    #expect(measured.records.count == 301)
    #expect(Set(measured.records.map(\.connection)).count == 4)
    #expect(measured.records.allSatisfy { $0.due <= $0.sent && $0.sent < $0.done && $0.backend == 0 })
    // No answer takes no time, not even the first.
    #expect((measured.latency.min ?? 0) > 1_000 && (measured.serviceTime.min ?? 0) > 1_000)
    #expect(measured.backends.map(\.name) == ["a"])
    #expect(measured.statuses == [200: 301])
  }

  @Test("More connections than one wait tells of, answered all at once, lose nothing")
  func manyAtOnce() throws {
    let gate = Atomic(0)
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        gate.wrappingAdd(1, ordering: .relaxed)
        for _ in 0..<400 where gate.load(ordering: .relaxed) < 600 { connection.pause(milliseconds: 2) }
        connection.send(Self.page)
      }
    }
    let measured = try Run(try plan(server.port, requests: 1800, connections: 600)).measure()
    expectAccounted(measured, requests: 1800)
    #expect(measured.succeeded == 1800 && measured.connectionsOpened == 600)
  }

  @Test("Fresh requests get a connection each and ask for its end")
  func fresh() throws {
    let server = try answering()
    var plan = try plan(server.port, requests: 60)
    plan.freshShare = 1
    let measured = try Run(plan).measure()
    expectAccounted(measured, requests: 60)
    #expect(measured.succeeded == 60 && measured.connectionsOpened == 60)
  }

  @Test("A share of fresh connections is a share of the requests")
  func freshShare() throws {
    let server = try answering()
    var plan = try plan(server.port, requests: 400)
    plan.freshShare = 0.25
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 400)
    // 100 expected; the seed fixes the draw, five standard deviations are 43.
    #expect((60...145).contains(measured.connectionsOpened))
  }

  @Test("Content may end with the connection")
  func untilClose() throws {
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\n\r\nsome ")
      connection.pause(milliseconds: 5)
      connection.send("content")
    }
    let measured = try Run(try plan(server.port)).measure()
    expectAccounted(measured, requests: 20)
    #expect(measured.succeeded == 20)
  }

  @Test("A reused connection that was closed is retried once, and counted")
  func retried() throws {
    // Every connection answers one request, and closes when the second comes.
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send(Self.page)
      _ = connection.readRequest()
    }
    var plan = try plan(server.port, connections: 1)
    let measured = try Run(plan).measure()
    expectAccounted(measured, requests: 20)
    #expect(measured.succeeded == 20)
    #expect(measured.retried == 19)

    plan.retriesClosedConnections = false
    let strict = try Run(plan).measure()
    expectAccounted(strict, requests: 20)
    #expect(strict.retried == 0)
    #expect(strict.failures == [.closed: 10])

    plan.retriesClosedConnections = true
    plan.templates = [try RequestTemplate(method: "POST", path: "/")]
    let post = try Run(plan).measure()
    #expect(post.retried == 0 && post.failures == [.closed: 10])
  }

  @Test("A connection that closes right behind its response is not used again")
  func closesBehindResponse() throws {
    let server = try ScriptedServer { connection in
      if connection.readRequest() { connection.send(Self.page) }
    }
    let measured = try Run(try plan(server.port, requests: 200)).measure()
    expectAccounted(measured, requests: 200)
    #expect(measured.succeeded == 200)
  }

  @Test("IPv6 is asked like IPv4")
  func ipv6() throws {
    let server = try ScriptedServer(ipv6: true) { connection in
      while connection.readRequest() { connection.send(Self.page) }
    }
    let target = try Target("http://[::1]:\(server.port)/")
    let addresses = try Resolver.addresses(of: ConnectOverrides().destination(for: target))
    #expect(addresses.map(\.description) == ["[::1]:\(server.port)"])
    #expect(addresses.allSatisfy { $0.isIPv6 && $0.isLoopback })
    var plan = try plan(server.port)
    plan.target = target
    plan.addresses = addresses
    let measured = try Run(plan).measure()
    expectAccounted(measured, requests: 20)
    #expect(measured.succeeded == 20)
  }

  @Test("All addresses are used in turn")
  func addresses() throws {
    let servers = try (0..<3).map { _ in try answering() }
    var plan = try plan(servers[0].port, requests: 30, connections: 1)
    plan.addresses = servers.compactMap { SocketAddress("127.0.0.1", port: $0.port) }
    plan.freshShare = 1
    #expect(try Run(plan).measure().succeeded == 30)
    #expect(servers.map(\.connectionCount) == [10, 10, 10])
  }

  @Test("Templates are sent as often as their weights say")
  func templates() throws {
    let server = try answering()
    var plan = try plan(server.port, requests: 1000)
    plan.templates = [
      try RequestTemplate(path: "/", weight: 9), try RequestTemplate(method: "HEAD", path: "/", weight: 1),
    ]
    // HEAD has no content: the server's two bytes of it end the connection, so they count the HEAD requests.
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 1000)
    #expect((60...150).contains(measured.connectionsOpened))
  }

  @Test("More names than a fingerprint may have end the run, in bounded memory")
  func tooManyBackends() throws {
    let server = try ScriptedServer { connection in
      var number = 0
      while connection.readRequest() {
        number += 1
        let name = "\(UInt.random(in: 0 ... .max))-\(number)"
        connection.send("HTTP/1.1 200 OK\r\nX-Backend: \(name)\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let measured = try Run(try plan(server.port, requests: 5000)).measure()
    #expect(measured.error == .tooManyBackends(header: "X-Backend", limit: 256))
    #expect(measured.backends.count <= 256)
    #expect(measured.unsent > 0)
    expectAccounted(measured, requests: 5000)
  }

  @Test("A list names the one that answered last, and those tried before it")
  func upstreamList() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.send("HTTP/1.1 200 OK\r\nX-Backend: 10.0.0.1:80, 10.0.0.2:80\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let measured = try Run(try plan(server.port, requests: 10)).measure()
    #expect(measured.upstreamRetried == 10)
    let tried = measured.backends.first { $0.name == "10.0.0.1:80" }
    let answered = measured.backends.first { $0.name == "10.0.0.2:80" }
    #expect(tried?.requests == 0 && tried?.failedTries == 10)
    #expect(answered?.succeeded == 10 && answered?.failedTries == 0)
  }

  @Test("Generations are distinguished per backend, also over several workers", arguments: [1, 3])
  func generations(workers: Int) throws {
    let turn = Counter()
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        let number = turn.next()
        let generation = number < 150 ? "v1" : "v2"
        connection.send(
          "HTTP/1.1 200 OK\r\nX-Backend: \(number % 2 == 0 ? "a" : "b")\r\nX-Version: \(generation)\r\nContent-Length: 0\r\n\r\n"
        )
      }
    }
    var plan = try plan(server.port, requests: 300)
    plan.workers = workers
    plan.generationHeader = "x-version"
    plan.recordLimit = 300
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 300)
    let generations = measured.generations.map { measured.backends[$0.backend].name + " " + $0.name }
    #expect(generations.sorted() == ["a v1", "a v2", "b v1", "b v2"])
    let counts = Dictionary(measured.records.map { (generations[$0.generation!], 1) }, uniquingKeysWith: +)
    #expect(counts == ["a v1": 75, "b v1": 75, "a v2": 75, "b v2": 75])
    #expect(measured.records.allSatisfy { $0.backend == measured.generations[$0.generation!].backend })
  }

  @Test("What is due a moment before the end is sent, although the wake-up comes after it")
  func lastDue() throws {
    let server = try answering()
    var plan = try plan(server.port)
    plan.requests = nil
    plan.duration = 500_000_001
    plan.pacer = .constant(rate: 10)
    // A machine that is held up for long gives the last one up, but not each time.
    var attempts = 0
    var sent = 0
    repeat {
      attempts += 1
      let measured = try Run(plan).measure()
      expectAccounted(measured, requests: 6)
      sent = measured.succeeded
    } while sent < 6 && attempts < 5
    #expect(sent == 6)
  }

  @Test("An open loop keeps its schedule, and what is not sent at its end is said")
  func openLoop() throws {
    let server = try answering()
    var plan = try plan(server.port)
    plan.requests = nil
    plan.duration = 500_000_000
    plan.pacer = .constant(rate: 200)
    let measured = try Run(plan).measure()
    expectAccounted(measured, requests: 100)
    #expect(measured.succeeded == 100)
    #expect(measured.lateness.count == 100)

    // One connection at 20 answers a second cannot take 200.
    let slow = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.pause(milliseconds: 50)
        connection.send(Self.page)
      }
    }
    plan.addresses = [try #require(SocketAddress("127.0.0.1", port: slow.port))]
    plan.connections = 1
    let behind = try Run(plan).measure()
    expectAccounted(behind, requests: 100)
    #expect(behind.unsent >= 85)
    #expect(behind.waitedForConnection >= 1)
    // The waiting is in the latency, not in the service time and not in the generator's lateness.
    #expect((behind.latency.max ?? 0) > 3 * (behind.serviceTime.min ?? .max / 3))
    #expect((behind.latency.max ?? 0) > (behind.serviceTime.max ?? .max))
  }

  @Test("A stopped run hands back what it has, within little more than a second")
  func stopped() throws {
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send(Self.page)
      while connection.readRequest() { connection.pause(milliseconds: 10_000) }
    }
    var plan = try plan(server.port, requests: 100)
    plan.responseTimeout = 60_000_000_000
    let stop = StopSignal()
    let start = ContinuousClock.now
    let moment = 300_000_000 * Nanoseconds(Patience.factor)
    let measured = try Run(plan).measure(stop: stop, every: 50_000_000) { if $0.elapsed > moment { stop.stop() } }
    #expect(ContinuousClock.now - start < .seconds(5 * Int64(Patience.factor)))
    #expect(measured.wasStopped)
    #expect(measured.succeeded == 4 && measured.abandoned == 4 && measured.unsent == 92)
    expectAccounted(measured, requests: 100)
  }

  @Test("Live figures are those of the result in the end")
  func live() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.pause(milliseconds: 10)
        connection.send(Self.page)
      }
    }
    var last: LiveSnapshot?
    _ = try Run(try plan(server.port, requests: 200)).measure(every: 10_000_000) { last = $0 }
    let snapshot = try #require(last)
    #expect(snapshot.succeeded > 100 && snapshot.failed == 0)
    #expect(snapshot.backends.first?.name == "a")
    // Thirteen percent is the precision of the live buckets; the pause is at least 10 ms.
    #expect((snapshot.p50 ?? 0) > 8_700_000)
  }

  @Test("Plans that contradict themselves are refused")
  func plans() throws {
    let good = try plan(80)
    let changes: [(inout Plan) -> Void] = [
      { $0.requests = nil }, { $0.requests = 0 }, { $0.connections = 0 }, { $0.connections = 200_000 },
      { $0.workers = 0 }, { $0.freshShare = 1.5 }, { $0.freshShare = -.nan }, { $0.responseTimeout = 0 },
      { $0.connectTimeout = 301_000_000_000 }, { $0.templates = [] }, { $0.addresses = [] },
      { $0.pacer = .constant(rate: 0) },
    ]
    for change in changes {
      var plan = good
      change(&plan)
      #expect(throws: LoadError.self) { _ = try Run(plan) }
    }
    #expect(throws: Never.self) { _ = try Run(good) }
  }
}

/// Counts across threads, from 0.
private final class Counter: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { value in
      defer { value += 1 }
      return value
    }
  }
}
