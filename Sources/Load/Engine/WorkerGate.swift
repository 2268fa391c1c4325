internal import Platform
internal import Synchronization

/// Sets the start of a run once all of its workers are ready for it.
final class WorkerGate: Sendable {
  private let planned: Nanoseconds?
  private let clock: TimeSource
  private let missing: Atomic<Int>
  private let chosen = Atomic<Nanoseconds>(0)
  private let late = Atomic<Nanoseconds>(0)
  private let closed = Atomic<Nanoseconds>(0)

  /// - Parameter planned: the clock's reading at which the run is to begin; `nil` for as soon as it can.
  init(workers: Int, at planned: Nanoseconds? = nil, clock: TimeSource = .system) {
    self.planned = planned
    self.clock = clock
    missing = Atomic(workers)
  }

  /// The clock's reading at which the run begins; 0 before all workers are there.
  var start: Nanoseconds { chosen.load(ordering: .acquiring) }

  /// How much later than planned the run could begin.
  var lateness: Nanoseconds { late.load(ordering: .acquiring) }

  /// Waits for the other workers; the result is the run's start, a little ahead unless it was planned for earlier.
  func arrive() -> Nanoseconds {
    pass()
    while true {
      if start > 0 { return start }
      clock.sleep(100_000)
    }
  }

  /// Counts a worker as ready, or as never coming, without waiting for the others.
  func pass() {
    if missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
      let soon = clock.now() + 1_000_000
      let start = planned ?? soon
      late.store(soon - min(soon, start), ordering: .releasing)
      chosen.store(start, ordering: .releasing)
    }
  }

  /// Sets the run's end, when all workers are done.
  func close() { closed.store(clock.now(), ordering: .releasing) }

  var isClosed: Bool { closed.load(ordering: .acquiring) > 0 }

  /// How long the run has gone on, or went on; 0 before its start.
  var elapsed: Nanoseconds {
    let (start, closed) = (start, closed.load(ordering: .acquiring))
    let now = closed > 0 ? closed : clock.now()
    return start > 0 && now > start ? now - start : 0
  }
}
