import Load
import Report
import Statistics
import Testing

@testable import Checks

/// Balancers that heed the load, and those that do not, as a client with 50 connections sees them.
@Suite struct LoadPolicyTests {
  enum Balancer: CaseIterable {
    case leastConnections, leastConnectionsTiesAtRandom, twoChoices, random, roundRobin
  }

  /// - Parameters:
  ///   - times: of the backends a, b, c …, in milliseconds.
  ///   - slow: of every other request, by chance.
  ///   - weights: as the balancer has them.
  ///   - then: the times and weights of the second half.
  ///   - pause: from when to when one backend answers nothing, in milliseconds.
  private func seen(
    _ balancer: Balancer, times: [Double], slow: Double? = nil, weights: [Int]? = nil,
    then: (times: [Double], weights: [Int])? = nil, pause: (backend: Int, from: Double, to: Double)? = nil,
    count: Int = 3_000, seed: UInt64
  ) -> FairnessObservations {
    var generator = SplitMix64(seed: seed)
    let names = times.indices.map { String(UnicodeScalar(UInt8(97 + $0))) }
    var (times, weights) = (times, weights ?? times.map { _ in 1 })
    func pooled() -> [Int] { weights.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) } }
    var (turn, pool) = (Rotation.smoothWeightedOrder(weights: weights), pooled())
    var inFlight = [Int](repeating: 0, count: times.count)
    var step = 0
    func draw() -> Int { pool[Int(generator.next() % UInt64(pool.count))] }
    func choose() -> Int {
      step += 1
      let loads = times.indices.map { Double(inFlight[$0]) / Double(weights[$0]) }
      let least = times.indices.filter { loads[$0] == loads.min()! }
      return switch balancer {
      case .roundRobin: turn[step % turn.count]
      case .random: draw()
      // Among those that are equally busy, in turn.
      case .leastConnections: least[step % least.count]
      case .leastConnectionsTiesAtRandom: least[Int(generator.next() % UInt64(least.count))]
      case .twoChoices: [draw(), draw()].min { loads[$0] < loads[$1] }!
      }
    }
    var seen = FairnessObservations()
    seen.serial = [(0..<400).map { _ in names[choose()] }]
    var free = (0..<50).map { (at: Double($0) * 1e3, backend: nil as Int?) }
    for number in 0..<count {
      if let then, number == count / 2 {
        (times, weights) = then
        (turn, pool) = (Rotation.smoothWeightedOrder(weights: weights), pooled())
      }
      let next = free.indices.min { free[$0].at < free[$1].at }!
      if let done = free[next].backend { inFlight[done] -= 1 }
      let backend = choose()
      let now = free[next].at
      let isSlow = slow != nil && generator.next() % 2 == 0
      var time = (isSlow ? slow! : times[backend]) * (0.5 + Double(generator.next() >> 11) * 0x1p-53) * 1e6
      if let pause, pause.backend == backend, now + time > pause.from * 1e6, now < pause.to * 1e6 {
        time += pause.to * 1e6 - max(now, pause.from * 1e6)
      }
      seen.inFlight.append(.init(sent: UInt64(now), done: UInt64(now + time), backend: backend))
      inFlight[backend] += 1
      free[next] = (now + time, backend)
    }
    seen.concurrent = names.indices.map { index in (names[index], seen.inFlight.count { $0.backend == index }) }
    seen.mixedConnections = 50
    seen.requests = 400 + count
    return seen
  }

  private func judge(
    _ seen: FairnessObservations, _ policy: BalancingPolicy, named: [Int] = [1, 1, 1]
  ) -> (policy: BalancingPolicy, verdict: Verdict, of: [String: Verdict]) {
    var expectation = FairnessExpectation()
    expectation.policy = policy
    expectation.backends = named.indices.map {
      ExpectedBackend(name: seen.concurrent[$0].name, role: .primary(weight: named[$0]))
    }
    let judgement = FairnessJudgement(seen, against: expectation)
    let verdicts = judgement.assertions.map(\.verdict)
    return (
      judgement.policy, verdicts.contains(.fail) ? .fail : verdicts.contains(.inconclusive) ? .inconclusive : .pass,
      Dictionary(judgement.assertions.map { ($0.name, $0.verdict) }, uniquingKeysWith: { first, _ in first })
    )
  }

  /// Where the load shows, each balancer is named, and passes as nothing else.
  private func expectNamed(_ seen: FairnessObservations, _ balancer: Balancer, _ seed: UInt64) {
    let (rotation, least) = (judge(seen, .roundRobin), judge(seen, .leastConnections))
    switch balancer {
    case .leastConnections, .leastConnectionsTiesAtRandom:
      #expect(least.policy == .leastConnections && least.verdict == .pass, "\(balancer), seed \(seed)")
      #expect(rotation.policy == .leastConnections && rotation.verdict == .fail, "\(balancer), seed \(seed)")
    case .twoChoices:
      #expect(judge(seen, .twoChoices).verdict == .pass, "seed \(seed)")
      #expect(least.policy == .twoChoices && least.verdict == .fail, "seed \(seed)")
    case .random:
      #expect(least.policy == .random && least.verdict == .fail, "seed \(seed)")
      #expect(judge(seen, .twoChoices).verdict == .fail, "seed \(seed)")
    case .roundRobin:
      #expect(least.policy == .roundRobin && least.verdict == .fail, "seed \(seed)")
      #expect(rotation.policy == .roundRobin && rotation.verdict == .pass, "seed \(seed)")
    }
  }

  @Test("With a slow backend each of 200 balancers is told by its policy, and passes as nothing else")
  func slow() {
    for seed in UInt64(1)...40 {
      for balancer in Balancer.allCases {
        let seen = seen(balancer, times: [1, 1, 12], seed: seed)
        expectNamed(seen, balancer, seed)
      }
    }
  }

  private func wantsAnother(_ seen: FairnessObservations, _ policy: BalancingPolicy) -> Bool {
    var expectation = FairnessExpectation()
    expectation.policy = policy
    expectation.backends = ["a", "b", "c"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    return FairnessJudgement(seen, against: expectation).wantsAnotherSample
  }

  @Test("Least connections whose backends pause for a moment is sampled again, and is a rotation where none does")
  func pauses() {
    var uneven = 0
    for seed in UInt64(1)...40 {
      let first = seen(.leastConnections, times: [2, 2, 2], pause: (Int(seed % 3), 20, 55), seed: seed)
      if judge(first, .roundRobin).verdict != .pass {
        uneven += 1
        #expect(wantsAnother(first, .roundRobin), "seed \(seed)")
      }
      #expect(
        first.change == nil || !judge(first, .roundRobin).of.contains { $0.key == "maxDeviation" && $0.value == .fail }
          || wantsAnother(first, .roundRobin), "seed \(seed)")
      var next = seen(.leastConnections, times: [2, 2, 2], seed: seed + 100)
      (next.samples, next.slowInSamples) = (2, ["a"])
      #expect(wantsAnother(next, .roundRobin) && judge(next, .roundRobin).of["policy"] == .inconclusive, "seed \(seed)")
      next.samples = 3
      #expect(!wantsAnother(next, .roundRobin) && judge(next, .roundRobin).verdict == .pass, "seed \(seed)")
      // A backend that stays slower shows it in the last sample.
      var slow = seen(.leastConnections, times: [2, 2, 3.5], seed: seed)
      #expect(wantsAnother(slow, .roundRobin), "seed \(seed)")
      (slow.samples, slow.slowInSamples) = (3, ["c", "c"])
      #expect(!wantsAnother(slow, .roundRobin) && judge(slow, .roundRobin).verdict == .fail, "seed \(seed)")
    }
    #expect(uneven > 20)
  }

  @Test("Who does not look like least connections though the load counts is sampled again, up to three times")
  func other() {
    var choices = seen(.twoChoices, times: [1, 1, 12], seed: 1)
    #expect(wantsAnother(choices, .leastConnections))
    (choices.samples, choices.slowInSamples) = (2, ["c"])
    #expect(!wantsAnother(choices, .leastConnections) && judge(choices, .leastConnections).verdict == .fail)
    for balancer in [Balancer.roundRobin, .random] {
      #expect(!wantsAnother(seen(balancer, times: [1, 1, 12], seed: 1), .leastConnections), "\(balancer)")
    }
    #expect(!wantsAnother(seen(.leastConnections, times: [1, 1, 12], seed: 1), .leastConnections))
  }

  @Test(
    "A rotation whose weights change in the run fails at once, and no second sample is drawn that would not show it",
    arguments: [[2.0, 2, 2], [1, 2, 2], [2, 1, 1], [1, 1.5, 2], [4, 2, 2]])
  func rotationChanges(_ times: [Double]) {
    for seed in UInt64(1)...4 {
      for (before, after) in [([1, 1, 1], [2, 1, 1]), ([2, 1, 1], [1, 2, 2]), ([1, 1, 1], [1, 1, 2])] {
        for balancer in [Balancer.roundRobin, .random] {
          var seen = seen(balancer, times: times, weights: before, then: (times, after), seed: seed)
          // One request after another met them in turn, while the weights were even.
          seen.serial = [(0..<400).map { ["a", "b", "c"][$0 % 3] }]
          #expect(judge(seen, .roundRobin).verdict == .fail, "\(before) to \(after), seed \(seed)")
          #expect(!wantsAnother(seen, .roundRobin), "\(before) to \(after), seed \(seed)")
        }
      }
    }
  }

  @Test("A sample that shows a failure, or who should not have answered, is not replaced by another one")
  func kept() {
    let uneven = seen(.leastConnections, times: [2, 2, 3.5], seed: 1)
    #expect(wantsAnother(uneven, .roundRobin))
    let changes: [(inout FairnessObservations) -> Void] = [
      { $0.failed = 1 }, { $0.nameless = 1 }, { $0.namelessErrors = 1 }, { $0.failedTries = ["a"] },
      { $0.concurrent.append(("backup", 1)) },
    ]
    for (number, change) in changes.enumerated() {
      var changed = uneven
      change(&changed)
      #expect(!wantsAnother(changed, .roundRobin), "change \(number)")
    }
  }

  @Test("Pauses make the counts of short stretches uneven, and no rotation has them so, nor one whose weights change")
  func uneven() {
    for seed in UInt64(1)...10 {
      let rotation = seen(.roundRobin, times: [2, 2, 2], seed: seed)
      #expect(!rotation.isUneven, "seed \(seed)")
      let changed = seen(
        .roundRobin, times: [2, 2, 2], weights: [2, 1, 1], then: ([2, 2, 2], [1, 2, 2]), seed: seed)
      #expect(!changed.isUneven, "seed \(seed)")
      let paused = seen(.leastConnections, times: [2, 2, 2], pause: (0, 20, 55), seed: seed)
      #expect(paused.isUneven, "seed \(seed)")
      // Four processes that rotate apart.
      var (generator, turns, apart) = (SplitMix64(seed: seed), [0, 1, 2, 0], rotation)
      for index in apart.inFlight.indices {
        let worker = Int(generator.next() % 4)
        turns[worker] += 1
        apart.inFlight[index].backend = turns[worker] % 3
      }
      #expect(!apart.isUneven, "seed \(seed)")
    }
  }

  @Test("Weights that change and change back fail, though the shares of the whole are even")
  func changesBack() {
    for seed in UInt64(1)...10 {
      var seen = seen(.roundRobin, times: [2, 2], weights: [9, 1], then: ([2, 2], [1, 9]), seed: seed)
      seen.serial = [(0..<400).map { ["a", "b"][$0 % 2] }]
      let length = seen.inFlight.map(\.done).max() ?? 0
      seen.inFlight += seen.inFlight.map {
        LoadChoice.Request(sent: $0.sent + length, done: $0.done + length, backend: 1 - $0.backend)
      }
      seen.concurrent = ["a", "b"].enumerated().map { entry in
        (entry.element, seen.inFlight.count { $0.backend == entry.offset })
      }
      #expect(!seen.isUneven, "seed \(seed)")
      #expect(judge(seen, .roundRobin, named: [1, 1]).verdict == .fail, "seed \(seed)")
    }
  }

  @Test("A rotation whose weights change is no least connections, where hardly a request met a busy backend")
  func hardlyBusy() {
    var seen = FairnessObservations()
    seen.serial = [(0..<400).map { ["a", "b", "c"][$0 % 3] }]
    // Whoever gets more requests answers them sooner, so that all are equally busy.
    seen.inFlight = (0..<2_000).map { number in
      let backend = number < 1_000 ? number % 3 : [0, 0, 1, 0, 2, 0, 0][number % 7]
      let (sent, time) = (UInt64(number) * 3_300_000, UInt64(number >= 1_000 && backend == 0 ? 200_000 : 1_000_000))
      return .init(sent: sent, done: sent + time, backend: backend)
    }
    seen.concurrent = ["a", "b", "c"].enumerated().map { entry in
      (entry.element, seen.inFlight.count { $0.backend == entry.offset })
    }
    (seen.mixedConnections, seen.requests) = (50, 2_400)
    for (policy, verdict) in [(BalancingPolicy.roundRobin, Verdict.fail), (.leastConnections, .inconclusive)] {
      #expect(judge(seen, policy).policy == .roundRobin && judge(seen, policy).verdict == verdict, "\(policy)")
    }
  }

  @Test("Latencies that change in the run change the shares of least connections, not its name")
  func latenciesChange() {
    for seed in UInt64(1)...10 {
      for balancer in [Balancer.leastConnections, .leastConnectionsTiesAtRandom] {
        let seen = seen(balancer, times: [1, 1, 12], then: ([1, 2, 8], [1, 1, 1]), seed: seed)
        #expect(seen.change?.share.isLate == true, "\(balancer), seed \(seed)")
        expectNamed(seen, balancer, seed)
      }
    }
  }

  @Test(
    "Weights that change in the run pass as no policy that heeds the load",
    arguments: [
      (Balancer.roundRobin, [2.0, 2, 2], [1, 1, 1], [1, 1, 2]), (.random, [2, 2, 2], [1, 1, 1], [1, 1, 3]),
      (.roundRobin, [1, 1, 12], [1, 1, 1], [3, 3, 1]), (.leastConnections, [1, 1, 4], [1, 1, 1], [2, 1, 1]),
    ])
  func weightsChange(_ balancer: Balancer, _ times: [Double], _ before: [Int], _ after: [Int]) {
    for seed in UInt64(1)...10 {
      let seen = seen(balancer, times: times, weights: before, then: (times, after), seed: seed)
      for policy in [BalancingPolicy.leastConnections, .twoChoices] {
        #expect(judge(seen, policy).verdict != .pass, "as \(policy), seed \(seed)")
      }
    }
  }

  @Test("Least connections by weights passes for its own weights alone")
  func weights() {
    for seed in UInt64(1)...20 {
      let own = seen(.leastConnections, times: [3, 3, 9], weights: [3, 1, 1], seed: seed)
      #expect(judge(own, .leastConnections, named: [3, 1, 1]).verdict == .pass, "seed \(seed)")
      #expect(judge(own, .leastConnections).verdict == .fail, "seed \(seed)")
      let even = seen(.leastConnections, times: [3, 3, 9], seed: seed)
      #expect(judge(even, .leastConnections, named: [3, 1, 1]).verdict == .fail, "seed \(seed)")
    }
  }

  @Test(
    "One after another by weights, as nginx's least_conn does, and by the load under it: the time in flight tells it")
  func smoothWeights() {
    for seed in UInt64(1)...20 {
      var own = seen(.leastConnections, times: [5, 5, 9], weights: [3, 2, 1], seed: seed)
      own.serial = [(0..<400).map { ["a", "b", "c", "a", "b", "a"][$0 % 6] }]
      let judged = judge(own, .leastConnections, named: [3, 2, 1])
      #expect(judged.policy == .leastConnections && judged.verdict == .pass, "seed \(seed)")
    }
  }

  @Test("A path by the load does not carry a target whose busy backends get as many as the others")
  func otherPath() {
    for seed in UInt64(1)...20 {
      for balancer in [Balancer.roundRobin, .random] {
        var seen = seen(balancer, times: [1, 1, 12], seed: seed)
        var look = UnequalLook(path: "/report")
        look.alone = self.seen(.leastConnections, times: [1, 1, 20], count: 2_000, seed: seed + 1_000).flights
        look.completed = 2_000
        seen.unequal = look
        #expect(judge(seen, .leastConnections).verdict == .fail, "\(balancer), seed \(seed)")
      }
      // The target shows it by itself, and the path was not asked for.
      var least = seen(.leastConnections, times: [1, 1, 12], seed: seed)
      least.unequal = UnequalLook(path: "/report")
      #expect(judge(least, .leastConnections).verdict == .pass, "seed \(seed)")
    }
  }

  @Test("Where all are equally fast, the load is not found to decide, and who expects it gets no pass")
  func equal() {
    for seed in UInt64(1)...40 {
      for balancer in Balancer.allCases {
        let seen = seen(balancer, times: [2, 2, 2], seed: seed)
        #expect(judge(seen, .leastConnections).verdict != .pass, "\(balancer), seed \(seed)")
        if balancer == .leastConnections || balancer == .leastConnectionsTiesAtRandom {
          #expect(judge(seen, .leastConnections).verdict == .inconclusive, "\(balancer), seed \(seed)")
        }
        if balancer == .random { #expect(judge(seen, .random).policy == .random, "seed \(seed)") }
      }
    }
  }

  /// What a target with equal latency shows, with a look at a path.
  ///
  /// - Parameters:
  ///   - times: of the path at each backend.
  ///   - isMixed: whether it keeps all of them equally busy, so that it is mixed with the target's requests too.
  private func looked(_ balancer: Balancer, times: [Double], isMixed: Bool, seed: UInt64) -> FairnessObservations {
    var seen = seen(balancer, times: times.map { _ in 0.5 }, seed: seed)
    var look = UnequalLook(path: "/report")
    look.alone = self.seen(balancer, times: times, count: 2_000, seed: seed + 1_000).flights
    if isMixed {
      look.mixed =
        self.seen(balancer, times: times.map { _ in 0.5 }, slow: times[0], count: 2_000, seed: seed + 2_000).flights
    }
    look.completed = 2_000
    seen.unequal = look
    return seen
  }

  @Test("A path that is slow at one backend tells each of 200 balancers whose target is equally fast everywhere")
  func unequal() {
    for seed in UInt64(1)...40 {
      for balancer in Balancer.allCases {
        let seen = looked(balancer, times: [1, 1, 20], isMixed: false, seed: seed)
        #expect(judge(seen, .roundRobin).of["unequalPath"] == .pass, "\(balancer), seed \(seed)")
        expectNamed(seen, balancer, seed)
      }
    }
  }

  @Test("A path that takes long everywhere tells least connections from a rotation, or leaves it open")
  func long() {
    for seed in UInt64(1)...40 {
      for balancer in Balancer.allCases {
        let seen = looked(balancer, times: [20, 20, 20], isMixed: true, seed: seed)
        let (rotation, least) = (judge(seen, .roundRobin), judge(seen, .leastConnections))
        switch balancer {
        case .leastConnections:
          #expect(rotation.policy == .leastConnections && rotation.verdict == .fail, "seed \(seed)")
          #expect(least.verdict == .pass, "seed \(seed)")
        case .leastConnectionsTiesAtRandom: #expect(least.verdict == .pass, "seed \(seed)")
        case .twoChoices: #expect(least.verdict != .pass && rotation.verdict != .pass, "seed \(seed)")
        case .random: #expect(least.verdict != .pass && judge(seen, .twoChoices).verdict != .pass, "seed \(seed)")
        case .roundRobin:
          #expect(rotation.policy == .roundRobin && rotation.verdict == .inconclusive, "seed \(seed)")
          #expect(least.verdict == .inconclusive, "seed \(seed)")
        }
      }
    }
  }

  @Test("A path that is like the target, fails, or has other backends decides nothing, and says so")
  func notUnequal() {
    for balancer in [Balancer.roundRobin, .leastConnections] {
      let alike = looked(balancer, times: [0.5, 0.5, 0.5], isMixed: true, seed: 3)
      #expect(judge(alike, .roundRobin).verdict != .pass)
      guard balancer == .roundRobin else { continue }
      #expect(judge(alike, .roundRobin).of["unequalPath"] == .inconclusive)
      #expect(judge(alike, .roundRobin).verdict == .inconclusive)
      #expect(judge(alike, .leastConnections).verdict != .pass)
      var failing = looked(balancer, times: [1, 1, 20], isMixed: false, seed: 3)
      failing.unequal?.failed = 400
      #expect(judge(failing, .roundRobin).verdict == .inconclusive)
      var other = looked(balancer, times: [1, 1, 20], isMixed: false, seed: 3)
      other.unequal?.alone.requests.removeAll { $0.backend == 2 }
      #expect(judge(other, .roundRobin).verdict == .inconclusive)
    }
  }
}
