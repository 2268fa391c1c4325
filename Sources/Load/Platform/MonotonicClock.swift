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

  /// The processor time that this process has taken, of all its threads together.
  public static func processorTime() -> Nanoseconds {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }

  /// Lets the calling thread rest; it may wake a little later, or earlier on a signal.
  public static func sleep(_ time: Nanoseconds) {
    var time = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    nanosleep(&time, nil)
  }
}
