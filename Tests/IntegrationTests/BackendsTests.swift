import Foundation
import Support
import Testing

extension Integration {
  /// lbcheck's reports against the ledgers of the backends that it was sent to through nginx.
  @Suite struct BackendsTests {
    private let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private typealias Report = LbcheckTool.Outcome.Report

    /// How long each request took, from the ledger's arrival to the begin of its answer, in seconds.
    private func durations(_ ledger: Report) throws -> [Double] {
      try ledger["requests"].list.map { row in
        try #require(row["beganSeconds"].number) - (try #require(row["arrivedSeconds"].number))
      }
    }

    @Test("Counts and shares of a fairness report are those of the ledgers, what was sent beside the traffic included")
    func fairness() throws {
      let backends = try RunningBackends(["a", "b", "c"])
      let nginx = try NginxBalancer(upstream: backends.upstream, header: false)
      let outcome = try withExtendedLifetime(nginx) {
        try tool.run(
          ["fairness", "http://127.0.0.1:\(nginx.port)/", "--json", "--backend-header", "X-Generation", "-n", "1200"])
      }
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(outcome.status == 0, "\(outcome.messages)")
      var arrived = 0
      for name in backends.names {
        let ledger = try backends.ledger(name)
        #expect(ledger["isComplete"].number == 1)
        #expect(ledger["arrived"].integer == ledger["requests"].list.count)
        arrived += ledger["arrived"].integer ?? 0
        // The judged traffic is the ledger's end: all before it was beside.
        let generation = ledger["generation"].text
        let share = report["backends"].list.first { $0["name"].text == generation }?["requests"].integer
        #expect(share == 400, "\(name)")
        #expect((ledger["arrived"].integer ?? 0) >= 400)
      }
      let traffic = report["traffic"]["requests"]["completed"].integer ?? 0
      #expect(traffic == 1200)
      #expect(arrived == traffic + (report["preparation"]["requests"].integer ?? -1))
    }

    @Test(
      "With nothing beside the traffic, shares are the ledgers', and no answer was quicker than its server"
    )
    func load() throws {
      let backends = try RunningBackends(["a", "b", "c"])
      try backends.ask("POST", "b/fault?kind=slow&delay=15ms")
      let nginx = try NginxBalancer(
        upstream: "least_conn; " + backends.upstream, header: false)
      let outcome = try withExtendedLifetime(nginx) {
        try tool.run([
          "load", "http://127.0.0.1:\(nginx.port)/", "--json", "--backend-header", "X-Generation", "--no-probe", "-n",
          "900",
          "-c", "12", "--format", "csv", "--out", "report",
        ])
      }
      let report = try #require(outcome.report, "\(outcome.messages)")
      #expect(report["traffic"]["requests"]["completed"].integer == 900)
      let table = try #require(tool.folder.read("report/requests.csv")).split(whereSeparator: \.isNewline).map {
        $0.split(separator: ",", omittingEmptySubsequences: false)
      }
      let column = Dictionary(uniqueKeysWithValues: table[0].enumerated().map { (String($1), $0) })
      var counts: [Int] = []
      for name in backends.names {
        let ledger = try backends.ledger(name)
        let generation = try #require(ledger["generation"].text)
        counts.append(ledger["arrived"].integer ?? 0)
        let rows = table.dropFirst().filter { $0[column["backend"]!] == generation }
        let said = report["backends"].list.first { $0["name"].text == generation }
        #expect(rows.count == counts.last && said?["requests"].integer == counts.last, "\(name)")
        // Each request took the client at least as long as its server, so that holds for the shortest of both, the next …
        let seen = try rows.map { row in
          (try #require(Double(row[column["done_seconds"]!]))) - (try #require(Double(row[column["sent_seconds"]!])))
        }
        for (server, client) in zip(try durations(ledger).sorted(), seen.sorted()) {
          #expect(server <= client + 1e-6, "\(name)")
        }
      }
      #expect(counts.reduce(0, +) == 900)
      #expect(counts[1] < counts[0] && counts[1] > 0)
      #expect(try durations(backends.ledger("b")).allSatisfy { $0 >= 0.015 })
    }

    @Test("Errors that a backend was asked to give are the ones that the report counts")
    func errors() throws {
      let backends = try RunningBackends(["a", "b"])
      try backends.ask("POST", "a/fault?kind=errors&share=0.2&status=500")
      let nginx = try NginxBalancer(upstream: backends.upstream, header: false)
      let outcome = try withExtendedLifetime(nginx) {
        try tool.run([
          "load", "http://127.0.0.1:\(nginx.port)/", "--json", "--backend-header", "X-Generation", "--no-probe", "-n",
          "500",
          "-c", "4",
        ])
      }
      let report = try #require(outcome.report, "\(outcome.messages)")
      let found = try backends.ledger("a")["requests"].list.filter { $0["status"].integer == 500 }.count
      #expect(found == 50)
      #expect(report["traffic"]["statuses"]["500"].integer == found)
      #expect(report["traffic"]["failures"]["status"].integer == found)
    }

    @Test("The ledgers are written at Ctrl-C, and nothing is left running")
    func ledgers() throws {
      let folder = tool.folder.path + "/ledgers"
      let ports = FreePort.reserve(2).sorted()
      let backends = try RunningBackends(
        ["x", "y"], ["--port", "\(ports[0]),\(ports[1])", "--ledger", folder, "--request-id-header", "X-Trace"])
      #expect(backends.ports == ports)
      let curl = try tool.output(of: [
        "/usr/bin/env", "curl", "-s", "-H", "X-Trace: t-1", "http://127.0.0.1:\(ports[1])/p?q",
      ])
      #expect(curl.status == 0)
      #expect(backends.end() == 0)
      #expect(!FreePort.answers(ports[0]) && !FreePort.answers(ports[1]))
      let written = try ["x", "y"].map { name in
        try #require(Report(json: try String(contentsOfFile: folder + "/\(name).json", encoding: .utf8)))
      }
      #expect(written[0]["arrived"].integer == 0 && written[1]["arrived"].integer == 1)
      let row = written[1]["requests"][0]
      #expect(row["requestID"].text == "t-1" && row["target"].text == "/p?q" && row["status"].integer == 404)
    }

    @Test(
      "What cannot be started is refused in one line",
      arguments: [
        (["backends"], 2, "takes the action 'up'"), (["backends", "up", "--port", "3003..3001"], 2, "3001..3003"),
        (["backends", "up", "--port", "3001,3001"], 2, "different ports"),
        (["backends", "up", "--port", "1..65"], 2, "at most 64"),
        (["backends", "up", "--port", "3001", "--backend", "a", "--backend", "b"], 2, "2 of the 1"),
        (["backends", "up", "--backend", "a=5"], 2, "weight"),
        (["backends", "up", "--backend", "a", "--backend", "a"], 2, "two"),
        (["backends", "up", "--backend", "a/b"], 2, "no name"),
        (["backends", "up", "--ledger", "/proc/none"], 3, "writing /proc/none failed"),
        (["backends", "up", "--request-id-header", "a b"], 2, "header"),
      ])
    func refusals(_ arguments: [String], _ status: Int32, _ words: String) throws {
      let outcome = try tool.run(arguments, interruptAfter: 10)
      #expect(outcome.status == status && outcome.output.isEmpty)
      #expect(outcome.messages.contains(words), "\(outcome.messages)")
    }
  }
}
