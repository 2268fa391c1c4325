import Load
import Report
import Statistics
import Testing

@testable import Checks

/// Balancers of requests and of connections as a check sees them, drawn by seed: how often a fair one fails, and how often a wrong
/// one is found.
@Suite struct UnitSimulationTests {
  private enum Order: CaseIterable {
    case rotation
    case chance
  }

  private struct Balancer {
    var backends = ["a", "b", "c"]
    var order = Order.rotation
    var unit = BalancingUnit.connection
    /// Whether every request has a connection of its own.
    var isFresh = false
    var requests = 5_000
    var random: SplitMix64
    private var turn: Int

    init(_ order: Order, _ unit: BalancingUnit, isFresh: Bool = false, seed: Int) {
      random = SplitMix64(seed: UInt64(seed))
      turn = Int(random.next() % 3)
      (self.order, self.unit, self.isFresh) = (order, unit, isFresh)
    }

    private mutating func next() -> String {
      switch order {
      case .rotation:
        turn += 1
        return backends[turn % backends.count]
      case .chance: return backends[Int(random.next() % UInt64(backends.count))]
      }
    }

    /// Answers over one connection.
    private mutating func connection(_ requests: Int) -> [String] {
      guard unit == .connection else { return (0..<requests).map { _ in next() } }
      return Array(repeating: next(), count: requests)
    }

    mutating func seen() -> FairnessObservations {
      var seen = FairnessObservations()
      seen.serial = isFresh ? (0..<400).map { _ in connection(1) } : [connection(400)]
      if !isFresh, unit == .connection { seen.fresh = (0..<400).flatMap { _ in connection(1) } }
      let connections = (0..<(isFresh ? requests : 50)).map { _ in connection(isFresh ? 1 : requests / 50) }
      func counts(_ names: some Sequence<String>) -> [(name: String, answers: Int)] {
        Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      }
      seen.concurrent = counts(connections.joined())
      seen.connections = counts(connections.compactMap(\.first))
      seen.mixedConnections = connections.count { Set($0).count > 1 }
      seen.requests = 400 + seen.fresh.count + requests
      return seen
    }
  }

  private func failures(
    _ runs: Int, policy: BalancingPolicy? = nil, per: BalancingUnit? = nil, _ balancer: (Int) -> Balancer
  ) -> Int {
    var expectation = FairnessExpectation()
    (expectation.policy, expectation.per) = (policy, per)
    // So few are judged by no finer one where chance is meant.
    if policy == .random { expectation.tolerance = 0.06 }
    expectation.backends = ["a", "b", "c"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    return (1...runs).count { seed in
      var balancer = balancer(seed)
      let seen = balancer.seen()
      let judgement = FairnessJudgement(seen, against: expectation)
      // As the check does, a first sample that chance alone makes fail is drawn again.
      var second = judgement.wantsAnotherSample ? balancer.seen() : nil
      second?.samples = 2
      let again = second.map { FairnessJudgement($0, against: expectation) } ?? judgement
      return !again.assertions.allSatisfy { $0.verdict == .pass }
    }
  }

  @Test("Fair balancers of requests and of connections pass as what they are, with no more false alarms than stated")
  func fair() {
    #expect(failures(200) { Balancer(.rotation, .request, seed: $0) } == 0)
    #expect(failures(200, per: .connection) { Balancer(.rotation, .connection, seed: $0) } == 0)
    #expect(failures(200, per: .connection) { Balancer(.rotation, .connection, isFresh: true, seed: $0) } == 0)
    #expect(failures(200) { Balancer(.rotation, .connection, isFresh: true, seed: $0) } == 0)
    // A run of 400 is told from chance with p < 1e-6, and a share with p < 0.001 and then 0.01.
    #expect(failures(200, policy: .random) { Balancer(.chance, .request, seed: $0) } <= 1)
    #expect(
      failures(200, policy: .random, per: .connection) { Balancer(.chance, .connection, isFresh: true, seed: $0) } <= 1)
  }

  @Test("The wrong unit, the wrong order and uneven connections are found every time")
  func wrong() {
    #expect(failures(100) { Balancer(.rotation, .connection, seed: $0) } == 100)
    #expect(failures(100, per: .connection) { Balancer(.rotation, .request, seed: $0) } == 100)
    #expect(failures(100, per: .connection) { Balancer(.chance, .connection, seed: $0) } == 100)
    #expect(failures(100, policy: .random, per: .connection) { Balancer(.rotation, .connection, seed: $0) } == 100)
    for policy in [nil, BalancingPolicy.sticky, .single] {
      let found = failures(100, policy: policy, per: .connection) { seed in
        var uneven = Balancer(.rotation, .connection, seed: seed)
        uneven.backends = Array(repeating: "a", count: 20) + ["b", "c"]
        return uneven
      }
      #expect(found == 100, "\(policy.map(\.rawValue) ?? "none")")
    }
  }

  @Test("Chance over 50 connections shows too little to pass as even")
  func tooFew() {
    #expect(failures(100, policy: .random, per: .connection) { Balancer(.chance, .connection, seed: $0) } == 100)
  }
}
