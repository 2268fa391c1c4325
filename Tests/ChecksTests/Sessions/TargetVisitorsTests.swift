import Report
import Testing

@testable import Checks

/// Visitors of a target with two addresses.
@Suite struct TargetVisitorsTests {
  /// Visitor n comes to address n modulo 2.
  private func staged(_ rule: @escaping StagedVisitors.Rule, elsewhere: (Int) -> Int) -> StagedVisitors {
    var staged = StagedVisitors(200)
    staged.findings.targets = ["127.0.0.1:80", "127.0.0.2:80"]
    staged.come(4, rule)
    staged.control(.otherAddress) { .by(elsewhere($0)) }
    staged.draw([1400, 1400, 1400], [1400, 1400, 1400])
    return staged
  }

  private func verdicts(_ staged: StagedVisitors) -> [String: Verdict] {
    let judgement = SessionsJudgement(staged.findings, expecting: [], tolerance: 0.02)
    return Dictionary(uniqueKeysWithValues: judgement.assertions.map { ($0.name, $0.verdict) })
  }

  private func home(_ visitor: Int) -> Int { StagedVisitors.hash(visitor) % 3 }

  @Test("Addresses that share what visitors stay by pass, each with its own assertions and row")
  func shared() {
    let staged = staged(StagedBalancer.sticky) { home($0) }
    let judgement = SessionsJudgement(staged.findings, expecting: [], tolerance: 0.02)
    #expect(judgement.assertions.allSatisfy { $0.verdict == .pass }, "\(judgement.assertions)")
    let names = judgement.assertions.map(\.name)
    #expect(names.contains("everyVisitorStays(127.0.0.2:80)") && names.contains("newVisitorsSpread(127.0.0.1:80)"))
    #expect(judgement.section.rows?.map(\.visitors) == [100, 100])
  }

  @Test("Visitors who stay at each address and are new ones at the other do not pass")
  func unshared() {
    let all = verdicts(staged(StagedBalancer.sticky) { home($0 + 4711) })
    #expect(all["everyVisitorStays(127.0.0.1:80)"] == .pass && all["everyVisitorStays(127.0.0.2:80)"] == .pass)
    #expect(all["staysAtEveryAddress"] == .fail)
    // One of two hundred.
    #expect(
      verdicts(staged(StagedBalancer.sticky) { $0 == 9 ? (home(9) + 1) % 3 : home($0) })["staysAtEveryAddress"] == .fail
    )
  }

  @Test("An address with one backend keeps nobody, though all its visitors meet the same")
  func oneEach() {
    let all = verdicts(staged({ visitor, _, _ in .by(visitor % 2) }) { 1 - $0 % 2 })
    #expect(all["everyVisitorStays(127.0.0.1:80)"] == .inconclusive)
    #expect(all["staysAtEveryAddress"] == .fail)
  }

  @Test("Shares that are wrong at both addresses and right in sum fail")
  func spread() {
    var staged = staged(StagedBalancer.sticky) { home($0) }
    staged.draw([2100, 1400, 700], [700, 1400, 2100])
    let all = verdicts(staged)
    #expect(all["newVisitorsSpread(127.0.0.1:80)"] == .fail && all["newVisitorsSpread(127.0.0.2:80)"] == .fail)
  }

  @Test("Where visitors do not stay at one address, and where nobody came to another, that is open")
  func open() {
    let all = verdicts(staged(StagedBalancer.drawn) { home($0) })
    #expect(all["everyVisitorStays(127.0.0.1:80)"] == .fail && all["staysAtEveryAddress"] == .inconclusive)
    var staged = staged(StagedBalancer.sticky) { home($0) }
    staged.findings.controls[0].answers = staged.findings.controls[0].answers.map { _ in .init(.failed) }
    #expect(verdicts(staged)["staysAtEveryAddress"] == .inconclusive)
  }
}
