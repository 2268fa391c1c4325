/// One server behind the balancer, with its figures.
public struct BackendSection: Codable, Sendable, Equatable {
  /// The name by which its answers identify it, as received.
  public var name: String
  /// Requests it answered, 0 or more.
  public var requests: Int
  /// Requests it answered as expected.
  public var succeeded: Int
  /// Requests it answered otherwise.
  public var failed: Int
  /// Its part of all attributed successful answers, 0…1.
  public var share: Double
  /// The part it should have had, 0…1.
  public var expectedShare: Double?
  /// Its role in the setup where that is not the usual one: "backup".
  public var role: String?
  /// How long its answers took.
  public var latency: LatencySummary?

  /// A backend with its counts and shares.
  public init(
    name: String,
    requests: Int,
    succeeded: Int,
    failed: Int,
    share: Double,
    expectedShare: Double? = nil,
    role: String? = nil,
    latency: LatencySummary? = nil
  ) {
    self.name = name
    self.requests = requests
    self.succeeded = succeeded
    self.failed = failed
    self.share = share
    self.expectedShare = expectedShare
    self.role = role
    self.latency = latency
  }
}
