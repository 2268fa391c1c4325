import Deployment
import Report
import Testing

@testable import Checks

@Suite struct InstanceHistoryTests {
  private func instance(_ name: String, pid: Int32 = 10, restarts: Int = 0, isUp: Bool = true, by: [String]? = nil)
    -> ManagedInstance
  {
    ManagedInstance(
      name: name, pid: pid, status: isUp ? "online" : "errored", restarts: restarts,
      settings: by.map {
        InstanceSettings(listenTimeout: 3_000, killTimeout: 1_600, waitsForReady: false, restartsBy: $0)
      })
  }

  @Test("A phase ends where the next one's action begins, and the last one where all does")
  func phases() {
    let names = ["baseline", "reload", "restart"]
    func list(_ phase: String, _ moment: InstanceList.Moment, _ pid: Int32) -> InstanceList {
      InstanceList(phase: phase, moment: moment, instances: [instance("0", pid: pid)])
    }
    let history = InstanceHistory([
      list("baseline", .before, 1), list("reload", .before, 2), list("reload", .after, 3), list("restart", .before, 4),
      list("restart", .after, 5), list("restart", .end, 6),
    ])
    func pids(_ index: Int) -> [Int32?] {
      let phase = history.phase(index, of: names)
      return [phase.before, phase.after, phase.end, phase.undisturbed].map { $0?.first?.pid }
    }
    #expect(pids(0) == [1, nil, 2, 1])
    #expect(pids(1) == [2, 3, 4, 3])
    #expect(pids(2) == [4, 5, 6, 5])
    #expect(InstanceHistory([]).phase(0, of: names).end == nil)
  }

  @Test("What changes from the action's end to the phase's end was not asked for")
  func unasked() {
    func lines(_ after: [ManagedInstance], _ end: [ManagedInstance]) -> [String] {
      UnaskedRestarts(InstanceHistory.Phase(before: nil, after: after, end: end)).lines
    }
    #expect(lines([instance("0", restarts: 3)], [instance("0", restarts: 3)]).isEmpty)
    #expect(
      lines(
        [instance("0", restarts: 3), instance("1")], [instance("0", pid: 11, restarts: 4), instance("1", restarts: 2)])
        == ["instance 0 restarted by itself once", "instance 1 restarted by itself 2 times"])
    #expect(lines([instance("0")], [instance("0", pid: 12)]) == ["instance 0 got another process by itself"])
    #expect(lines([instance("0"), instance("1")], [instance("0")]) == ["instance 1 is no longer listed"])
    #expect(lines([instance("0")], [instance("0"), instance("1")]) == ["instance 1 is new in the list"])
    // The numbers come from outside.
    #expect(lines([instance("0", restarts: .min)], [instance("0", pid: 10, restarts: .max)]).isEmpty)
  }

  @Test("Workers that come and go with the load were not to be asked for; any other that does is found")
  func followsLoad() {
    func lines(_ followsLoad: Bool?) -> [String] {
      func worker(_ pid: Int32) -> ManagedInstance {
        ManagedInstance(name: "worker \(pid)", pid: pid, status: "running", followsLoad: followsLoad)
      }
      return UnaskedRestarts(
        InstanceHistory.Phase(before: nil, after: [worker(1), worker(2)], end: [worker(2), worker(3)])
      ).lines
    }
    #expect(lines(true).isEmpty)
    #expect(lines(nil) == ["instance worker 1 is no longer listed", "instance worker 3 is new in the list"])
  }

  @Test("The settings that restart instances are named where one restarted, and those that are down where they are")
  func causes() {
    let cron = ["cron_restart */1 * * * *"]
    let seen = UnaskedRestarts(
      InstanceHistory.Phase(
        before: [instance("0", by: cron), instance("1")], after: nil,
        end: [instance("0", pid: 11, restarts: 1, by: cron), instance("1", isUp: false)]))
    #expect(seen.causes == cron && seen.down == ["instance 1 is errored"])
  }

  @Test("A process that answers and is not listed is reported, unless the numbers are no processes")
  func unlisted() {
    func find(_ answering: [String], listed: [Int32]) -> UnlistedProcesses {
      let list = listed.map { instance("\($0)", pid: $0) }
      return UnlistedProcesses(
        answering: answering, phase: InstanceHistory.Phase(before: list, after: nil, end: list), known: Set(listed))
    }
    #expect(find(["101", "102"], listed: [101, 102]).pids.isEmpty)
    let left = find(["101", "102", "99"], listed: [101, 102])
    #expect(left.pids == [99] && !left.isEveryone)
    let grandchildren = find(["201", "202"], listed: [101, 102])
    #expect(grandchildren.pids == [201, 202] && grandchildren.isEveryone)
    #expect(find(["v1.2", "101"], listed: [101]).pids.isEmpty, "names, not numbers")
    #expect(find(["20261128143000"], listed: [101]).pids.isEmpty, "too large for a process")
  }

  @Test("An instance's state is known by pm2's words alone")
  func states() {
    func isUp(_ status: String, pid: Int32 = 7) -> Bool? { ManagedInstance(name: "0", pid: pid, status: status).isUp }
    #expect(isUp("online") == true && isUp("online", pid: 0) == false && isUp("errored") == false)
    #expect(isUp("launching") == false && isUp("waiting restart") == false && isUp("active (running)") == nil)
  }
}
