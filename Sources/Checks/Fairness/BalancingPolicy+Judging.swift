package import Statistics

/// What there is to say and to judge of each policy: a new one is asked for all of it here.
extension BalancingPolicy {
  /// By what the shares of the backends are judged.
  enum ShareRule {
    /// By their distance from the expected ones.
    case deviation
    /// By whether chance explains the distance.
    case chance
    /// By the shares of the keys, or of the visitors who get one, each of which counts once.
    case keys
    /// By the time that their requests are in flight, all together.
    case busyTime
    /// There are none.
    case none
  }

  var shareRule: ShareRule {
    switch self {
    case .roundRobin, .weightedRoundRobin, .unknown: .deviation
    case .random: .chance
    case .leastConnections: .busyTime
    case .sticky: .keys
    case .twoChoices, .single: .none
    }
  }

  /// Whether its order is a period.
  var isRotation: Bool {
    switch self {
    case .roundRobin, .weightedRoundRobin: true
    case .random, .leastConnections, .twoChoices, .sticky, .single, .unknown: false
    }
  }

  /// Whether it sends less to backends that are busy.
  var heedsLoad: Bool {
    switch self {
    case .leastConnections, .twoChoices: true
    case .roundRobin, .weightedRoundRobin, .random, .sticky, .single, .unknown: false
    }
  }

  /// Whether every backend that answered before the traffic has to answer in it.
  var usesEveryBackend: Bool {
    switch self {
    case .roundRobin, .weightedRoundRobin, .random, .leastConnections, .twoChoices, .single, .unknown: true
    case .sticky: false
    }
  }

  /// How the backends answered, behind their number.
  func manner(stickyBy: String?, per unit: BalancingUnit?) -> String {
    switch self {
    case .roundRobin: unit == .connection ? "in rotation, one turn per connection" : "in rotation"
    case .weightedRoundRobin:
      unit == .connection ? "in a weighted rotation, one turn per connection" : "in a weighted rotation"
    case .random: unit == .connection ? "in random order, chosen for each connection" : "in random order"
    case .leastConnections: "by least connections"
    case .twoChoices: "by the less busy of two"
    case .sticky: "by \(stickyBy ?? "a key"), not in rotation"
    case .single: "every request"
    case .unknown: "in an order without a known pattern"
    }
  }

  /// What is seen where another policy was expected, as a clause; `nil` for its name alone.
  func clause(stickyBy: String?) -> String? {
    switch self {
    case .roundRobin: "the rotation is even, not weighted"
    case .weightedRoundRobin: "the rotation is weighted"
    case .random: "the order is random"
    case .leastConnections: "the least busy backend gets the next request (least connections)"
    case .twoChoices: "the less busy of two random backends gets the next request"
    case .sticky: stickyBy.map { "visitors stick to a backend by \($0)" }
    case .single: "one backend gave every answer"
    case .unknown: nil
    }
  }

  /// What else looks like it, or what it means; `nil` where its name says enough.
  var detail: String? {
    switch self {
    case .roundRobin, .weightedRoundRobin: nil
    case .random: "The order is random; many requests of other visitors in between look like this too."
    case .leastConnections:
      "Under load each backend gets what keeps it as busy as the others: a slow one fewer requests. One request at a time meets "
        + "them in turn, or the first alone."
    case .twoChoices: "Under load a busy backend gets fewer requests, and not so few that all are equally busy."
    case .sticky: "Each value of the key met the same backend every time it was asked, on connections of its own."
    case .single: "One backend gave every answer."
    case .unknown: "The order is neither a rotation nor chance; requests of other visitors in between look like this."
    }
  }

  /// What to do where it was not expected; `nil` where nothing is known to help.
  var advice: String? {
    switch self {
    case .sticky:
      "Remove what binds visitors to a backend (ip_hash, hash, a cookie), or expect it with --policy sticky."
    case .leastConnections:
      "Expect it with --policy least-connections, or take least_conn, leastconn or least_request out of the balancer."
    case .twoChoices: "Expect it with --policy two-choices."
    case .single: "Put every server into the upstream, and check whether the others are marked down."
    case .weightedRoundRobin: "Make the weights equal, or give the expected ones with --backend NAME=WEIGHT."
    case .roundRobin, .random, .unknown: nil
    }
  }

  /// Those that can be expected.
  package static var expectable: [BalancingPolicy] { allCases.filter { $0 != .unknown } }
}
