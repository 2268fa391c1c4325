import Foundation
import Report
import Support
import Testing

extension Integration {
  /// What a check shows in a terminal.
  @Suite struct TerminalTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func terminal(_ columns: Int, _ arguments: [String]) throws -> PseudoTerminal {
      try PseudoTerminal(columns: columns, [try LbcheckTool.path()] + arguments, in: tool.folder)
    }

    private static let reload = [
      "reload-test", "--testbed", "--settle", "1s", "--rate", "100", "--no-restart", "--out", "r",
    ]

    private func expectNothingWider(than columns: Int, _ lines: [String]) {
      let wide = lines.filter { Escaping.columns($0) > columns }
      #expect(wide.isEmpty, "more than \(columns) columns: \(wide)")
    }

    @Test(
      "In terminals of 80, 60 and 40 columns no line is wider, of progress, of messages or of tables",
      arguments: [80, 60, 40])
    func widths(columns: Int) throws {
      let (status, text) = try terminal(columns, Self.reload).finish()
      #expect(status == 0, "\(text)")
      let lines = PseudoTerminal.lines(of: text)
      expectNothingWider(than: columns, lines)
      #expect(lines.contains { $0.contains("1/2 baseline") } && lines.contains { $0.contains("2/2 reload") }, "\(text)")
      #expect(lines.contains { $0.hasPrefix("Takes at least 2 s, and at most ") }, "\(text)")
      #expect(lines.contains { $0.hasPrefix("██████████") || columns == 40 }, "\(text)")
      #expect(lines.contains { $0.contains(", 0:01 left") }, "\(text)")
      #expect(lines.contains { $0.hasPrefix("Report: r/report.html") }, "\(text)")
    }

    @Test("Rounds are counted, and the time left is that of all of them")
    func rounds() throws {
      let (status, text) = try terminal(100, Self.reload + ["--repeat", "2"]).finish()
      #expect(status == 0, "\(text)")
      let lines = PseudoTerminal.lines(of: text)
      #expect(lines.contains { $0.hasPrefix("Takes at least 4 s, and at most ") }, "\(text)")
      #expect(lines.contains { $0.contains("round 1/2  1/2 baseline  0:00, 0:03 left") }, "\(text)")
      #expect(lines.contains { $0.contains("round 2/2  2/2 reload") }, "\(text)")
    }

    @Test("The line follows a terminal that becomes narrower, and leaves no rest of itself")
    func resize() throws {
      let terminal = try terminal(100, Self.reload)
      let before = try terminal.read { $0.contains("p99") }
      terminal.resize(columns: 40)
      let (status, text) = try terminal.finish()
      #expect(status == 0, "\(text)")
      // One line may have been drawn before the program could know.
      let since = PseudoTerminal.lines(of: String(text.dropFirst(before.count)))
      expectNothingWider(than: 40, Array(since.dropFirst(2)))
      // The wide line takes several rows now.
      #expect(text.dropFirst(before.count).contains("\r\u{1B}[2A\u{1B}[J"), "\(text)")
    }

    @Test("Elapsed time goes on while an action keeps the check waiting")
    func action() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      let (_, text) = try terminal(
        100,
        [
          "reload-test", "http://127.0.0.1:\(server.port)/", "--reload-command", "sleep 3", "--no-replacement",
          "--settle", "1s", "--rate", "50", "--no-restart", "--out", "r",
        ]
      ).finish()
      let lines = PseudoTerminal.lines(of: text).filter { $0.contains("2/2 reload") }
      let times = Set(lines.compactMap { $0.firstMatch(of: /\x20\x20(\d:\d\d),\x20/)?.1 })
      #expect(times.count >= 4, "\(times.sorted()) \(text)")
    }

    @Test("Without a terminal there is no bar, and no line is drawn over")
    func log() throws {
      let outcome = try tool.run(Self.reload + ["--repeat", "2"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(!outcome.messages.contains("█") && !outcome.messages.contains("\u{1B}"), "\(outcome.messages)")
      #expect(outcome.messages.contains("Takes at least 4 s, and at most "))
      #expect(outcome.messages.contains("round 1 of 2: baseline (1 of 2)\n"))
      let quiet = try tool.run(Self.reload + ["--no-progress"])
      #expect(!quiet.messages.contains("Takes"), "\(quiet.messages)")
    }
  }
}
