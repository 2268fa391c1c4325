import HTTP
import Load
import Platform
import Support
import Synchronization
import Testing

extension Plan {
  /// The same over HTTP/2 with prior knowledge.
  static func overHTTP2(
    _ port: UInt16, requests: Int, connections: Int = 1, multiplex: Int = 1, timeout: Nanoseconds = 5_000_000_000
  ) throws -> Plan {
    var plan = try toLoopback(port, requests: requests, connections: connections)
    plan.http = .http2
    plan.multiplex = multiplex
    plan.responseTimeout = timeout * Nanoseconds(Patience.factor)
    return plan
  }
}

/// Runs over HTTP/2 against servers whose every frame a test writes.
@Suite struct HTTP2RunTests {
  @Test("Each answer is counted once, over as many connections as there are, with its backend and its connection")
  func answers() throws {
    let server = try ScriptedServer { HTTP2Peer($0)?.answerAll() }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 1000, connections: 4, multiplex: 5)
    plan.recordLimit = 1000
    let measured = try Run(plan).measure()
    expectAccounted(measured, requests: 1000)
    #expect(measured.succeeded == 1000 && measured.failures.isEmpty && measured.retried == 0)
    #expect(measured.connectionsOpened == 4 && server.connectionCount == 4)
    #expect(measured.connectionsOfHTTP2 == 4 && measured.streams == 1000 && measured.goAways == 0)
    #expect(measured.backends.map(\.name) == ["a"] && measured.backends[0].connections == 4)
    #expect(Set(measured.records.map(\.connection)).count == 4)
  }

  @Test("As many requests as asked for are on a connection at a time, and no more, whatever order their answers have")
  func multiplex() throws {
    let most = Atomic(0)
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      for _ in 0..<10 {
        var open: [UInt32] = []
        while open.count < 7, let stream = peer.nextRequest() { open.append(stream) }
        most.max(open.count, ordering: .relaxed)
        for stream in open.reversed() { peer.send(HTTP2Frame.answer(stream)) }
      }
      peer.drain()
    }
    defer { server.stop() }
    let measured = try Run(try Plan.overHTTP2(server.port, requests: 70, multiplex: 7)).measure()
    #expect(measured.succeeded == 70 && measured.connectionsOpened == 1)
    #expect(most.load(ordering: .relaxed) == 7)
  }

  @Test("A request that waits for the server to take another stream is sent when it leaves, not when it was submitted")
  func waitsForStream() throws {
    let server = try ScriptedServer { HTTP2Peer($0, settings: [(id: 3, value: 1)])?.answerAll() }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 12, multiplex: 4)
    plan.recordLimit = 12
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 12 && measured.connectionsOpened == 1)
    // The first four leave before the server's limit has come, and those behind them one at a time.
    let records = measured.records.sorted { ($0.sent, $0.done) < ($1.sent, $1.done) }
    #expect(zip(records.dropFirst(3), records.dropFirst(4)).allSatisfy { $0.done <= $1.sent }, "\(records)")
    #expect((7...8).contains(measured.waitedForStream), "\(measured.waitedForStream)")
  }

  @Test("A request that the server never takes times out on this side, which its reason says")
  func waitsInVain() throws {
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection, settings: [(id: 3, value: 1)]) else { return }
      for _ in 0..<2 { if let stream = peer.nextRequest() { peer.send(HTTP2Frame.answer(stream)) } }
      peer.drain()
    }
    defer { server.stop() }
    let measured = try Run(try Plan.overHTTP2(server.port, requests: 4, multiplex: 2, timeout: 300_000_000)).measure()
    #expect(measured.succeeded == 2 && measured.failures == [.timeout: 2])
    #expect(measured.faults.contains { $0.hasSuffix("its connection took no further stream") }, "\(measured.faults)")
    #expect(measured.faults.contains { $0.hasSuffix("nothing had come") }, "\(measured.faults)")
  }

  @Test("A GOAWAY with an error is noted by its name also where no request fails")
  func errorWithoutLoss() throws {
    let isFirst = FirstTurn()
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      guard isFirst.take() else { return peer.answerAll() }
      var open: [UInt32] = []
      while open.count < 2, let stream = peer.nextRequest() { open.append(stream) }
      peer.send(HTTP2Frame.answer(1) + HTTP2Frame.goAway(last: 1, 11))
      peer.drain()
    }
    defer { server.stop() }
    let measured = try Run(try Plan.overHTTP2(server.port, requests: 4, multiplex: 2)).measure()
    #expect(measured.succeeded == 4 && measured.refusedStreams == 1, "\(measured.failures)")
    #expect(measured.faults == ["connection error by GOAWAY (ENHANCE_YOUR_CALM)"], "\(measured.faults)")
  }

  @Test(
    "A GOAWAY drains: what is below its stream ends there, what is above is sent again, and new requests open a connection"
  )
  func drain() throws {
    let isFirst = FirstTurn()
    let hasMoved = Atomic(false)
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      guard isFirst.take() else {
        while let stream = peer.nextRequest() {
          hasMoved.store(true, ordering: .releasing)
          peer.send(HTTP2Frame.answer(stream, backend: "b"))
        }
        return
      }
      var open: [UInt32] = []
      while open.count < 10, let stream = peer.nextRequest() { open.append(stream) }
      peer.send(HTTP2Frame.goAway(last: 9))
      // The new connection is there before the old one has ended what it has.
      while !hasMoved.load(ordering: .acquiring) { connection.pause(milliseconds: 1) }
      for stream in open where stream <= 9 { peer.send(HTTP2Frame.answer(stream)) }
      peer.drain()
    }
    defer { server.stop() }
    let measured = try Run(try Plan.overHTTP2(server.port, requests: 40, multiplex: 10)).measure()
    expectAccounted(measured, requests: 40)
    #expect(measured.succeeded == 40, "\(measured.failures) \(measured.faults)")
    #expect(measured.retried == 5 && measured.refusedStreams == 5 && measured.goAways == 1)
    #expect(measured.connectionsOpened == 2 && measured.streams == 45 && measured.sent == [45])
    #expect(
      measured.backends.map { [$0.name: $0.requests] } == [["b": 35], ["a": 5]]
        || measured.backends.first?.requests == 5)
  }

  @Test("Drains that follow each other, each with a stream that still goes on, lose nothing")
  func manyDrains() throws {
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      guard let stream = peer.nextRequest() else { return }
      peer.send(HTTP2Frame.goAway(last: stream))
      connection.pause(milliseconds: 20)
      peer.send(HTTP2Frame.answer(stream))
      peer.drain()
    }
    defer { server.stop() }
    let measured = try Run(try Plan.overHTTP2(server.port, requests: 60, connections: 2, multiplex: 4)).measure()
    expectAccounted(measured, requests: 60)
    #expect(measured.succeeded == 60, "\(measured.failures) \(measured.faults)")
    #expect(measured.connectionsOpened == 60 && measured.goAways == 60)
  }

  @Test("A refused stream is sent again, whatever its method, and fails by name where retries are off or do not help")
  func refused() throws {
    let first = Mutex<[UInt32]>([])
    let once = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let stream = peer.nextRequest() {
        let isFirst = first.withLock { seen in
          seen.append(stream)
          return seen.count % 2 == 1
        }
        peer.send(isFirst ? HTTP2Frame.reset(stream, 7) : HTTP2Frame.answer(stream))
      }
    }
    defer { once.stop() }
    var plan = try Plan.overHTTP2(once.port, requests: 6)
    plan.templates = [try RequestTemplate(method: "POST", path: "/", body: Array("abc".utf8))]
    let again = try Run(plan).measure()
    #expect(again.succeeded == 6 && again.retried == 6 && again.refusedStreams == 6 && again.sent == [12])
    #expect(again.connectionsOpened == 1)
    plan.retriesClosedConnections = false
    let failing = try Run(plan).measure()
    #expect(failing.succeeded == 3 && failing.failures == [.streamReset: 3] && failing.resets == [.refusedStream: 3])

    let always = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let stream = peer.nextRequest() { peer.send(HTTP2Frame.reset(stream, 7)) }
    }
    defer { always.stop() }
    let never = try Run(try Plan.overHTTP2(always.port, requests: 3)).measure()
    #expect(never.failures == [.streamReset: 3] && never.resets == [.refusedStream: 3] && never.retried == 24)
    #expect(never.faults == ["stream reset (REFUSED_STREAM)"])
  }

  @Test("A stream that does not end in time fails alone: it is cancelled, and its connection goes on")
  func timeouts() throws {
    let cancelled = Mutex<[UInt8]>([])
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let frame = peer.next() {
        switch frame.type {
        case 1 where frame.stream == 1: peer.send(HTTP2Frame.headers(1, HTTP2Frame.ok) + HTTP2Frame.data(1, [1, 2, 3]))
        case 1: peer.send(HTTP2Frame.answer(frame.stream))
        case 3: cancelled.withLock { $0 = frame.payload }
        default: break
        }
      }
    }
    defer { server.stop() }
    let measured = try Run(try Plan.overHTTP2(server.port, requests: 5, timeout: 300_000_000)).measure()
    #expect(measured.succeeded == 4 && measured.failures == [.timeout: 1] && measured.connectionsOpened == 1)
    #expect(cancelled.withLock { $0 } == [0, 0, 0, 8])
    #expect(measured.faults.first?.hasSuffix("a 200 had begun, 3 bytes of its body had come") == true)
  }

  @Test("A connection on which nothing comes any more is left after a timeout")
  func silence() throws {
    let isFirst = FirstTurn()
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      if isFirst.take() { peer.drain() } else { peer.answerAll() }
    }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 4, timeout: 300_000_000)
    plan.pacer = .constant(rate: 4)
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 3 && measured.failures == [.timeout: 1] && measured.connectionsOpened == 2)
  }

  @Test(
    "A request's content goes in as many frames as the server's window wants, and is cut off where the answer comes first"
  )
  func content() throws {
    let received = Atomic(0)
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let frame = peer.next() {
        guard frame.type == 0 else { continue }
        received.wrappingAdd(frame.payload.count, ordering: .relaxed)
        let increment = HTTP2Frame.number(UInt32(max(1, frame.payload.count)))
        for stream in [0, frame.stream] { peer.send(HTTP2Frame.bytes(type: 8, stream: stream, increment)) }
        if frame.flags & 1 == 1 { peer.send(HTTP2Frame.answer(frame.stream)) }
      }
    }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 6, multiplex: 3)
    plan.templates = [try RequestTemplate(method: "POST", path: "/", body: Array(repeating: 7, count: 200_000))]
    #expect(try Run(plan).measure().succeeded == 6)
    #expect(received.load(ordering: .relaxed) == 1_200_000)

    let early = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let frame = peer.next() { if frame.type == 1 { peer.send(HTTP2Frame.answer(frame.stream)) } }
    }
    defer { early.stop() }
    plan.addresses = [SocketAddress("127.0.0.1", port: early.port)!]
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 6 && measured.connectionsOpened == 1, "\(measured.failures) \(measured.faults)")
  }

  @Test("Contents are compared as over HTTP/1.1, each stream's with its own")
  func bodies() throws {
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let one = peer.nextRequest(), let other = peer.nextRequest() {
        for stream in [one, other] { peer.send(HTTP2Frame.headers(stream, HTTP2Frame.ok)) }
        for (stream, text) in [(one, "we"), (other, "no"), (one, "ll"), (other, "t")] {
          peer.send(HTTP2Frame.data(stream, Array(text.utf8)))
        }
        for stream in [one, other] { peer.send(HTTP2Frame.data(stream, [], ends: true)) }
      }
    }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 20, multiplex: 2)
    plan.expectedBody = try BodyExpectation("well")
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 10 && measured.failures == [.body: 10])
  }

  @Test("Connections of their own carry one request each")
  func fresh() throws {
    let server = try ScriptedServer { HTTP2Peer($0)?.answerAll() }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 60, connections: 2, multiplex: 3)
    plan.freshShare = 1
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 60 && measured.connectionsOpened == 60 && server.connectionCount == 60)
  }

  @Test("Each lane's cookies go back over HTTP/2, too")
  func cookies() throws {
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let frame = peer.next() {
        guard frame.type == 1 else { continue }
        // Uncompressed or not, a second request is longer by its cookie; the first one sets it.
        let sets = frame.stream == 1 ? HTTP2Frame.field("set-cookie", "id=7") : []
        let name = HTTP2Frame.field("x-backend", "\(frame.payload.count)")
        peer.send(HTTP2Frame.headers(frame.stream, HTTP2Frame.ok + name + sets, ends: true))
      }
    }
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: 2)
    let without = try Run(plan).measure().backends.compactMap { Int($0.name) }
    plan.keepsCookies = true
    let with = try Run(plan).measure().backends.compactMap { Int($0.name) }
    try #require(without.count == 2 && with.count == 2)
    #expect(without[0] == with[0] && with[1] > without[1], "\(without) \(with)")
  }
}
