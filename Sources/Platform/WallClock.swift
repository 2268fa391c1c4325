internal import Glibc

/// The time of day by this machine's clock, which may be set and may be wrong.
public enum WallClock {
  /// Nanoseconds since 1970.
  public static func now() -> Int64 { Int64(clamping: MonotonicClock.read(CLOCK_REALTIME)) }

  /// Seconds since 1970.
  public static var seconds: Double { Double(now()) / 1e9 }
}
