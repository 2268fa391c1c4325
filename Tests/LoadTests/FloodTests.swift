import HTTP
import Load
import Platform
import Support
import Testing

/// Servers that send faster than anybody can read, and never pause: the clock and the others have their turn.
@Suite struct FloodTests {
  /// Chunks of a byte each, which cost the reader more than the writer.
  private static let chunks = Array(String(repeating: "1\r\nx\r\n", count: 50_000).utf8)
  private static let head = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nTransfer-Encoding: chunked\r\n\r\n"
  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"
  /// How long it floods, in seconds, if it is let: then the answer has an end, and counts.
  private static let length = 4

  /// Its first connection is flooded; all others are answered.
  private func flooding() throws -> ScriptedServer {
    let isFirst = FirstTurn()
    return try ScriptedServer { connection in
      let floods = isFirst.take()
      while connection.readRequest() {
        guard floods else {
          connection.send(Self.page)
          continue
        }
        connection.send(Self.head)
        let end = ContinuousClock.now + .seconds(Self.length * Int(Patience.factor))
        while ContinuousClock.now < end { guard connection.send(Self.chunks) else { return } }
        connection.send("0\r\n\r\n")
      }
    }
  }

  @Test("An endless answer runs into the timeout, and other connections are served meanwhile")
  func load() throws {
    let server = try flooding()
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 40, connections: 2)
    plan.workers = 1
    plan.recordLimit = 40
    plan.responseTimeout = 500_000_000 * Nanoseconds(Patience.factor)
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 39 && measured.failures == [.timeout: 1], "\(measured.failures)")
    let end = try #require(measured.records.first { $0.failure == .timeout }).done
    // How many depends on the machine; a worker that only reads the flood serves none.
    #expect(measured.records.count { $0.failure == nil && $0.done < end } >= 3)
  }

  @Test("A stop is obeyed within its second of grace beside an endless answer")
  func stop() throws {
    let server = try flooding()
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 1, connections: 1)
    plan.responseTimeout = 60_000_000_000
    let stop = StopSignal()
    let measured = try Run(plan).measure(stop: stop) { if $0.elapsed > 200_000_000 { stop.stop() } }
    #expect(measured.wasStopped && measured.succeeded == 0)
  }

  @Test("A probe's timeout, and its stop, hold against an endless answer", arguments: [false, true])
  func probe(isStopped: Bool) throws {
    let server = try flooding()
    defer { server.stop() }
    let stop = StopSignal()
    if isStopped { stop.stop() }
    let target = try Target("http://127.0.0.1:\(server.port)/")
    var probe = Probe(
      try #require(SocketAddress("127.0.0.1", port: server.port)),
      responseTimeout: isStopped ? 60_000_000_000 : 300_000_000 * Nanoseconds(Patience.factor), stop: stop)
    do throws(ProbeError) {
      _ = try probe.send(try! RequestTemplate(path: "/"), to: target)
      Issue.record("an endless answer was taken for a whole one")
    } catch {
      #expect(error.kind == .timeout, "\(error)")
    }
  }
}
