import Foundation
import Support
import Testing

extension Integration {
  /// Whatever is interrupted whenever: nothing of ours goes on.
  @Suite struct LeftoversTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// The processes that have inherited a mark in their environment.
    private func processes(with mark: String) -> [String] {
      let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
      return entries.filter { entry in
        guard Int32(entry) != nil, let data = FileManager.default.contents(atPath: "/proc/\(entry)/environ") else {
          return false
        }
        return data.range(of: Data(mark.utf8)) != nil
      }
    }

    @Test(
      "After Ctrl-C at any moment no process of ours is left",
      arguments: [
        ["reload-test", "--testbed", "--broken-build", "--settle", "1s"],
        ["failover", "--testbed", "--backend", "app-1", "--backend", "spare=backup", "--settle", "1s"],
        ["testbed", "up"],
      ])
    func interrupted(arguments: [String]) throws {
      for moment in [0.02, 0.3, 1.4, 3.5] {
        let mark = "LBCHECK_TEST_\(UUID().uuidString)"
        let outcome = try tool.run(arguments, environment: [mark: "1"], interruptAfter: moment, deadline: 30)
        // Before its signals are watched the signal itself ends it.
        #expect([130, -2, 0].contains(outcome.status), "at \(moment) s: \(outcome.status) \(outcome.messages)")
        let deadline = Date(timeIntervalSinceNow: 2)
        while !processes(with: mark).isEmpty, Date() < deadline { usleep(20_000) }
        #expect(processes(with: mark).isEmpty, "at \(moment) s")
      }
    }

    /// Sends SIGINT after so many seconds, and another 0.8 s later.
    private func interruptedTwice(
      _ arguments: [String], after seconds: Double, _ mark: String
    ) throws -> LbcheckTool.Outcome {
      let script = """
        import signal, subprocess, sys, time
        child = subprocess.Popen(sys.argv[2:])
        time.sleep(float(sys.argv[1])); child.send_signal(signal.SIGINT)
        time.sleep(0.8); child.send_signal(signal.SIGINT)
        sys.exit(child.wait() & 255)
        """
      let file = try tool.folder.write(script, to: "twice.py")
      return try tool.run(
        arguments, within: ["/usr/bin/python3", file, "\(seconds)"], environment: [mark: "1"], deadline: 30)
    }

    private func gone(_ mark: String) -> Bool {
      let deadline = Date(timeIntervalSinceNow: 2)
      while !processes(with: mark).isEmpty, Date() < deadline { usleep(20_000) }
      return processes(with: mark).isEmpty
    }

    @Test("A second Ctrl-C ends a command that ignores the first")
    func secondForCommand() throws {
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\n\r\nok")
        }
      }
      defer { server.stop() }
      let deaf = try tool.folder.write("trap '' TERM INT HUP; while :; do sleep 1; done", to: "deaf.sh")
      let mark = "LBCHECK_TEST_\(UUID().uuidString)"
      let outcome = try interruptedTwice(
        [
          "reload-test", "http://127.0.0.1:\(server.port)/", "--reload-command", "sh \(deaf)", "--no-restart",
          "--no-replacement", "--backend-header", "X-Backend", "--settle", "500ms", "--out",
          tool.folder.path + "/new/out",
        ], after: 2, mark)
      #expect(outcome.status == 130, "\(outcome.messages)")
      #expect(gone(mark), "the command goes on")
      #expect(!FileManager.default.fileExists(atPath: tool.folder.path + "/new"))
    }

    @Test("A second Ctrl-C leaves no file, and no folder that was not there before", arguments: [false, true])
    func secondForFiles(isThere: Bool) throws {
      let turn = FirstTurn()
      let server = try ScriptedServer { connection in
        while connection.readRequest() {
          // From then on it is silent, so that the first Ctrl-C waits.
          guard turn.take() else { return connection.pause(milliseconds: 5_000) }
          connection.send("HTTP/1.1 200 OK\r\nX-Backend: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        }
      }
      defer { server.stop() }
      let out = tool.folder.path + "/out"
      if isThere { try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: false) }
      let mark = "LBCHECK_TEST_\(UUID().uuidString)"
      let outcome = try interruptedTwice(
        [
          "load", "http://127.0.0.1:\(server.port)/", "--duration", "30s", "--backend-header", "X-Backend", "--format",
          "csv",
          "--out", out,
        ], after: 1, mark)
      #expect(outcome.status == 130, "\(outcome.messages)")
      #expect(gone(mark))
      let names = try? FileManager.default.contentsOfDirectory(atPath: out)
      #expect(isThere ? names == [] : names == nil, "\(names ?? [])")
    }

    @Test("A whole check leaves no process either")
    func whole() throws {
      let mark = "LBCHECK_TEST_\(UUID().uuidString)"
      let outcome = try tool.run(
        ["reload-test", "--testbed", "--testbed-fault", "stale", "--no-restart", "--settle", "500ms"],
        environment: [mark: "1"])
      #expect(outcome.status == 1)
      #expect(processes(with: mark).isEmpty)
    }
  }
}
