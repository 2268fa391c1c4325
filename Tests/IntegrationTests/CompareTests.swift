import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// Comparisons of real runs whose difference is known.
  @Suite struct CompareTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// Answers after a delay that can be changed, and fails every so many requests.
    private final class Behaviour: Sendable {
      let milliseconds = Mutex<UInt32>(20)
      let failsEvery = Mutex(0)
      private let count = Mutex(0)

      func server() throws -> ScriptedServer {
        try ScriptedServer { connection in
          while connection.readRequest() {
            connection.pause(milliseconds: self.milliseconds.withLock { $0 })
            let number = self.count.withLock { count in
              count += 1
              return count
            }
            let every = self.failsEvery.withLock { $0 }
            let status = every > 0 && number.isMultiple(of: every) ? "503 Service Unavailable" : "200 OK"
            connection.send("HTTP/1.1 \(status)\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n")
          }
        }
      }
    }

    private func load(_ server: ScriptedServer, _ name: String, _ options: String...) throws {
      let outcome = try tool.run(
        [
          "load", "http://127.0.0.1:\(server.port)/", "--backend-header", "X-Backend", "--out",
          tool.folder.path + "/" + name, "--quiet",
        ] + options)
      #expect([0, 1, 3].contains(outcome.status), "\(outcome.messages)")
    }

    private func compare(_ base: String, _ candidate: String, _ options: String...) throws -> LbcheckTool.Outcome {
      try tool.run(["compare", base, candidate] + options)
    }

    private func figures(_ outcome: LbcheckTool.Outcome, _ result: String) -> [String] {
      outcome.report?["comparison"]["figures"].list.filter { $0["outcome"].text == result }.compactMap {
        $0["name"].text
      }
        ?? []
    }

    /// A machine so busy that one of the runs decided nothing leaves the comparison open.
    private func isNoRegression(_ outcome: LbcheckTool.Outcome) -> Bool {
      outcome.status == 0 || outcome.status == 3 && outcome.output.contains("decided nothing")
    }

    @Test("Equal runs raise no alarm, and 20 % more latency does")
    func latency() throws {
      let behaviour = Behaviour()
      let server = try behaviour.server()
      defer { server.stop() }
      let pace = ["--rate", "300", "--duration", "1s"]
      try load(server, "base", pace[0], pace[1], pace[2], pace[3])
      for number in 1...5 {
        try load(server, "equal-\(number)", pace[0], pace[1], pace[2], pace[3])
        let outcome = try compare("base", "equal-\(number)", "--json", "--fail-on-regression")
        #expect(isNoRegression(outcome), "\(outcome.output) \(outcome.messages)")
        #expect(figures(outcome, "worse").isEmpty)
      }

      // A run that the machine disturbed says so in place of a result: then the next has to.
      var slow: LbcheckTool.Outcome
      var attempts = 0
      repeat {
        attempts += 1
        for (name, milliseconds) in [("base", 20), ("slow", 24)] as [(String, UInt32)] {
          behaviour.milliseconds.withLock { $0 = milliseconds }
          try load(server, name, "--rate", "300", "--duration", "3s")
        }
        slow = try compare("base", "slow", "--json", "--fail-on-regression")
      } while attempts < 4 && !Set(["p50", "p90"]).isSubset(of: figures(slow, "worse"))
      #expect(slow.status == 1)
      #expect(Set(["p50", "p90"]).isSubset(of: figures(slow, "worse")), "\(slow.output)")
      #expect(slow.report?.assertion("p50 against the baseline")?["verdict"].text == "fail")
      let without = try compare("base", "slow/report.json", "--out", "result")
      #expect(without.status == 0)
      #expect(without.output.contains("✗ worse"), "\(without.output)")
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: tool.folder.path + "/result").contains("comparison.svg"))
      #expect(tool.folder.read("result/report.html")?.contains("comparison") == true)

      let back = try compare("slow", "base", "--json", "--fail-on-regression")
      #expect(isNoRegression(back))
      #expect(figures(back, "better").contains("p50"), "\(back.output)")
      // With a margin beyond the difference it is none.
      let wide = try compare("base", "slow", "--margin", "80%", "--fail-on-regression")
      #expect(isNoRegression(wide), "\(wide.output)")
    }

    @Test("A failing share of 2 % is found")
    func failures() throws {
      let behaviour = Behaviour()
      behaviour.milliseconds.withLock { $0 = 1 }
      let server = try behaviour.server()
      defer { server.stop() }
      try load(server, "base", "--rate", "600", "--duration", "2s")
      behaviour.failsEvery.withLock { $0 = 50 }
      try load(server, "failing", "--rate", "600", "--duration", "2s")
      let outcome = try compare("base", "failing", "--json", "--fail-on-regression")
      #expect(outcome.status == 1, "\(outcome.messages)")
      #expect(figures(outcome, "worse").contains("failed"), "\(outcome.output)")
    }

    @Test("What cannot be compared ends with status 2 and the file's name")
    func unfit() throws {
      let server = try Behaviour().server()
      defer { server.stop() }
      try load(server, "base", "--requests", "50")
      let text = try #require(tool.folder.read("base/report.json"))
      _ = try tool.folder.write(String(text.prefix(text.count / 2)), to: "half.json")
      _ = try tool.folder.write(#"{"schema":"lbcheck.report/9"}"#, to: "later.json")
      _ = try tool.folder.write(text.replacing(#""check" : "load""#, with: #""check" : "fairness""#), to: "other.json")
      _ = try tool.folder.write(
        text.replacing(#""check" : "load","#, with: #""check" : "load", "interrupted" : true,"#), to: "stopped.json")
      _ = try tool.folder.write(
        text.replacing(#""histogram" : ""#, with: #""histogram" : "x"#), to: "histogram.json")
      for (file, word) in [
        ("half.json", "not a report"), ("later.json", "another schema"), ("other.json", "expected load"),
        ("stopped.json", "interrupted"), ("histogram.json", "histogram"), ("missing.json", SystemWording.noSuchFile),
        ("missing/folder", SystemWording.noSuchFile),
      ] {
        let outcome = try compare("base", file)
        #expect(outcome.status == 2, "\(file): \(outcome.output)")
        #expect(outcome.messages.contains(file) && outcome.messages.contains(word), "\(outcome.messages)")
        #expect(outcome.messages.contains("expected"), "\(outcome.messages)")
        #expect(outcome.output.isEmpty)
      }
      let first = try compare("half.json", "base")
      #expect(first.status == 2)
      #expect(first.messages.contains("half.json"))
      #expect(try tool.run(["compare", "base"]).messages.contains("candidate is missing"))
      #expect(try tool.run(["compare"]).status == 2)
      #expect(try tool.run(["compare", "base", "base", "base"]).messages.contains("unexpected argument 'base'"))
    }

    @Test("Without --out nothing is written")
    func noFolder() throws {
      let server = try Behaviour().server()
      defer { server.stop() }
      try load(server, "base", "--requests", "50")
      let before = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path).filter { $0 == "Reports" }
      let outcome = try compare("base", "base")
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("= same") || outcome.output.contains("? unsure"))
      let after = try FileManager.default.contentsOfDirectory(atPath: tool.folder.path).filter { $0 == "Reports" }
      #expect(before == after)
    }
  }
}
