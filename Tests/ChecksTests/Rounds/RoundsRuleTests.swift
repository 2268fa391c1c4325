import Report
import Testing

@testable import Checks

@Suite struct RoundsRuleTests {
  private typealias Outcome = RoundsSection.Outcome

  @Test(
    "Rounds lose, vary or show none; one that is open, or missing, shows nothing",
    arguments: [
      ([.pass, .pass, .pass], 3, .noneSeen),
      ([.pass, .fail, .pass], 3, .varies),
      ([.fail, .fail, .fail], 3, .loses),
      // What is open says neither that a round lost something nor that it did not.
      ([.fail, .inconclusive, nil], 3, .loses),
      ([.pass, .inconclusive, .fail], 3, .varies),
      ([.pass, .inconclusive, .pass], 3, .undecided),
      ([.pass, nil, .pass], 3, .undecided),
      // Stopped after two of three.
      ([.pass, .pass], 3, .undecided),
      ([.fail, .pass], 3, .varies),
      ([.fail], 3, .loses),
      ([.inconclusive], 2, .undecided), ([nil], 2, .undecided),
    ] as [([Verdict?], Int, RoundsSection.Outcome)])
  func outcome(verdicts: [Verdict?], asked: Int, expected: RoundsSection.Outcome) {
    #expect(Outcome(verdicts, asked: asked) == expected)
  }

  private func assertion(_ kind: AssertionKind, _ verdict: Verdict, _ actual: String = "x", loss: (Int, Int)? = nil)
    -> Assertion
  {
    Assertion(
      kind, verdict: verdict, expected: "y", actual: actual,
      finding: loss.map { .lost(Assertion.RequestLoss($0.0, of: $0.1)) })
  }

  @Test("Of each assertion the worst verdict counts, with the rounds that it comes from")
  func worst() {
    let p99 = AssertionKind.figure(.p99DuringReload)
    let merged = AssertionsOfRounds([
      [assertion(p99, .pass, "1 ms"), assertion(.manager(.managerActed), .pass)],
      [assertion(p99, .fail, "9 ms"), assertion(.manager(.managerActed), .pass)],
      [assertion(p99, .inconclusive, "2 ms"), assertion(.manager(.managerActed), .pass)],
      [assertion(p99, .fail, "8 ms"), assertion(.evidence(.generatorRan), .inconclusive)],
    ]).merged
    #expect(merged.map(\.name) == ["p99DuringReload", "managerActed", "generatorRan"])
    #expect(merged.map(\.verdict) == [.fail, .pass, .inconclusive])
    #expect(merged.map(\.actual) == ["9 ms", "x", "x"])
    #expect(merged.map(\.rounds) == ["in 2 of 4 rounds, first in round 2", nil, "in round 4 of 4"])
  }

  @Test("Losses are added up, and the rounds that lost are counted")
  func losses() {
    let kind = AssertionKind.lostNoRequest(.reload)
    let merged = AssertionsOfRounds([
      [assertion(kind, .pass, loss: (0, 200))], [assertion(kind, .fail, loss: (3, 210))],
      [assertion(kind, .inconclusive, loss: (2, 190))],
    ]).merged
    #expect(merged.count == 1 && merged[0].verdict == .fail)
    #expect(merged[0].expected == "0 of 600 failed" && merged[0].actual == "5, in 1 of 3 rounds")
    #expect(PlainWords.clause(merged[0]) == "the reload lost requests in 1 of 3 rounds (5 of 600)")
  }
}
