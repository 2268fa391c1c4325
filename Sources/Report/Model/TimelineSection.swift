/// Requests by when they were due, in intervals of the same length from the run's start.
public struct TimelineSection: Codable, Sendable, Equatable {
  /// Above 0.
  public var intervalSeconds: Double
  /// Requests with an outcome, by interval.
  public var requests: [Int]
  /// Those of them that failed.
  public var failed: [Int]
  /// The slowest success of each interval, from its due time, in milliseconds; 0 where there was none.
  public var slowest: [Double]

  public init(intervalSeconds: Double, requests: [Int] = [], failed: [Int] = [], slowest: [Double] = []) {
    self.intervalSeconds = intervalSeconds
    self.requests = requests
    self.failed = failed
    self.slowest = slowest
  }
}
