import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// Runs against servers that become slower, that begin slowly and that only vary.
  @Suite struct SteadinessTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// A server that answers after what `delay` makes of the number of the request, in milliseconds.
    private func server(_ delay: @escaping @Sendable (Int) -> Double) throws -> ScriptedServer {
      let turn = Mutex(0)
      return try ScriptedServer { connection in
        while connection.readRequest() {
          let number = turn.withLock { turn in
            turn += 1
            return turn
          }
          connection.pause(milliseconds: UInt32(delay(number).rounded()))
          connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }
      }
    }

    private func load(_ server: ScriptedServer, _ more: String...) throws -> LbcheckTool.Outcome {
      try tool.run(
        ["load", "http://127.0.0.1:\(server.port)/", "--rate", "400", "--duration", "6s", "--json"] + more)
    }

    /// From 10 to 30 ms, by chance.
    private static func noise() -> Double { .random(in: 10...30) }

    @Test("A server that becomes slower in the middle is told, and the headline says that its figures are not judged")
    func slower() throws {
      let server = try server { $0 < 1_200 ? Self.noise() : 60 + Self.noise() }
      let report = try #require(try load(server).report)
      let change = try #require(report["steadiness"]["changes"].list.first)
      #expect(report["steadiness"]["isSteady"].integer == 0)
      #expect(change["quantity"].text == "latency" && (2...4).contains(change["afterSeconds"].number ?? 0))
      #expect(report["summary"].text?.contains("Not judged") == true)
      #expect(report["notes"].texts.contains { $0.hasPrefix("Not steady") })
      withExtendedLifetime(server) {}
    }

    @Test("A server that only varies is steady")
    func noisy() throws {
      let server = try server { _ in Self.noise() }
      let report = try #require(try load(server).report)
      #expect(report["steadiness"]["isSteady"].integer == 1)
      let interval = report["traffic"]["latency"]["intervals"]["p90"]
      let p90 = try #require(report["traffic"]["latency"]["p90"].number)
      #expect(try #require(interval.list.first?.number) <= p90 && p90 <= #require(interval.list.last?.number))
      withExtendedLifetime(server) {}
    }

    @Test("A server that begins slowly has a warm-up, which is left out of the latency where that is asked for")
    func warmUp() throws {
      let delay: @Sendable (Int) -> Double = { Self.noise() + 300 * exp(-Double($0) / 60) }
      let (told, trimmed) = (try server(delay), try server(delay))
      let plain = try #require(try load(told).report)
      #expect((40...800).contains(plain["steadiness"]["warmUpRequests"].integer ?? 0))
      let without = try #require(try load(trimmed, "--trim-warm-up").report)
      #expect(without["steadiness"]["isWarmUpLeftOut"].integer == 1)
      #expect(without["traffic"]["requests"]["succeeded"].integer == plain["traffic"]["requests"]["succeeded"].integer)
      let (all, rest) = (
        plain["traffic"]["latency"]["max"].number ?? 0, without["traffic"]["latency"]["max"].number ?? .infinity
      )
      #expect(all > 200 && rest < all)
      withExtendedLifetime((told, trimmed)) {}
    }
  }
}
