internal import Synchronization

/// Where the time is read: the system's clock, or one that a test moves.
///
/// A concrete type, not a protocol: with the system's clock a reading costs one comparison more than the system call.
public struct TimeSource: Sendable {
  public static let system = TimeSource(manual: nil)

  @usableFromInline let manual: ManualClock?

  @inlinable init(manual: ManualClock?) { self.manual = manual }

  public static func manual(_ clock: ManualClock) -> TimeSource { TimeSource(manual: clock) }

  /// In nanoseconds, as ``MonotonicClock/now()``.
  @inlinable @inline(__always)
  public func now() -> Nanoseconds {
    guard let manual else { return MonotonicClock.now() }
    return manual.now
  }

  /// Lets the calling thread rest, as ``MonotonicClock/sleep(_:)``; a manual clock is advanced instead, without waiting.
  public func sleep(_ time: Nanoseconds) {
    guard let manual else { return MonotonicClock.sleep(time) }
    manual.advance(by: time)
  }
}

/// A clock that does not advance until it is moved; threads may share it.
public final class ManualClock: Sendable {
  private let time: Atomic<Nanoseconds>

  /// - Parameter now: its first reading, in nanoseconds.
  public init(now: Nanoseconds = 1_000_000_000) { time = Atomic(now) }

  public var now: Nanoseconds { time.load(ordering: .acquiring) }

  public func advance(by interval: Nanoseconds) { time.wrappingAdd(interval, ordering: .acquiringAndReleasing) }
}
