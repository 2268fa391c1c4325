import HTTP
import Support
import Synchronization
import Testing

@testable import Load

/// Requests of a list, which come in its order.
@Suite struct TemplatesInTurnTests {
  private final class Log: Sendable {
    private let lines = Mutex<[String]>([])

    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  private func run(
    _ templates: Int, requests: Int, connections: Int, workers: Int, inTurn: Bool = true, rate: Double? = nil
  ) throws -> (measured: Measurements, paths: [String]) {
    let log = Log()
    let server = try ScriptedServer { connection in
      while let head = connection.readHead() {
        log.add(String(head.split(separator: " ")[1]))
        connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: requests, connections: connections)
    plan.templates = try (0..<templates).map { try RequestTemplate(path: "/\($0)") }
    plan.takesTemplatesInTurn = inTurn
    plan.traffic.workers = workers
    if let rate { plan.pacer = .constant(rate: rate) }
    return (try Run(plan).measure(), log.all)
  }

  @Test("One connection sends them one after another, and begins again")
  func order() throws {
    let (measured, paths) = try run(3, requests: 8, connections: 1, workers: 1)
    #expect(paths == ["/0", "/1", "/2", "/0", "/1", "/2", "/0", "/1"])
    #expect(measured.sent == [3, 3, 2] && measured.succeeded == 8)
  }

  @Test(
    "However many connections, threads and requests, each is sent as often as its turn comes",
    arguments: [(3, 4, 1), (3, 4, 2), (4, 8, 2), (5, 6, 3), (2, 7, 7), (7, 9, 4)], [nil, 2000.0])
  func shares(_ case: (templates: Int, connections: Int, workers: Int), rate: Double?) throws {
    let (templates, connections, workers) = `case`
    let (measured, paths) = try run(
      templates, requests: 101, connections: connections, workers: workers, rate: rate)
    let expected = (0..<templates).map { (101 - $0 + templates - 1) / templates }
    #expect(measured.sent == expected)
    #expect((0..<templates).map { index in paths.count { $0 == "/\(index)" } } == expected)
  }

  @Test("Otherwise they are drawn by chance")
  func chance() throws {
    let (measured, _) = try run(3, requests: 300, connections: 1, workers: 1, inTurn: false)
    #expect(measured.sent.reduce(0, +) == 300 && measured.sent != [100, 100, 100])
  }
}
