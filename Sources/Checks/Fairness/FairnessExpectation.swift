package import Statistics

/// What the user expects of the balancer.
package struct FairnessExpectation: Sendable, Equatable {
  /// `nil`: single where one primary is named, else round-robin, or weighted-round-robin if weights were given.
  package var policy: BalancingPolicy?
  /// What is to be dealt out; `nil`: requests, unless every request is to have a connection of its own.
  package var per: BalancingUnit?
  package var backends: [ExpectedBackend] = []
  /// The largest distance of a share from its expectation, as a part of all requests (0.02 are two percentage points).
  package var tolerance = usualTolerance
  static let usualTolerance = 0.02
  /// The least rotation score that counts as a rotation, 0 to 1.
  package var rotationThreshold = 0.95
  /// Below this p-value a deviation is not called chance.
  package var significance = 0.001
  /// A path whose answers take long, or longer from some backends, which shows whether the load decides; `nil` for none.
  package var unequalPath: String?

  package init() {}

  /// Chooses the policy where the user does not.
  package mutating func complete() { policy = judgedPolicy }

  var judgedPolicy: BalancingPolicy {
    if let policy { return policy }
    if backends.primaries.count == 1 { return .single }
    return Set(backends.compactMap(\.weight)).count > 1 ? .weightedRoundRobin : .roundRobin
  }

  /// So many requests find a share that is off by the tolerance in 99 runs of 100, where chance is meant: 1,000 to 100,000.
  ///
  /// Without names it is the number for three backends, which take the most of all that are equal.
  var requestsForChance: Int {
    let shares = namedShares.count > 1 ? Array(namedShares.values) : [1, 1, 1].map { $0 / 3 }
    let noncentrality = ChiSquare.noncentrality(
      degreesOfFreedom: shares.count - 1, significance: significance, power: ShareFigures.power)
    let spread = shares.map { $0 * (1 - $0) }.max() ?? 0.25
    let requests = (noncentrality ?? 40) * spread / max(tolerance * tolerance, 1e-6)
    return min(max(Int((requests / 1000).rounded(.up)), 1), 100) * 1000
  }

  /// The weights of the named primaries, over their greatest common divisor.
  var namedWeights: [String: Int] {
    let weights = backends.compactMap { backend in backend.weight.map { (backend.name, $0) } }
    var divisor = 0
    for (_, weight) in weights {
      var other = weight
      while other != 0 { (divisor, other) = (other, divisor % other) }
    }
    return Dictionary(weights.map { ($0.0, $0.1 / max(divisor, 1)) }, uniquingKeysWith: { first, _ in first })
  }

  /// The share that each named primary is due, by its weight; empty where none is named.
  var namedShares: [String: Double] {
    let weights = backends.compactMap { backend in backend.weight.map { (backend.name, Double($0)) } }
    let sum = weights.reduce(0) { $0 + $1.1 }
    return Dictionary(weights.map { ($0.0, $0.1 / sum) }, uniquingKeysWith: +)
  }
}
