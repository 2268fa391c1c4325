import Platform
import Testing

@testable import Checks
@testable import Load

@Suite struct RunningPhasesTests {
  private static let millisecond: Nanoseconds = 1_000_000

  /// A baseline of 2 s, seen later by a generator whose next request is or was due at some time, all in milliseconds.
  private func mayGoOn(
    at now: Nanoseconds, nextDue: Nanoseconds, failsLast: Bool = false, toRepair: Bool = false
  ) -> Bool {
    var phases = RunningPhases(steps: 2, timing: PhaseTiming(settle: 2000 * Self.millisecond))
    phases.open("baseline", atLeast: 0, isRepair: false, [], snapshot(at: 0, nextDue: 0, failsLast: false))
    return phases.mayGoOn(snapshot(at: now, nextDue: nextDue, failsLast: failsLast), toRepair: toRepair)
  }

  private func snapshot(at now: Nanoseconds, nextDue: Nanoseconds, failsLast: Bool) -> LiveSnapshot {
    var slots = Array(repeating: RecentRequests.Slot(begun: 20, succeeded: 20), count: Int(now / 100) + 1)
    if failsLast { slots[slots.count - 1].failed = 1 }
    return LiveSnapshot(
      start: 0, elapsed: now * Self.millisecond, succeeded: 100, failed: 0, p50: nil, p99: nil, slowest: nil,
      backends: [], recent: RecentRequests(first: 0, slots: slots, nextDue: nextDue * Self.millisecond))
  }

  @Test("An action waits for the settling, for a second without failure, and for the generator to be on time")
  func action() {
    #expect(!mayGoOn(at: 1999, nextDue: 2000))
    #expect(mayGoOn(at: 2000, nextDue: 2005))
    #expect(mayGoOn(at: 2000, nextDue: 1995))
    #expect(!mayGoOn(at: 2000, nextDue: 1960))
    #expect(!mayGoOn(at: 2000, nextDue: 2005, failsLast: true))
    // Not for longer than the recovery of 30 s.
    #expect(!mayGoOn(at: 31_999, nextDue: 1960))
    #expect(mayGoOn(at: 32_000, nextDue: 1960))
    #expect(mayGoOn(at: 32_000, nextDue: 32_000, failsLast: true))
  }

  @Test("A repair waits for the settling alone")
  func repair() {
    #expect(mayGoOn(at: 2000, nextDue: 1960, failsLast: true, toRepair: true))
    #expect(!mayGoOn(at: 1999, nextDue: 2000, toRepair: true))
  }
}
