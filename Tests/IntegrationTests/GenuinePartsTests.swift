import Checks
import Foundation
import Load
import Report
import Support
import Synchronization
import Testing

extension Integration {
  /// Whatever happens to the traffic, the part that is left of it is read, and no failure can be taken out of it.
  @Suite struct GenuinePartsTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// Two backends behind which every kind of answer comes in turn: most are as they should be.
    private static func server(calm: Int = 12) throws -> ScriptedServer {
      let turn = Atomic(0)
      return try ScriptedServer { connection in
        while let head = connection.readHead() {
          let number = turn.add(1, ordering: .relaxed).newValue
          let name =
            "X-Backend: \(number % 2 == 0 ? "127.0.0.1:7" : "127.0.0.1:8")\r\nX-Generation: \(number / 100)\r\n"
          let tried = "X-Backend: 127.0.0.1:9, 127.0.0.1:8\r\n"
          let isCalm = number < calm || number % 3 > 0
          let closes = head.contains("onnection: close")
          switch isCalm ? -1 : number / 3 % 10 {
          case 0: connection.send("HTTP/1.1 500 No\r\n\(name)Content-Length: 0\r\n\r\n")
          case 1: connection.send("HTTP/1.1 302 Go\r\n\(name)Location: /b\r\nContent-Length: 0\r\n\r\n")
          case 2: connection.send("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")
          case 3:
            // Cut off behind the head, which names a backend.
            connection.send("HTTP/1.1 200 OK\r\n\(name)Content-Length: 50\r\n\r\nhel")
            return
          case 4:
            connection.reset()
            return
          case 5: return
          case 6: connection.send("HTTP/9.9 what\r\n\r\n")
          case 7: connection.pause(milliseconds: 500)
          case 8: connection.send("HTTP/1.1 200 OK\r\n\(tried)Content-Length: 2\r\n\r\nok")
          case 9: connection.send("HTTP/1.1 200 OK\r\n\(name)Age: 7\r\nX-Cache: HIT\r\nContent-Length: 2\r\n\r\nok")
          default: connection.send("HTTP/1.1 200 OK\r\n\(name)Content-Length: 2\r\n\r\nok")
          }
          if closes { return }
        }
      }
    }

    private static let common = ["--backend-header", "X-Backend", "--timeout", "200ms", "--quiet", "--out", "parts"]

    private struct Case {
      let name: String
      let arguments: [String]
      var interruptAfter: Double?
      var pause: (after: Double, length: Double)?
      /// Whether each of its numbers is changed alone; `PartEditTests` does so with counted parts of every kind.
      var isEdited = false
    }

    private static let cases: [Case] = [
      Case(name: "closed loop", arguments: ["load", "-n", "300", "--connections", "7"], isEdited: true),
      Case(name: "several workers", arguments: ["load", "-n", "300", "--connections", "8", "--workers", "2"]),
      Case(name: "open loop", arguments: ["load", "--rate", "150", "--duration", "2s", "--connections", "3"]),
      Case(name: "fresh connections", arguments: ["load", "-n", "200", "--fresh-connections", "50%"]),
      Case(
        name: "interrupted", arguments: ["load", "--rate", "100", "--duration", "30s", "--connections", "20"],
        interruptAfter: 1.5),
      Case(
        name: "paused", arguments: ["load", "--rate", "200", "--duration", "4s"], pause: (after: 1.5, length: 1)),
      Case(name: "ladder", arguments: ["capacity", "--ladder", "60:1s,120:1s", "--p50", "5s"]),
      Case(name: "fairness", arguments: ["fairness", "-n", "300"]),
      Case(name: "fairness without probe", arguments: ["fairness", "-n", "300", "--no-probe"]),
      Case(
        name: "reload-test",
        arguments: [
          "reload-test", "--reload-command", "sleep 0.2", "--no-replacement", "--rate", "60", "--settle", "1s",
        ], isEdited: true),
    ]

    @Test(
      "A part of each check, with every kind of failure, is read, merged, and the same figures",
      arguments: cases.indices)
    func genuine(_ index: Int) throws {
      let course = Self.cases[index]
      let server = try Self.server(calm: course.arguments[0] == "load" ? 0 : 12)
      var arguments = course.arguments
      arguments.insert("http://127.0.0.1:\(server.port)/", at: 1)
      let outcome = try tool.run(
        arguments + Self.common + ["--shard", "1/1"], interruptAfter: course.interruptAfter, pause: course.pause)
      #expect([0, 130].contains(outcome.status), "\(course.name): \(outcome.messages)")
      let json = try #require(tool.folder.read("parts/part-1-of-1.json"), "\(course.name): \(outcome.messages)")
      let findings = try PartDocument(json: Array(json.utf8)).findings
      #expect(findings.stages.contains { $0.measured.failed > 0 }, "\(course.name)")
      #expect(try tool.problems(ofPartsIn: "parts") == "")

      let merged = try tool.run(["merge", "parts", "--json", "--quiet", "--out", "whole"])
      let report = try #require(merged.report, "\(course.name): \(merged.messages)")
      #expect(report["shards"].list.isEmpty)
      if course.arguments[0] == "load" {
        let measured = findings.stages[0].measured
        #expect(report["verdict"].text == "fail")
        #expect(report["traffic"]["requests"]["completed"].integer == measured.completed)
        #expect(report["traffic"]["requests"]["failed"].integer == measured.failed)
      }
      if course.isEdited { try refuseEdits(of: json, course.name) }
    }

    @Test("A part whose serial stage had to be made again, to be long enough for a rare backend, is read")
    func madeAgain() throws {
      let turn = Atomic(0)
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          var random = SeededGenerator(seed: UInt64(turn.add(1, ordering: .relaxed).newValue))
          let name = random.once(in: 16) ? "b" : "a"
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: \(name)\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      let outcome = try tool.run(
        ["fairness", "http://127.0.0.1:\(server.port)/", "-n", "300", "--shard", "1/1"] + Self.common)
      let json = try #require(tool.folder.read("parts/part-1-of-1.json"), "\(outcome.messages)")
      let findings = try PartDocument(json: Array(json.utf8)).findings
      let serial = try #require(findings.stages.first)
      #expect(findings.preparation.sent.purposes[.serialStage] ?? 0 > serial.measured.completed)
      #expect(serial.measured.completed > 1_000)
      #expect(try tool.run(["merge", "parts", "--quiet", "--out", "whole"]).status != 2)
    }

    /// A part with one number changed is refused, but for those that nothing else tells of.
    private func refuseEdits(of json: String, _ name: String) throws {
      var accepted: [String] = []
      func note(_ edit: PartEdits.Edit) {
        if AcceptedEdits.reason(of: edit) == nil { accepted.append("\(edit.place): \(edit.change)") }
      }
      PartEdits(json, mostPacked: 4).forEach { edit in
        guard let part = try? PartDocument(json: Array(edit.json.utf8)) else { return }
        var merge = PartMerge()
        merge.add(part, from: "part")
        if (try? merge.findings(allowMissing: false)) != nil { note(edit) }
      }
      #expect(accepted.isEmpty, "\(name): \(accepted.prefix(20))")
    }
  }
}
