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
