/// What a balancer deals out among its backends.
public enum BalancingUnit: String, Sendable, Codable, CaseIterable {
  /// Each request by itself, whatever connection it came over.
  case request
  /// Connections: all requests of one meet the same backend.
  case connection
}
