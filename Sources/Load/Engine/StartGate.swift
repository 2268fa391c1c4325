internal import Synchronization

/// Sets the start of a run once all of its workers are ready for it.
final class StartGate: Sendable {
  private let missing: Atomic<Int>
  private let start = Atomic<Nanoseconds>(0)

  init(workers: Int) { missing = Atomic(workers) }

  /// Waits for the other workers; the result is the run's start, a little ahead.
  func arrive() -> Nanoseconds {
    if missing.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
      start.store(MonotonicClock.now() + 1_000_000, ordering: .releasing)
    }
    while true {
      let start = start.load(ordering: .acquiring)
      if start > 0 { return start }
      MonotonicClock.sleep(100_000)
    }
  }

  /// How long the run has gone on; 0 before its start.
  var elapsed: Nanoseconds {
    let start = start.load(ordering: .acquiring)
    let now = MonotonicClock.now()
    return start > 0 && now > start ? now - start : 0
  }
}
