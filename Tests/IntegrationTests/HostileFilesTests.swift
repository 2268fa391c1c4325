import Foundation
import Support
import Testing

extension Integration {
  /// Files and limits that an attacker chose: one line that says why, and never a trap, a hang or half a result.
  @Suite struct HostileFilesTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private func server() throws -> ScriptedServer {
      try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
        }
      }
    }

    /// One line that begins as an error does, with what it has to say, and no other beside the hint at help.
    private func expectRefused(
      _ outcome: LbcheckTool.Outcome, _ reason: String, status: Int32 = 2,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      #expect(outcome.status == status, "\(outcome.messages.suffix(2_000))", sourceLocation: sourceLocation)
      let errors = outcome.messages.split(separator: "\n").filter { $0.hasPrefix("error:") }
      #expect(errors.count == 1, "\(outcome.messages.suffix(2_000))", sourceLocation: sourceLocation)
      #expect(errors.first?.contains(reason) == true, "\(errors)", sourceLocation: sourceLocation)
    }

    // MARK: Parts

    /// The first of two parts as the program writes it.
    private func part() throws -> String {
      let server = try server()
      let outcome = try tool.run([
        "load", "http://127.0.0.1:\(server.port)/", "-n", "20", "--connections", "2", "--shard", "1/2", "--out",
        "parts",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)")
      return try #require(tool.folder.read("parts/part-1-of-2.json"))
    }

    /// The number of a member in the part's text, as it stands there.
    private func changed(_ text: String, _ key: String, to value: String) throws -> String {
      let start = try #require(text.firstRange(of: "\"\(key)\" : ")).upperBound
      let end = try #require(text[start...].firstIndex { $0 == "," || $0 == "\n" })
      return text[..<start] + value + text[end...]
    }

    @Test("Numbers of parts that no run has made are refused with their field")
    func parts() throws {
      let part = try part()
      let hostile: [(key: String, value: String, reason: String)] = [
        ("connectionsOpened", "9223372036854775807", "counters.connectionsOpened has no valid value"),
        ("unsent", "-1", "counters.unsent has no valid value"),
        ("started", "-9223372036854775808", "stages[0].started has no valid value"),
        ("duration", "18446744073709551615", "measured.duration has no valid value"),
        ("processorTime", "18446744073709551616", "a damaged part"),
        ("durationSeconds", "1e999", "not valid JSON"),
        ("durationSeconds", "-1e308", "durationSeconds has no valid value"),
        ("count", "1000000000", "part 1 of 1000000000"),
        ("count", "9223372036854775807", "part 1 of 9223372036854775807"),
        ("number", "-9223372036854775808", "part -9223372036854775808 of 2"),
        ("stages", "{}", "part"),
        ("succeeded", "\"many\"", "succeeded is of another type"),
        ("notes", String(repeating: "[", count: 100_000), "not valid JSON"),
      ]
      for (key, value, reason) in hostile {
        _ = try tool.folder.write(try changed(part, key, to: value), to: "hostile.json")
        let outcome = try tool.run(["merge", "hostile.json", "--allow-missing", "--out", "whole"], deadline: 60)
        expectRefused(outcome, reason)
        #expect(tool.folder.read("whole/report.json") == nil)
      }
    }

    @Test("Parts with endless records, thousands of stretches or millions of numbers are refused in little memory")
    func memory() throws {
      let part = try part()
      func refuse(_ text: String, _ reason: String) throws {
        _ = try tool.folder.write(text, to: "hostile.json")
        let outcome = try tool.run(
          ["merge", "hostile.json", "--allow-missing", "--out", "whole"],
          within: ["/bin/sh", "-c", "ulimit -v 1400000; exec \"$@\"", "sh"], deadline: 120)
        expectRefused(outcome, reason)
        #expect(outcome.messages.contains("hostile.json"))
      }
      let name = try #require(part.firstRange(of: "\"name\" : \"load\""))
      func withMember(_ member: String) -> String {
        part[..<name.lowerBound] + member + ",\n" + part[name.lowerBound...]
      }
      // Eight bytes of zeros are a row: 18 million of them.
      try refuse(withMember("\"records\" : \"\(String(repeating: "AAAA", count: 50_000_000))\""), "larger than 128 MiB")
      try refuse(
        withMember("\"records\" : \"\(String(repeating: "AAAA", count: 25_000_000))\""),
        "a text in it is longer than 61 MiB")
      try refuse(
        withMember("\"sent\" : [\(String(repeating: "0,", count: 20_000_000))0]"), "it holds more than 2000000 values")
    }

    // MARK: Files that are none

    @Test("Pipes, devices, folders and files without end are refused at once, whatever reads them")
    func irregular() throws {
      let path = tool.folder.path
      #expect(mkfifo(path + "/pipe", 0o600) == 0)
      try FileManager.default.createDirectory(atPath: path + "/folder", withIntermediateDirectories: true)
      let sparse = path + "/sparse"
      #expect(FileManager.default.createFile(atPath: sparse, contents: nil) && truncate(sparse, 1 << 40) == 0)
      for (file, reason) in [
        ("pipe", "not a regular file"), ("/dev/zero", "not a regular file"), ("sparse", "larger than"),
      ] {
        expectRefused(try tool.run(["merge", file], deadline: 30), reason)
        expectRefused(try tool.run(["compare", file, file], deadline: 30), reason)
        expectRefused(try tool.run(["gate", file], deadline: 30), reason)
        expectRefused(try tool.run(["load", "--profile", file], deadline: 30), reason)
        let profile = try tool.folder.write(
          "{ target: 'http://127.0.0.1:9/', gate: { checks: ['load'] } }", to: "ci.json5")
        expectRefused(try tool.run(["gate", profile, "--baseline", file], deadline: 30), reason)
      }
      expectRefused(try tool.run(["load", "--profile", "folder"], deadline: 30), "Is a directory")
    }

    @Test("Profiles deep, wide or full of numbers beyond all bounds are refused or obeyed, in time")
    func profiles() throws {
      let wide = (0..<60_000).map { "k\($0):1" }.joined(separator: ",")
      for (text, reason) in [
        (String(repeating: "[", count: 500_000), "fewer than 64 levels"), ("{\(wide)}", "unknown key"),
        ("{ target: 'http://127.0.0.1:9/', requests: 1e300 }", "requests: expected a number of requests"),
        ("{ target: 'http://127.0.0.1:9/', rate: 0x7fffffffffffffff }", "rate: expected requests a second"),
        ("{ target: 'http://127.0.0.1:9/', duration: '99999999999999999999s' }", "duration: expected a duration"),
        ("{ target: 'http://127.0.0.1:9/', reload: { p99Factor: 1e20 } }", "reload.p99Factor: expected a factor"),
        ("{ target: 'http://127.0.0.1:9/', capacity: { precision: -1e308 } }", "capacity.precision: expected a share"),
      ] {
        let path = try tool.folder.write(text, to: "hostile.json5")
        expectRefused(try tool.run(["load", "--profile", path], deadline: 60), reason)
      }
    }

    // MARK: Numbers on the command line

    @Test(
      "No number on the command line is too much",
      arguments: ["load", "reload-test", "capacity", "failover", "fairness"])
    func numbers(command: String) throws {
      let help = try tool.run(["help", command]).output
      let options = help.split(separator: "\n").compactMap { line -> String? in
        guard let name = line.firstRange(of: "--"), line.hasPrefix("  -"), let open = line.firstIndex(of: "<"),
          let close = line[open...].firstIndex(of: ">"),
          ["N", "R", "D", "SHARE", "FACTOR", "N,…", "R1..R2", "R:D,…", "P=D", "PORT"].contains(
            line[line.index(after: open)..<close])
        else { return nil }
        return String(line[name.lowerBound..<open].filter { $0 != " " })
      }
      #expect(options.count >= 6, "\(help)")
      for option in options {
        for value in [
          "99999999999999999999", "9223372036854775808", "1e20", "nan", "inf", "-1", "0x10", "99999999999h",
        ] {
          // Whatever is taken meets a port where nobody listens, or no target at all.
          let outcome = try tool.run(
            [command, "http://127.0.0.1:9/", option, value, "--quiet", "--no-progress", "--pm2", "no-such-app"].filter {
              command != "load" && command != "fairness" && command != "capacity"
                || $0 != "--pm2" && $0 != "no-such-app"
            }, deadline: 60)
          #expect(outcome.status == 2 || outcome.status == 3, "\(option) \(value): \(outcome.messages)")
        }
      }
    }

    // MARK: Start-files

    @Test("Start-files that this user has not made are refused")
    func startFiles() throws {
      let server = try server()
      func run(_ number: Int) throws -> LbcheckTool.Outcome {
        try tool.run(
          [
            "load", "http://127.0.0.1:\(server.port)/", "-n", "20", "--shard", "\(number)/2", "--out", "parts",
            "--start-file", "start", "--start-timeout", "2s", "--quiet",
          ], deadline: 60)
      }
      let secret = try tool.folder.write("{\"run\":\"other\"}", to: "secret")
      let path = tool.folder.path
      try FileManager.default.createSymbolicLink(atPath: path + "/start.first", withDestinationPath: secret)
      expectRefused(try run(2), "start.first: a symbolic link is not followed")
      try FileManager.default.removeItem(atPath: path + "/start.first")
      #expect(mkfifo(path + "/start.first", 0o600) == 0)
      expectRefused(try run(2), "start.first: not a regular file")
      try FileManager.default.removeItem(atPath: path + "/start.first")
      _ = try tool.folder.write("garbage", to: "start.first")
      expectRefused(try run(2), "part 1 did not come within 2 s; start.first is there, but not its own", status: 3)
      if geteuid() == 0 {
        #expect(chown(path + "/start.first", 4711, 4711) == 0)
        expectRefused(try run(2), "start.first: it belongs to another user (4711)")
      }
      #expect(tool.folder.read("secret") == "{\"run\":\"other\"}")
    }

    // MARK: Time

    @Test("A search for the capacity keeps its budget, but for answers still out, whatever the target does")
    func budget() throws {
      let slow = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.pause(milliseconds: 4_000)
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      let begun = Date()
      let outcome = try tool.run(
        ["capacity", "http://127.0.0.1:\(slow.port)/", "--budget", "6s", "--timeout", "5s", "--json"], deadline: 120)
      // Looking for a header alone asks 24 times, which takes 96 s here.
      #expect(Date().timeIntervalSince(begun) < 40)
      #expect(outcome.status == 3, "\(outcome.messages)")
      // It would have answered in its time: what the budget cut off is no failure of its.
      #expect(outcome.report?["verdict"].text == "inconclusive" && outcome.report?.assertion("noProbeFailed") == nil)
    }

    // MARK: Threads

    @Test("Where no thread is to be had, one line says so", .enabled(if: geteuid() == 0), arguments: [1, 2, 3])
    func noThread(_ processes: Int) throws {
      let server = try server()
      #expect(chmod(tool.folder.path, 0o777) == 0)
      let program = tool.folder.path + "/lbcheck"
      try FileManager.default.copyItem(atPath: try LbcheckTool.path(), toPath: program)
      // The limit is that of a user, so it has to be one that has no other process.
      let outcome = try tool.run(
        ["load", "http://127.0.0.1:\(server.port)/", "-n", "20", "--workers", "4", "--quiet", "--no-progress"],
        within: [
          "/bin/sh", "-c",
          "shift; exec setpriv --reuid \(54_320 + processes) --clear-groups prlimit --nproc=\(processes) \(program) \"$@\"",
          "sh",
        ], deadline: 60)
      expectRefused(outcome, "no thread left", status: 3)
    }
  }
}
