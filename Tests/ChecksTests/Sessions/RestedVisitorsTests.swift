import Report
import Testing

@testable import Checks

/// Visitors who rest before they come back.
@Suite struct RestedVisitorsTests {
  private func judge(_ staged: StagedVisitors, lasted: Double = 12) -> SessionsJudgement {
    SessionsJudgement(staged.findings, expecting: [], tolerance: 0.02, lasted: lasted)
  }

  private func stays(_ judgement: SessionsJudgement) -> Assertion? {
    judgement.assertions.first { $0.kind == .visitors(.everyVisitorStays) }
  }

  /// Visitors who stay while they come again at once.
  private func staying(_ visitors: Int = 200) -> StagedVisitors {
    var staged = StagedVisitors(visitors)
    staged.come(4, StagedBalancer.sticky)
    return staged
  }

  private func home(_ visitor: Int) -> Int { StagedVisitors.hash(visitor) % 3 }

  @Test("Visitors who meet their backend again stay for rests of that length, and the verdict says it")
  func held() {
    var staged = staying()
    staged.rest([1, 2, 5, 10]) { visitor, _ in home(visitor) }
    let judgement = judge(staged)
    #expect(stays(judgement)?.verdict == .pass)
    #expect(stays(judgement)?.actual.hasSuffix(" for rests up to 10.0 s") == true)
    #expect(judgement.finding.contains("for rests up to 10.0 s"))
    #expect(judgement.section.rests?.last == SessionsRest(seconds: 10, visitors: 50, kept: 50))
  }

  @Test("Affinity that ends after three seconds fails, and between which rests it ended is said")
  func ended() {
    var staged = staying()
    staged.rest([1.25, 2.5, 5, 10]) { visitor, seconds in
      seconds < 3 ? home(visitor) : StagedVisitors.hash(visitor + 4711) % 3
    }
    let judgement = judge(staged)
    #expect(stays(judgement)?.verdict == .fail)
    let detail = stays(judgement)?.detail
    #expect(detail?.contains("another backend after 5.0 s without a request") == true, "\(detail ?? "")")
    #expect(detail?.hasSuffix("; after 2.5 s all 50 met their own.") == true)
  }

  @Test("One of fifty who moves after a rest is one too many")
  func one() {
    var staged = staying()
    staged.rest([1, 2, 5, 10]) { visitor, _ in visitor == 7 ? (home(visitor) + 1) % 3 : home(visitor) }
    #expect(stays(judge(staged))?.verdict == .fail)
  }

  @Test("Whoever rested and was not answered, or whose backend has gone, says nothing; too few leave it open")
  func unclear() {
    var staged = staying()
    staged.rest([1, 10]) { visitor, seconds in seconds == 10 ? nil : home(visitor) }
    #expect(stays(judge(staged))?.verdict == .inconclusive)
    staged.rest([10]) { visitor, _ in home(visitor) == 2 ? 0 : home(visitor) }
    let judgement = judge(staged)
    #expect(stays(judgement)?.verdict == .pass)
    #expect(judgement.section.rests.map { $0[0].visitors == $0[0].kept && $0[0].kept < 200 } == true)
  }

  @Test("Half of the visitors of every address rest the longest, and few visitors all do")
  func groups() {
    var plan = SessionsPlan()
    let groups = { (plan: SessionsPlan, address: Int) in
      (0..<4).map { group in
        stride(from: address, to: plan.visitors, by: 2).count { plan.restGroup(of: $0, amongAddresses: 2) == group }
      }
    }
    plan.visitors = 160
    #expect(groups(plan, 0) == [10, 10, 20, 40] && groups(plan, 1) == [10, 10, 20, 40])
    plan.visitors = 20
    #expect(plan.restGroups == 1 && groups(plan, 0) == [10, 0, 0, 0])
  }

  @Test("A cookie that clients keep for less long than the check took leaves it open", arguments: [5, 60])
  func shortCookie(seconds: Int64) {
    var staged = staying()
    staged.findings.cookies = [.init(name: "SRV", answers: 200, seconds: seconds)]
    staged.control(.address) { .by(StagedVisitors.hash($0 + 4711) % 3) }
    staged.control(.cookies) { .by(home($0)) }
    staged.rest([0.1]) { visitor, _ in home(visitor) }
    #expect(stays(judge(staged))?.verdict == (seconds == 5 ? .inconclusive : .pass))
  }
}
