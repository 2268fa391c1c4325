internal import Platform
internal import Synchronization

/// Ends a run's schedule before its plan does, from any thread: from then on nothing becomes due, and every request that was
/// sent is waited for until its outcome or its own timeout. ``StopSignal`` is for ending at once.
public final class FinishSignal: Sendable {
  /// A reading of ``MonotonicClock``; `.max` for not yet.
  private let reading = Atomic<Nanoseconds>(.max)

  public init() {}

  /// Ends the schedule now; only the first call counts.
  public func finish() {
    _ = reading.compareExchange(expected: .max, desired: MonotonicClock.now(), ordering: .relaxed)
  }

  public var isFinished: Bool { reading.load(ordering: .relaxed) != .max }

  /// When the schedule of a run that began at `start` ends; `.max` if it has not been ended.
  @inline(__always)
  func end(from start: Nanoseconds) -> Nanoseconds {
    let time = reading.load(ordering: .relaxed)
    return time == .max ? .max : time - min(start, time)
  }
}
