import Deployment
import Testing

@testable import Checks

/// Whether a manager's lists show that a reload replaced everything.
@Suite struct ListedReplacementTests {
  private static func worker(_ pid: Int32) -> ManagedInstance {
    ManagedInstance(name: "worker \(pid)", pid: pid, status: "running")
  }

  private static func container(_ id: String?, _ name: String = "web-1") -> ManagedInstance {
    ManagedInstance(name: name, status: "running", incarnation: id)
  }

  @Test(
    "Only where none of the old processes is left and a new one is there",
    arguments: [
      ("all", [worker(1), worker(2)], [worker(3), worker(4)], true),
      ("fewer than before", [worker(1), worker(2)], [worker(3)], true),
      ("one stays", [worker(1), worker(2)], [worker(2), worker(3)], false),
      ("nobody is left", [worker(1), worker(2)], [], false),
      ("the master is down", [worker(1)], [ManagedInstance(name: "master", status: "stopped")], false),
      ("another container of the same name", [container("a")], [container("b")], true),
      ("the same container", [container("a")], [container("a")], false),
      ("no process is named any more", [container("a")], [container(nil)], false),
    ])
  func table(_ name: String, _ before: [ManagedInstance], _ after: [ManagedInstance], _ isWhole: Bool) throws {
    let replacement = try #require(ListedReplacement(before: before, after: after))
    #expect(replacement.isWhole == isWhole, "\(name)")
  }

  @Test("A list that names no process shows nothing")
  func nothing() {
    #expect(ListedReplacement(before: [Self.container(nil)], after: [Self.container(nil)]) == nil)
    #expect(ListedReplacement(before: [], after: [Self.worker(1)]) == nil)
  }
}
