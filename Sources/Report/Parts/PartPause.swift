/// A stretch in which a shard itself stood still, in nanoseconds from the look's start.
public struct PartPause: Codable, Sendable, Equatable {
  /// `stopped` or `suspended`.
  public var cause: String
  public var start: UInt64
  public var end: UInt64
  /// In real time.
  public var length: UInt64
  /// When all requests that had become due meanwhile were begun.
  public var caughtUp: UInt64

  public init(cause: String, start: UInt64, end: UInt64, length: UInt64, caughtUp: UInt64) {
    self.cause = cause
    self.start = start
    self.end = end
    self.length = length
    self.caughtUp = caughtUp
  }
}
