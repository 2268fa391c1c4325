import Foundation
import Support
import Testing

extension Integration {
  /// The live page of real runs.
  @Suite struct LiveTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// The address that a run says first.
    private func url(in text: String) throws -> String {
      let match = try #require(
        text.firstMatch(of: /Live: (http:\/\/127\.0\.0\.1:\d+\/\?token=[0-9a-f]{32})\b/), "\(text)")
      #expect(text.hasPrefix("Live: "), "\(text)")
      return String(match.1)
    }

    private func ask(_ url: String, _ resource: String = "/", _ options: [String] = []) throws -> (
      status: Int, body: String
    ) {
      let address = url.replacing("/?", with: "\(resource)?")
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["curl", "-sS", "--max-time", "10", "-w", "\n%{http_code}", address] + options
      process.standardOutput = output
      try process.launchUnblocked()
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    private struct Visit {
      let value: [String: Any]
      let console: [String]
      let asked: [String]
    }

    /// Opens the page in a browser of its own until a condition holds.
    private func visit(_ url: String, until condition: String, value: String, _ options: [String] = []) throws -> Visit
    {
      let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Python/browser.py"
      let process = Process()
      let (output, errors) = (Pipe(), tool.folder.path + "/browser.err")
      _ = FileManager.default.createFile(atPath: errors, contents: nil)
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        ["python3", script, url, "--until", condition, "--value", "JSON.stringify(\(value))"] + options
      process.standardOutput = output
      process.standardError = FileHandle(forWritingAtPath: errors)
      try process.launchUnblocked()
      let text = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      let said = tool.folder.read("browser.err") ?? ""
      let answer = try #require(
        try? JSONSerialization.jsonObject(with: text) as? [String: Any],
        "\(String(decoding: text, as: UTF8.self))\(said)")
      let shown = try #require((answer["value"] as? String).map { Data($0.utf8) }, "\(answer)")
      return Visit(
        value: try #require(try JSONSerialization.jsonObject(with: shown) as? [String: Any]),
        console: answer["console"] as? [String] ?? [], asked: answer["asked"] as? [String] ?? [])
    }

    private static let reload = [
      "reload-test", "--testbed", "--settle", "4s", "--rate", "200", "--no-restart", "--out", "r", "--live", "0",
    ]

    @Test("In a browser the page draws what goes on, says nothing to the console, and shows the report at the end")
    func browser() throws {
      let terminal = try PseudoTerminal(columns: 100, [try LbcheckTool.path()] + Self.reload, in: tool.folder)
      let url = try url(in: terminal.read { $0.contains(where: \.isNewline) })
      let during = try visit(
        url, until: "last && last.lives.length >= 3 && points.length >= 2",
        value: """
          {backends: last.backends.map(backend => backend.name).sort(), rows: document.querySelectorAll("#backends tbody tr").length,
            bars: document.querySelectorAll("#lives rect").length, line: document.querySelector("#rate path").getAttribute("d"),
            status: document.querySelector("#status").textContent, ended: !document.querySelector("#ending").hidden,
            soFar: [...document.querySelectorAll("#so-far tbody tr")].map(row => row.innerText.replace(/\\s+/g, " ")),
            wide: document.documentElement.scrollWidth}
          """, ["--width", "360"])
      #expect(during.value["backends"] as? [String] == ["app-1", "app-2", "app-3"])
      #expect(during.value["rows"] as? Int == 3 && (during.value["bars"] as? Int ?? 0) >= 3)
      #expect((during.value["line"] as? String)?.contains("L") == true, "\(during.value)")
      let standing = during.value["soFar"] as? [String] ?? []
      #expect(
        standing.contains {
          $0.contains(/No request lost during the reload reloadLostNoRequest (holds so far|decided at the end)/)
        },
        "\(standing)")
      #expect(standing.contains { $0.contains("everyGenerationReplaced decided at the end") }, "\(standing)")
      #expect((during.value["status"] as? String)?.contains(" left") == true, "\(during.value)")
      #expect(during.value["ended"] as? Bool == false && during.value["wide"] as? Int == 360)
      #expect(during.console.isEmpty, "\(during.console)")
      #expect(during.asked.allSatisfy { $0.hasPrefix(url.prefix { $0 != "?" }) }, "\(during.asked)")
      #expect(try ask(url, "/report.html").status == 404)

      let text = try terminal.read { $0.contains("The live page stays until Ctrl-C.") }
      let after = try visit(
        url,
        until:
          "!byId('report').hidden && byId('report').contentDocument.readyState === 'complete' && byId('report').contentDocument.querySelector('.badge')",
        value: """
          {result: byId("result").textContent, requests: last.requests, failed: last.failed,
            report: byId("report").contentDocument.querySelector(".badge").textContent}
          """, ["--dark"])
      #expect(after.console.isEmpty, "\(after.console)")
      #expect((after.value["report"] as? String)?.contains("Pass") == true, "\(after.value)")
      #expect(text.contains(after.value["result"] as? String ?? "-"), "\(after.value)")
      // What was counted live is what the report says.
      let json = try #require(tool.folder.read("r/report.json").flatMap { LbcheckTool.Outcome.Report(json: $0) })
      let requests = json["traffic"]["requests"]
      #expect(after.value["requests"] as? Int == requests["completed"].integer)
      #expect(after.value["failed"] as? Int == requests["failed"].integer)
      #expect(try ask(url, "/report.html").body == tool.folder.read("r/report.html"))
      terminal.signal(SIGINT)
      #expect(try terminal.finish(within: 10).status == 0)
    }

    @Test("The metrics, as Prometheus' own client reads them, are the report's at the end")
    func metrics() throws {
      let backends = try NginxBackends(["a", "b"])
      let terminal = try PseudoTerminal(
        columns: 100,
        [
          try LbcheckTool.path(), "load", "http://127.0.0.1:\(backends.ports[0])/", "--requests", "2000", "--out", "r",
          "--live=0", "--workers", "2", "--backend-header", "X-Backend",
        ], in: tool.folder)
      let url = try url(in: terminal.read { $0.contains(where: \.isNewline) })
      _ = try terminal.read { $0.contains("The live page stays until Ctrl-C.") }
      let text = try ask(url, "/metrics").body
      _ = try tool.folder.write(text, to: "metrics")
      let script = """
        import json, sys
        from prometheus_client.parser import text_string_to_metric_families as families
        found = {}
        for family in families(open(sys.argv[1]).read()):
            for sample in family.samples:
                labels = {k: v for k, v in sample.labels.items() if k not in ("check", "target")}
                found[sample.name + json.dumps(labels, sort_keys=True)] = sample.value
            found["type " + family.name] = family.type
        print(json.dumps(found))
        """
      let process = Process()
      let output = Pipe()
      process.executableURL = URL(
        fileURLWithPath: ProcessInfo.processInfo.environment["LBCHECK_PYTHON"] ?? "/usr/bin/python3")
      process.arguments = ["-c", script, tool.folder.path + "/metrics"]
      process.standardOutput = output
      try process.launchUnblocked()
      let data = output.fileHandleForReading.readDataToEndOfFile()
      process.waitUntilExit()
      let found = try #require(try? JSONSerialization.jsonObject(with: data) as? [String: Any], "\(text)")
      let json = try #require(tool.folder.read("r/report.json").flatMap { LbcheckTool.Outcome.Report(json: $0) })
      #expect(found["type lbcheck_requests"] as? String == "counter")
      #expect(found["type lbcheck_latency_seconds"] as? String == "histogram")
      let counted = found["lbcheck_requests_total{\"backend\": \"a\", \"outcome\": \"succeeded\"}"] as? Int
      #expect(counted == 2_000 && json["backends"][0]["succeeded"].integer == 2_000, "\(found)")
      #expect(found["lbcheck_latency_seconds_count{}"] as? Int == 2_000)
      #expect(found["lbcheck_latency_seconds_bucket{\"le\": \"+Inf\"}"] as? Int == 2_000)
      let mean = (found["lbcheck_latency_seconds_sum{}"] as? Double ?? 0) / 2_000 * 1e3
      let reported = json["traffic"]["latency"]["mean"].number ?? 0
      #expect(abs(mean - reported) < 0.02 * reported, "\(mean) \(reported)")
      terminal.signal(SIGINT)
      #expect(try terminal.finish(within: 10).status == 0)
    }

    /// A run without a terminal, whose events are read to their end.
    private func stream(
      _ arguments: [String], during: (String) throws -> Void = { _ in }
    ) throws -> (status: Int32, messages: String, events: [(name: String, frame: LbcheckTool.Outcome.Report)]) {
      let (errors, process) = (tool.folder.path + "/err", Process())
      _ = FileManager.default.createFile(atPath: errors, contents: nil)
      process.executableURL = URL(fileURLWithPath: try LbcheckTool.path())
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: tool.folder.path)
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle(forWritingAtPath: errors)
      try process.launchUnblocked()
      defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
      for _ in 0..<2_000 where tool.folder.read("err")?.contains(where: \.isNewline) != true { usleep(5_000) }
      let url = try url(in: tool.folder.read("err") ?? "")
      try during(url)
      let body = try ask(url, "/events", ["--max-time", "90"]).body
      process.waitUntilExit()
      let events = body.components(separatedBy: "event: ").dropFirst().compactMap { event in
        let parts = event.components(separatedBy: "\ndata: ")
        return LbcheckTool.Outcome.Report(json: parts.last ?? "").map { (name: parts[0], frame: $0) }
      }
      return (process.terminationStatus, tool.folder.read("err") ?? "", events)
    }

    @Test("Without a terminal it ends by itself, with the check's status, and a client has got the end")
    func noTerminal() throws {
      let run = try stream(Self.reload + ["--quiet"]) { url in
        let (rebound, stranger) = (try ask(url, "/", ["-H", "Host: other.example"]), try ask(String(url.dropLast())))
        #expect(rebound.status == 421 && stranger.status == 403)
      }
      #expect(run.status == 0 && !run.messages.contains("stays"), "\(run.messages)")
      #expect(run.events.first?.name == "history" && run.events.dropFirst().first?.name == "now")
      let last = try #require(run.events.last)
      #expect(last.name == "end" && last.frame["ending"]["verdict"].text == "pass", "\(run.events)")
      #expect(last.frame["stages"].list.compactMap { $0["name"].text } == ["baseline (1 of 2)", "reload (2 of 2)"])
      // Each backend's generations, before and after the reload.
      #expect(last.frame["lives"].list.count == 6)
      #expect(run.events.count { $0.name == "frame" } >= 6)
    }

    @Test("Rounds are judged as they end, and each has its phases")
    func rounds() throws {
      let arguments = Self.reload.map { $0 == "4s" ? "1s" : $0 } + ["--repeat", "2"]
      let run = try stream(arguments)
      let early = run.events.filter { $0.name == "frame" && $0.frame["judged"].list.count == 1 }
      #expect(early.first?.frame["judged"][0]["name"].text == "round 1 of 2", "\(run.messages)")
      #expect(early.first?.frame["judged"][0]["verdict"].text == "pass")
      let names = run.events.last?.frame["stages"].list.compactMap { $0["name"].text } ?? []
      #expect(names.contains("round 1 of 2: reload (2 of 2)") && names.contains("round 2 of 2: baseline (1 of 2)"))
      #expect(run.events.last?.frame["judged"].list.count == 2)
    }

    @Test("Visitors are counted while they come")
    func sessions() throws {
      let backends = try NginxBackends(["a"])
      let run = try stream([
        "sessions", "http://127.0.0.1:\(backends.ports[0])/", "--visitors", "4000", "--rest", "2s", "--out", "r",
        "--live",
        "0",
      ])
      let last = try #require(run.events.last?.frame)
      let json = try #require(tool.folder.read("r/report.json").flatMap { LbcheckTool.Outcome.Report(json: $0) })
      #expect(last["requests"].integer == json["traffic"]["requests"]["completed"].integer, "\(run.messages)")
      #expect(last["backends"][0]["name"].text == "a" && (last["requests"].integer ?? 0) >= 200)
      #expect(run.events.contains { $0.name == "frame" && ($0.frame["requests"].integer ?? 0) > 0 })
    }

    @Test("A gate shows the verdict of each check as it ends")
    func gate() throws {
      let backends = try NginxBackends(["a"])
      _ = try tool.folder.write(
        """
        { target: "http://127.0.0.1:\(backends.ports[0])/", requests: 300,
          gate: { checks: ["load", "inspect"], thresholds: ["failed == 0"] } }
        """, to: "p.json5")
      let run = try stream(["gate", "p.json5", "--out", "r", "--live", "0"])
      let judged = run.events.last?.frame["judged"].list ?? []
      #expect(judged.compactMap { $0["name"].text } == ["1-load", "2-inspect"], "\(run.messages)")
      #expect(
        run.events.last?.frame["check"].text == "inspect" && run.events.last?.frame["ending"]["hasReport"].integer == 1)
    }

    @Test("A check that cannot begin says so on the page as well, and Ctrl-C ends with its status")
    func failure() throws {
      let terminal = try PseudoTerminal(
        columns: 100,
        [try LbcheckTool.path(), "load", "http://127.0.0.1:\(FreePort.reserve())/", "--live", "0", "--out", "r"],
        in: tool.folder)
      let url = try url(in: terminal.read { $0.contains("The live page stays until Ctrl-C.") })
      let events = try #require(
        try ask(url, "/events", ["--max-time", "2"]).body.components(separatedBy: "event: end\n").last)
      #expect(events.contains("\"hasReport\":false") && events.contains("refused"), "\(events)")
      terminal.signal(SIGTERM)
      #expect(try terminal.finish(within: 10).status == 3)
    }

    @Test("A port that is taken is bad usage, before any traffic")
    func takenPort() throws {
      let taken = try ScriptedServer { _ in }
      let busy = try tool.run(["load", "http://127.0.0.1:\(taken.port)/", "--live=\(taken.port)"])
      #expect(busy.status == 2 && busy.messages.contains("127.0.0.1:\(taken.port)"), "\(busy.messages)")
      #expect(taken.connectionCount == 0)
    }
  }
}
