/// How a balancer seems to choose a backend, seen from outside.
public enum BalancingPolicy: String, Sendable, Codable, CaseIterable {
  /// In a fixed order that holds each backend equally often.
  case roundRobin = "round-robin"
  /// In a fixed order that holds some backends more often than others.
  case weightedRoundRobin = "weighted-round-robin"
  /// Each choice independent of the one before.
  case random
  /// The backend with the fewest requests in flight for its weight.
  case leastConnections = "least-connections"
  /// The less busy one of two that chance names.
  case twoChoices = "two-choices"
  /// Always the same backend for one client or connection, but not for all.
  case sticky
  /// One backend answered everything.
  case single
  /// None of these could be shown, or too little was seen.
  case unknown
}
