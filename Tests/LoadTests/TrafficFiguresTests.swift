import HTTP
import Load
import Platform
import Statistics
import Support
import Testing

/// Bytes, connecting, first bytes and the series of whole runs against servers whose every byte is scripted.
@Suite struct TrafficFiguresTests {
  private static let page = "HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok"
  /// How long the server waits between the head and the content of an answer.
  private static let wait: UInt64 = 120_000_000

  @Test("Every byte of requests and answers is counted, and every second's requests", arguments: [1, 3])
  func counts(workers: Int) throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() { connection.send(Self.page) }
    }
    var plan = try Plan.toLoopback(server.port, requests: 301, connections: 4)
    plan.workers = workers
    let measured = try Run(plan).measure()
    #expect(measured.succeeded == 301)
    #expect(measured.bytesReceived == 301 * Self.page.utf8.count)
    // All requests are of the same length.
    #expect(measured.bytesSent > 0 && measured.bytesSent % 301 == 0)
    #expect(measured.connect.count == UInt64(measured.connectionsOpened) && measured.handshake.isEmpty)
    #expect(measured.firstByte.count == 301)
    let points = measured.series.points
    #expect(points.reduce(0) { $0 + $1.requests } == 301)
    #expect(points.reduce(0) { $0 + $1.failed } == 0)
    #expect(points.reduce(0) { $0 + $1.latency.count } == 301)
    #expect(points.reduce(0) { $0 + $1.answers.reduce(0, +) } == 301)
    #expect(points.map(\.slowest).max() == measured.latency.max)
  }

  @Test("The first byte comes before the last by as long as the server waits in between")
  func firstByte() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.send(String(Self.page.dropLast(2)))
        connection.pause(milliseconds: UInt32(Self.wait / 1_000_000))
        connection.send("ok")
      }
    }
    let measured = try Run(try Plan.toLoopback(server.port, requests: 4, connections: 2)).measure()
    #expect(measured.succeeded == 4)
    #expect(try #require(measured.serviceTime.min) >= Self.wait)
    // A busy machine may read any of them late, but hardly all four by half of the wait.
    #expect(try #require(measured.firstByte.min) < Self.wait / 2)
  }

  @Test("Failures are in the series, and what failed has no first byte")
  func failures() throws {
    let server = try ScriptedServer { connection in
      while connection.readRequest() {
        connection.send("HTTP/1.1 503 Service Unavailable\r\nX-Backend: b\r\nContent-Length: 0\r\n\r\n")
      }
    }
    let measured = try Run(try Plan.toLoopback(server.port, requests: 10, connections: 1)).measure()
    #expect(measured.failures == [.status: 10] && measured.firstByte.isEmpty)
    let points = measured.series.points
    #expect(points.reduce(0) { $0 + $1.failed } == 10 && points.reduce(0) { $0 + $1.requests } == 10)
    #expect(points.reduce(0) { $0 + $1.answers.reduce(0, +) } == 10 && points.allSatisfy { $0.slowest == 0 })
  }
}
