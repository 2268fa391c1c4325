import Load
import Report
import Statistics
import Testing

@testable import Checks

/// What is said of a balancer that keeps visitors, by a key or a cookie.
@Suite struct KeySharesTests {
  private func expecting(
    _ weights: [String: Int] = [:], policy: BalancingPolicy? = .sticky
  ) -> FairnessExpectation {
    var expectation = FairnessExpectation()
    expectation.policy = policy
    expectation.backends = weights.sorted { $0.key < $1.key }.map {
      ExpectedBackend(name: $0.key, role: .primary(weight: $0.value))
    }
    return expectation
  }

  /// One request after another met `a`; values of a key met others.
  private func keyed(
    _ values: [String: Int], by keys: [AffinityKey] = [.path], isComplete: Bool = true
  ) -> FairnessObservations {
    var seen = FairnessObservations()
    seen.serial = [Array(repeating: "a", count: 400)]
    seen.fresh = seen.serial[0]
    seen.concurrent = [("a", 3000)]
    seen.connections = [("a", 50)]
    seen.requests = 3800
    var choice = BackendChoice()
    (choice.keys, choice.per, choice.values, choice.isComplete) = (keys, .request, values, isComplete)
    choice.backends = values.keys.sorted()
    seen.choice = choice
    return seen
  }

  /// A rotation for new visitors, who then stay by a cookie.
  private func cookied(_ order: [String], _ concurrent: [String: Int]) -> FairnessObservations {
    var seen = FairnessObservations()
    seen.serial = [(0..<400).map { order[$0 % order.count] }]
    seen.concurrent = concurrent.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    seen.connections = [("a", 17), ("b", 17), ("c", 16)]
    seen.mixedConnections = 50
    seen.cookie = CookieAffinity(cookie: "SRV", visitors: 4, returns: 32, backends: Set(order).sorted())
    seen.cookie?.crowd = crowd()
    return seen
  }

  private func crowd(moved: Int = 0, of returns: Int = 700) -> VisitorReturns {
    var crowd = VisitorReturns(visitors: 100, visits: returns / 100 + 1)
    (crowd.kept, crowd.moved) = (returns - moved, moved)
    return crowd
  }

  private func verdicts(_ judgement: FairnessJudgement) -> [String: Verdict] {
    Dictionary(uniqueKeysWithValues: judgement.assertions.map { ($0.name, $0.verdict) })
  }

  private let even = ["a": 1, "b": 1, "c": 1]

  @Test("A key is named, and its shares are judged as the weights say; where a rotation is wanted, it fails")
  func key() {
    let seen = keyed(["a": 341, "b": 327, "c": 332], by: [.path, .query])
    let judgement = FairnessJudgement(seen, against: expecting(even))
    #expect(judgement.policy == .sticky && judgement.section.stickyBy == "path and query")
    #expect(judgement.section.per == .request)
    #expect(judgement.assertions.allSatisfy { $0.verdict == .pass }, "\(judgement.assertions)")
    #expect(verdicts(judgement)["keyShares"] == .pass && verdicts(judgement)["maxDeviation"] == nil)
    let unwanted = FairnessJudgement(seen, against: expecting(even, policy: nil))
    #expect(verdicts(unwanted)["policy"] == .fail && unwanted.section.stickyBy == "path and query")
    // All requests of the stages met one backend, which says nothing of the shares.
    let uneven = verdicts(FairnessJudgement(keyed(["a": 905, "b": 52, "c": 43]), against: expecting(even)))
    #expect(uneven["policy"] == .pass && uneven["keyShares"] == .fail)
    let weighted = FairnessJudgement(
      keyed(["a": 905, "b": 52, "c": 43]), against: expecting(["a": 20, "b": 1, "c": 1]))
    #expect(weighted.assertions.allSatisfy { $0.verdict == .pass })
    let unnamed = FairnessJudgement(keyed(["a": 905, "b": 52, "c": 43]), against: expecting())
    #expect(verdicts(unnamed)["keyShares"] == .fail)
  }

  @Test("A backend that values enough do not meet is silent; after too few it is not seen, and nothing is decided")
  func unseen() {
    let silent = FairnessJudgement(keyed(["a": 510, "b": 490]), against: expecting(even))
    #expect(verdicts(silent)["everyBackendAnswered"] == .fail && verdicts(silent)["keyShares"] == .fail)
    #expect(silent.assertions.contains { $0.actual == "silent: c" })
    let open = FairnessJudgement(keyed(["a": 6, "b": 5], isComplete: false), against: expecting(even))
    #expect(verdicts(open)["everyBackendAnswered"] == .inconclusive)
    #expect(open.assertions.contains { $0.actual == "not seen: c" && $0.detail?.hasPrefix("11 values") == true })
    #expect(!open.assertions.contains { $0.verdict == .fail })
  }

  @Test("An even hash passes, and one that gives a backend twice its share does not", arguments: [2, 3, 5, 12, 20, 50])
  func chances(backends: Int) {
    let names = (0..<backends).map { "b\($0)" }
    var random = SplitMix64(seed: UInt64(backends))
    let expectation = expecting(Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
    let needed = KeyShareLimit(expectation, isHashed: true).valuesNeeded(
      Array(expectation.namedShares.values), risk: expectation.significance)
    func values(_ pool: [String]) -> [String: Int] {
      Dictionary(
        (0..<min(needed, KeySearch.mostValues)).map { _ in (pool[Int(random.next() % UInt64(pool.count))], 1) },
        uniquingKeysWith: +)
    }
    func passes(_ runs: Int, _ pool: [String]) -> Int {
      (0..<runs).count { _ in
        verdicts(FairnessJudgement(keyed(values(pool)), against: expectation))["keyShares"] == .pass
      }
    }
    #expect(passes(200, names) >= 198)
    #expect(passes(200, names + [names[0]]) <= 2)
  }

  @Test("So few values that twice the limit is not ruled out leave the shares open, and say which")
  func tooFew() {
    let few = FairnessJudgement(keyed(["a": 36, "b": 32, "c": 32]), against: expecting(even))
    let shares = few.assertions.first { $0.name == "keyShares" }
    #expect(shares?.verdict == .inconclusive)
    #expect(shares?.detail?.hasPrefix("100 values of the key do not rule out") == true)
    // Of new visitors, too.
    let visitors = cookied(["a", "b", "c"], ["a": 110, "b": 95, "c": 95])
    #expect(verdicts(FairnessJudgement(visitors, against: expecting(even)))["keyShares"] == .inconclusive)
  }

  @Test("The usual tolerance counts up to a third of a small share; a larger one is taken as given")
  func limits() {
    var expectation = expecting()
    /// In thousandths.
    func limit(_ share: Double, isHashed: Bool = true) -> Double {
      (KeyShareLimit(expectation, isHashed: isHashed).of(share) * 1_000).rounded()
    }
    #expect([0.5, 0.1, 0.03, 0].map { limit($0) } == [100, 20, 10, 20] && limit(0.5, isHashed: false) == 20)
    expectation.tolerance = 0.05
    #expect([0.5, 0.03].map { limit($0) } == [100, 50])
  }

  @Test("A hash whose share is seen beyond its limit does not pass, nor one that a finer tolerance excludes")
  func beyondTheLimit() {
    func verdict(_ values: [String: Int], _ tolerance: Double? = nil) -> Verdict? {
      var expectation = expecting(even)
      if let tolerance { expectation.tolerance = tolerance }
      return verdicts(FairnessJudgement(keyed(values), against: expectation))["keyShares"]
    }
    #expect(verdict(["a": 1_960, "b": 2_010, "c": 2_030]) == .pass)
    // 8.7 points off, where 6.7 are usual, is less than twice that.
    #expect(verdict(["a": 2_520, "b": 1_800, "c": 1_680]) == .inconclusive)
    #expect(verdict(["a": 2_320, "b": 1_880, "c": 1_800]) == .pass)
    #expect(verdict(["a": 2_320, "b": 1_880, "c": 1_800], 0.01) == .fail)
    #expect(verdict(["a": 1_960, "b": 2_010, "c": 2_030], 0.01) != .fail)
  }

  @Test("Visitors who moved, or came back too seldom to show it, do not stay")
  func moves() {
    func policy(_ change: (inout FairnessObservations) -> Void) -> Assertion? {
      var seen = cookied(["a", "b", "c"], ["a": 1000, "b": 1000, "c": 1000])
      change(&seen)
      return FairnessJudgement(seen, against: expecting(even)).assertions.first { $0.name == "policy" }
    }
    #expect(policy { _ in }?.verdict == .pass)
    #expect(policy { _ in }?.detail == "732 answers could have shown a move; one in 106 would have been found.")
    let moved = policy { $0.cookie?.crowd = crowd(moved: 3) }
    #expect(moved?.verdict == .fail && moved?.detail?.hasPrefix("3 of 700 times") == true)
    #expect(policy { $0.cookie?.crowd = nil }?.verdict == .inconclusive)
    #expect(policy { $0.cookie?.crowd = crowd(of: 300) }?.verdict == .inconclusive)
    // Its connections sent the cookie back.
    #expect(policy { $0.keepsCookies = true }?.verdict == .fail)
    #expect(policy { ($0.keepsCookies, $0.mixedConnections) = (true, 0) }?.verdict == .pass)
  }

  @Test("A key that decides one request at a time, and not many at a time, keeps nobody")
  func notUnderLoad() {
    var seen = keyed(["a": 341, "b": 327, "c": 332])
    seen.concurrent = [("a", 2000), ("b", 600), ("c", 400)]
    seen.mixedConnections = 50
    let judgement = FairnessJudgement(seen, against: expecting(even))
    #expect(judgement.policy == .unknown && judgement.section.stickyBy == nil)
    #expect(verdicts(judgement)["policy"] == .inconclusive)
  }

  @Test("A cookie of the server is said beside the policy of new visitors, and is the policy for who asks for sticky")
  func cookie() {
    let seen = cookied(["a", "b", "c"], ["a": 1000, "b": 1000, "c": 1000])
    let unasked = FairnessJudgement(seen, against: expecting(even, policy: nil))
    #expect(unasked.policy == .roundRobin && unasked.section.stickyBy == "cookie SRV")
    #expect(unasked.section.per == .request && unasked.section.period == ["a", "b", "c"])
    #expect(unasked.assertions.allSatisfy { $0.verdict == .pass })
    #expect(unasked.notes.contains { $0.contains("cookie SRV") && $0.contains("32 times") })
    let asked = FairnessJudgement(seen, against: expecting(even))
    #expect(asked.policy == .sticky && asked.section.stickyBy == "cookie SRV" && asked.section.per == nil)
    #expect(asked.assertions.allSatisfy { $0.verdict == .pass } && verdicts(asked)["keyShares"] == .pass)
    #expect(asked.assertions.first { $0.name == "policy" }?.actual == "sticky by cookie SRV")
    // New visitors who are dealt out otherwise than the weights say.
    let uneven = cookied(["a", "a", "b", "a", "c", "a", "a"], ["a": 2143, "b": 429, "c": 428])
    #expect(verdicts(FairnessJudgement(uneven, against: expecting(even)))["keyShares"] == .fail)
    #expect(verdicts(FairnessJudgement(uneven, against: expecting(even, policy: nil)))["policy"] == .fail)
  }

  @Test("Connections that send their cookies back are visitors, of whom each counts once, however much each asks")
  func kept() {
    var seen = cookied(["a", "b", "c"], ["a": 1400, "b": 900, "c": 700])
    #expect(verdicts(FairnessJudgement(seen, against: expecting(even, policy: nil)))["maxDeviation"] == .fail)
    seen.mixedConnections = 0
    #expect(
      FairnessJudgement(seen, against: expecting(even, policy: nil)).assertions.allSatisfy { $0.verdict == .pass })
    seen.connections = [("a", 40), ("b", 5), ("c", 5)]
    #expect(verdicts(FairnessJudgement(seen, against: expecting(even, policy: nil)))["maxDeviation"] == .fail)
  }

  @Test("Where a backend's visitors were not looked at, whether visitors stay is open")
  func unasked() {
    var seen = cookied(["a", "b", "c"], ["a": 1000, "b": 1000, "c": 1000])
    seen.cookie?.backends = ["a", "b"]
    let judgement = FairnessJudgement(seen, against: expecting(even))
    #expect(verdicts(judgement)["policy"] == .inconclusive)
    #expect(judgement.assertions.first { $0.name == "policy" }?.detail?.contains("No visitor of c") == true)
  }

  @Test("A rotation without such a cookie is not sticky, and neither are connections in turn")
  func notSticky() {
    var seen = cookied(["a", "b", "c"], ["a": 1000, "b": 1000, "c": 1000])
    seen.cookie = nil
    let judgement = FairnessJudgement(seen, against: expecting(even))
    #expect(judgement.policy == .roundRobin && verdicts(judgement)["policy"] == .fail)
    var connections = keyed([:], by: [])
    connections.choice = nil
    connections.fresh = (0..<440).map { [0, 7].contains($0 % 22) ? ($0 % 22 == 0 ? "b" : "c") : "a" }
    connections.connections = [("a", 46), ("b", 2), ("c", 2)]
    connections.concurrent = [("a", 2760), ("b", 120), ("c", 120)]
    let tcp = FairnessJudgement(connections, against: expecting(even))
    #expect(tcp.policy == .weightedRoundRobin && tcp.section.stickyBy == nil && tcp.section.per == .connection)
    #expect(verdicts(tcp)["policy"] == .fail && verdicts(tcp)["keyShares"] == .fail)
  }
}
