import Foundation
import Support
import Testing

extension Integration {
  /// The stack that lbcheck brings along.
  @Suite struct StackTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    /// The ports that a process's children, found by their role, listen on.
    private func children(of marker: String) -> [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { entry in
        guard Int(entry) != nil, let data = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline") else {
          return nil
        }
        let line = String(decoding: data, as: UTF8.self).replacing("\0", with: " ")
        return line.contains(" testbed-") && line.contains(marker) ? entry : nil
      } ?? []
    }

    @Test("demo inspects, judges, writes its reports and leaves nothing running")
    func demo() throws {
      let outcome = try tool.run(["demo", "--out", "demo"])
      #expect(outcome.status == 0, "\(outcome.messages)")
      #expect(outcome.output.contains("3 backends answered in rotation"))
      #expect(outcome.messages.contains("Report: demo/inspect/report.html"))
      for file in [
        "inspect/report.md", "inspect/report.html", "inspect/report.json", "fairness/report.md", "fairness/report.json",
        "fairness/shares.svg",
        "reload-test/report.md", "reload-test/report.json", "reload-test/timeline.svg",
      ] {
        #expect(tool.folder.read("demo/" + file)?.isEmpty == false, "\(file)")
      }
      let json = try #require(tool.folder.read("demo/fairness/report.json"))
      let report = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      #expect(report["schema"] as? String == "lbcheck.report/2")
      let port = try #require((report["target"] as? [String: Any])?["url"] as? String)
      #expect(!FreePort.answers(UInt16(port.dropFirst("http://127.0.0.1:".count).dropLast())!))
      #expect(children(of: "app-3").isEmpty)
    }

    @Test("testbed up keeps the stack until Ctrl-C, weights and backup included")
    func up() throws {
      let port = FreePort.reserve()
      let names = (0..<3).map { "t\($0)-\(port)" }
      let running = Thread {
        _ = try? tool.run(
          [
            "testbed", "up", "--port", "\(port)", "--backend", names[0] + "=3", "--backend", names[1], "--backend",
            names[2] + "=backup",
          ],
          interruptAfter: 6)
      }
      running.start()
      let deadline = Date(timeIntervalSinceNow: 5)
      while !FreePort.answers(port), Date() < deadline { usleep(20_000) }
      let outcome = try LbcheckTool().run([
        "fairness", "http://127.0.0.1:\(port)/", "--json", "-n", "400", "--backend", names[0] + "=3", "--backend",
        names[1],
        "--backend", names[2] + "=backup",
      ])
      #expect(outcome.status == 0, "\(outcome.messages)\(outcome.output)")
      #expect(outcome.report?["fairness"]["policy"].text == "weighted-round-robin")
      while running.isExecuting { usleep(20_000) }
      #expect(!FreePort.answers(port))
      #expect(children(of: "-\(port)").isEmpty)
    }

    @Test("Killed outright, lbcheck leaves no child behind")
    func killed() throws {
      let port = FreePort.reserve()
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try LbcheckTool.path())
      process.arguments = ["testbed", "up", "--port", "\(port)", "--backend", "k1-\(port)", "--backend", "k2-\(port)"]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.launchUnblocked()
      var deadline = Date(timeIntervalSinceNow: 5)
      while !FreePort.answers(port), Date() < deadline { usleep(20_000) }
      #expect(children(of: "-\(port)").count == 2)
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      deadline = Date(timeIntervalSinceNow: 5)
      while FreePort.answers(port) || !children(of: "-\(port)").isEmpty, Date() < deadline { usleep(20_000) }
      #expect(!FreePort.answers(port))
      #expect(children(of: "-\(port)").isEmpty)
    }

    @Test("A profile of the repository asks its domain on this machine only")
    func repositoryProfile() throws {
      let profile = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Profiles/alvin.xyz.json5").path
      // Nothing listens there: the error shows where it went.
      let outcome = try tool.run([
        "fairness", "--profile", profile, "--quiet", "--connect-to", "alvin.xyz:80:127.0.0.1:\(FreePort.reserve())",
      ])
      #expect(outcome.status == 3)
      #expect(outcome.messages.hasPrefix("error: http://alvin.xyz/ does not answer: 127.0.0.1:"))
      let text = try String(contentsOfFile: profile, encoding: .utf8)
      #expect(text.contains("connectTo: [\"alvin.xyz:80:127.0.0.1:"))
    }
  }
}
