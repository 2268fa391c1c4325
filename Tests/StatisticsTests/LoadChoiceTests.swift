import Statistics
import Testing

@Suite struct LoadChoiceTests {
  enum Policy: CaseIterable {
    case leastConnections, twoChoices, random, roundRobin
  }

  /// What a client with so many connections, each sending as soon as it has its answer, would have seen.
  private func simulate(
    _ policy: Policy, times: [Double], weights: [Int]? = nil, connections: Int = 50, count: Int = 5_000, seed: UInt64
  ) -> [LoadChoice.Request] {
    var generator = SplitMix64(seed: seed)
    let weights = weights ?? times.map { _ in 1 }
    let turn = Rotation.smoothWeightedOrder(weights: weights)
    let pool = weights.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
    var inFlight = [Int](repeating: 0, count: times.count)
    /// When each connection is free, and the backend that it waits for.
    var free = (0..<connections).map { (at: Double($0) * 1e3, backend: nil as Int?) }
    var requests: [LoadChoice.Request] = []
    func load(_ backend: Int) -> Double { Double(inFlight[backend]) / Double(weights[backend]) }
    for index in 0..<count {
      let next = free.indices.min { free[$0].at < free[$1].at }!
      if let done = free[next].backend { inFlight[done] -= 1 }
      let backend =
        switch policy {
        case .roundRobin: turn[index % turn.count]
        case .random: pool[Int(generator.next() % UInt64(pool.count))]
        case .leastConnections: times.indices.min { (load($0), $0) < (load($1), $1) }!
        case .twoChoices:
          [0, 1].map { _ in pool[Int(generator.next() % UInt64(pool.count))] }.min { load($0) < load($1) }!
        }
      let now = free[next].at
      let time = times[backend] * (0.5 + generator.unit()) * 1e6
      requests.append(.init(sent: UInt64(now), done: UInt64(now + time), backend: backend))
      inFlight[backend] += 1
      free[next] = (now + time, backend)
    }
    return requests
  }

  @Test("What a random choice meets busier than the least busy one is contested, by its share")
  func contested() {
    let requests: [LoadChoice.Request] = [
      .init(sent: 0, done: 10, backend: 0), .init(sent: 5, done: 6, backend: 1), .init(sent: 20, done: 30, backend: 1),
      .init(sent: 25, done: 40, backend: 1),
    ]
    #expect(LoadChoice(requests, weights: [1, 1])?.contested == 0.25)
    #expect(LoadChoice(requests, weights: [1, 3])?.contested == 0.25)
    #expect(LoadChoice([requests[0], requests[2]], weights: [1, 1])?.contested == 0)
  }

  @Test("With a slow backend the four policies stand apart", arguments: Policy.allCases)
  func apart(policy: Policy) throws {
    for (seed, times) in [[1.0, 1, 3], [2, 20, 2], [5, 5, 10, 5], [1, 1, 1, 1, 8, 1]].enumerated() {
      let seen = try #require(
        LoadChoice(simulate(policy, times: times, seed: UInt64(seed)), weights: times.map { _ in 1 }))
      let ratio = try #require(seen.ratio)
      switch policy {
      case .leastConnections: #expect(ratio < 0.2)
      case .twoChoices: #expect((0.2..<0.7).contains(ratio))
      case .random, .roundRobin: #expect((0.85..<1.2).contains(ratio))
      }
      if policy == .leastConnections {
        // Requests × time is the same for all.
        let even = 1 / Double(times.count)
        #expect(seen.busyShares.allSatisfy { abs($0 - even) < 0.05 })
      }
    }
  }

  @Test("Least connections with weights holds requests × time to them")
  func weighted() throws {
    let weights = [3, 1, 1]
    let seen = try #require(
      LoadChoice(simulate(.leastConnections, times: [2, 2, 9], weights: weights, seed: 4), weights: weights))
    #expect(try #require(seen.ratio) < 0.2)
    #expect(zip(seen.busyShares, [0.6, 0.2, 0.2]).allSatisfy { abs($0 - $1) < 0.05 })
    let unaware = try #require(
      LoadChoice(simulate(.roundRobin, times: [2, 2, 9], weights: weights, seed: 4), weights: weights))
    #expect(try #require(unaware.ratio) > 0.9)
  }

  @Test("One request at a time tells nothing, and what cannot be is refused")
  func nothing() throws {
    let serial = (0..<9).map { LoadChoice.Request(sent: UInt64($0) * 10, done: UInt64($0) * 10 + 5, backend: $0 % 3) }
    #expect(try #require(LoadChoice(serial, weights: [1, 1, 1])).ratio == nil)
    #expect(LoadChoice(serial, weights: [1]) == nil && LoadChoice([], weights: [1, 1]) == nil)
    #expect(LoadChoice(serial, weights: [1, 0, 1]) == nil && LoadChoice(serial, weights: [1, 1]) == nil)
    #expect(LoadChoice([.init(sent: 2, done: 1, backend: 0)], weights: [1, 1]) == nil)
  }
}
