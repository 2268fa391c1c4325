import Foundation
import Support
import Synchronization
import Testing

extension Integration {
  /// What other programs read of a report, read by them.
  @Suite struct FormatTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private static let formats = ["csv", "hgrm", "prometheus"]

    /// Backends in rotation, each with a generation of its own; every `failing`-th answer of a connection is none as expected.
    private func server(_ names: [String], failing: Int? = nil) throws -> ScriptedServer {
      let turn = Turn()
      return try ScriptedServer { connection in
        var number = 0
        while connection.readRequest() {
          number += 1
          let name = names[turn.next() % names.count]
          let fails = failing.map { number % $0 == 0 } ?? false
          if fails, number % 2 == 0 { return connection.reset() }
          connection.send(
            "HTTP/1.1 \(fails ? "503 Busy" : "200 OK")\r\nX-Backend: \(name)\r\nX-Generation: \(name)-1\r\n"
              + "Content-Length: 2\r\n\r\nok")
        }
      }
    }

    private func names(_ folder: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test("The examples fit the schema", arguments: ["inspect", "fairness", "reload-test"])
    func examples(check: String) throws {
      let wrong = try tool.problems(LbcheckTool.root + "/Reports/example/" + check)
      #expect(wrong == "")
    }

    @Test("An inspection fits the schema")
    func inspection() throws {
      let server = try server(["app-1", "app-2"])
      let out = tool.folder.path + "/inspect"
      let outcome = try tool.run(["inspect", "http://127.0.0.1:\(server.port)/", "--out", out])
      #expect(outcome.status == 0, "\(outcome.messages)")
      let wrong = try tool.problems(out)
      #expect(wrong == "")
    }

    @Test(
      "All formats of a load tell the same, whatever fails and whatever backends call themselves",
      arguments: [
        ["--requests", "9000", "--workers", "2"],
        ["--rate", "400", "--duration", "2s", "--fresh-connections", "0.3"],
      ])
    func load(pace: [String]) throws {
      let server = try server(
        ["app-1", "=1+1", "@SUM(1)", "-2", "+3", "\"quoted\"", "it's; \"so\"", "a\\b", "bücher"], failing: 7)
      let out = tool.folder.path + "/load"
      let outcome = try tool.run(
        [
          "load", "http://127.0.0.1:\(server.port)/", "--out", out, "--no-retry", "--format", "csv,hgrm", "--format",
          "prometheus",
        ]
          + pace)
      #expect(outcome.status == 1, "\(outcome.messages)")
      let wrong = try tool.problems(out, formats: Self.formats)
      #expect(wrong == "")
      let files = try names(out)
      // The course is drawn of what takes more than a second.
      #expect(
        files.filter { $0 != "course.svg" } == [
          "histogram.csv", "histogram.svg", "latency.hgrm", "metrics.prom", "report.html", "report.json", "report.md",
          "requests.csv",
          "series.csv", "service-time.hgrm", "shares.svg",
        ])
      if pace.contains("--duration") { #expect(files.contains("course.svg")) }
    }

    @Test("Where every request fails, the formats say so")
    func nothingButFailures() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() { connection.send("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n") }
      }
      let out = tool.folder.path + "/failures"
      let outcome = try tool.run([
        "load", "http://127.0.0.1:\(server.port)/", "-n", "50", "--out", out, "--format", "csv,hgrm,prometheus",
      ])
      #expect(outcome.status == 1, "\(outcome.messages)")
      let wrong = try tool.problems(out, formats: Self.formats)
      #expect(wrong == "")
    }

    @Test("The formats of a fairness check are of the check that it reports")
    func fairness() throws {
      let server = try server(["app-1", "app-2", "app-3"])
      let out = tool.folder.path + "/fairness"
      let outcome = try tool.run([
        "fairness", "http://127.0.0.1:\(server.port)/", "-n", "900", "--out", out, "--format", "csv,hgrm,prometheus",
      ])
      #expect([0, 1].contains(outcome.status), "\(outcome.messages)")
      let wrong = try tool.problems(out, formats: Self.formats)
      #expect(wrong == "")
    }

    @Test(
      "All formats of checks that act",
      arguments: [
        ["reload-test", "--testbed", "--settle", "700ms"], ["failover", "--testbed", "--settle", "1s"],
      ])
    func acting(arguments: [String]) throws {
      let out = tool.folder.path + "/acting"
      let outcome = try tool.run(arguments + ["--out", out, "--format", "csv,hgrm,prometheus"])
      #expect([0, 1].contains(outcome.status), "\(outcome.messages)")
      let wrong = try tool.problems(out, formats: Self.formats)
      #expect(wrong == "")
    }

    @Test("After Ctrl-C the table holds what had its outcome")
    func interrupted() throws {
      let server = try server(["app-1", "app-2"])
      let out = tool.folder.path + "/interrupted"
      let outcome = try tool.run(
        [
          "load", "http://127.0.0.1:\(server.port)/", "--rate", "300", "--duration", "60s", "--out", out, "--format",
          "csv,hgrm,prometheus",
        ], interruptAfter: 2)
      #expect(outcome.status == 130, "\(outcome.messages)")
      let wrong = try tool.problems(out, formats: Self.formats)
      #expect(wrong == "")
    }

    @Test("An unknown format is refused before any traffic, with those that exist")
    func unknown() throws {
      let server = try server(["app-1"])
      for format in ["xml", "csv,", "CSV", "", "hgrm,xml"] {
        let outcome = try tool.run([
          "load", "http://127.0.0.1:\(server.port)/", "-n", "5", "--out", tool.folder.path + "/none", "--format",
          format,
        ])
        #expect(outcome.status == 2)
        #expect(outcome.messages.contains("csv, hgrm, prometheus, junit"), "\(outcome.messages)")
      }
      #expect(server.connectionCount == 0)
      #expect(!FileManager.default.fileExists(atPath: tool.folder.path + "/none"))
    }

    @Test("A table that the disk has no room for is one message, and the rest of the report is written")
    func diskFull() throws {
      let server = try server(["app-1", "app-2"])
      let out = tool.folder.path + "/full"
      // No file above 1 MiB: the table of 20,000 requests is some 1.5 MB, that of latencies at most 0.5 MB.
      let result = try tool.output(of: [
        "/bin/sh", "-c", "ulimit -f 2048; exec \"$@\"", "sh", try LbcheckTool.path(), "load",
        "http://127.0.0.1:\(server.port)/", "-n", "20000", "--out", out, "--format", "csv,hgrm,prometheus",
        "--no-progress",
      ])
      #expect(result.status == 3, "\(result.text)")
      let errors = result.text.split(separator: "\n").filter { $0.hasPrefix("error:") }
      #expect(errors == ["error: cannot write \(out)/requests.csv: File too large"])
      #expect(
        try names(out).filter { $0 != "course.svg" } == [
          "histogram.csv", "histogram.svg", "latency.hgrm", "metrics.prom", "report.html", "report.json", "report.md",
          "series.csv", "service-time.hgrm", "shares.svg",
        ])
      let wrong = try tool.problems(out, formats: ["hgrm", "prometheus"])
      #expect(wrong == "")
    }

    @Test("A check that gives no report leaves nothing behind")
    func unmeasurable() throws {
      let out = tool.folder.path + "/nothing"
      let outcome = try tool.run(["load", "http://127.0.0.1:\(FreePort.reserve())/", "--out", out, "--format", "csv"])
      #expect(outcome.status == 3)
      #expect(!FileManager.default.fileExists(atPath: out))
    }
  }
}

/// Counts across threads, from 0.
private final class Turn: Sendable {
  private let value = Mutex(0)

  func next() -> Int {
    value.withLock { value in
      defer { value += 1 }
      return value
    }
  }
}
