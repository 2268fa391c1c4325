package import Platform
internal import Statistics

extension WallClock {
  /// When the monotonic clock will show a time of day, as far as can be determined now; at least 0.
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
