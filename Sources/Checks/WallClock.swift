internal import Glibc
package import Load
internal import Statistics

/// The time of day by this machine's clock, which may be set and may be wrong.
package enum WallClock {
  /// Nanoseconds since 1970.
  package static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Seconds since 1970.
  package static var seconds: Double { Double(now()) / 1e9 }

  /// When the monotonic clock will show a time of day, as far as can be told now; at least 0.
  package static func monotonic(at time: Int64) -> Nanoseconds {
    let ahead = time.subtractingSaturated(now())
    let clock = Int64(clamping: MonotonicClock.now())
    return Nanoseconds(max(0, clock.addingSaturated(ahead)))
  }

  /// The time of day at a reading of the monotonic clock.
  package static func time(atMonotonic reading: Nanoseconds) -> Int64 {
    let since = Int64(MonotonicClock.now()) - Int64(reading)
    return now() - since
  }
}
