import HTTP
import Platform
import Support
import Testing

@testable import Load

/// gRPC calls against a server whose every frame a test writes.
@Suite struct GRPCRunTests {
  private static let message: [UInt8] = [0, 0, 0, 0, 2, 8, 1]
  private static let ok = HTTP2Frame.ok + HTTP2Frame.field("content-type", "application/grpc")
  private static let trailers = HTTP2Frame.field("grpc-status", "0")

  private func plan(_ port: UInt16, _ method: GRPCMethod = .healthCheck, requests: Int = 6) throws -> Plan {
    var plan = try Plan.overHTTP2(port, requests: requests, multiplex: 2)
    plan.templates = [try RequestTemplate(calling: method)]
    plan.generationHeader = "x-pid"
    plan.recordLimit = requests
    return plan
  }

  private func server(_ answer: @escaping @Sendable (UInt32) -> [UInt8]) throws -> ScriptedServer {
    try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let stream = peer.nextRequest() { peer.send(answer(stream)) }
    }
  }

  private static func answer(
    _ stream: UInt32, head: [UInt8] = [], content: [UInt8] = message, trailers: [UInt8] = trailers
  ) -> [UInt8] {
    HTTP2Frame.headers(stream, Self.ok + head) + HTTP2Frame.data(stream, content)
      + HTTP2Frame.headers(stream, trailers, ends: true)
  }

  @Test("Messages and trailers may come in pieces; the backend is named in the head, or in the trailers")
  func pieces() throws {
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      var isInHead = true
      while let stream = peer.nextRequest() {
        isInHead.toggle()
        let names = HTTP2Frame.field("x-backend", isInHead ? "a" : "b") + HTTP2Frame.field("x-pid", "7")
        peer.send(HTTP2Frame.headers(stream, Self.ok + (isInHead ? names : [])))
        for byte in Self.message { peer.send(HTTP2Frame.data(stream, [byte])) }
        let last = Self.trailers + (isInHead ? [] : names)
        // HEADERS that end the stream, of one byte, and CONTINUATION for the rest.
        peer.send(HTTP2Frame.headers(stream, Array(last.prefix(1)), ends: true, isWhole: false))
        connection.pause(milliseconds: 2)
        peer.send(HTTP2Frame.bytes(type: 9, flags: 4, stream: stream, Array(last.dropFirst())))
      }
    }
    defer { server.stop() }
    let measured = try Run(try plan(server.port)).measure()
    expectAccounted(measured, requests: 6)
    #expect(measured.succeeded == 6, "\(measured.failures) \(measured.faults)")
    #expect(measured.backends.map(\.name).sorted() == ["a", "b"] && measured.backends.allSatisfy { $0.succeeded == 3 })
    #expect(measured.generations.map(\.name) == ["7", "7"])
  }

  @Test("A head names the backend before its trailers do, which may name the generation")
  func both() throws {
    let server = try server { stream in
      Self.answer(
        stream, head: HTTP2Frame.field("x-backend", "a"),
        trailers: Self.trailers + HTTP2Frame.field("x-backend", "b") + HTTP2Frame.field("x-pid", "7"))
    }
    defer { server.stop() }
    let measured = try Run(try plan(server.port)).measure()
    #expect(measured.backends.map(\.name) == ["a"] && measured.generations.map(\.name) == ["7"])
  }

  @Test("The generation may stand in the head, and the backend whose it is only in the trailers", arguments: [1, 2])
  func generationFirst(streams: Int) throws {
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while true {
        // All heads come before any trailers.
        let asked = (0..<streams).compactMap { _ in peer.nextRequest() }
        guard asked.count == streams else { return }
        for stream in asked {
          let name = HTTP2Frame.field("x-pid", "\(stream / 2 % 2)")
          peer.send(HTTP2Frame.headers(stream, Self.ok + (stream / 2 % 3 == 2 ? [] : name)))
        }
        for stream in asked.reversed() {
          let names = HTTP2Frame.field("x-backend", "b\(stream / 2 % 2)") + HTTP2Frame.field("x-pid", "9")
          peer.send(HTTP2Frame.data(stream, Self.message))
          peer.send(HTTP2Frame.headers(stream, Self.trailers + names, ends: true))
        }
      }
    }
    defer { server.stop() }
    var plan = try plan(server.port, requests: 12)
    plan.multiplex = streams
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 12, "\(measured.failures) \(measured.faults)")
    let answers = measured.generations.map { "\(measured.backends[$0.backend].name) \($0.name)" }
    #expect(answers.sorted() == ["b0 0", "b0 9", "b1 1", "b1 9"])
    let counts = answers.indices.map { index in measured.records.count { $0.generation == index } }
    #expect(
      Dictionary(uniqueKeysWithValues: zip(answers, counts)) == ["b0 0": 4, "b1 1": 4, "b0 9": 2, "b1 9": 2])
  }

  @Test(
    "Each failure has its name, its reason and its status of HTTP, and is a backend's",
    arguments: GRPCStatus.allCases.filter { $0 != .ok })
  func statuses(_ status: GRPCStatus) throws {
    let server = try server { stream in
      let says = HTTP2Frame.field("grpc-status", "\(status.rawValue)") + HTTP2Frame.field("grpc-message", "why%21")
      return HTTP2Frame.headers(stream, Self.ok + HTTP2Frame.field("x-backend", "a") + says, ends: true)
    }
    defer { server.stop() }
    let measured = try Run(try plan(server.port)).measure()
    expectAccounted(measured, requests: 6)
    #expect(measured.failures == [.call(.status(status)): 6] && measured.statuses == [200: 6])
    #expect(measured.faults == ["gRPC \(status.name): why!"])
    #expect(measured.backends.map(\.requests) == [6] && measured.backends.map(\.succeeded) == [0])
    #expect(measured.records.allSatisfy { $0.failure == .call(.status(status)) && $0.status == 200 })
    var lenient = try plan(server.port)
    lenient.judgesCalls = false
    #expect(try Run(lenient).measure().succeeded == (status == .unavailable ? 0 : 6))
  }

  @Test("What is no success is none: other health, no status, another status of HTTP, a message that is none")
  func failures() throws {
    func failures(_ answer: @escaping @Sendable (UInt32) -> [UInt8]) throws -> [FailureKind: Int] {
      let server = try server(answer)
      defer { server.stop() }
      return try Run(try plan(server.port)).measure().failures
    }
    #expect(try failures { Self.answer($0, content: [0, 0, 0, 0, 2, 8, 2]) } == [.call(.health(.notServing)): 6])
    #expect(try failures { Self.answer($0, content: [1, 0, 0, 0, 2, 8, 1]) } == [.call(.message): 6])
    #expect(try failures { HTTP2Frame.answer($0) } == [.call(.noStatus): 6])
    #expect(try failures { Self.answer($0, trailers: HTTP2Frame.field("x", "y")) } == [.call(.noStatus): 6])
    let unavailable = HTTP2Frame.field(":status", "503") + Self.trailers
    #expect(try failures { HTTP2Frame.headers($0, unavailable, ends: true) } == [.status: 6])
  }

  @Test("A call is sent again where it has not been looked at, and not where its connection was closed on it")
  func retries() throws {
    let refused = FirstTurn()
    let once = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let stream = peer.nextRequest() {
        peer.send(refused.take() ? HTTP2Frame.reset(stream, 7) : Self.answer(stream))
      }
    }
    defer { once.stop() }
    let measured = try Run(try plan(once.port)).measure()
    #expect(measured.succeeded == 6 && measured.retried == 1 && measured.refusedStreams == 1)
    let closing = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection), let stream = peer.nextRequest() else { return }
      peer.send(Self.answer(stream))
      // The next one comes over a connection that has carried another.
      if peer.nextRequest() != nil { connection.finishSending() }
    }
    defer { closing.stop() }
    var plan = try plan(closing.port, requests: 2)
    plan.multiplex = 1
    let closed = try Run(plan).measure()
    #expect(closed.succeeded == 1 && closed.failures == [.closed: 1] && closed.retried == 0)
  }

  @Test("A deadline that the answer says is told from this side's time-out, with what the call said of it")
  func deadlines() throws {
    let says = HTTP2Frame.field("grpc-status", "4") + HTTP2Frame.field("grpc-message", "late")
    let answering = try server { HTTP2Frame.headers($0, Self.ok + says, ends: true) }
    defer { answering.stop() }
    let silent = try server { _ in [] }
    defer { silent.stop() }
    let limit = 100_000_000 * Nanoseconds(Patience.factor)
    let call = try RequestTemplate(calling: .healthCheck, timeout: limit)
    let told = try #require(call.callTimeout)
    var plan = try plan(answering.port)
    plan.templates = [call]
    #expect(
      try Run(plan).measure().faults == [
        "gRPC DEADLINE_EXCEEDED: late (the answer's status, not lbcheck's time-out; the call said grpc-timeout: \(told))"
      ])
    plan = try self.plan(silent.port)
    (plan.templates, plan.responseTimeout) = ([call], limit)
    let measured = try Run(plan).measure()
    let text =
      TimeoutText.response(.nothing, within: limit)
      + " (lbcheck's time-out, no answer's status; the call said grpc-timeout: \(told))"
    #expect(measured.failures == [.timeout: 6] && measured.faults == ["timeout: \(text)"])
    var probe = Probe(plan.addresses[0], responseTimeout: limit, http: .http2)
    #expect {
      _ = try probe.send(call, to: plan.target)
    } throws: { error in
      (error as? ProbeError)?.description.hasSuffix(text) == true
    }
  }

  @Test("A run makes no call over HTTP/1.1")
  func version() throws {
    var plan = try plan(9)
    (plan.multiplex, plan.http) = (1, .http1)
    #expect(throws: LoadError.plan("a gRPC call needs HTTP/2")) { try Run(plan).measure() }
  }

  @Test("A probe judges a call alike, and has the fields of its trailers that the head has not")
  func probe() throws {
    let server = try server { stream in
      Self.answer(
        stream, head: HTTP2Frame.field("x-backend", "a"), content: [0, 0, 0, 0, 2, 8, 2],
        trailers: Self.trailers + HTTP2Frame.field("x-backend", "b") + HTTP2Frame.field("x-pid", "7"))
    }
    defer { server.stop() }
    let address = try #require(SocketAddress("127.0.0.1", port: server.port))
    var probe = Probe(address, http: .http2)
    let target = try Target("http://127.0.0.1:\(server.port)/")
    let answer = try probe.send(try RequestTemplate(calling: .healthCheck), to: target)
    #expect(answer.callFailure == .health(.notServing) && answer.head.status == 200)
    #expect(answer.head.value(of: "x-backend") == "a" && answer.head.value(of: "x-pid") == "7")
    let other = try #require(GRPCMethod("a.B/C"))
    #expect(try probe.send(try RequestTemplate(calling: other), to: target).callFailure == nil)
    // Of a request of HTTP nothing of that is asked.
    #expect(try probe.send(try RequestTemplate(path: "/"), to: target).callFailure == nil)
  }
}
