import Foundation
import Support
import Testing

extension Integration {
  /// The three standard streams: closed, full, broken off, and with hostile text on its way to them.
  @Suite struct StandardStreamsTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    private static func server() throws -> ScriptedServer {
      try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
        }
      }
    }

    /// Runs the program with its streams redirected by a shell.
    private func run(
      _ arguments: [String], redirected: String, environment: [String: String] = [:]
    ) throws -> LbcheckTool.Outcome {
      let marked = ["-c", "\(redirected); exec \"$@\"", "bash"]
      return try tool.run(arguments, within: ["/bin/bash"] + marked, environment: environment)
    }

    @Test(
      "A stream that is closed is /dev/null, and no socket",
      arguments: ["<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"])
    func closed(streams: String) throws {
      let mark = "LBCHECK_TEST_\(UUID().uuidString)"
      let seen = SeenText()
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          seen.keep(OpenFiles.standardStreams(ofProcessWith: mark))
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      defer { server.stop() }
      let out = tool.folder.path + "/out"
      let outcome = try run(
        [
          "load", "http://127.0.0.1:\(server.port)/", "-n", "4", "-c", "1", "--backend-header", "X-Backend", "--out",
          out,
        ],
        redirected: "exec \(streams)", environment: [mark: "1"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(FileManager.default.fileExists(atPath: out + "/report.json"))
      let links = try #require(seen.text)
      #expect(
        links.count == 3 && links.allSatisfy { !$0.hasPrefix("socket:") && !$0.hasPrefix("anon_inode:") }, "\(links)")
      for (number, name) in ["<&-", ">&-", "2>&-"].enumerated()
      where streams.split(separator: " ").contains(Substring(name)) {
        #expect(links[number] == "/dev/null")
      }
    }

    @Test(
      "A result that cannot be written is no success",
      arguments: ["exec >/dev/full", "exec > >(exit 0); sleep 0.3"],
      [
        ["--version"], ["--help"], ["load", "--help"], ["completions", "bash"], ["load", "URL", "-n", "10"],
        ["load", "URL", "-n", "10", "--json"],
      ])
    func unwritable(redirected: String, arguments: [String]) throws {
      let server = try Self.server()
      defer { server.stop() }
      let url = "http://127.0.0.1:\(server.port)/"
      let outcome = try run(arguments.map { $0 == "URL" ? url : $0 }, redirected: redirected)
      #expect(outcome.status == 3)
      #expect(
        outcome.messages.split(separator: "\n").contains { $0.hasPrefix("error: standard output: ") },
        "\(outcome.messages)")
    }

    @Test("What is worse than a result that cannot be written decides")
    func worse() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 500 Sorry\r\nX-Backend: a\r\nContent-Length: 0\r\n\r\n")
        }
      }
      defer { server.stop() }
      let outcome = try run(
        [
          "load", "http://127.0.0.1:\(server.port)/", "-n", "10", "--expect-status", "200", "--backend-header",
          "X-Backend",
        ],
        redirected: "exec >/dev/full")
      #expect([1, 3].contains(outcome.status))
      #expect(outcome.messages.contains("error: standard output: "))
      #expect(try run(["load", "--nonsense"], redirected: "exec >/dev/full").status == 2)
    }

    @Test("A stream that another process has made non-blocking takes the whole result")
    func nonBlocking() throws {
      // The reader sleeps until the pipe is full, and counts then.
      let script = """
        import fcntl, os, subprocess, sys, time
        reading, writing = os.pipe()
        fcntl.fcntl(writing, 1031, 4096)
        os.set_blocking(writing, False)
        child = subprocess.Popen(sys.argv[1:], stdout=writing)
        os.close(writing)
        time.sleep(0.5)
        count = 0
        while chunk := os.read(reading, 65536): count += len(chunk)
        print(count)
        sys.exit(child.wait())
        """
      let file = try tool.folder.write(script, to: "reader.py")
      let whole = try tool.run(["completions", "fish"])
      let outcome = try tool.run(["completions", "fish"], within: ["/usr/bin/python3", file])
      #expect(outcome.status == 0 && whole.output.utf8.count > 8192)
      #expect(outcome.output == "\(whole.output.utf8.count)\n")
    }

    private static let hostile = "\u{1B}[2J\u{202E}\r\n::error::owned\n##[error]x\u{9B}31m\u{7}"

    /// What must never come out, whatever went in.
    private func expectHarmless(_ outcome: LbcheckTool.Outcome, _ what: String) {
      expectHarmless(outcome.messages, what)
      if !outcome.output.isEmpty { expectHarmless(outcome.output, what) }
    }

    private func expectHarmless(_ text: String, _ what: String) {
      #expect(text.contains("owned"), "nothing hostile came out: \(what) \(text)")
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        let start = line.drop { $0.isWhitespace }
        #expect(!start.hasPrefix("::") && !line.contains("##["), "\(what): \(line)")
        let acts = line.unicodeScalars.contains { scalar in
          scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
        }
        #expect(!acts, "\(what): \(line)")
      }
    }

    @Test("Hostile text in arguments and profiles is shown, and does nothing")
    func hostileArguments() throws {
      let hostile = Self.hostile
      let json = String(decoding: try JSONEncoder().encode(hostile), as: UTF8.self)
      let profiles = [
        "{ target: 'http://127.0.0.1:1/', \(json): 1 }", "{ target: 'http://127.0.0.1:1/', rate: \(json) }",
        "{ target: \(json) }", "{ target: 'http://127.0.0.1:1/', backends: { \(json): [] } }",
        "{ target: 'http://127.0.0.1:1/', deploy: { \(json): 1 } }",
        "{ target: 'http://127.0.0.1:1/', gate: { checks: ['load'], thresholds: [\(json)] } }",
      ]
      for (number, text) in profiles.enumerated() {
        let file = try tool.folder.write(text, to: "\(number).json5")
        let command = text.contains("gate:") ? ["gate", file] : ["load", "--profile", file]
        expectHarmless(try tool.run(command), text)
      }
      let lines = [
        [hostile], ["--" + hostile], ["load", hostile], ["load", "--" + hostile],
        ["load", "http://127.0.0.1:1/", hostile],
        ["load", "http://127.0.0.1:1/", "--rate", hostile], ["load", "http://127.0.0.1:1/", "--resolve", hostile],
        ["load", "--profile", hostile], ["gate", hostile], ["gate", "--threshold", hostile, "--check", "load"],
        ["merge", hostile], ["compare", hostile, "b"], ["testbed", hostile], ["completions", hostile],
        ["load", "https://127.0.0.1:1/", "--cacert", hostile], ["testbed-backend", "--" + hostile],
        ["load", "http://127.0.0.1:1/", "--out", "/proc/" + hostile],
      ]
      for arguments in lines { expectHarmless(try tool.run(arguments), "\(arguments)") }
    }

    @Test("The names that backends give themselves do nothing on standard error")
    func hostileNames() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send(
            "HTTP/1.1 200 OK\r\nX-Backend: ::error::owned\u{202E}##[error]\u{9B}x\r\nContent-Length: 2\r\n\r\nok")
          connection.pause(milliseconds: 2)
        }
      }
      defer { server.stop() }
      let arguments = [
        "load", "http://127.0.0.1:\(server.port)/", "--rate", "50", "--duration", "6s", "--backend-header", "X-Backend",
        "--out", tool.folder.path + "/::error::owned",
      ]
      expectHarmless(try tool.run(arguments), "plain lines")
    }

    @Test("--print-profile shows hostile values, and they do nothing")
    func printedProfile() throws {
      let outcome = try tool.run(["load", "http://127.0.0.1:1/", "--backend-header", Self.hostile, "--print-profile"])
      expectHarmless(outcome.output, "profile")
    }
  }
}

/// What a server has seen last, from whichever thread.
private final class SeenText: @unchecked Sendable {
  private let lock = NSLock()
  private var kept: [String]?

  var text: [String]? { lock.withLock { kept } }

  func keep(_ text: [String]?) { if let text { lock.withLock { kept = text } } }
}

/// The files that other processes have open, as the kernel tells.
private enum OpenFiles {
  /// What descriptors 0 to 2 of the process with a mark in its environment are.
  static func standardStreams(ofProcessWith mark: String) -> [String]? {
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for entry in entries where Int32(entry) != nil {
      guard let data = FileManager.default.contents(atPath: "/proc/\(entry)/environ"),
        data.range(of: Data(mark.utf8)) != nil
      else { continue }
      return (0...2).map {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(entry)/fd/\($0)")) ?? ""
      }
    }
    return nil
  }
}
