public import Glibc

/// Nanoseconds; a time is counted from an arbitrary start, a run's times from its own.
public typealias Nanoseconds = UInt64

/// The clock that all measuring uses: CLOCK_MONOTONIC, never set back, stopped while the machine is suspended.
public enum MonotonicClock {
  @inlinable @inline(__always)
  public static func now() -> Nanoseconds { read(CLOCK_MONOTONIC) }

  /// The processor time that this process has taken, of all its threads together.
  public static func processorTime() -> Nanoseconds { read(CLOCK_PROCESS_CPUTIME_ID) }

  /// The processor time that the calling thread has taken.
  @inlinable @inline(__always)
  public static func threadProcessorTime() -> Nanoseconds { read(CLOCK_THREAD_CPUTIME_ID) }

  /// By how much CLOCK_BOOTTIME, which goes on while the machine is suspended, is ahead: it grows by each suspension.
  ///
  /// - Returns: nanoseconds, exact to a millisecond; `nil` if the thread was held up between the readings.
  public static func suspendedTime() -> Int64? {
    for _ in 0..<3 {
      let before = now()
      let boot = read(CLOCK_BOOTTIME)
      if now() - before < 1_000_000 { return Int64(bitPattern: boot &- before) }
    }
    return nil
  }

  /// Lets the calling thread rest; it may wake a little later, or earlier on a signal.
  public static func sleep(_ time: Nanoseconds) {
    var time = timespec(tv_sec: Int(time / 1_000_000_000), tv_nsec: Int(time % 1_000_000_000))
    nanosleep(&time, nil)
  }

  /// Lets the calling thread rest until the clock shows `deadline`, whatever signals come.
  public static func sleep(until deadline: Nanoseconds) {
    var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }

  @inlinable @inline(__always)
  static func read(_ clock: clockid_t) -> Nanoseconds {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
