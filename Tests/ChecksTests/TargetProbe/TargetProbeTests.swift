import HTTP
import Load
import Platform
import Report
import Support
import Testing

@testable import Checks

@Suite struct TargetProbeTests {
  private func targetProbe(_ port: UInt16) throws -> TargetProbe {
    var settings = CheckSettings(
      target: try Target("http://127.0.0.1:\(port)/"), templates: [try RequestTemplate(path: "/")])
    settings.responseTimeout = 60_000_000_000
    return TargetProbe(settings: settings, watch: CheckWatch(), ledger: TargetProbeLedger())
  }

  private func ready(_ ports: [UInt16]) -> ReadyTarget {
    ReadyTarget(addresses: ports.compactMap { SocketAddress("127.0.0.1", port: $0) }, attempts: [], notes: [])
  }

  private func hanging() throws -> ScriptedServer {
    try ScriptedServer { connection in
      guard connection.readRequest() else { return }
      connection.pause(milliseconds: 30_000)
    }
  }

  @Test("Asking whether the site answers again ends in time, however many addresses hang")
  func hangs() throws {
    let servers = [try hanging(), try hanging(), try hanging()]
    let begun = MonotonicClock.now()
    let targetProbe = try targetProbe(servers[0].port)
    #expect(targetProbe.answersAgain(ready(servers.map(\.port)), within: 600_000_000) == .fail)
    // The timeout is a minute for each.
    #expect(MonotonicClock.now() - begun < 30_000_000_000)
  }

  @Test("An address that hangs leaves those after it their time")
  func secondAnswers() throws {
    let first = try hanging()
    let second = try ScriptedServer { connection in
      while connection.readRequest() { connection.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") }
    }
    let targetProbe = try targetProbe(first.port)
    #expect(targetProbe.answersAgain(ready([first.port, second.port]), within: 2_000_000_000) == .pass)
  }
}
