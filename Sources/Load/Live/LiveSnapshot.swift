public import Platform

/// What a run has done so far, readable while it goes on.
public struct LiveSnapshot: Sendable {
  /// The clock's reading at which the run began.
  public let start: Nanoseconds
  public let elapsed: Nanoseconds
  public let succeeded: Int
  public let failed: Int
  /// Latency percentiles of successful requests, at most 1.6 % too high, in nanoseconds; `nil` before the first.
  public let p50: Nanoseconds?
  public let p99: Nanoseconds?
  /// The longest, with the same precision.
  public let slowest: Nanoseconds?
  /// Successful answers by backend, in order of appearance; names that stand for no backend are left out.
  public let backends: [(name: String, requests: Int)]
  /// `nil` unless the plan asks for it.
  public let recent: RecentRequests?
}
