/// The parts that a merged report is made of.
public struct ShardsSection: Codable, Sendable, Equatable {
  /// Into how many shards the run was divided.
  public var count: Int
  /// The numbers of the parts that are missing, from 1; left out if all are there.
  public var missing: [Int]?
  /// When all were to begin, as RFC 3339 text by the first shard's clock; left out without a common start.
  public var commonStart: String?
  /// In the order of their numbers.
  public var parts: [ShardPart]

  public init(count: Int, missing: [Int]? = nil, commonStart: String? = nil, parts: [ShardPart]) {
    self.count = count
    self.missing = missing
    self.commonStart = commonStart
    self.parts = parts
  }
}

/// One shard's part of the traffic.
public struct ShardPart: Codable, Sendable, Equatable {
  /// From 1.
  public var number: Int
  /// The machine's name.
  public var host: String?
  /// Requests with an outcome.
  public var requests: Int
  public var failed: Int
  /// How late its requests were sent at the 99th percentile, in milliseconds; left out in closed loop.
  public var lateness: Double?
  /// When it began, in milliseconds after the first of all shards to begin, by the clocks as far as they are known.
  public var startedAfter: Double
  /// How much later than the common start it was ready, in milliseconds.
  public var startLateness: Double
  /// By how much its clock is ahead of the first shard's, in milliseconds; left out where that is unknown.
  public var clockOffset: Double?
  /// How far off that may be, in milliseconds.
  public var clockUncertainty: Double?
  /// True if the shard was stopped before its end.
  public var interrupted: Bool?

  public init(
    number: Int, host: String? = nil, requests: Int, failed: Int, lateness: Double? = nil, startedAfter: Double,
    startLateness: Double, clockOffset: Double? = nil, clockUncertainty: Double? = nil, interrupted: Bool? = nil
  ) {
    self.number = number
    self.host = host
    self.requests = requests
    self.failed = failed
    self.lateness = lateness
    self.startedAfter = startedAfter
    self.startLateness = startLateness
    self.clockOffset = clockOffset
    self.clockUncertainty = clockUncertainty
    self.interrupted = interrupted
  }
}
