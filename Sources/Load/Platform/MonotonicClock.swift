internal import Glibc

/// Nanoseconds; a time is counted from an arbitrary start, a run's times from its own.
public typealias Nanoseconds = UInt64

/// The clock that all measuring uses: CLOCK_MONOTONIC, never set back, standing still while the machine sleeps.
public enum MonotonicClock {
  @inline(__always)
  public static func now() -> Nanoseconds {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
