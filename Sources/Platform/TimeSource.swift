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

  /// The time of day in nanoseconds since 1970, as ``WallClock/now()``.
  @inlinable @inline(__always)
  public func wall() -> Int64 {
    guard let manual else { return WallClock.now() }
    return manual.wall
  }

  /// Lets the calling thread rest, as ``MonotonicClock/sleep(_:)``; a manual clock is advanced instead, without waiting.
  public func sleep(_ time: Nanoseconds) {
    guard let manual else { return MonotonicClock.sleep(time) }
    manual.advance(by: time)
  }
}

/// A clock that does not advance until it is moved, and a wall clock beside it; threads may share them.
public final class ManualClock: Sendable {
  private let time: Atomic<Nanoseconds>
  /// How far the wall clock is ahead.
  private let distance: Atomic<Int64>

  /// - Parameters:
  ///   - now: its first reading, in nanoseconds.
  ///   - wall: that of the wall clock.
  public init(now: Nanoseconds = 1_000_000_000, wall: Int64 = 1_800_000_000_000_000_000) {
    time = Atomic(now)
    distance = Atomic(wall &- Int64(bitPattern: now))
  }

  public var now: Nanoseconds { time.load(ordering: .acquiring) }

  public var wall: Int64 { Int64(bitPattern: now) &+ distance.load(ordering: .acquiring) }

  /// Sets the wall clock alone.
  ///
  /// - Parameter step: nanoseconds, below 0 to set it back.
  public func setWall(by step: Int64) { distance.wrappingAdd(step, ordering: .acquiringAndReleasing) }

  public func advance(by interval: Nanoseconds) { time.wrappingAdd(interval, ordering: .acquiringAndReleasing) }
}
