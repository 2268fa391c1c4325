import HTTP
import Platform
import Support
import Testing

@testable import Load

@Suite struct ProbeTests {
  /// What a server does with a request that it never answers as a whole.
  enum Fault: CaseIterable {
    case floods
    case trickles
  }

  private static func server(_ fault: Fault) throws -> ScriptedServer {
    try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      switch fault {
      case .floods:
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        let chunk = "10000\r\n" + String(repeating: "x", count: 0x10000) + "\r\n"
        while connection.send(chunk) {}
      case .trickles:
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while connection.send("x") { connection.pause(milliseconds: 5) }
      }
    }
  }

  @Test(
    "A server that never ends its answer is left at the given time, whatever the timeouts", arguments: Fault.allCases)
  func end(_ fault: Fault) throws {
    let server = try Self.server(fault)
    let address = try #require(SocketAddress("127.0.0.1", port: server.port))
    let begun = MonotonicClock.now()
    var probe = Probe(address, responseTimeout: 60_000_000_000, until: begun + 300_000_000)
    let error = #expect(throws: ProbeError.self) {
      try probe.send(try RequestTemplate(path: "/"), to: try Target("http://127.0.0.1:\(server.port)/"))
    }
    #expect(error?.kind == .timeout)
    #expect(MonotonicClock.now() - begun < 30_000_000_000)
  }

  @Test("A flood does not outlast the response's own timeout")
  func flood() throws {
    let server = try Self.server(.floods)
    let address = try #require(SocketAddress("127.0.0.1", port: server.port))
    var probe = Probe(address, responseTimeout: 300_000_000)
    let error = #expect(throws: ProbeError.self) {
      try probe.send(try RequestTemplate(path: "/"), to: try Target("http://127.0.0.1:\(server.port)/"))
    }
    #expect(error?.kind == .timeout)
  }
}
