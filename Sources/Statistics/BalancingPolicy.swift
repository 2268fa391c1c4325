public enum BalancingPolicy: String, Sendable, Codable, CaseIterable {
  case roundRobin = "round-robin"
  case weightedRoundRobin = "weighted-round-robin"
  case random, sticky, single, unknown
}
