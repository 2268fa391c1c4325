import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct ReloadJudgementTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// Phases of one second with a request every 10 ms; each phase's failing ones by their number.
  private func judge(
    _ phases: [(name: String, failing: ClosedRange<Int>?, exitStatus: Int?, problem: String?)],
    _ plan: ReloadPlan = ReloadPlan(), answersAfterRepair: Verdict? = nil, pauses: [GeneratorPause] = []
  ) -> ReloadJudgement {
    var measured = Measurements()
    measured.pauses = pauses
    var analyses: [PhaseAnalysis] = []
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
    for (place, phase) in phases.enumerated() {
      let start = Nanoseconds(place) * Self.second
      let action = phase.exitStatus.map {
        ActionSection(
          command: ["x"], exitStatus: $0, startSeconds: Double(place), durationSeconds: 0.1, problem: phase.problem)
      }
      analyses.append(
        PhaseAnalysis(
          PhaseSpan(name: phase.name, start: start, end: start + Self.second, action: action), of: measured,
          previous: [], staleAfter: 0.2))
    }
    return ReloadJudgement(analyses, plan: plan, hasGenerations: false, answersAfterRepair: answersAfterRepair)
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
        == "21 (21 of them while the generator itself stood still)")
    let partly = judge([("baseline", nil, nil, nil), ("reload", 60...90, 0, nil)], pauses: [pause])
    #expect(verdict(partly, "reloadLostNoRequest") == .fail)
    // Nothing failed, and nothing was looked at either.
    let quiet = judge([("baseline", nil, nil, nil), ("reload", nil, 0, nil)], pauses: [pause])
    #expect(quiet.phases.map(\.verdict) == [.pass, .inconclusive])
  }

  @Test("A p99 that a late generator has raised itself is undecided")
  func late() {
    func span(_ name: String, latency: Nanoseconds) -> PhaseAnalysis {
      var measured = Measurements()
      for index in 0..<100 {
        let due = Nanoseconds(index) * 10_000_000
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + latency, connection: 0, backend: nil, generation: nil, status: 200,
            failure: nil, isRetry: false, isUpstreamRetried: false))
      }
      return PhaseAnalysis(
        PhaseSpan(name: name, start: 0, end: Self.second, action: nil), of: measured, previous: [], staleAfter: 0.2)
    }
    let phases = [span("baseline", latency: 1_000_000), span("reload", latency: 90_000_000)]
    for (lateness, expected) in [(2_000_000, Verdict.fail), (60_000_000, .inconclusive)] {
      let judgement = ReloadJudgement(
        phases, plan: ReloadPlan(), hasGenerations: false, answersAfterRepair: nil, lateness: Nanoseconds(lateness))
      #expect(verdict(judgement, "p99DuringReload") == expected)
    }
  }

  @Test("A manager that could not act is told, whether the generator stood still or not")
  func pausedManager() {
    let pause = GeneratorPause(.suspended, start: 1_300_000_000, end: 1_310_000_000, length: 9_000_000_000)
    let judgement = judge([("baseline", nil, nil, nil), ("reload", nil, 1, "it did not start")], pauses: [pause])
    #expect(verdict(judgement, "managerReloaded") == .fail)
  }

  @Test("A restart and broken builds that lose requests are told, and held against nobody who did not ask")
  func notAsked() {
    let judgement = judge([
      ("baseline", nil, nil, nil), ("reload", nil, 0, nil), ("restart", 10...40, 0, nil),
      ("broken reload", 50...99, 0, nil), ("repair after reload", 0...5, 0, nil),
    ])
    #expect(judgement.assertions.allSatisfy { $0.verdict == .pass })
    #expect(judgement.phases.map(\.verdict) == [.pass, .pass, nil, nil, .pass])
    #expect(judgement.notes.count == 1)
    #expect(judgement.notes[0].hasPrefix("broken reload: from 0.5 s after the action's start the site was down"))
    #expect(judgement.notes[0].contains("although the manager ended with exit status 0"))
    #expect(
      judgement.summary
        == "The reload lost no request, the restart lost 31 of 100, the broken reload lost 50 of 100 and did not come back."
    )
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
    #expect(unasked.assertions.last?.actual == "this machine has no means left to ask")
  }

  @Test("What failed before cannot be held against the reload")
  func failingBaseline() {
    let judgement = judge([("baseline", 1...1, nil, nil), ("reload", nil, 0, nil)])
    #expect(verdict(judgement, "baselineWithoutFailure") == .inconclusive)
  }
}
