import Platform
import Testing

@testable import Deployment

/// When a reload has replaced a server's workers.
@Suite struct WorkerRuleTests {
  private static func worker(_ pid: Int32, started ticks: UInt64 = 1, _ title: String = "app: worker") -> ProcessEntry {
    ProcessEntry(pid: pid, name: "app", arguments: [title], startTicks: ticks)
  }

  private static let before = [worker(11), worker(12)]

  @Test(
    "It is over once no old worker serves and a new one does",
    arguments: [
      ("nothing has happened", before, true, WorkerRule.Progress.waiting(old: 2, new: 0)),
      ("one of two", [worker(12), worker(13)], true, .waiting(old: 1, new: 1)),
      ("nobody serves for a moment", [], true, .waiting(old: 0, new: 0)),
      ("the second of the new ones is still to come", [worker(13)], true, .starting(new: 1)),
      ("all", [worker(13), worker(14)], true, .done(new: 2)),
      ("a number used again is another process", [worker(11, started: 5), worker(14)], true, .done(new: 2)),
      ("the master has ended", [worker(13)], false, .masterEnded),
    ])
  func progress(_ name: String, _ now: [ProcessEntry], _ isRunning: Bool, _ expected: WorkerRule.Progress) {
    #expect(
      WorkerRule().progress(before: Self.before, children: now, isMasterRunning: isRunning) == expected, "\(name)")
  }

  @Test("Where their number follows the load, fewer than before are all")
  func fewer() {
    #expect(
      WorkerRule(followsLoad: true).progress(before: Self.before, children: [Self.worker(13)], isMasterRunning: true)
        == .done(new: 1))
  }

  @Test("nginx: workers that shut down and helpers do not serve")
  func retiring() {
    let rule = SignalledServer.nginxWorkers
    let children = [
      Self.worker(11, "nginx: worker process is shutting down"), Self.worker(13, "nginx: worker process"),
      Self.worker(14, "nginx: cache manager process"), Self.worker(15, "nginx: master process nginx"),
    ]
    #expect(rule.serving(children).map(\.pid) == [13])
    #expect(
      rule.progress(before: [Self.worker(11, "nginx: worker process")], children: children, isMasterRunning: true)
        == .done(new: 1))
  }

  @Test("HAProxy: the youngest takes new connections, the others finish theirs")
  func youngest() {
    let rule = SignalledServer.haproxy.workers
    #expect(rule.serving([Self.worker(11), Self.worker(12, started: 2)]).map(\.pid) == [12])
    #expect(
      rule.progress(before: [Self.worker(11)], children: [Self.worker(11)], isMasterRunning: true)
        == .waiting(old: 1, new: 0))
    #expect(
      rule.progress(
        before: [Self.worker(11)], children: [Self.worker(11), Self.worker(12, started: 2)], isMasterRunning: true)
        == .done(new: 1))
  }

  @Test("A server without workers is down, unless its master serves alone or its workers follow the load")
  func nobody() {
    let master = Self.worker(10)
    #expect(WorkerRule().instances([], master: master).map(\.isUp) == [false])
    #expect(WorkerRule(mayBeAlone: true).instances([], master: master).map(\.pid) == [10])
    #expect(WorkerRule(followsLoad: true).instances([], master: master).isEmpty)
    #expect(WorkerRule(followsLoad: true).instances(Self.before, master: master).map(\.followsLoad) == [true, true])
    #expect(WorkerRule().instances(Self.before, master: master).map(\.name) == ["worker 11", "worker 12"])
  }
}
