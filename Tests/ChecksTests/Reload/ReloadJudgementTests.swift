import Platform
import Report
import Statistics
import Testing

@testable import Checks
@testable import Load

@Suite struct ReloadJudgementTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Phases of one second with a request every 10 ms; each phase's failing ones by their number.
  private func judge(
    _ phases: [(name: String, failing: ClosedRange<Int>?, exitStatus: Int?, problem: String?)],
    _ plan: ReloadPlan = ReloadPlan(), answersAfterRepair: Verdict? = nil, pauses: [GeneratorPause] = [],
    planned: [String]? = nil, site: SiteState? = nil, notJudged: [String: String] = [:], unsent: Int = 0
  ) -> ReloadJudgement {
    var measured = Measurements()
    measured.pauses = pauses
    measured.unsent = unsent
    for (place, phase) in phases.enumerated() {
      let start = Nanoseconds(place) * Self.second
      for index in 0..<100 {
        let due = start + Nanoseconds(index) * 10_000_000
        let fails = phase.failing?.contains(index) == true
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + 2_000_000, connection: 0, backend: nil, generation: nil,
            status: fails ? nil : 200, failure: fails ? .refused : nil, isRetry: false, isUpstreamRetried: false))
      }
    }
    let spans = phases.enumerated().map { place, phase in
      let start = Nanoseconds(place) * Self.second
      let action = phase.exitStatus.map {
        ActionSection(
          command: ["x"], exitStatus: $0, startSeconds: Double(place), durationSeconds: 0.1, problem: phase.problem)
      }
      return PhaseSpan(
        name: phase.name, start: start, end: start + Self.second, action: action, notJudged: notJudged[phase.name])
    }
    return ReloadJudgement(
      PhaseAnalysis.all(spans, of: measured, staleAfter: 0.2), of: measured, plan: plan, hasGenerations: false,
      done: ManagerActions(
        manager: "x", answersAfterRepair: answersAfterRepair, planned: planned, siteAtTheEnd: site))
  }

  private func verdict(_ judgement: ReloadJudgement, _ name: String) -> Verdict? {
    judgement.assertions.first { $0.name == name }?.verdict
  }

  @Test("What fell into a pause of the generator is held against nobody, what did not is")
  func paused() {
    let pause = GeneratorPause(
      .stopped, start: 1_300_000_000, end: 1_700_000_000, length: 400_000_000, caughtUp: 1_750_000_000)
    let within = judge([("baseline", nil, nil, nil), ("reload", 40...60, 0, nil)], pauses: [pause])
    #expect(verdict(within, "reloadLostNoRequest") == .inconclusive)
    #expect(within.phases.map(\.verdict) == [.pass, .inconclusive])
    #expect(
      within.assertions.first { $0.name == "reloadLostNoRequest" }?.actual
        == "21 (21 of them while the generator itself was paused)")
    let partly = judge([("baseline", nil, nil, nil), ("reload", 60...90, 0, nil)], pauses: [pause])
    #expect(verdict(partly, "reloadLostNoRequest") == .fail)
    // Nothing failed, and nothing was looked at either.
    let quiet = judge([("baseline", nil, nil, nil), ("reload", nil, 0, nil)], pauses: [pause])
    #expect(quiet.phases.map(\.verdict) == [.pass, .inconclusive])
  }

  /// A baseline of a second and a reload of five, a request every 10 ms with a latency in milliseconds.
  private func judge(
    before: (Int) -> Nanoseconds, during: (Int) -> Nanoseconds, lateness: Nanoseconds = 2_000_000
  ) -> ReloadJudgement {
    var measured = Measurements()
    for _ in 0..<100 { measured.lateness.record(lateness) }
    for index in 0..<1000 {
      let due = Nanoseconds(index) * 10_000_000
      let latency = index < 500 ? before(index) : during(index - 500)
      measured.records.append(
        RequestRecord(
          due: due, sent: due, done: due + latency * 1_000_000, connection: 0, status: 200))
    }
    return ReloadJudgement(
      PhaseAnalysis.all(
        PhaseSpan.reloadAfterFiveSeconds, of: measured, staleAfter: 0.2), of: measured, plan: ReloadPlan(),
      hasGenerations: false)
  }

  @Test("A p99 that a late generator has raised itself is undecided")
  func late() {
    for (lateness, expected) in [(2_000_000, Verdict.fail), (60_000_000, .inconclusive)] {
      let judgement = judge(before: { _ in 1 }, during: { _ in 90 }, lateness: Nanoseconds(lateness))
      #expect(verdict(judgement, "p99DuringReload") == expected)
    }
  }

  @Test("A p99 is a finding where it is beyond the limit for sure, not where a stall or two of the machine make it")
  func tail() {
    // The same for both: one stall of 60 ms has 6 of 500 requests wait, the p99 among them.
    func stalled(_ index: Int) -> Nanoseconds { (100..<106).contains(index) ? 60 : 1 }
    #expect(verdict(judge(before: { _ in 1 }, during: stalled), "p99DuringReload") == .pass)
    #expect(verdict(judge(before: stalled, during: stalled), "p99DuringReload") == .pass)
    // A second of the five is slow.
    let slow = judge(before: { _ in 1 }, during: { (100..<200).contains($0) ? 60 : 1 })
    #expect(verdict(slow, "p99DuringReload") == .fail)
    let found = judge(before: { _ in 1 }, during: stalled).assertions.first { $0.name == "p99DuringReload" }
    #expect(found?.actual == "60.03 ms" || found?.actual.hasPrefix("60") == true)
    #expect(found?.detail?.hasPrefix("Not beyond chance") == true)
    // Every twentieth of them, throughout: far more than one in a hundred.
    func twentieth(_ index: Int) -> Nanoseconds { index % 20 == 0 ? 60 : 1 }
    #expect(verdict(judge(before: { _ in 1 }, during: twentieth), "p99DuringReload") == .fail)
    #expect(verdict(judge(before: twentieth, during: twentieth), "p99DuringReload") == .pass)
    // Three stalls of a machine that is busy, and one in a hundred as it may be.
    func thrice(_ index: Int) -> Nanoseconds { index % 150 < 8 ? 60 : 1 }
    #expect(verdict(judge(before: { _ in 1 }, during: thrice), "p99DuringReload") == .pass)
    #expect(
      verdict(judge(before: { _ in 1 }, during: { $0 % 100 == 0 ? 60 : 1 }), "p99DuringReload")
        == .pass)
    // What nobody notices is the machine's noise, however often.
    #expect(verdict(judge(before: { _ in 1 }, during: { $0 % 10 == 0 ? 40 : 1 }), "p99DuringReload") == .pass)
    // What a late generator's allowance hides is open, what it does not widen is not.
    let hidden = judge(before: { _ in 1 }, during: twentieth, lateness: 60_000_000)
    #expect(verdict(hidden, "p99DuringReload") == .inconclusive)
    #expect(
      verdict(
        judge(before: { _ in 1 }, during: { _ in 2 }, lateness: 60_000_000), "p99DuringReload")
        == .pass)
  }

  @Test("A time without any answer is a finding, though nothing failed")
  func gap() {
    // For 1.5 s everything waits.
    func held(_ index: Int) -> Nanoseconds { (100..<250).contains(index) ? Nanoseconds((250 - index) * 10) : 1 }
    let judgement = judge(before: { _ in 1 }, during: held)
    #expect(verdict(judgement, "reloadLostNoRequest") == .pass)
    #expect(verdict(judgement, "reloadLeftNoGap") == .fail)
    #expect(judgement.phases[1].verdict == .fail)
    #expect(verdict(judge(before: held, during: held), "reloadLeftNoGap") == .pass)
  }

  @Test("A baseline that the target cannot carry leaves all else open")
  func overloaded() {
    let judgement = judge(before: { Nanoseconds(1 + $0 * 2) }, during: { _ in 1 })
    #expect(verdict(judgement, "baselineKeptUp") == .inconclusive)
    #expect(verdict(judgement, "reloadLostNoRequest") == .inconclusive)
    #expect(verdict(judgement, "reloadLeftNoGap") == .inconclusive)
    #expect(judgement.assertions.first { $0.name == "baselineKeptUp" }?.detail?.contains("--rate") == true)
    #expect(judgement.assertions.allSatisfy { $0.verdict != .fail })
    #expect(judgement.assertions.filter { $0.verdict == .pass }.map(\.name) == ["baselineWithoutFailure"])
  }

  @Test("What was due and not sent, or was planned and not reached, does not pass")
  func undone() {
    let phases: [(name: String, failing: ClosedRange<Int>?, exitStatus: Int?, problem: String?)] = [
      ("baseline", nil, nil, nil), ("reload", nil, 0, nil),
    ]
    #expect(verdict(judge(phases), "everyRequestSent") == .pass)
    #expect(verdict(judge(phases, unsent: 3), "everyRequestSent") == .fail)
    #expect(verdict(judge(phases, planned: ["baseline", "reload"]), "everyPhaseReached") == nil)
    let short = judge(phases, planned: ["baseline", "reload", "restart"])
    #expect(verdict(short, "everyPhaseReached") == .inconclusive)
    #expect(short.assertions.first { $0.name == "everyPhaseReached" }?.actual == "not reached: restart")
  }

  @Test("A phase that began on a site that was down is not judged, and says so")
  func alreadyDown() {
    var plan = ReloadPlan()
    plan.demandsSurvivingRestart = true
    let reason = "the site was already down"
    let judgement = judge(
      [("baseline", nil, nil, nil), ("reload", 30...99, 0, nil), ("restart", 0...99, 0, nil)], plan,
      notJudged: ["restart": reason])
    #expect(verdict(judgement, "reloadLostNoRequest") == .fail)
    #expect(verdict(judgement, "restartLostNoRequest") == .inconclusive)
    #expect(verdict(judgement, "everyPhaseJudged") == .inconclusive)
    #expect(judgement.phases.map(\.verdict) == [.pass, .fail, .inconclusive])
    #expect(judgement.phases[2].notJudged == reason)
    #expect(headline(judgement).hasPrefix("The reload lost 70 requests."))
    // It may even lose nothing: that is no pass either.
    let quiet = judge(
      [("baseline", nil, nil, nil), ("reload", nil, 0, nil), ("restart", nil, 0, nil)], plan,
      notJudged: ["restart": reason])
    #expect(verdict(quiet, "restartLostNoRequest") == .inconclusive)
    #expect(
      headline(quiet) == "Not decided: the site was already down; not judged: restart: the site was already down.")
  }

  private func headline(_ judgement: ReloadJudgement) -> String {
    Headline(finding: judgement.finding, judgement.assertions, notJudged: judgement.notJudged).text
  }

  @Test("A site that is down when the check ends is a failure, whatever was asked")
  func leftDown() {
    let phases: [(name: String, failing: ClosedRange<Int>?, exitStatus: Int?, problem: String?)] = [
      ("baseline", nil, nil, nil), ("reload", nil, 0, nil), ("restart", 20...99, 0, nil),
    ]
    let expected: [(SiteState, Verdict)] = [
      (.answers, .pass), (.losesRequests, .fail), (.down, .fail), (.unknown, .inconclusive),
    ]
    for (site, expected) in expected {
      #expect(verdict(judge(phases, site: site), "siteUpAtTheEnd") == expected, "\(site)")
    }
    #expect(SiteState(wasWell: true, last: (0, 9)) { .fail } == .answers)
    #expect(SiteState(wasWell: false, last: (5, 5)) { .pass } == .losesRequests)
    #expect(SiteState(wasWell: false, last: (0, 5)) { .fail } == .down)
    // Slow, and no more.
    #expect(SiteState(wasWell: false, last: (9, 0)) { .fail } == .answers)
    #expect(SiteState(wasWell: false, last: (0, 0)) { .pass } == .answers)
    #expect(SiteState(wasWell: nil, last: (0, 9)) { .pass } == .answers)
    #expect(SiteState(wasWell: nil, last: (0, 0)) { .inconclusive } == .unknown)
  }

  @Test("A reload's command that ended with status 1 may have done its work: what it ended with is said")
  func failedCommand() throws {
    let judgement = judge([("baseline", nil, nil, nil), ("reload", nil, 1, "sh ended with exit status 1")])
    let found = try #require(judgement.assertions.first { $0.name == "managerReloaded" })
    #expect(found.verdict == .fail && found.actual == "its command ended with exit status 1")
    #expect(PlainWords.clause(found) == "the reload command failed: sh ended with exit status 1")
  }

  @Test("A command that lbcheck itself ended, as it was asked to stop, is held against nobody")
  func interruptedCommand() throws {
    var measured = Measurements()
    measured.records = (0..<200).map { index in
      let due = Nanoseconds(index) * 10_000_000
      return RequestRecord(due: due, sent: due, done: due + 2_000_000, connection: 0, status: 200)
    }
    func action(_ interrupted: Bool?) -> ActionSection {
      ActionSection(
        command: ["x"], startSeconds: 1, durationSeconds: 0.1, problem: "sh was ended after 0.1 s",
        interrupted: interrupted)
    }
    for (interrupted, expected) in [(true, Verdict.inconclusive), (nil, .fail)] {
      let spans = [
        PhaseSpan(name: "baseline", start: 0, end: Self.second, action: nil),
        PhaseSpan(name: "reload", start: Self.second, end: 2 * Self.second, action: action(interrupted)),
      ]
      let judgement = ReloadJudgement(
        PhaseAnalysis.all(spans, of: measured, staleAfter: 0.2), of: measured, plan: ReloadPlan(),
        hasGenerations: false)
      let found = try #require(judgement.assertions.first { $0.name == "managerReloaded" })
      #expect(found.verdict == expected)
      let clause = interrupted == true ? "lbcheck was asked to stop while" : "the manager did not reload"
      #expect(PlainWords.clause(found).hasPrefix(clause))
    }
  }

  @Test("A manager that could not act is reported, whether the generator was paused or not")
  func pausedManager() {
    let pause = GeneratorPause(.suspended, start: 1_300_000_000, end: 1_310_000_000, length: 9_000_000_000)
    let judgement = judge([("baseline", nil, nil, nil), ("reload", nil, 1, "it did not start")], pauses: [pause])
    #expect(verdict(judgement, "managerReloaded") == .fail)
  }

  @Test("A restart and broken builds that lose requests are reported, and held against nobody who did not ask")
  func notAsked() {
    let judgement = judge([
      ("baseline", nil, nil, nil), ("reload", nil, 0, nil), ("restart", 10...40, 0, nil),
      ("broken reload", 50...99, 0, nil), ("repair after reload", 0...5, 0, nil),
    ])
    #expect(judgement.assertions.allSatisfy { $0.verdict == .pass })
    #expect(judgement.phases.map(\.verdict) == [.pass, .pass, nil, nil, .pass])
    #expect(judgement.notes.count == 1)
    #expect(judgement.notes[0].hasPrefix("broken reload: from 500 ms after the action's start the site was down"))
    #expect(judgement.notes[0].contains("although the manager ended with exit status 0"))
    #expect(
      headline(judgement)
        == "The reload lost no request. Not judged: the restart lost 31 of 100 requests; the broken reload, which the site "
        + "need not survive, ended with the site down.")
  }

  @Test("What is demanded fails, and its phase with it")
  func asked() {
    var plan = ReloadPlan()
    plan.demandsSurvivingRestart = true
    plan.demandsSurvivingBrokenBuild = true
    let judgement = judge(
      [
        ("baseline", nil, nil, nil), ("reload", 3...3, 0, nil), ("restart", 10...40, 0, nil),
        ("broken reload", 50...99, 0, nil),
      ], plan)
    for name in ["reloadLostNoRequest", "restartLostNoRequest", "brokenReloadLostNoRequest"] {
      #expect(verdict(judgement, name) == .fail, "\(name)")
    }
    #expect(judgement.phases.map(\.verdict) == [.pass, .fail, .fail, .fail])
  }

  @Test("A repair that leaves the site down, or whose command fails, is a failure; so is one after an early end")
  func repairs() {
    let down = judge([("baseline", nil, nil, nil), ("reload", nil, 0, nil), ("repair after reload", 0...99, 0, nil)])
    #expect(verdict(down, "repairedAfterReload") == .fail)
    let failed = judge([
      ("baseline", nil, nil, nil), ("reload", nil, 0, nil), ("repair after reload", nil, 1, "it ended with status 1"),
    ])
    #expect(verdict(failed, "repairedAfterReload") == .fail)
    #expect(verdict(judge([("baseline", nil, nil, nil)], answersAfterRepair: .fail), "repaired") == .fail)
    #expect(verdict(judge([("baseline", nil, nil, nil)], answersAfterRepair: .pass), "repaired") == .pass)
    let unasked = judge([("baseline", nil, nil, nil)], answersAfterRepair: .inconclusive)
    #expect(unasked.assertions.first { $0.name == "repaired" }?.actual == "this machine has no resources left to check")
  }

  @Test("What failed before cannot be held against the reload")
  func failingBaseline() {
    let judgement = judge([("baseline", 1...1, nil, nil), ("reload", nil, 0, nil)])
    #expect(verdict(judgement, "baselineWithoutFailure") == .inconclusive)
  }

  @Test(
    "Of the old processes only that is said which the kinds of what was cut show",
    arguments: [
      (
        [FailureKind.truncated],
        ["requests in flight were cut (1 truncated); the old processes do not finish their answers."]
      ),
      (
        [.closed],
        [
          "1 request met a kept connection just as it was closed, before any answer (1 closed): the race of keep-alive "
            + "(RFC 9112 9.3.1), which does not show whether the old processes finish their answers."
        ]
      ),
      (
        [.status],
        [
          "requests in flight were cut (1 status 502); the old processes do not finish their answers, or lose connections "
            + "that were just handed to them."
        ]
      ),
    ])
  func cut(kinds: [FailureKind], expected: [String]) {
    let second = Self.second
    var measured = Measurements()
    for index in 0..<100 {
      let due = Nanoseconds(index) * 20_000_000
      measured.records.append(
        RequestRecord(due: due, sent: due, done: due + 2_000_000, connection: 0, status: 200))
    }
    for kind in kinds {
      measured.records.append(
        RequestRecord(
          due: second - 1_000_000, sent: second - 1_000_000, done: second + 5_000_000, connection: 0,
          status: kind == .status ? 502 : nil, failure: kind))
    }
    let action = ActionSection(command: ["x"], exitStatus: 0, startSeconds: 1, durationSeconds: 0.1)
    let spans = [
      PhaseSpan(name: "baseline", start: 0, end: second, action: nil),
      PhaseSpan(name: "reload", start: second, end: 2 * second, action: action),
    ]
    let judgement = ReloadJudgement(
      PhaseAnalysis.all(spans, of: measured, staleAfter: 0.2), of: measured, plan: ReloadPlan(), hasGenerations: false)
    #expect(judgement.notes == expected.map { "reload: \($0)" })
    #expect(verdict(judgement, "reloadLostNoRequest") == .fail)
  }
}
