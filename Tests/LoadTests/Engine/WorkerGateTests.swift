internal import Glibc
import Platform
internal import Synchronization
internal import Testing

@testable import Load

@Suite struct WorkerGateTests {
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
