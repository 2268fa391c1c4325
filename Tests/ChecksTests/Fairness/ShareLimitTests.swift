import Report
import Testing

@testable import Checks

@Suite struct ShareLimitTests {
  private func verdict(of answers: Int, tolerance: Double? = nil) -> Verdict? {
    var seen = FairnessObservations()
    let turn = Array(repeating: "a", count: 49) + ["b"]
    seen.serial = [(0..<16).flatMap { _ in turn }]
    seen.concurrent = [("a", 3000 - answers), ("b", answers)]
    seen.requests = 3_800
    var expectation = FairnessExpectation()
    expectation.backends = [("a", 49), ("b", 1)].map { ExpectedBackend(name: $0, role: .primary(weight: $1)) }
    if let tolerance { expectation.tolerance = tolerance }
    return FairnessJudgement(seen, against: expectation).assertions.first { $0.name == "maxDeviation" }?.verdict
  }

  @Test(
    "A rare backend's share may be off by a third of it, unless a larger tolerance is asked for",
    arguments: [(60, Verdict.pass), (41, .pass), (39, .fail), (12, .fail), (81, .fail)])
  func rare(_ answers: Int, _ expected: Verdict) {
    #expect(verdict(of: answers) == expected)
    #expect(verdict(of: answers, tolerance: 0.03) == .pass)
  }

  @Test("The limits in words")
  func words() {
    let limit = ShareLimit(tolerance: 0.02)
    #expect(limit.inWords([0.5, 0.5].map(limit.of)) == "≤ 2.00 pp")
    #expect(limit.inWords([0.97, 0.03].map(limit.of)) == "≤ 1.00 pp to 2.00 pp, by the share")
  }
}
