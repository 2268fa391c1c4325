import Load
import Report
import Statistics
import Testing

@testable import Checks

/// Balancers that deal out many requests at a time in another way than one after another.
@Suite struct UnderLoadTests {
  private static let names = ["a", "b", "c"]

  private func assertion(
    _ name: String, under load: (_ turn: Int, _ connection: Int, inout SplitMix64) -> Int, seed: UInt64,
    sets count: Int = 3_000, over connections: UInt64 = 50, shuffled: (over: UInt64, requests: Int)? = nil
  ) throws -> (assertion: Assertion, wantsShuffledConnections: Bool) {
    var generator = SplitMix64(seed: seed)
    var seen = FairnessObservations()
    seen.serial = [(0..<400).map { Self.names[$0 % 3] }]
    var answers: [(connection: UInt32, backend: Int)] = []
    for turn in 0..<count {
      let connection = Int(generator.next() % connections)
      let backend = load(turn, connection, &generator)
      answers.append((UInt32(connection), backend))
      // As far as the order of sending is off that of arrival.
      let sent = UInt64(turn) * 1_000 + generator.next() % 25_000
      seen.inFlight.append(.init(sent: sent, done: sent + 40_000, backend: backend))
    }
    seen.pinned = PinnedConnections(answers)
    if let shuffled {
      seen.hasShuffledStage = true
      seen.shuffled = PinnedConnections(
        (0..<shuffled.requests).map { turn in
          let connection = Int(generator.next() % shuffled.over)
          return (UInt32(connection), load(turn, connection, &generator))
        }, isShuffled: true)
    }
    seen.concurrent = Self.names.enumerated().map { entry in
      (entry.element, answers.count { $0.backend == entry.offset })
    }
    seen.mixedConnections = 1
    seen.requests = 400 + count
    var expectation = FairnessExpectation()
    // So that shares by chance are no matter here.
    expectation.tolerance = 0.2
    expectation.backends = Self.names.map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    let judgement = FairnessJudgement(seen, against: expectation)
    return (try #require(judgement.assertions.first { $0.name == name }), judgement.wantsShuffledConnections)
  }

  @Test("A rotation that is chance under load is left open, and one that is one is not")
  func chance() throws {
    for seed in UInt64(1)...100 {
      let random = try assertion("rotationScore", under: { _, _, generator in Int(generator.next() % 3) }, seed: seed)
      #expect(random.assertion.verdict == .inconclusive, "seed \(seed)")
      let turns = try assertion("rotationScore", under: { turn, _, _ in turn % 3 }, seed: seed)
      #expect(turns.assertion.verdict == .pass, "seed \(seed)")
      // Four workers that rotate apart.
      var workers = [0, 1, 2, 0]
      let apart = try assertion(
        "rotationScore",
        under: { _, connection, _ in
          workers[connection % 4] += 1
          return workers[connection % 4] % 3
        }, seed: seed)
      #expect(apart.assertion.verdict == .pass, "seed \(seed)")
    }
  }

  /// Who answers a connection's request: all connections are bound, a tenth of them, or none.
  private enum Dealing: CaseIterable {
    case all, some, none

    func backend(_ turn: Int, _ connection: Int) -> Int {
      switch self {
      case .all: connection % 3
      case .some: connection % 10 == 0 ? 1 : turn % 3
      case .none: turn % 3
      }
    }
  }

  private func unit(
    _ dealing: Dealing, _ seed: UInt64, over connections: UInt64, shuffled: (over: UInt64, requests: Int)? = nil
  ) throws -> (assertion: Assertion, wantsShuffledConnections: Bool) {
    try assertion(
      "per", under: { turn, connection, _ in dealing.backend(turn, connection) }, seed: seed, over: connections,
      shuffled: shuffled)
  }

  @Test("Connections that keep to a backend leave open what is dealt out if they do when taken by chance, too")
  func pinned() throws {
    for dealing in Dealing.allCases {
      for seed in UInt64(1)...30 {
        let place = Comment("\(dealing), seed \(seed)")
        #expect(try unit(dealing, seed, over: 50).wantsShuffledConnections == (dealing != .none), place)
        // 51 connections may be in step with three backends, but not those taken by chance.
        for connections in [UInt64(50), 51] {
          let judged = try unit(dealing, seed, over: connections, shuffled: (100, 4_500))
          #expect(!judged.wantsShuffledConnections, place)
          #expect(judged.assertion.verdict == (dealing == .none ? .pass : .inconclusive), place)
          if dealing != .none { #expect(judged.assertion.reason?.contains("taken by chance, too") == true, place) }
        }
      }
    }
  }

  @Test("Connections in step with a rotation deal out requests; too few taken by chance show nothing")
  func inStep() throws {
    var seen = FairnessObservations()
    let bound = try #require(PinnedConnections((0..<3_000).map { (connection: UInt32($0 % 50), backend: $0 % 50 % 3) }))
    #expect(!bound.isChance && seen.whyNotInStep(bound) != nil)
    seen.hasShuffledStage = true
    seen.shuffled = PinnedConnections(
      (0..<3_000).map { (connection: UInt32($0 % 50), backend: $0 % 3) }, isShuffled: true)
    #expect(seen.shuffled?.isChance == true && seen.whyNotInStep(bound) == nil)
    let few = try unit(.all, 1, over: 50, shuffled: (100, 500))
    #expect(few.assertion.verdict == .inconclusive && few.assertion.reason?.contains("too few requests") == true)
  }

  @Test("Where connections are not taken by chance, only all of them in a number out of step are a finding")
  func unasked() throws {
    #expect(try unit(.all, 1, over: 50).assertion.verdict == .inconclusive)
    #expect(try unit(.all, 1, over: 51).assertion.verdict == .pass)
    #expect(try unit(.some, 1, over: 50).assertion.verdict == .pass)
  }

  @Test("A backend that carries nearly all holds connections by chance")
  func rare() throws {
    var generator = SplitMix64(seed: 1)
    let answers = (0..<3_000).map { turn in
      (connection: UInt32(turn % 50), backend: generator.next() % 50 == 0 ? 1 : 0)
    }
    let pinned = try #require(PinnedConnections(answers))
    #expect(pinned.count > 0 && pinned.isChance)
  }
}
