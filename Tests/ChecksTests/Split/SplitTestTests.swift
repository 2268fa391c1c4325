import HTTP
import Load
import Platform
import Report
import Support
import Testing

@testable import Checks

@Suite struct SplitTestTests {
  private func split(_ weights: [(String, Double)], margin: Double? = nil) -> SplitExpectation {
    var split = SplitExpectation()
    split.parts = weights.map { SplitExpectation.Part(name: $0.0, weight: $0.1) }
    split.margin = margin
    return split
  }

  /// The test of answers that are drawn: a name for each share, or none.
  private func drawn(
    _ split: SplitExpectation, _ shares: [(String?, Double)], seed: UInt64, atMost: Int = 100_000
  ) throws -> SplitTest {
    var random = SeededGenerator(seed: seed)
    var test = try #require(SplitTest(split))
    for _ in 0..<atMost where test.decision == .undecided {
      var rest = Double(random.next() >> 11) * 0x1p-53
      var name = shares.last?.0
      for (part, share) in shares {
        if rest < share {
          name = part
          break
        }
        rest -= share
      }
      test.add(name)
    }
    return test
  }

  @Test("Of 200 canaries that get their share at most one is refused, and each that is off by the margin is found")
  func errors() throws {
    let canary = split([("v1", 95), ("v2", 5)])
    let blue = split([("v1", 70), ("v2", 30)])
    var (alarms, misses) = (0, 0)
    for seed in 0..<200 as Range<UInt64> {
      if try drawn(canary, [("v2", 0.05), ("v1", 0.95)], seed: seed).decision != .asExpected { alarms += 1 }
      if try drawn(canary, [("v2", 0.1), ("v1", 0.9)], seed: seed).decision != .different { misses += 1 }
      if try drawn(blue, [("v1", 0.76), ("v2", 0.24)], seed: seed).decision != .different { misses += 1 }
      if try drawn(canary, [("v1", 1)], seed: seed).decision != .different { misses += 1 }
    }
    #expect(alarms <= 1 && misses <= 2, "\(alarms) alarms, \(misses) misses")
  }

  @Test("A third part with a hundredth of the answers, and answers without a name, are seen before the split is taken")
  func others() throws {
    let canary = split([("v1", 95), ("v2", 5)])
    // A wide margin alone would be decided after some two hundred answers.
    let wide = split([("v1", 60), ("v2", 40)], margin: 0.2)
    for seed in 0..<100 as Range<UInt64> {
      let early = try drawn(wide, [("v3", 0.01), ("v2", 0.4), ("v1", 0.59)], seed: seed)
      #expect(early.others["v3"] != nil || early.decision == .different, "seed \(seed)")
      let third = try drawn(canary, [("v3", 0.01), ("v2", 0.05), ("v1", 0.94)], seed: seed)
      #expect(third.others["v3"] != nil || third.decision == .different, "seed \(seed)")
      let nameless = try drawn(canary, [(nil, 0.01), ("v2", 0.05), ("v1", 0.94)], seed: seed)
      #expect(nameless.nameless > 0 || nameless.decision == .different, "seed \(seed)")
    }
  }

  @Test("A decision takes about as many answers as is said, and none counts after it")
  func counts() throws {
    var test = try drawn(split([("v1", 95), ("v2", 5)]), [("v2", 0.05), ("v1", 0.95)], seed: 3)
    #expect(test.total < 3 * test.expectedCount && test.counts.reduce(0, +) == test.total)
    let total = test.total
    test.add("v3")
    #expect(test.total == total && test.others.isEmpty)
  }

  @Test("Each further test of the same change may take a wrong split with a smaller chance")
  func attempts() throws {
    var waiting = split([("v1", 80), ("v2", 20)])
    waiting.wait = 1_000_000_000
    let counts = try (1...4).map { try #require(SplitTest(waiting, attempt: $0)).expectedCount }
    #expect(zip(counts, counts.dropFirst()).allSatisfy(<))
  }

  @Test("What leaves no test is refused")
  func refused() {
    func refusal(_ split: SplitExpectation) -> String? {
      do throws(CheckError) { try split.validate() } catch { return error.description }
      return nil
    }
    #expect(refusal(split([("v1", 95), ("v2", 5)])) == nil)
    #expect(refusal(split([("v1", 95), ("v2", 5)], margin: 0.05))?.contains("--split-margin") == true)
    #expect(refusal(split([("v1", 95)]))?.contains("two parts") == true)
    #expect(refusal(split([("v1", 95), ("v1", 5)]))?.contains("twice") == true)
    #expect(split([("a", 60), ("b", 40)]).usedMargin == 0.05 && split([("a", 99), ("b", 1)]).usedMargin == 0.005)
  }

  // MARK: The verdict

  private func outcome(_ test: SplitTest, arrivedAfter: Nanoseconds? = nil) throws -> SplitDraws.Outcome {
    let lanes = FairnessLane.all(["127.0.0.1:80"], [try RequestTemplate(path: "/")])
    return .init(lanes: lanes.map { SplitLane(of: $0, test, arrivedAfter: arrivedAfter) })
  }

  private func judge(_ split: SplitExpectation, _ outcome: SplitDraws.Outcome) -> [String: Verdict] {
    let judgement = SplitJudgement(outcome, expecting: split, header: "X-Version")
    return Dictionary(judgement.assertions.map { ($0.name, $0.verdict) }) { first, _ in first }
  }

  @Test("A split passes only with every part decided, and nobody else among the answers")
  func verdicts() throws {
    let canary = split([("v1", 95), ("v2", 5)])
    func verdicts(_ shares: [(String?, Double)], atMost: Int = 100_000) throws -> [String: Verdict] {
      judge(canary, try outcome(drawn(canary, shares, seed: 11, atMost: atMost)))
    }
    #expect(
      try verdicts([("v2", 0.05), ("v1", 0.95)]) == ["split(v1)": .pass, "split(v2)": .pass, "noOtherPart": .pass])
    #expect(try verdicts([("v2", 0.2), ("v1", 0.8)])["split(v2)"] == .fail)
    #expect(try verdicts([("v3", 0.01), ("v2", 0.05), ("v1", 0.94)])["noOtherPart"] == .fail)
    let few = try verdicts([("v2", 0.05), ("v1", 0.95)], atMost: 300)
    #expect(few["split(v1)"] == .inconclusive && few["split(v2)"] == .inconclusive)
    #expect(try judge(canary, outcome(#require(SplitTest(canary))))["noOtherPart"] == .inconclusive)
  }

  /// When a split of 80 to 20 is taken, of 1,000 answers a second in 15 seconds.
  ///
  /// - Parameter share: of v2, by the second.
  private func arrival(seed: UInt64, _ share: (Double) -> Double) throws -> Double? {
    var waiting = split([("v1", 80), ("v2", 20)])
    waiting.wait = 15_000_000_000
    var random = SeededGenerator(seed: seed)
    let kind = try RequestTemplate(path: "/")
    let first = try #require(FairnessLane.all(["127.0.0.1:80"], [kind]).first)
    var lane = SplitLane(of: first, try #require(SplitTest(waiting)))
    for number in 0..<15_000 where !lane.isOver {
      let time = Double(number) / 1000
      let isSecond = Double(random.next() >> 11) * 0x1p-53 < share(time)
      lane.add(isSecond ? "v2" : "v1", after: Nanoseconds(time * 1e9), waiting)
    }
    return lane.arrivedAfter.map { Double($0) / 1e9 }
  }

  @Test("A split that is waited for arrives when it stays, not where it passes by or comes and goes")
  func staying() throws {
    for seed in 1...50 as ClosedRange<UInt64> {
      let step = try #require(try arrival(seed: seed) { $0 < 3 ? 0 : 0.2 }, "seed \(seed)")
      #expect(step > 2.7 && step < 5.5, "seed \(seed): \(step)")
      #expect(try arrival(seed: seed) { min(0.9, 0.06 * $0) } == nil, "seed \(seed)")
      #expect(try arrival(seed: seed) { Int($0 * 1.5) % 2 == 0 ? 0 : 0.4 } == nil, "seed \(seed)")
    }
  }

  @Test("A change that does not arrive fails, whatever the last answers are")
  func arrival() throws {
    var waiting = split([("v1", 80), ("v2", 20)])
    waiting.wait = 5_000_000_000
    let late = try outcome(drawn(waiting, [("v2", 0.2), ("v1", 0.8)], seed: 5, atMost: 50))
    #expect(judge(waiting, late)["splitArrived"] == .fail)
    var outcome = try outcome(drawn(waiting, [("v2", 0.2), ("v1", 0.8)], seed: 5), arrivedAfter: 1_500_000_000)
    outcome.followed = .init(visitors: 50, answers: 100, flips: 7)
    #expect(judge(waiting, outcome)["splitArrived"] == .pass)
    let section = SplitJudgement(outcome, expecting: waiting, header: "X-Version").section
    #expect(section.arrival == SplitArrival(afterSeconds: 1.5, visitors: 50, answers: 100, flips: 7))
  }
}
