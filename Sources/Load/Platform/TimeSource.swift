internal import Synchronization

/// Where the engine reads the time: the system's clock, or one that a test moves.
///
/// A value, and without a witness to call: with the system's clock a reading costs one comparison more than the system call.
struct TimeSource: Sendable {
  static let system = TimeSource(manual: nil)

  private let manual: ManualClock?

  static func manual(_ clock: ManualClock) -> TimeSource { TimeSource(manual: clock) }

  /// In nanoseconds, as ``MonotonicClock/now()``.
  @inline(__always)
  func now() -> Nanoseconds {
    guard let manual else { return MonotonicClock.now() }
    return manual.now
  }
}

/// A clock that stands still until it is moved; threads may share it.
final class ManualClock: Sendable {
  private let time: Atomic<Nanoseconds>

  /// - Parameter now: its first reading, in nanoseconds.
  init(now: Nanoseconds = 1_000_000_000) { time = Atomic(now) }

  var now: Nanoseconds { time.load(ordering: .acquiring) }

  func advance(by interval: Nanoseconds) { time.wrappingAdd(interval, ordering: .acquiringAndReleasing) }
}
