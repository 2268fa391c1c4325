import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct PhaseOriginsTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// What answers the request of a number.
  private enum Answer {
    case backend, nobody, redirect, none
  }

  /// Phases of three seconds with a request every 10 ms.
  private func judge(
    _ phases: [(name: String, answer: (Int) -> Answer)], site: SiteState = .answers, plan: ReloadPlan = ReloadPlan()
  ) -> ReloadJudgement {
    var measured = Measurements()
    measured.backends = [Measurements.Backend(name: "a")]
    var spans: [PhaseSpan] = []
    for (place, phase) in phases.enumerated() {
      let start = 3 * Nanoseconds(place) * Self.second
      for index in 0..<300 {
        let due = start + Nanoseconds(index) * 10_000_000
        let answer = phase.answer(index)
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + 2_000_000, connection: 0,
            backend: answer == .nobody || answer == .none ? nil : 0,
            status: answer == .none ? nil : answer == .redirect ? 302 : 200,
            failure: answer == .none ? .refused : nil))
      }
      let action = ActionSection(
        command: ["x"], exitStatus: 0, startSeconds: Double(3 * place), durationSeconds: 0.1)
      spans.append(
        PhaseSpan(name: phase.name, start: start, end: start + 3 * Self.second, action: place == 0 ? nil : action))
    }
    return ReloadJudgement(
      PhaseAnalysis.all(spans, of: measured, staleAfter: 0.2), of: measured, plan: plan, hasGenerations: false,
      done: ManagerActions(manager: "x", siteAtTheEnd: site))
  }

  private func reload(before: @escaping (Int) -> Answer = { _ in .backend }, _ during: @escaping (Int) -> Answer)
    -> ReloadJudgement
  {
    judge([("baseline", before), ("reload", during)])
  }

  private func verdict(_ judgement: ReloadJudgement, _ name: String) -> Verdict? {
    judgement.assertions.first { $0.name == name }?.verdict
  }

  @Test("Of a site that answered nothing before, answers without a name are no finding")
  func downBefore() {
    let judgement = reload(before: { _ in .none }) { _ in .nobody }
    #expect(verdict(judgement, "reloadServedByBackends") == nil)
    #expect(verdict(reload { _ in .nobody }, "reloadServedByBackends") == .fail)
  }

  @Test("Answers that no backend gave leave a loss open, a second of them fails, and what was so before is no finding")
  func origins() {
    func within(_ range: Range<Int>, _ answer: Answer) -> (Int) -> Answer { { range.contains($0) ? answer : .backend } }
    func everyTenth(_ answer: Answer) -> (Int) -> Answer { { $0 % 10 == 0 ? answer : .backend } }
    let table: [(before: (Int) -> Answer, during: (Int) -> Answer, lost: Verdict, away: Verdict?, what: String)] = [
      (within(0..<0, .nobody), within(0..<0, .nobody), .pass, nil, "backends only"),
      (within(0..<0, .nobody), within(50..<51, .nobody), .pass, nil, "one of three hundred"),
      (within(0..<0, .nobody), within(50..<52, .nobody), .inconclusive, nil, "two of three hundred"),
      (within(7..<8, .nobody), within(50..<54, .nobody), .pass, nil, "four of three hundred, one before"),
      (within(0..<0, .nobody), within(50..<70, .nobody), .inconclusive, nil, "0.2 s of a page of maintenance"),
      (within(0..<0, .nobody), within(50..<70, .redirect), .inconclusive, nil, "0.2 s of redirects"),
      (within(0..<0, .nobody), everyTenth(.nobody), .inconclusive, nil, "a tenth, spread"),
      (everyTenth(.nobody), everyTenth(.nobody), .pass, nil, "a tenth, as before"),
      (everyTenth(.redirect), everyTenth(.redirect), .pass, nil, "a tenth redirects, as before"),
      (within(0..<0, .nobody), within(50..<150, .nobody), .inconclusive, .fail, "a second of it"),
      (within(0..<0, .nobody), within(50..<300, .nobody), .inconclusive, .fail, "it for good"),
      ({ _ in .nobody }, { _ in .nobody }, .pass, nil, "nothing ever names a backend"),
    ]
    for row in table {
      let judgement = reload(before: row.before, row.during)
      #expect(verdict(judgement, "reloadLostNoRequest") == row.lost, "\(row.what)")
      #expect(verdict(judgement, "reloadServedByBackends") == row.away, "\(row.what)")
      #expect(judgement.phases[1].verdict == (row.away ?? row.lost), "\(row.what)")
    }
    let found = reload(within(50..<150, .nobody)).assertions.first { $0.name == "reloadServedByBackends" }
    #expect(found?.actual == "visitors saw answers that no backend gave for 990 ms")
  }

  @Test("A site whose last second nobody serves is not up at the end, unless that was so before")
  func end() {
    let late: (Int) -> Answer = { $0 >= 190 ? .nobody : .backend }
    #expect(verdict(reload(late), "siteUpAtTheEnd") == .fail)
    #expect(verdict(reload(before: { _ in .nobody }, late), "siteUpAtTheEnd") == .pass)
    #expect(verdict(reload { $0 < 100 ? .nobody : .backend }, "siteUpAtTheEnd") == .pass)
  }

  @Test("A restart that nobody asked to survive is said to have been served by nobody; one that has to survive fails")
  func restart() {
    let phases: [(String, (Int) -> Answer)] = [
      ("baseline", { _ in .backend }), ("reload", { _ in .backend }),
      ("restart", { (50..<200).contains($0) ? .nobody : .backend }),
    ]
    let unasked = judge(phases)
    #expect(unasked.assertions.allSatisfy { $0.verdict == .pass })
    #expect(
      unasked.notJudged == ["during the restart visitors saw answers that no backend gave for 1.49 s"])
    var plan = ReloadPlan()
    plan.demandsSurvivingRestart = true
    #expect(verdict(judge(phases, plan: plan), "restartServedByBackends") == .fail)
  }
}
