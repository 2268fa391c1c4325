/// Whether a run's figures are those of one state of the target.
public struct SteadinessSection: Codable, Sendable, Equatable {
  /// How many successful requests, from the first one on, belong to a warm-up: 0 where none is certain; left out where it is not
  /// known.
  public var warmUpRequests: Int?
  /// Whether the latency is without them; left out where that was not asked for.
  public var isWarmUpLeftOut: Bool?
  /// Whether latency and rate stayed the same after that; left out where it is not known.
  public var isSteady: Bool?
  /// What did not stay the same.
  public var changes: [SteadinessChange]

  public init(
    warmUpRequests: Int? = nil, isWarmUpLeftOut: Bool? = nil, isSteady: Bool? = nil, changes: [SteadinessChange] = []
  ) {
    self.warmUpRequests = warmUpRequests
    self.isWarmUpLeftOut = isWarmUpLeftOut
    self.isSteady = isSteady
    self.changes = changes
  }
}

/// One change, by a step or a trend.
public struct SteadinessChange: Codable, Sendable, Equatable {
  public enum Quantity: String, Codable, Sendable {
    /// Milliseconds at the percentile that changed the most.
    case latency
    /// Requests a second.
    case rate
  }

  public var quantity: Quantity
  /// The percentile, such as `p50`; left out for a rate.
  public var figure: String?
  /// About when the step was, or the middle of a trend, in seconds from the start; left out where it is not known.
  public var afterSeconds: Double?
  public var before: Double
  public var after: Double
  /// The probability of so large a change by chance, 0…1.
  public var pValue: Double

  public init(
    quantity: Quantity, figure: String? = nil, afterSeconds: Double? = nil, before: Double, after: Double,
    pValue: Double
  ) {
    self.quantity = quantity
    self.figure = figure
    self.afterSeconds = afterSeconds
    self.before = before
    self.after = after
    self.pValue = pValue
  }
}
