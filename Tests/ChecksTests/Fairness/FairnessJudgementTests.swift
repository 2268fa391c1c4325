import Report
import Statistics
import Testing

@testable import Checks

@Suite struct FairnessJudgementTests {
  private func seen(
    _ serial: [String], _ concurrent: [String: Int], change: (inout FairnessObservations) -> Void = { _ in }
  )
    -> FairnessObservations
  {
    var seen = FairnessObservations()
    seen.serial = [serial]
    seen.concurrent = concurrent.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    seen.requests = serial.count + concurrent.values.reduce(0, +)
    change(&seen)
    return seen
  }

  private func rotation(_ names: String..., count: Int = 399) -> [String] {
    (0..<count).map { names[$0 % names.count] }
  }

  private func expecting(_ backends: [ExpectedBackend] = [], policy: BalancingPolicy? = nil) -> FairnessExpectation {
    var expectation = FairnessExpectation()
    expectation.backends = backends
    expectation.policy = policy
    return expectation
  }

  private func primary(_ name: String, _ weight: Int = 1) -> ExpectedBackend {
    ExpectedBackend(name: name, role: .primary(weight: weight))
  }

  private func verdicts(_ judgement: FairnessJudgement) -> [String: Verdict] {
    Dictionary(uniqueKeysWithValues: judgement.assertions.map { ($0.name, $0.verdict) })
  }

  @Test("An even rotation holds every assertion")
  func rotation() {
    let judgement = FairnessJudgement(
      seen(rotation("a", "b", "c"), ["a": 1000, "b": 1000, "c": 1000]), against: expecting())
    #expect(judgement.policy == .roundRobin)
    #expect(judgement.section.period == ["a", "b", "c"])
    #expect(judgement.assertions.allSatisfy { $0.verdict == .pass })
    #expect(judgement.section.jainIndex == 1)
    #expect(judgement.section.maxDeviation == 0)
    // √(2/9 / 3000) · (z₀.₉₇₅ + z₀.₈), from R: sqrt(2/9/3000)*(qnorm(.975)+qnorm(.8)).
    #expect(abs((judgement.section.detectableDeviation ?? 0) - 0.024112) < 0.00001)
    #expect(judgement.notes.contains { $0.contains("one rotation for all connections") })
  }

  @Test("A backend whose tries failed before the traffic, and never answers in it, is missing")
  func triedBefore() {
    let observations = seen(rotation("a", "b"), ["a": 1500, "b": 1500]) { $0.failedTries = ["c"] }
    let judgement = FairnessJudgement(observations, against: expecting())
    #expect(verdicts(judgement)["everyBackendAnswered"] == .fail)
    #expect(
      judgement.assertions.contains { $0.actual == "silent: c" && $0.detail?.contains("failed tries: c") == true })
    // Nor is a single one single where another is configured and dead.
    let single = FairnessJudgement(
      seen(rotation("a"), ["a": 3000]) { $0.failedTries = ["c"] }, against: expecting(policy: .single))
    #expect(verdicts(single)["oneBackendAnswered"] == .fail)
    let alone = FairnessJudgement(seen(rotation("a"), ["a": 3000]), against: expecting(policy: .single))
    #expect(verdicts(alone)["oneBackendAnswered"] == .pass)
  }

  @Test("Who answered before the stages is evidence: a backend that fell silent, a backup, a stranger")
  func answeredBefore() throws {
    func judged(_ before: [String], _ backends: [ExpectedBackend] = [], policy: BalancingPolicy? = nil) -> [String:
      Verdict]
    {
      verdicts(
        FairnessJudgement(
          seen(rotation("a", "b"), ["a": 1500, "b": 1500]) { $0.answeredBefore = before },
          against: expecting(backends, policy: policy)))
    }
    let pair = [primary("a"), primary("b")]
    #expect(judged(["a", "b"]).values.allSatisfy { $0 == .pass })
    #expect(judged(["a", "b", "c"])["everyBackendAnswered"] == .fail)
    #expect(judged(["a", "b", "c"], pair)["noOtherBackend"] == .fail)
    #expect(judged(["c"], pair + [ExpectedBackend(name: "c", role: .backup)])["backupSilent"] == .fail)
    #expect(judged(["a"], pair + [ExpectedBackend(name: "c", role: .backup)]).values.allSatisfy { $0 == .pass })
    // One that was named and answered only then is as silent as before.
    #expect(judged(["c"], pair + [primary("c")])["everyBackendAnswered"] == .fail)
    // Which of many a key meets is nobody's duty.
    #expect(judged(["c"], policy: .sticky)["everyBackendAnswered"] == .pass)
    // One alone is no two for having answered before as well, and not single where another did.
    func alone(_ before: [String], _ policy: BalancingPolicy?) -> [String: Verdict] {
      verdicts(
        FairnessJudgement(
          seen(rotation("a"), ["a": 3000]) { $0.answeredBefore = before }, against: expecting(policy: policy)))
    }
    #expect(alone(["a"], nil)["everyBackendAnswered"] == .fail)
    #expect(alone(["a"], .single)["oneBackendAnswered"] == .pass)
    #expect(alone(["a", "b"], .single)["oneBackendAnswered"] == .fail)
  }

  @Test("Without a serial stage the order stays open, and even shares do not make up for it")
  func noSerialStage() {
    let observations = seen([], ["a": 1500, "b": 1500]) {
      $0.serial = []
      $0.hasSerialStage = false
    }
    let judgement = FairnessJudgement(observations, against: expecting())
    #expect(verdicts(judgement)["policy"] == .inconclusive)
    #expect(judgement.assertions.first { $0.name == "policy" }?.detail?.contains("no serial stage") == true)
    #expect(verdicts(judgement)["maxDeviation"] == .pass)
  }

  @Test("Weights that were given decide, and without them an uneven rotation fails")
  func weighted() {
    let order = rotation("a", "a", "b", "a", "c", "a", "a", count: 399)
    let observations = seen(order, ["a": 2143, "b": 429, "c": 428])
    let stated = FairnessJudgement(observations, against: expecting([primary("a", 5), primary("b"), primary("c")]))
    #expect(stated.policy == .weightedRoundRobin)
    #expect(stated.section.period == ["a", "a", "b", "a", "c", "a", "a"])
    #expect(stated.assertions.allSatisfy { $0.verdict == .pass })
    let unstated = verdicts(FairnessJudgement(observations, against: expecting()))
    #expect(unstated["policy"] == .fail && unstated["maxDeviation"] == .fail && unstated["rotationScore"] == .pass)
    let other = verdicts(
      FairnessJudgement(observations, against: expecting([primary("a", 3), primary("b"), primary("c")])))
    #expect(other["policy"] == .fail && other["maxDeviation"] == .fail)
    let wanted = verdicts(FairnessJudgement(observations, against: expecting(policy: .weightedRoundRobin)))
    #expect(wanted.values.allSatisfy { $0 == .pass })
  }

  @Test("Where GETs were sent in place of another method, its order stays open, and none is made of even shares")
  func otherMethod() {
    let observations = seen([], ["a": 1500, "b": 1500]) {
      $0.serial = []
      $0.hasSerialStage = false
      $0.unseenMethods = ["POST"]
    }
    for policy in [nil, BalancingPolicy.random, .weightedRoundRobin, .sticky] {
      let judgement = FairnessJudgement(observations, against: expecting(policy: policy))
      let assertion = judgement.assertions.first { $0.name == "policy" }
      #expect(assertion?.verdict == .inconclusive && assertion?.detail?.contains("POST was not looked at") == true)
      #expect(verdicts(judgement)["rotationScore"] == nil)
    }
    let alone = seen([], ["a": 3000]) {
      $0.serial = []
      $0.hasSerialStage = false
      $0.unseenMethods = ["POST"]
    }
    #expect(FairnessJudgement(alone, against: expecting(policy: .single)).assertions.allSatisfy { $0.verdict == .pass })
    #expect(verdicts(FairnessJudgement(alone, against: expecting()))["everyBackendAnswered"] == .fail)
    // Weights that were neither configured nor seen are not held against anyone.
    let uneven = seen([], ["a": 2000, "b": 1000]) {
      $0.serial = []
      $0.hasSerialStage = false
    }
    #expect(
      verdicts(FairnessJudgement(uneven, against: expecting(policy: .weightedRoundRobin)))["maxDeviation"] == nil)
    #expect(verdicts(FairnessJudgement(uneven, against: expecting()))["maxDeviation"] == .fail)
  }

  @Test("Who is missing, strange or an active backup is named")
  func attendance() {
    let observations = seen(rotation("a", "b"), ["a": 1500, "b": 1500])
    let missing = FairnessJudgement(observations, against: expecting([primary("a"), primary("b"), primary("c")]))
    let assertion = missing.assertions.first { $0.name == "everyBackendAnswered" }
    #expect(assertion?.verdict == .fail && assertion?.actual == "silent: c")
    #expect(missing.expectedShares["c"] == 1.0 / 3)

    let strange = verdicts(FairnessJudgement(observations, against: expecting([primary("a")])))
    #expect(strange["noOtherBackend"] == .fail)

    let backup = ExpectedBackend(name: "b", role: .backup)
    let active = verdicts(FairnessJudgement(observations, against: expecting([primary("a"), backup])))
    #expect(active["backupSilent"] == .fail && active["noOtherBackend"] == .pass)
    let spare = ExpectedBackend(name: "spare", role: .backup)
    let silent = verdicts(FairnessJudgement(observations, against: expecting([primary("a"), primary("b"), spare])))
    #expect(silent.values.allSatisfy { $0 == .pass })

    let tried = FairnessJudgement(
      seen(rotation("a", "b"), ["a": 1500, "b": 1500, "c": 0]) { $0.failedTries = ["c"] }, against: expecting())
    #expect(tried.assertions.first { $0.name == "everyBackendAnswered" }?.actual == "silent: c")
  }

  @Test("A failed request or a nameless answer fails, however fair the rest")
  func failures() {
    let failed = verdicts(
      FairnessJudgement(
        seen(rotation("a", "b"), ["a": 1500, "b": 1499]) {
          $0.failed = 1
          $0.failuresInWords = "1 reset"
        }, against: expecting()))
    #expect(failed["noRequestFailed"] == .fail && failed["maxDeviation"] == .pass)
    let nameless = verdicts(
      FairnessJudgement(seen(rotation("a", "b"), ["a": 1500, "b": 1499]) { $0.nameless = 1 }, against: expecting()))
    #expect(nameless["servedByBackends"] == .fail)
    // An error that was asked for may be anybody's.
    for (count, expected) in [(0, nil), (150, .pass), (200, .inconclusive)] as [(Int, Verdict?)] {
      let errors = verdicts(
        FairnessJudgement(
          seen(rotation("a", "b"), ["a": 1500, "b": 1499]) { ($0.namelessErrors, $0.requests) = (count, 3000) },
          against: expecting()))
      #expect(errors["servedByBackends"] == expected, "\(count)")
    }
  }

  @Test("Where chance is meant, chance is judged: by chi-square, not by the tolerance")
  func random() {
    var random = SystemRandomNumberGenerator()
    let order = (0..<400).map { _ in ["a", "b", "c"].randomElement(using: &random)! }
    let even = FairnessJudgement(seen(order, ["a": 2040, "b": 1960, "c": 2000]), against: expecting(policy: .random))
    #expect(even.policy == .random)
    // χ² = (40² + 40²) / 2000 = 1.6 with 2 degrees of freedom: p = e^(−0.8) = 0.4493.
    #expect(abs((even.section.chiSquare?.pValue ?? 0) - 0.4493) < 0.0001)
    // So few would not show two points off in 99 runs of 100.
    #expect(verdicts(even)["chance"] == .inconclusive && !even.wantsAnotherSample)
    let skewed = FairnessJudgement(seen(order, ["a": 1100, "b": 900, "c": 1000]), against: expecting(policy: .random))
    #expect(verdicts(skewed)["chance"] == .fail && skewed.wantsAnotherSample)
    // Thirty requests: far beyond two points, and nothing unusual.
    let few = FairnessJudgement(seen(order, ["a": 14, "b": 7, "c": 9]), against: expecting(policy: .random))
    #expect(verdicts(few)["chance"] == .inconclusive && !few.wantsAnotherSample)
    #expect(few.notes.contains { $0.contains("--requests") })
    // Four expected of each: chi-square says nothing, however they fall.
    let hardly = FairnessJudgement(seen(order, ["a": 12, "b": 0, "c": 0]), against: expecting(policy: .random))
    #expect(verdicts(hardly)["chance"] == .inconclusive && !hardly.wantsAnotherSample)
    // The default's number of requests shows two points.
    let third = expecting(policy: .random).requestsForChance / 3
    let usual = FairnessJudgement(
      seen(order, ["a": third, "b": third + 1, "c": third + 1]), against: expecting(policy: .random))
    #expect(verdicts(usual)["chance"] == .pass)
  }

  @Test("Too few requests for the tolerance are inconclusive, not unfair")
  func few() {
    let judgement = FairnessJudgement(seen(rotation("a", "b", "c"), ["a": 4, "b": 3, "c": 3]), against: expecting())
    #expect(verdicts(judgement)["maxDeviation"] == .inconclusive)
    let unfair = FairnessJudgement(seen(rotation("a", "b", "c"), ["a": 8, "b": 1, "c": 1]), against: expecting())
    #expect(verdicts(unfair)["maxDeviation"] == .fail)
  }

  @Test("An order without a pattern is inconclusive where a rotation was expected")
  func unknown() {
    // Long runs: whoever answered is likely to answer again.
    let order: [String] = (0..<400).map { index in
      let turns: Int = index / 7 + index / 11 + index / 29
      return turns.isMultiple(of: 2) ? "a" : "b"
    }
    let judgement = FairnessJudgement(seen(order, ["a": 1500, "b": 1500]), against: expecting())
    #expect(judgement.policy == .unknown)
    #expect(verdicts(judgement)["policy"] == .inconclusive)
  }

  @Test("One backend alone is single; if something makes another one answer, sticky")
  func singleAndSticky() {
    let alone = Array(repeating: "a", count: 400)
    let single = FairnessJudgement(seen(alone, ["a": 3000]), against: expecting())
    #expect(single.policy == .single)
    #expect(verdicts(single)["everyBackendAnswered"] == .fail)
    let wanted = verdicts(FairnessJudgement(seen(alone, ["a": 3000]), against: expecting(policy: .single)))
    #expect(wanted.values.allSatisfy { $0 == .pass })
    let sticky = FairnessJudgement(
      seen(alone, ["a": 3000]) {
        var choice = BackendChoice()
        (choice.keys, choice.backends) = ([.path, .query], ["a", "b"])
        (choice.per, choice.values, choice.isComplete) = (.request, ["a": 1_004, "b": 996], true)
        $0.choice = choice
      }, against: expecting(policy: .sticky))
    #expect(sticky.policy == .sticky)
    #expect(sticky.assertions.allSatisfy { $0.verdict == .pass })
    #expect(sticky.assertions.first { $0.name == "policy" }?.actual == "sticky by path and query")
  }

  /// Connections in turn: each stays with its backend.
  private func connections(
    _ fresh: [String], _ counted: [String: Int], mixed: Int = 0, answers: Int = 60
  ) -> FairnessObservations {
    seen(Array(repeating: fresh[0], count: 400), counted.mapValues { $0 * answers }) {
      $0.fresh = fresh
      $0.connections = counted.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      $0.mixedConnections = mixed
    }
  }

  @Test("A rotation of connections is one, fails where requests are to be dealt out, and passes where connections are")
  func perConnection() {
    let observations = connections(rotation("a", "b", "c", count: 400), ["a": 17, "b": 17, "c": 16])
    var expectation = expecting([primary("a"), primary("b"), primary("c")])
    let unwanted = FairnessJudgement(observations, against: expectation)
    #expect(unwanted.policy == .roundRobin && unwanted.section.per == .connection)
    #expect(unwanted.section.period == ["a", "b", "c"])
    #expect(verdicts(unwanted)["per"] == .fail)
    #expect(unwanted.assertions.filter { $0.verdict != .pass }.map(\.name) == ["per"])
    #expect(unwanted.assertions.first { $0.name == "per" }?.detail?.contains("one kept connection") == true)
    expectation.per = .connection
    let wanted = FairnessJudgement(observations, against: expectation)
    #expect(wanted.assertions.allSatisfy { $0.verdict == .pass } && verdicts(wanted)["per"] == .pass)
    // And a rotation of requests is none of connections.
    let requests = seen(rotation("a", "b", "c"), ["a": 1000, "b": 1000, "c": 1000])
    #expect(FairnessJudgement(requests, against: expecting()).section.per == .request)
    #expect(verdicts(FairnessJudgement(requests, against: expectation))["per"] == .fail)
  }

  @Test("Shares of connections are judged, not those of the requests over them")
  func sharesOfConnections() {
    var expectation = expecting([primary("a"), primary("b"), primary("c")])
    expectation.per = .connection
    let order = (0..<440).map { index in [0, 7].contains(index % 22) ? (index % 22 == 0 ? "b" : "c") : "a" }
    let uneven = FairnessJudgement(connections(order, ["a": 46, "b": 2, "c": 2]), against: expectation)
    #expect(uneven.policy == .weightedRoundRobin && verdicts(uneven)["maxDeviation"] == .fail)
    // As even as can be by requests, and all but a few connections at one backend.
    let hidden = seen(Array(repeating: "a", count: 400), ["a": 1000, "b": 1000, "c": 1000]) {
      $0.fresh = order
      $0.connections = [("a", 46), ("b", 2), ("c", 2)]
    }
    #expect(verdicts(FairnessJudgement(hidden, against: expectation))["maxDeviation"] == .fail)
  }

  @Test("Connections that meet several backends under load are not dealt out, however they look one at a time")
  func mixedUnderLoad() {
    var expectation = expecting()
    let mixed = connections(rotation("a", "b", "c", count: 400), ["a": 17, "b": 17, "c": 16], mixed: 50)
    for per in [nil, BalancingUnit.connection] {
      expectation.per = per
      let judgement = FairnessJudgement(mixed, against: expectation)
      #expect(judgement.policy == .unknown && verdicts(judgement)["policy"] == .inconclusive)
      #expect(judgement.section.per == nil)
    }
    // Idle connections to backends that are kept in a pool: one at a time the same, and many at a time anybody.
    let pooled = seen(Array(repeating: "a", count: 400), ["a": 1800, "b": 700, "c": 500]) {
      $0.fresh = Array(repeating: "a", count: 400)
      ($0.connections, $0.mixedConnections) = ([("a", 50), ("b", 0), ("c", 0)], 50)
    }
    for policy in [nil, BalancingPolicy.sticky, .single] {
      let judgement = FairnessJudgement(pooled, against: expecting(policy: policy))
      #expect(judgement.policy == .unknown && judgement.section.stickyBy == nil)
      #expect(!judgement.assertions.allSatisfy { $0.verdict == .pass })
    }
  }

  @Test("Where every request has a connection of its own, turns by request and by connection are not told apart")
  func oneRequestEach() {
    let observations = seen([], ["a": 1000, "b": 1000, "c": 1000]) {
      $0.serial = rotation("a", "b", "c").map { [$0] }
      $0.connections = [("a", 1000), ("b", 1000), ("c", 1000)]
    }
    var expectation = expecting()
    let unasked = FairnessJudgement(observations, against: expectation)
    #expect(unasked.policy == .roundRobin && unasked.assertions.allSatisfy { $0.verdict == .pass })
    #expect(verdicts(unasked)["per"] == nil)
    expectation.per = .connection
    #expect(verdicts(FairnessJudgement(observations, against: expectation))["per"] == .pass)
    expectation.per = .request
    #expect(verdicts(FairnessJudgement(observations, against: expectation))["per"] == .inconclusive)
  }

  @Test("Without a serial stage connections that stay are not sticky")
  func unprobed() {
    let observations = seen([], ["a": 1000, "b": 1000, "c": 1000]) {
      ($0.serial, $0.hasSerialStage) = ([], false)
      $0.connections = [("a", 17), ("b", 17), ("c", 16)]
    }
    for policy in [nil, BalancingPolicy.sticky] {
      let judgement = FairnessJudgement(observations, against: expecting(policy: policy))
      #expect(judgement.policy == .unknown && judgement.section.per == .connection)
      #expect(!judgement.assertions.allSatisfy { $0.verdict == .pass })
    }
  }

  @Test("One primary with backups is single without being asked for it; a dead second primary is not")
  func primaryAndBackups() {
    let alone = seen(rotation("a"), ["a": 3000]) { $0.fresh = rotation("a") }
    let backup = ExpectedBackend(name: "b", role: .backup)
    let named = FairnessJudgement(alone, against: expecting([primary("a"), backup]))
    #expect(named.policy == .single && named.assertions.allSatisfy { $0.verdict == .pass })
    #expect(verdicts(named)["backupSilent"] == .pass)
    #expect(verdicts(named)["oneBackendAnswered"] == .pass)
    let dead = verdicts(FairnessJudgement(alone, against: expecting([primary("a"), primary("c"), backup])))
    #expect(dead["everyBackendAnswered"] == .fail && dead["policy"] == .fail)
    let other = verdicts(
      FairnessJudgement(seen(rotation("b"), ["b": 3000]), against: expecting([primary("a"), backup])))
    #expect(other["oneBackendAnswered"] == .fail && other["backupSilent"] == .fail)
    // What the balancer tries is configured, named or not.
    let tried = seen(rotation("a"), ["a": 3000]) { $0.failedTries = ["c"] }
    #expect(
      verdicts(FairnessJudgement(tried, against: expecting([primary("a"), backup])))["oneBackendAnswered"] == .fail)
  }

  @Test("Nothing observed at all judges without a trap")
  func nothing() {
    let judgement = FairnessJudgement(FairnessObservations(), against: expecting([primary("a")]))
    #expect(verdicts(judgement)["oneBackendAnswered"] == .fail)
    let two = FairnessJudgement(FairnessObservations(), against: expecting([primary("a"), primary("b")]))
    #expect(verdicts(two)["everyBackendAnswered"] == .fail)
    #expect(judgement.section.maxDeviation == nil)
  }
}
