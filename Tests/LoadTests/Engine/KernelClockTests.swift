import HTTP
import Platform
import Statistics
import Support
import Synchronization
import Testing

@testable import Load

/// Whose clock says when answers are complete.
@Suite struct KernelClockTests {
  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"

  private static func server() throws -> ScriptedServer {
    try ScriptedServer { connection in
      while connection.readRequest() { guard connection.send(page) else { return } }
    }
  }

  @Test(
    "Open loop reads the kernel's clock, closed loop the program's, unless told otherwise",
    arguments: [nil, .kernel, .user] as [AnswerClock?], [nil, 500] as [Double?])
  func choice(clock: AnswerClock?, rate: Double?) throws {
    let server = try Self.server()
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 50, connections: 5)
    plan.traffic.clock = clock
    plan.recordLimit = 50
    if let rate { plan.pacer = .constant(rate: rate) }
    let measured = try Run(plan).measure()
    let isKernels = (clock ?? (rate == nil ? .user : .kernel)) == .kernel
    #expect(measured.succeeded == 50 && measured.unstamped == 0)
    #expect(measured.readDelay.count == (isKernels ? 50 : 0))
    let dones = measured.records.map(\.done)
    #expect(dones.count == 50 && dones == dones.sorted())
    #expect(measured.records.allSatisfy { $0.sent <= $0.done })
  }

  /// What a worker notes of one request that is answered at once and read much later.
  ///
  /// - Parameter answer: sends the answer; what it returns is when the last byte had been sent for sure.
  private func readLate(
    clock: AnswerClock, _ answer: @escaping @Sendable (ScriptedConnection) -> Nanoseconds
  ) throws -> (record: RequestRecord, firstByte: Nanoseconds, sentBy: Nanoseconds, readAt: Nanoseconds) {
    let sentBy = Atomic<Nanoseconds>(0)
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      sentBy.store(answer(connection), ordering: .releasing)
      _ = connection.readRequest()
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 1, connections: 1)
    plan.traffic.clock = clock
    plan.recordLimit = 1
    var worker = try Worker(plan, share: .whole, stop: StopSignal(), finish: FinishSignal(), live: LiveCounters())
    var now = worker.elapsed()
    worker.notePause(at: &now)
    // As after a long answer.
    worker.readSize = Worker.headSize
    let connection = worker.takeLane(fresh: false)
    let exchange = worker.takeExchange(due: now, template: 0, lane: connection)
    worker.begin(exchange, on: connection, &now)
    let end = MonotonicClock.now() + 20_000_000_000
    while worker.exchanges[exchange].progress != .sent, MonotonicClock.now() < end {
      now = worker.elapsed()
      for index in 0..<worker.queue.wait(10_000_000) { worker.handle(worker.queue.event(index), &now) }
    }
    while sentBy.load(ordering: .acquiring) == 0, MonotonicClock.now() < end { MonotonicClock.sleep(100_000) }
    MonotonicClock.sleep(30_000_000)
    let readAt = worker.elapsed()
    while worker.inFlight > 0, MonotonicClock.now() < end {
      now = worker.elapsed()
      for index in 0..<worker.queue.wait(10_000_000) { worker.handle(worker.queue.event(index), &now) }
    }
    let first = worker.records.first
    let record = try #require(first)
    let firstByte = record.sent + (worker.tally.firstByte.max ?? 0)
    let delay = worker.tally.readDelay.max
    if clock == .kernel { #expect(try #require(delay) + record.done >= readAt) } else { #expect(delay == nil) }
    return (record, firstByte, sentBy.load(ordering: .acquiring), readAt)
  }

  @Test("An answer that came while the process stood still ended when it came, by the kernel's clock alone")
  func stoodStill() throws {
    let answer: @Sendable (ScriptedConnection) -> Nanoseconds = { connection in
      connection.send(Self.page)
      return MonotonicClock.now()
    }
    let late = try readLate(clock: .kernel, answer)
    #expect(late.record.sent <= late.record.done && late.record.done <= late.sentBy && late.sentBy < late.readAt)
    let read = try readLate(clock: .user, answer)
    #expect(read.record.done >= read.readAt)
  }

  @Test("Its end is that of its last segment, and its first byte that of its first, also where most of it is discarded")
  func lastSegment() throws {
    let lastFrom = Atomic<Nanoseconds>(0)
    let late = try readLate(clock: .kernel) { connection in
      connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 40000\r\n\r\n")
      connection.pause(milliseconds: 30)
      connection.send([UInt8](repeating: 120, count: 39_999))
      connection.pause(milliseconds: 30)
      lastFrom.store(MonotonicClock.now(), ordering: .relaxed)
      connection.send("x")
      return MonotonicClock.now()
    }
    #expect(late.record.done >= lastFrom.load(ordering: .relaxed) && late.record.done <= late.sentBy)
    #expect(late.firstByte >= late.record.sent && late.firstByte <= late.record.done)
  }

  @Test("An answer that lasts until its connection ends has no time by the kernel, and is counted")
  func untilEnd() throws {
    let server = try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\n\r\nuntil the end")
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 5, connections: 1)
    plan.traffic.clock = .kernel
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 5 && measured.unstamped == 5 && measured.readDelay.isEmpty)
  }

  @Test("Answers over HTTP/2 have the time of their last frame's bytes")
  func http2() throws {
    let server = try ScriptedServer { HTTP2Peer($0)?.answerAll() }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 200, connections: 2, multiplex: 5)
    plan.traffic.clock = .kernel
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 200 && measured.readDelay.count == 200 && measured.unstamped == 0)
  }

  @Test("Answers over TLS have the time of their last record's bytes", arguments: ["1.2", "1.3"])
  func tls(version: String) throws {
    let certificates = try TestCertificates()
    let nginx = try NginxTLS(certificates.issue("localhost"), protocols: "TLSv\(version)")
    let address = try #require(SocketAddress("127.0.0.1", port: nginx.port))
    var plan = Plan(
      target: try Target("https://localhost:\(nginx.port)/"), addresses: [address],
      templates: [try RequestTemplate(path: "/")])
    plan.requests = 100
    plan.connections = 4
    plan.freshShare = 0.5
    plan.pacer = .constant(rate: 500)
    plan.tls.authorities = certificates.authority
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 100 && measured.readDelay.count == 100 && measured.unstamped == 0)
  }
}
