internal import Glibc
import Platform
internal import Synchronization
internal import Testing

@testable import Load

@Suite struct WorkerGateTests {
  @Test(
    "The start is a millisecond ahead of the last worker's coming, or the planned one; how late that is, is known",
    arguments: [
      (nil, 6_000_000, 0), (9_000_000, 9_000_000, 0), (6_000_000, 6_000_000, 0), (2_000_000, 2_000_000, 4_000_000),
    ] as [(Nanoseconds?, Nanoseconds, Nanoseconds)])
  func planned(_ planned: Nanoseconds?, _ start: Nanoseconds, _ lateness: Nanoseconds) {
    let clock = ManualClock(now: 5_000_000)
    let gate = WorkerGate(workers: 2, at: planned, clock: .manual(clock))
    gate.pass()
    #expect(gate.start == 0 && gate.elapsed == 0)
    #expect(gate.arrive() == start && gate.start == start && gate.lateness == lateness)
    clock.advance(by: 20_000_000)
    #expect(gate.elapsed == 25_000_000 - start)
  }

  @Test("No worker begins before the last is ready, and all have the same start, a little ahead")
  func start() throws {
    let gate = WorkerGate(workers: 3)
    let starts = Mutex<[Nanoseconds]>([])
    let threads = try (0..<2).map { index in
      try KernelThread(named: "gate-\(index)") {
        let start = gate.arrive()
        starts.withLock { $0.append(start) }
      }
    }
    MonotonicClock.sleep(20_000_000)
    #expect(starts.withLock { $0.isEmpty })
    #expect(gate.elapsed == 0)
    let before = MonotonicClock.now()
    let start = gate.arrive()
    threads.forEach { $0.join() }
    #expect(start > before)
    #expect(starts.withLock { $0 } == [start, start])
    while MonotonicClock.now() <= start { MonotonicClock.sleep(100_000) }
    #expect(gate.elapsed > 0)
  }
}
