import HTTP
import Load
import Support
import Synchronization
import Testing

@Suite("Answers that no backend gave")
struct NobodyRunTests {
  /// Measures answers that are given in turn, 100 of them over one connection.
  private func measure(_ answers: [String], header: String? = "X-Backend", records: Int = 0) throws -> Measurements {
    let turn = Atomic<Int>(0)
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        let answer = answers[turn.wrappingAdd(1, ordering: .relaxed).oldValue % answers.count]
        connection.send("HTTP/1.1 \(answer)\r\nContent-Length: 0\r\n\r\n")
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 100, connections: 1)
    plan.backendHeader = header
    plan.recordLimit = records
    return try Run(plan).measure()
  }

  @Test("A group's name is no backend, and what is left keeps its numbers")
  func groupName() throws {
    let measured = try measure(
      [
        "502 Bad Gateway\r\nX-Backend: app", "200 OK\r\nX-Backend: 127.0.0.1:3000",
        "502 Bad Gateway\r\nX-Backend: 127.0.0.1:3001", "200 OK\r\nX-Backend: 127.0.0.1:3001, 127.0.0.1:3000",
      ], records: 100)
    #expect(measured.backends.map(\.name).sorted() == ["127.0.0.1:3000", "127.0.0.1:3001"])
    #expect(measured.nobody == [.status(502): 25])
    #expect(measured.upstreamRetried == 25)
    #expect(measured.backends.map(\.requests).reduce(0, +) == 75)
    for (index, record) in measured.records.enumerated() {
      let name = record.backend.map { measured.backends[$0].name }
      #expect(name == [nil, "127.0.0.1:3000", "127.0.0.1:3001", "127.0.0.1:3000"][index % 4])
    }
  }

  @Test("Where all answers are gateway errors, no name is a backend's")
  func allDown() throws {
    let measured = try measure(["502 Bad Gateway\r\nX-Backend: down", "504 Gateway Timeout"])
    #expect(measured.backends.isEmpty)
    #expect(measured.nobody == [.status(502): 50, .status(504): 50])
  }

  @Test("Applications that all answer 503 or 504 under names of their own keep them")
  func maintenance() throws {
    let measured = try measure(
      ["503 Unavailable\r\nX-Backend: a", "503 Unavailable\r\nX-Backend: b", "504 Timeout\r\nX-Backend: b"])
    #expect(measured.backends.map(\.name) == ["a", "b"] && measured.nobody == [:])
    #expect(measured.backends.map(\.requests) == [34, 66])
  }

  @Test("Each reason is counted, and the sum with the backends' is the whole")
  func reasons() throws {
    let measured = try measure([
      "200 OK\r\nX-Backend: a", "301 Moved\r\nLocation: https://alvin.xyz/", "200 OK\r\nX-Backend: a\r\nAge: 9",
      "200 OK", "503 Unavailable\r\nX-Backend: <NOSRV>",
    ])
    #expect(measured.nobody == [.redirect: 20, .cache: 20, .noHeader: 20, .status(503): 20])
    #expect(measured.backends.map(\.name) == ["a"] && measured.backends[0].requests == 20)
    #expect(measured.unattributed == 60)
    #expect(measured.locations == ["https://alvin.xyz/": 20])
  }

  @Test("Without a backend header only what needs none is reported")
  func withoutHeader() throws {
    let measured = try measure(
      ["200 OK", "404 Not Found", "302 Found\r\nLocation: /login", "502 Bad Gateway", "200 OK\r\nX-Cache: HIT"],
      header: nil)
    #expect(measured.nobody == [.redirect: 20, .status(502): 20, .cache: 20])
    #expect(measured.backends.isEmpty && measured.unattributed == 0)
  }

  @Test("A list of caches on the way is no list of tries")
  func wayThrough() throws {
    let measured = try measure(["200 OK\r\nX-Backend: cache-iad-9, cache-fra-1", "200 OK\r\nX-Backend: s, cache-fra-2"])
    #expect(measured.upstreamRetried == 0)
    #expect(measured.backends.map(\.name).sorted() == ["cache-fra-1", "cache-fra-2"])
  }

  @Test("Names that differ only in Unicode normalization stay apart, over several workers, too")
  func normalization() throws {
    let turn = Atomic<Int>(0)
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        let name = ["caf\u{E9}", "cafe\u{301}"][turn.wrappingAdd(1, ordering: .relaxed).oldValue % 2]
        connection.send("HTTP/1.1 200 OK\r\nX-Backend: \(name)\r\nContent-Length: 0\r\n\r\n")
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: 200, connections: 4)
    plan.workers = 2
    plan.backendHeader = "X-Backend"
    let measured = try Run(plan).measure()
    #expect(measured.backends.map(\.name).sorted() == ["cafe\\xcc\\x81", "caf\u{E9}"])
    #expect(measured.backends.map(\.requests) == [100, 100])
  }

  @Test("More Locations than are distinguished are passed over")
  func manyLocations() throws {
    let measured = try measure((0..<20).map { "302 Found\r\nLocation: /\($0)" })
    #expect(measured.locations.count == 8 && measured.locations.values.allSatisfy { $0 == 5 })
  }
}
