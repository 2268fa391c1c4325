import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension Integration {
  /// Capacity against servers whose ceiling is known.
  @Suite struct CapacityTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// So many places to work at, each taken for so long by a request: a ceiling of places / time.
    private final class Places: Sendable {
      private let free: Mutex<[UInt64]>
      private let nanoseconds: UInt64

      init(_ count: Int, milliseconds: Double) {
        free = Mutex(Array(repeating: 0, count: count))
        nanoseconds = UInt64(milliseconds * 1e6)
      }

      /// Waits until a place is free and the work at it done.
      func work() {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        let done = free.withLock { free in
          let place = free.indices.min { free[$0] < free[$1] }!
          free[place] = max(now, free[place]) + nanoseconds
          return free[place]
        }
        var until = timespec(tv_sec: Int(done / 1_000_000_000), tv_nsec: Int(done % 1_000_000_000))
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nil)
      }
    }

    private static func server(_ places: Places) throws -> ScriptedServer {
      try ScriptedServer { connection in
        while connection.readRequest() {
          places.work()
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n")
        }
      }
    }

    private func capacity(_ port: UInt16, _ options: String...) throws -> LbcheckTool.Outcome {
      try tool.run(
        ["capacity", "http://127.0.0.1:\(port)/", "--backend-header", "X-Backend", "--json"] + options, deadline: 150)
    }

    private func text(_ report: LbcheckTool.Outcome.Report?, _ key: String) -> String? { report?["capacity"][key].text }

    @Test("A token bucket of 500 a second, and 8 places of 10 ms: within 10 % in three runs of three")
    func knownCeiling() async throws {
      // All at a time: each is mostly waiting.
      let ceilings = [(places: 1, milliseconds: 2.0, truth: 500.0), (places: 8, milliseconds: 10.0, truth: 800.0)]
      let results = try await withThrowingTaskGroup(of: (Double, Double?, String, Int32).self) { group in
        for ceiling in ceilings + ceilings + ceilings {
          group.addTask {
            let server = try Self.server(Places(ceiling.places, milliseconds: ceiling.milliseconds))
            let outcome = try capacity(
              server.port, "--p90", "100ms", "--step", "1s", "--budget", "2m", "--start-rate", "400",
              "--precision", "8%")
            return withExtendedLifetime(server) {
              (ceiling.truth, outcome.report?["capacity"]["rate"].number, outcome.output, outcome.status)
            }
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      for (truth, rate, output, status) in results {
        // A machine that held the generator up makes the result "at least", and says so.
        #expect(status == 0 || status == 3 && output.contains("\"limitedBy\" : \"generator\""), "\(output)")
        let least = status == 0 ? truth * 0.9 : 0
        #expect((least...truth * 1.1).contains(rate ?? -1), "\(rate ?? 0) of \(truth)")
      }
    }

    @Test("Where no higher rate is allowed the result is at least that")
    func atLeast() throws {
      let server = try Self.server(Places(64, milliseconds: 0.1))
      let outcome = try capacity(server.port, "--p90", "100ms", "--step", "1s", "--max-rate", "400")
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["capacity"]["rate"].number == 400)
      #expect(outcome.report?["capacity"]["isLowerBound"].integer == 1)
      #expect(text(outcome.report, "limitedBy") == "maxRate")
      #expect(outcome.report?.assertion("capacityFound")?["actual"].text == "at least 400/s")
      withExtendedLifetime(server) {}
    }

    @Test("A generator with too few connections is the limit, and the result at least what it could make")
    func generatorLimited() throws {
      let server = try Self.server(Places(1000, milliseconds: 50))
      let outcome = try capacity(
        server.port, "--p50", "60ms", "--step", "1s", "--connections", "4", "--precision", "40%", "--start-rate", "70")
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      #expect(text(outcome.report, "limitedBy") == "generator")
      let rate = outcome.report?["capacity"]["rate"].number ?? 0
      #expect(rate > 0 && rate <= 85, "4 connections of 50 ms carry 80 a second, not \(rate)")
      let steps = outcome.report?["capacity"]["steps"].list ?? []
      #expect(steps.contains { $0["generatorLimited"].integer == 1 && $0["verdict"].text == "inconclusive" })
      withExtendedLifetime(server) {}
    }

    @Test("A demanded rate that does not hold fails, and says what was missed")
    func demanded() throws {
      let server = try Self.server(Places(2, milliseconds: 10))
      let outcome = try capacity(
        server.port, "--p50", "60ms", "--step", "1s", "--expect-rate", "400", "--precision", "20%", "--start-rate",
        "100")
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      let assertion = outcome.report?.assertion("demandedRate")
      #expect(assertion?["verdict"].text == "fail")
      #expect(assertion?["detail"].text?.hasPrefix("at ") == true)
      let summary = outcome.report?["summary"].text ?? ""
      #expect(summary.hasPrefix("Does not carry the 400/s that --expect-rate demands: "), "\(summary)")
      withExtendedLifetime(server) {}
    }

    @Test("A target that fails half of its requests is left alone at once")
    func trouble() throws {
      let turn = Recorder()
      // All would be a site that is down, of which nothing is asked.
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          let status = turn.next() % 4 == 0 ? "200 OK" : "503 No"
          connection.send("HTTP/1.1 \(status)\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let outcome = try capacity(server.port, "--step", "3s", "--start-rate", "200")
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      let steps = outcome.report?["capacity"]["steps"].list ?? []
      #expect(steps.count == 1)
      #expect((steps.first?["requests"].integer ?? 999) < 300, "of 600 that were planned")
      withExtendedLifetime(server) {}
    }

    @Test("With a growing number of backends the scalability law is fitted, and all run again at the end")
    func scale() throws {
      let outcome = try tool.run(
        [
          "capacity", "--testbed", "--testbed-backends", "3", "--testbed-concurrency", "1", "--p50", "60ms", "--step",
          "1s", "--scale", "1,2,3", "--precision", "20%", "--start-rate", "80", "--json", "--out",
          tool.folder.path + "/scale",
        ], deadline: 150)
      let wrong = try tool.problems(tool.folder.path + "/scale")
      #expect(wrong == "")
      let scalability = outcome.report?["capacity"]["scalability"]
      let points = scalability?["points"].list ?? []
      #expect(points.map { $0["backends"].integer } == [1, 2, 3], "\(outcome.messages)\(outcome.output)")
      for (index, point) in points.enumerated() {
        let truth = 100.0 * Double(index + 1)
        let least = point["isLowerBound"].integer == 1 ? 0 : truth * 0.8
        #expect((least...truth * 1.2).contains(point["rate"].number ?? -1), "\(point["rate"].number ?? 0) of \(truth)")
      }
      // A point that the machine's noise has made a lower bound is left out of the fit, which then says so.
      if points.contains(where: { $0["isLowerBound"].integer == 1 }) {
        #expect(scalability?["remark"].text?.hasPrefix("No fit: ") == true)
      } else {
        #expect((scalability?["fit"]["lambda"].number).map { abs($0 - 100) < 20 } == true, "\(outcome.output)")
      }
      #expect(
        outcome.report?["notes"].texts.contains("All backends were started again, and the site answers.") == true
          || outcome.report?["backends"].list.count == 3)
    }

    @Test("Ctrl-C while backends are stopped starts them again")
    func interruptedScale() throws {
      let outcome = try tool.run(
        ["capacity", "--testbed", "--scale", "1,2,3", "--json"], interruptAfter: 6)
      #expect(outcome.status == 130, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["notes"].texts.contains("All backends were started again, and the site answers.") == true)
      #expect(text(outcome.report, "limitedBy") == "interrupted")
    }

    @Test(
      "A site whose answers are all server errors is down, whatever rate was to be found", arguments: [false, true])
    func down(isLadder: Bool) throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad")
        }
      }
      let outcome = try tool.run(
        ["capacity", "http://127.0.0.1:\(server.port)/", "--json", "--step", "500ms", "--budget", "20s"]
          + (isLadder ? ["--ladder", "20:1s"] : []))
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["summary"].text == "The site is down: 502.")
      #expect(outcome.report?.assertion("capacityFound")?["verdict"].text == "fail")
      withExtendedLifetime(server) {}
    }

    @Test("No rate is looked for at a site that is down")
    func downUnasked() throws {
      let server = try MethodCounter { _, _ in MethodCounter.Answer(status: 502, backend: nil) }
      let outcome = try tool.run(["capacity", server.url, "--json", "--budget", "20s", "--expect-rate", "100"])
      #expect(outcome.status == 1, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["summary"].text == "The site is down: 502.")
      #expect(outcome.report?["preparation"]["purposes"]["capacity step"].integer == nil)
      #expect(server.total <= 40, "\(server.total)")
    }

    @Test("A budget in which no step fits is named, with what helps")
    func noStepFits() throws {
      let server = try Self.server(Places(64, milliseconds: 0.1))
      for demand in [[], ["--expect-rate", "300"]] {
        let outcome = try tool.run(
          ["capacity", "http://127.0.0.1:\(server.port)/", "--json", "--budget", "2s", "--step", "3s"] + demand)
        #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
        let summary = outcome.report?["summary"].text ?? ""
        #expect(
          summary.contains("no step fits the budget of 2 s: give a longer --budget or a shorter --step"), "\(summary)")
        #expect(outcome.report?["advice"].texts.last?.contains("--budget") == true)
        if !demand.isEmpty { #expect(summary.contains("the 300/s that --expect-rate demands"), "\(summary)") }
      }
      withExtendedLifetime(server) {}
    }

    @Test("A rate at which redirects answered is not the site's", arguments: [false, true])
    func redirects(isLadder: Bool) throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 301 M\r\nLocation: https://a.test/\r\nContent-Length: 0\r\n\r\n")
        }
      }
      let outcome = try tool.run(
        [
          "capacity", "http://127.0.0.1:\(server.port)/", "--json", "--step", "500ms", "--p50", "500ms", "--start-rate",
          "40", "--max-rate", "40", "--budget", "20s", "--failed", "4%",
        ] + (isLadder ? ["--ladder", "80:1s"] : []))
      #expect(outcome.status == 3, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?.assertion("noRedirects")?["verdict"].text == "inconclusive")
      #expect(outcome.report?["capacity"]["rate"].number != nil)
      withExtendedLifetime(server) {}
    }

    @Test(
      "A demand that no allowed rate can meet is refused before any traffic, naming both",
      arguments: [(["--max-rate", "100"], "--max-rate 100/s"), (["--ladder", "50:1s,100:1s"], "--ladder 100/s")])
    func demandBeyondLimit(_ options: [String], _ limit: String) throws {
      let server = try Self.server(Places(64, milliseconds: 0.1))
      let outcome = try tool.run(
        ["capacity", "http://127.0.0.1:\(server.port)/", "--expect-rate", "300", "--budget", "10s"] + options)
      #expect(outcome.status == 2, "\(outcome.output)")
      #expect(
        outcome.messages.contains("--expect-rate 300/s") && outcome.messages.contains(limit), "\(outcome.messages)")
      #expect(server.connectionCount == 0)
      withExtendedLifetime(server) {}
    }

    @Test("A ladder of more steps than can be kept is refused before any traffic")
    func longLadder() throws {
      let server = try Self.server(Places(1, milliseconds: 1))
      let steps = Array(repeating: "10:1s", count: 257).joined(separator: ",")
      let outcome = try tool.run(["capacity", "http://127.0.0.1:\(server.port)/", "--ladder", steps])
      #expect(outcome.status == 2)
      #expect(outcome.messages.contains("--ladder: no more than 256 steps, not 257"), "\(outcome.messages)")
      #expect(server.connectionCount == 0)
      withExtendedLifetime(server) {}
    }

    @Test("A scale without a manager is refused before any traffic")
    func scaleWithoutManager() throws {
      let server = try Self.server(Places(1, milliseconds: 1))
      let outcome = try capacity(server.port, "--scale", "1,2")
      #expect(outcome.status == 2)
      #expect(outcome.messages.contains("--scale needs a manager that stops and starts backends"))
      #expect(server.connectionCount == 0)
      withExtendedLifetime(server) {}
    }
  }
}
