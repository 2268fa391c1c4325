import Foundation
import Support
import Testing

extension Integration {
  /// Profiles through the program: refused before any traffic, or printed as they are in force.
  @Suite struct ProfileCommandTests {
    let tool: LbcheckTool

    init() throws { tool = try LbcheckTool() }

    @Test(
      "A profile that is wrong ends with status 2, its key and what was expected",
      arguments: [
        ("{ deploy: { relod: 'true' } }", "deploy.relod: unknown key; did you mean 'deploy.reload'?"),
        ("{ requests: {} }", "requests: expected"), ("{ deploy: 3 }", "deploy: expected an object"),
        ("{ retry: 'yes' }", "retry: expected true or false"),
        ("{ reload: { settle: '5 parsecs' } }", "reload.settle: "),
        ("{ deploy: { reload: 'pm2 reload a && pm2 reload b' } }", "sh -c 'pm2 reload a && pm2 reload b'"),
        ("{ deploy: { restart: ['pm2', 'restart', 'a', '&&', 'true'] } }", "'&&' is shell syntax"),
        ("{ backends: { 'app-1': 0 } }", "backends.app-1: expected"), ("{ targt: 'x' }", "did you mean 'target'?"),
      ])
    func wrong(text: String, message: String) throws {
      let file = try tool.folder.write(text, to: "wrong.json5")
      let outcome = try tool.run(["reload-test", "http://127.0.0.1:1/", "--profile", file])
      #expect(outcome.status == 2)
      #expect(outcome.messages.contains(file) && outcome.messages.contains(message), "\(outcome.messages)")
    }

    @Test(
      "The profile in force, printed, is a profile that prints the same",
      arguments: ["fairness", "reload-test", "failover", "load", "inspect"])
    func roundTrip(check: String) throws {
      let profile = try tool.folder.write(
        """
        { target: "http://127.0.0.1:1/", backends: { a: 5, spare: "backup" }, headers: { Accept: "text/html" }, retry: false,
          deploy: { reload: ["sh", "-c", "it's here"], stop: "stop {instance}", timeout: "90s" },
          reload: { settle: "1500ms", restart: false }, failover: { settle: "20s" }, timeout: null }
        """, to: "mine.json5")
      let first = try tool.run([check, "--profile", profile, "--print-profile"])
      #expect(first.status == 0, "\(first.messages)")
      let second = try tool.run([
        check, "--profile", try tool.folder.write(first.output, to: "2.json5"), "--print-profile",
      ])
      #expect(second.status == 0 && second.output == first.output, "\(second.messages)")
      if check == "reload-test" {
        #expect(first.output.contains("it's here") && first.output.contains("1500ms") || first.output.contains("1.5s"))
      }
    }

    @Test("Every profile of the repository can be read by every check")
    func repository() throws {
      let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Profiles").path
      let files = try FileManager.default.contentsOfDirectory(atPath: root).filter { $0.hasSuffix(".json5") }
      #expect(files.count >= 2)
      for file in files {
        for check in ["fairness", "reload-test", "failover", "load", "inspect"] {
          let outcome = try tool.run([check, "--profile", "\(root)/\(file)", "--print-profile"])
          #expect(outcome.status == 0, "\(file): \(outcome.messages)")
        }
      }
    }
  }
}
