internal import Platform
internal import Report

/// When a check began and how long it has taken.
struct ReportClock {
  private let wall = WallClock.seconds
  private let start = MonotonicClock.now()

  var startedAt: String { UTCTime.rfc3339(secondsSince1970: wall) }

  var seconds: Double { Double(MonotonicClock.now() - start) / 1e9 }
}
