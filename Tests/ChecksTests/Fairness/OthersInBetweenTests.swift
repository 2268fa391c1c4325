import Load
import Report
import Statistics
import Testing

@testable import Checks

/// Other visitors' requests between lbcheck's own, connections that begin alike, and weights that are seen exactly.
@Suite struct OthersInBetweenTests {
  private func seen(
    _ serial: [String], _ concurrent: KeyValuePairs<String, Int>, firsts: KeyValuePairs<String, Int> = [:]
  ) -> FairnessObservations {
    var seen = FairnessObservations()
    seen.serial = [serial]
    seen.concurrent = concurrent.map { ($0.key, $0.value) }
    seen.connections = firsts.map { ($0.key, $0.value) }
    seen.mixedConnections = 50
    seen.requests = serial.count + seen.concurrent.reduce(0) { $0 + $1.answers }
    return seen
  }

  private func judge(
    _ seen: FairnessObservations, _ policy: BalancingPolicy? = nil, _ weights: KeyValuePairs<String, Int>
  ) -> (judgement: FairnessJudgement, verdicts: [String: Verdict]) {
    var expectation = FairnessExpectation()
    expectation.policy = policy
    expectation.backends = weights.map { ExpectedBackend(name: $0.key, role: .primary(weight: $0.value)) }
    let judgement = FairnessJudgement(seen, against: expectation)
    return (judgement, Dictionary(uniqueKeysWithValues: judgement.assertions.map { ($0.name, $0.verdict) }))
  }

  /// A rotation that others' requests take turns of, every `every`-th or the one after it.
  private func disturbed(every: Int, count: Int = 400, seed: UInt64 = 1) -> [String] {
    var generator = SplitMix64(seed: seed)
    var (turn, order) = (0, [String]())
    while order.count < count {
      order.append(["a", "b", "c"][turn % 3])
      turn += 1
      if order.count % every == 0, generator.next() % 20 > 0 { turn += 1 }
    }
    return order
  }

  @Test("A turn that others may have made fails no rotation whose shares are even", arguments: [5, 8, 17, 26])
  func others(every: Int) {
    let order = disturbed(every: every)
    let numbers = ["a": 0, "b": 1, "c": 2]
    // What the order alone says.
    #expect(BalancingPolicy.observed(inSegments: [order.map { numbers[$0]! }]) != .roundRobin)
    let even = judge(seen(order, ["a": 1003, "b": 995, "c": 1002]), nil, ["a": 1, "b": 1, "c": 1])
    #expect(!even.verdicts.values.contains(.fail), "\(even.verdicts)")
    #expect(even.verdicts["policy"] == .inconclusive)
  }

  @Test("A weighted rotation that others disturb fails as even by its shares")
  func weighted() {
    let turn = ["a", "b", "c", "a", "b"]
    var order = (0..<400).map { turn[$0 % 5] }
    order.remove(at: 250)
    let found = judge(seen(order, ["a": 1200, "b": 1200, "c": 600]), nil, ["a": 1, "b": 1, "c": 1])
    #expect(found.judgement.policy == .weightedRoundRobin)
    #expect(found.verdicts["policy"] == .fail)
  }

  @Test("Even counts under load say nothing of the load, whatever the order before it was")
  func notLoad() {
    for seed in UInt64(1)...20 {
      var generator = SplitMix64(seed: seed)
      var seen = seen(disturbed(every: 5, seed: seed), ["a": 1000, "b": 1000, "c": 1000])
      seen.inFlight = (0..<3_000).map {
        let sent = UInt64($0) * 100_000
        return .init(sent: sent, done: sent + 2_000_000 + generator.next() % 2_000_000, backend: $0 % 3)
      }
      let found = judge(seen, .leastConnections, ["a": 1, "b": 1, "c": 1])
      #expect(found.judgement.policy != .leastConnections, "seed \(seed)")
      #expect(found.verdicts["policy"] == .inconclusive, "seed \(seed)")
    }
  }

  @Test("Connections that each begin at the same backend leave open whether visitors are shared")
  func firstAnswers() throws {
    let order = (0..<400).map { ["a", "b", "c"][$0 % 3] }
    let counts: KeyValuePairs = ["a": 1014, "b": 1002, "c": 984]
    func open(_ firsts: KeyValuePairs<String, Int>) throws -> Assertion {
      let found = judge(seen(order, counts, firsts: firsts), nil, ["a": 1, "b": 1, "c": 1])
      return try #require(found.judgement.assertions.first { $0.name == "maxDeviation" })
    }
    #expect(try open(["a": 50]).verdict == .inconclusive)
    #expect(try open(["a": 50]).reason?.contains("50 of 50 connections") == true)
    #expect(try open(["a": 17, "b": 17, "c": 16]).verdict == .pass)
    #expect(try open(["a": 24, "b": 16, "c": 10]).verdict == .pass)
    #expect(try open(["a": 10]).verdict == .pass)
  }

  @Test("Weights that the turn shows, and that are not those named, fail within the tolerance, too")
  func weights() throws {
    func order(_ a: Int, count: Int) -> [String] { (0..<count).map { $0 % (a + 1) == a / 2 ? "b" : "a" } }
    func policy(_ named: Int, _ order: [String]) throws -> Assertion {
      let found = judge(seen(order, ["a": 2885, "b": 115]), nil, ["a": named, "b": 1])
      return try #require(found.judgement.assertions.first { $0.name == "policy" })
    }
    let wrong = try policy(50, order(25, count: 612))
    #expect(wrong.verdict == .fail)
    #expect(wrong.expected == "weighted-round-robin, a 50, b 1")
    #expect(wrong.actual == "weighted-round-robin, a 25, b 1")
    #expect(try policy(25, order(25, count: 612)).verdict == .pass)
    // What others may have broken is left to the shares.
    var broken = order(25, count: 612)
    broken.remove(at: 300)
    #expect(try policy(50, broken).verdict != .fail)
  }
}
