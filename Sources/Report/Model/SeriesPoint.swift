/// The requests that were due in one interval of a run and have an outcome.
public struct SeriesPoint: Codable, Sendable, Equatable {
  /// When the interval begins, in seconds from the run's start.
  public var second: Int
  public var requests: Int
  /// Those of them that failed.
  public var failed: Int
  /// The median of the successes from their due times, in milliseconds, at most 1.6 % too high; left out where there was none, as
  /// the next two.
  public var p50: Double?
  /// The 99th percentile likewise.
  public var p99: Double?
  /// The slowest success from its due time, in milliseconds.
  public var max: Double?
  /// Answers by the backend that they name; left out where none names one.
  public var shares: [String: Int]?

  public init(
    second: Int, requests: Int, failed: Int = 0, p50: Double? = nil, p99: Double? = nil, max: Double? = nil,
    shares: [String: Int]? = nil
  ) {
    self.second = second
    self.requests = requests
    self.failed = failed
    self.p50 = p50
    self.p99 = p99
    self.max = max
    self.shares = shares
  }
}

/// Bytes over the connections: heads and contents of requests and answers, without what TLS adds.
public struct ByteCounts: Codable, Sendable, Equatable {
  public var sent: Int
  public var received: Int

  public init(sent: Int, received: Int) {
    self.sent = sent
    self.received = received
  }
}
