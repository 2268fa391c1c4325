import Foundation
import HTTP
import Load
import Platform
import Support
import Testing

/// Each way in which a server of HTTP/2 can fail, and the kind that it counts as; none takes more time or memory than it may.
@Suite struct HTTP2HostileTests {
  struct Behaviour: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let kind: FailureKind
    /// What a note says of it.
    let note: String
    let serve: @Sendable (ScriptedConnection) -> Void

    init(
      _ name: String, _ kind: FailureKind, _ note: String = "",
      _ serve: @escaping @Sendable (ScriptedConnection) -> Void
    ) {
      testDescription = name
      self.kind = kind
      self.note = note
      self.serve = serve
    }

    /// Answers each request with these bytes, given its stream, and reads on.
    static func says(
      _ name: String, _ kind: FailureKind, _ note: String = "", _ bytes: @escaping @Sendable (UInt32) -> [UInt8]
    ) -> Behaviour {
      Behaviour(name, kind, note) { connection in
        guard let peer = HTTP2Peer(connection) else { return }
        while let stream = peer.nextRequest() { peer.send(bytes(stream)) }
      }
    }

    /// The same, and closes.
    static func ends(
      _ name: String, _ kind: FailureKind, _ note: String = "", _ bytes: @escaping @Sendable (UInt32) -> [UInt8]
    ) -> Behaviour {
      Behaviour(name, kind, note) { connection in
        guard let peer = HTTP2Peer(connection), let stream = peer.nextRequest() else { return }
        peer.send(bytes(stream))
        // Closed with something unread, a socket is reset.
        connection.finishSending()
        peer.drain()
      }
    }

    /// Says the same again and again until the client has gone.
    static func floods(
      _ name: String, _ kind: FailureKind, first: @escaping @Sendable (UInt32) -> [UInt8] = { _ in [] },
      _ bytes: @escaping @Sendable (UInt32) -> [UInt8]
    ) -> Behaviour {
      Behaviour(name, kind) { connection in
        guard let peer = HTTP2Peer(connection), let stream = peer.nextRequest() else { return }
        guard peer.send(first(stream)) else { return }
        let burst = (0..<64).flatMap { _ in bytes(stream) }
        while peer.send(burst) {}
      }
    }
  }

  private static func frame(_ type: UInt8, _ flags: UInt8 = 0, _ stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8]
  {
    HTTP2Frame.bytes(type: type, flags: flags, stream: stream, payload)
  }

  private static func head(_ fields: [UInt8], ends: Bool = true) -> @Sendable (UInt32) -> [UInt8] {
    { HTTP2Frame.headers($0, fields, ends: ends) }
  }

  private static let ok = HTTP2Frame.ok

  private static let ends: [Behaviour] = [
    .ends("closes without a frame for the stream", .closed) { _ in [] },
    .ends("cuts the answer short", .truncated) { HTTP2Frame.headers($0, ok) + HTTP2Frame.data($0, [1]) },
    .ends("cuts a frame short", .closed) { Array(HTTP2Frame.headers($0, ok).prefix(8)) },
    Behaviour("resets the connection", .reset) { connection in
      guard let peer = HTTP2Peer(connection), peer.nextRequest() != nil else { return }
      connection.reset()
    },
    .ends("goes away with an error", .connectionError, "GOAWAY (ENHANCE_YOUR_CALM)") {
      HTTP2Frame.goAway(last: $0, 11)
    },
    .ends("goes away with a code of its own", .connectionError, "GOAWAY (unknown code)") {
      HTTP2Frame.goAway(last: $0, 0xFFFF_FFFF)
    },
    .ends("goes away and closes in the middle of an answer", .truncated) {
      HTTP2Frame.headers($0, ok) + HTTP2Frame.goAway(last: $0)
    },
    .says("refuses each request", .streamReset, "stream reset (REFUSED_STREAM)") { HTTP2Frame.reset($0, 7) },
    .says("goes away below each request", .closed, "left out by GOAWAY (NO_ERROR)") { _ in
      HTTP2Frame.goAway(last: 0)
    },
    .says("goes away below each request, with an error", .connectionError, "left out by GOAWAY (INTERNAL_ERROR)") { _ in
      HTTP2Frame.goAway(last: 0, 2)
    },
    Behaviour("never answers", .timeout, "nothing had come") { HTTP2Peer($0)?.drain() },
    Behaviour("takes no stream at all", .timeout) { HTTP2Peer($0, settings: [(id: 3, value: 0)])?.drain() },
    Behaviour("speaks HTTP/1.1", .noHTTP2, "it does not speak HTTP/2 at this port") { connection in
      _ = connection.readBytes(24)
      connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
      connection.pause(milliseconds: 50)
    },
    Behaviour("begins with another frame", .noHTTP2) { connection in
      _ = connection.readBytes(24)
      connection.send(HTTP2Frame.data(1, [1]))
      connection.pause(milliseconds: 50)
    },
  ]

  private static let malformed: [Behaviour] = [
    .says("sends data on stream 0", .malformed) { _ in frame(0, 0, 0, [1]) },
    .says("sends data before a head", .malformed) { HTTP2Frame.data($0, [1], ends: true) },
    .says("sends a frame that is too long", .malformed) { frame(0, 0, $0, Array(repeating: 0, count: 16_385)) },
    .says("sends SETTINGS of 5 bytes", .malformed) { _ in frame(4, 0, 0, [1, 2, 3, 4, 5]) },
    .says("sends SETTINGS for a stream", .malformed) { frame(4, 0, $0) },
    .says("acknowledges SETTINGS with a payload", .malformed) { _ in frame(4, 1, 0, Array(repeating: 0, count: 6)) },
    .says("raises a window by nothing", .malformed) { _ in frame(8, 0, 0, [0, 0, 0, 0]) },
    .says("raises a window beyond its limit", .malformed) { _ in frame(8, 0, 0, [0x7F, 0xFF, 0xFF, 0xFF]) },
    .says("raises a stream's window beyond its limit", .malformed) { frame(8, 0, $0, [0x7F, 0xFF, 0xFF, 0xFF]) },
    .says("resets a stream that was never opened", .malformed) { _ in HTTP2Frame.reset(99, 8) },
    .says("pushes, which was turned off", .malformed) { frame(5, 4, $0, [0, 0, 0, 2] + ok) },
    .says("goes on with a head that never began", .malformed) { frame(9, 4, $0, ok) },
    .says("sends a frame within a head", .malformed) {
      HTTP2Frame.headers($0, ok, isWhole: false) + HTTP2Frame.data($0, [1], ends: true)
    },
    .says("names a field that HPACK does not have", .malformed, "", head([0xFF, 0x80, 0x01])),
    .says("has a broken Huffman code", .malformed, "", head(ok + [0x00, 0x81, 0xFF, 0x01, 0x61])),
    .says("has no status", .malformed, "", head(HTTP2Frame.field("x-backend", "a"))),
    .says("has two statuses", .malformed, "", head(ok + ok)),
    .says("has a status behind a field", .malformed, "", head(HTTP2Frame.field("x-backend", "a") + ok)),
    .says("has a status of two digits", .malformed, "", head(HTTP2Frame.field(":status", "20"))),
    .says("has an unknown pseudo-header field", .malformed, "", head(ok + HTTP2Frame.field(":path", "/"))),
    .says("has Connection", .malformed, "", head(ok + HTTP2Frame.field("connection", "close"))),
    .says("has Transfer-Encoding", .malformed, "", head(ok + HTTP2Frame.field("transfer-encoding", "chunked"))),
    .says(
      "has two lengths", .malformed, "",
      head(
        ok + HTTP2Frame.field("content-length", "1") + HTTP2Frame.field("content-length", "2"))),
    .says("has less content than it says", .malformed) {
      HTTP2Frame.headers($0, ok + HTTP2Frame.field("content-length", "9")) + HTTP2Frame.data($0, [1], ends: true)
    },
    .says("has more content than it says", .malformed) {
      HTTP2Frame.headers($0, ok + HTTP2Frame.field("content-length", "1")) + HTTP2Frame.data($0, [1, 2], ends: true)
    },
    .says("switches protocols", .malformed, "", head(HTTP2Frame.field(":status", "101"))),
    .says("ends with an interim answer", .malformed, "", head(HTTP2Frame.field(":status", "103"))),
  ]

  private static let floods: [Behaviour] = [
    .floods("floods SETTINGS", .oversized) { _ in HTTP2Frame.settings() },
    .floods("floods PING", .oversized) { _ in frame(6, 0, 0, Array(repeating: 0, count: 8)) },
    .floods("floods CONTINUATION", .malformed, first: { HTTP2Frame.headers($0, ok, isWhole: false) }) {
      frame(9, 0, $0, HTTP2Frame.field("a", "b"))
    },
    .floods("floods frames of no known type", .timeout) { _ in frame(0xFA, 0, 0, Array(repeating: 1, count: 100)) },
    .floods("floods interim answers", .timeout) { HTTP2Frame.headers($0, HTTP2Frame.field(":status", "103")) },
    .floods("never ends its content", .timeout, first: { HTTP2Frame.headers($0, ok) }) {
      HTTP2Frame.data($0, Array(repeating: 1, count: 1000))
    },
    .floods("sends empty content for ever", .timeout, first: { HTTP2Frame.headers($0, ok) }) {
      HTTP2Frame.data($0, [])
    },
    .says(
      "sends a bomb: a field of 4,000 bytes, indexed once and named 10,000 times", .oversized, "",
      head(
        // Incremental indexing; 4,000 is 7F and then 4,000 - 127 in groups of seven bits.
        ok + [0x40, 1, 0x61, 0x7F, 0xA1, 0x1E] + Array(repeating: 0x62, count: 4_000)
          + Array(repeating: 0xBE, count: 10_000))),
  ]

  private func run(_ behaviour: Behaviour, requests: Int = 3) throws -> Measurements {
    let server = try ScriptedServer(behaviour.serve)
    defer { server.stop() }
    var plan = try Plan.overHTTP2(server.port, requests: requests, timeout: 500_000_000)
    plan.retriesClosedConnections = behaviour.kind == .streamReset
    return try Run(plan).measure()
  }

  @Test(
    "Each fault of a server counts as its kind, and all requests are accounted for",
    arguments: ends + malformed)
  func failures(_ behaviour: Behaviour) throws {
    let measured = try run(behaviour)
    #expect(measured.failures == [behaviour.kind: 3], "\(measured.failures) \(measured.faults)")
    expectAccounted(measured, requests: 3)
    if !behaviour.note.isEmpty {
      #expect(measured.faults.contains { $0.hasSuffix(behaviour.note) }, "\(measured.faults)")
    }
  }

  @Test("No flood takes more than its time, or memory", arguments: floods)
  func flood(_ behaviour: Behaviour) throws {
    let before = try residentBytes()
    let measured = try run(behaviour, requests: 1)
    #expect(measured.failures == [behaviour.kind: 1], "\(measured.failures) \(measured.faults)")
    expectAccounted(measured, requests: 1)
    // Other tests run beside it; what a flood sends within the time is a hundred times as much.
    #expect(try residentBytes() < before + 200_000_000)
  }

  /// The memory that this process has now.
  private func residentBytes() throws -> Int {
    let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * 4_096
  }

  private static let tooLate: [Behaviour] = [
    .says("refuses behind a head", .streamReset, "stream reset (REFUSED_STREAM) after its answer had begun") {
      HTTP2Frame.headers($0, ok) + HTTP2Frame.reset($0, 7)
    },
    .says("refuses behind an interim head", .streamReset, "after its answer had begun") {
      HTTP2Frame.headers($0, HTTP2Frame.field(":status", "103")) + HTTP2Frame.reset($0, 7)
    },
    .says("refuses behind all of the content", .streamReset, "after its answer had begun") {
      HTTP2Frame.headers($0, ok + HTTP2Frame.field("content-length", "2")) + HTTP2Frame.data($0, [1, 2])
        + HTTP2Frame.reset($0, 7)
    },
    .says("goes away below an answer", .truncated, "left out by GOAWAY (NO_ERROR) after its answer had begun") {
      HTTP2Frame.headers($0, ok) + HTTP2Frame.data($0, [1]) + HTTP2Frame.goAway(last: 0)
    },
    .says("goes away below it with an error", .connectionError, "(ENHANCE_YOUR_CALM) after its answer had begun") {
      HTTP2Frame.headers($0, ok) + HTTP2Frame.data($0, [1]) + HTTP2Frame.goAway(last: 0, 11)
    },
  ]

  @Test("A request of which an answer had begun is not sent again, whatever the server says", arguments: tooLate)
  func refusedTooLate(_ behaviour: Behaviour) throws {
    let server = try ScriptedServer(behaviour.serve)
    defer { server.stop() }
    let templates = [
      try RequestTemplate(path: "/"), try RequestTemplate(method: "POST", path: "/", body: [1]),
      try RequestTemplate(calling: .healthCheck),
    ]
    for template in templates {
      var plan = try Plan.overHTTP2(server.port, requests: 3)
      plan.templates = [template]
      let measured = try Run(plan).measure()
      #expect(measured.failures == [behaviour.kind: 3], "\(measured.failures) \(measured.faults)")
      #expect(measured.sent == [3] && measured.retried == 0 && measured.refusedStreams == 0)
      #expect(measured.faults.contains { $0.hasSuffix(behaviour.note) }, "\(measured.faults)")
      expectAccounted(measured, requests: 3)
    }
  }

  @Test("Each code of RST_STREAM has its name", arguments: HTTP2ErrorCode.allCases.filter { $0 != .refusedStream })
  func resets(_ code: HTTP2ErrorCode) throws {
    let measured = try run(.says("resets", .streamReset) { HTTP2Frame.reset($0, UInt32(code.rawValue)) })
    #expect(measured.failures == [.streamReset: 3] && measured.resets == [code: 3] && measured.retried == 0)
    #expect(measured.faults == ["stream reset (\(code.name))"] && measured.connectionsOpened == 1)
  }

  @Test("A fault of one stream concerns no other of its connection, one of the connection all of them")
  func company() throws {
    let server = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection) else { return }
      while let one = peer.nextRequest(), let other = peer.nextRequest() {
        peer.send(HTTP2Frame.headers(one, HTTP2Frame.ok + HTTP2Frame.field("connection", "close"), ends: true))
        peer.send(HTTP2Frame.answer(other))
      }
    }
    defer { server.stop() }
    let measured = try Run(try Plan.overHTTP2(server.port, requests: 8, multiplex: 2)).measure()
    #expect(measured.succeeded == 4 && measured.failures == [.malformed: 4] && measured.connectionsOpened == 1)
    let broken = try ScriptedServer { connection in
      guard let peer = HTTP2Peer(connection), let one = peer.nextRequest(), peer.nextRequest() != nil else { return }
      peer.send(HTTP2Frame.answer(one) + Self.frame(0, 0, 0, [1]))
      peer.drain()
    }
    defer { broken.stop() }
    var plan = try Plan.overHTTP2(broken.port, requests: 2, multiplex: 2)
    plan.retriesClosedConnections = false
    let all = try Run(plan).measure()
    #expect(all.succeeded == 1 && all.failures == [.malformed: 1])
  }
}
