import Deployment
import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct ManagerJudgementTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// In place of a backend's name: the connection was refused.
  private static let lost = "lost"

  /// Phases of two seconds with an answer every 10 ms, by the backends that `who` says, each of one generation for a phase.
  private func judge(
    _ names: [String], assertions: [(String, Verdict)] = [], problems: [String: String] = [:],
    lists: [InstanceList] = [], expected: [ExpectedBackend] = [], plan: ReloadPlan = ReloadPlan(),
    untracked: Int = 0, generations: [Int]? = nil, isInterrupted: Bool = false,
    who: (String, Int) -> String? = { _, index in ["a", "b"][index % 2] }
  ) -> ManagerJudgement {
    var measured = Measurements()
    measured.untrackedGenerations = untracked
    if generations != nil { measured.generations = (0..<400).map { Generation(backend: $0 % 2, name: "\($0)") } }
    measured.backends = ["a", "b", "spare", "x", "y"].map { Measurements.Backend(name: $0) }
    var spans: [PhaseSpan] = []
    for (place, name) in names.enumerated() {
      let start = Nanoseconds(2 * place) * Self.second
      for index in 0..<200 {
        let due = start + Nanoseconds(index) * 10_000_000
        measured.records.append(
          RequestRecord(
            due: due, sent: due, done: due + 1_000_000, connection: 0,
            backend: measured.backends.firstIndex { $0.name == who(name, index) },
            generation: generations?[200 * place + index],
            status: who(name, index) == Self.lost ? nil : 200, failure: who(name, index) == Self.lost ? .refused : nil,
            isRetry: false, isUpstreamRetried: false))
      }
      let action =
        place == 0
        ? nil
        : ActionSection(
          command: ["x"], startSeconds: Double(2 * place), durationSeconds: 0.1, problem: problems[name])
      spans.append(PhaseSpan(name: name, start: start, end: start + 2 * Self.second, action: action))
    }
    var findings = CheckFindings()
    findings.isInterrupted = isInterrupted
    var verdicts = PhaseVerdicts(
      PhaseAnalysis.all(spans, of: measured, staleAfter: nil), Interruption(findings, TrafficOptions()))
    for (name, verdict) in assertions {
      let assertion = Assertion(name: name, verdict: verdict, expected: "", actual: "")
      verdicts.add(assertion, about: [assertion.kind?.phase.flatMap(verdicts.index)].compactMap(\.self))
    }
    return ManagerJudgement(
      verdicts, of: measured, lists: lists, expected: expected,
      duty: BackupDuty(
        measured, declared: Set(expected.backups.map(\.name)), baseline: 0..<2 * Self.second), plan: plan)
  }

  private func verdict(_ judgement: ManagerJudgement, _ name: String) -> Verdict? {
    judgement.assertions.first { $0.name == name }?.verdict
  }

  private func list(_ phase: String, _ moment: InstanceList.Moment, restarts: Int = 0, isUp: Bool = true)
    -> InstanceList
  {
    InstanceList(
      phase: phase, moment: moment,
      instances: [
        ManagedInstance(name: "0", pid: Int32(50 + restarts), status: isUp ? "online" : "errored", restarts: restarts)
      ])
  }

  @Test("Where no header shows it, the manager's list decides whether every process was replaced")
  func listedReplacement() {
    func judged(
      pids: [Int], _ assertions: [(String, Verdict)] = [], problems: [String: String] = [:],
      plan: ReloadPlan = ReloadPlan(), isInterrupted: Bool = false
    ) -> ManagerJudgement {
      func list(_ moment: InstanceList.Moment, _ pids: [Int]) -> InstanceList {
        InstanceList(
          phase: "reload", moment: moment,
          instances: pids.enumerated().map { ManagedInstance(name: "\($0)", pid: Int32($1), status: "online") })
      }
      return judge(
        ["baseline", "reload"], assertions: assertions, problems: problems,
        lists: [list(.before, [50, 51]), list(.after, pids)], plan: plan, isInterrupted: isInterrupted)
    }
    #expect(verdict(judged(pids: [60, 61]), "everyInstanceReplaced") == .pass)
    #expect(judged(pids: [60, 61]).showsReplacement)
    for kept in [[50, 51], [60, 51]] {
      let judgement = judged(pids: kept)
      #expect(verdict(judgement, "everyInstanceReplaced") == .fail && judgement.phases[1].verdict == .fail)
      #expect(!judgement.showsReplacement)
    }
    #expect(
      judged(pids: [60, 51]).assertions.last { $0.kind == .manager(.everyInstanceReplaced) }?.actual
        == "as before: 1 (51)")
    #expect(verdict(judged(pids: [60, 51], isInterrupted: true), "everyInstanceReplaced") == .inconclusive)
    // What only starts the processes may stay.
    #expect(verdict(judged(pids: [50, 51], [("everyGenerationReplaced", .pass)]), "everyInstanceReplaced") == nil)
    #expect(verdict(judged(pids: [50, 51], problems: ["reload": "no"]), "everyInstanceReplaced") == nil)
    var plan = ReloadPlan()
    plan.demandsReplacement = false
    #expect(verdict(judged(pids: [50, 51], plan: plan), "everyInstanceReplaced") == nil)
  }

  @Test(
    "What was refused has shown nothing: what it passed is open, what it failed stays, and other phases are as they were"
  )
  func refused() {
    let judgement = judge(
      ["baseline", "reload", "restart"],
      assertions: [
        ("reloadLostNoRequest", .pass), ("everyGenerationReplaced", .fail), ("restartLostNoRequest", .pass),
        ("baselineWithoutFailure", .pass),
      ], problems: ["reload": "locked"])
    #expect(judgement.assertions.prefix(4).map(\.verdict) == [.inconclusive, .fail, .pass, .pass])
    let restart = judge(
      ["baseline", "reload", "restart"], assertions: [("restartLostNoRequest", .pass)], problems: ["restart": "no"])
    #expect(verdict(restart, "managerRestarted") == .fail && verdict(restart, "restartLostNoRequest") == .inconclusive)
  }

  @Test(
    "A broken build that nothing showed leaves its assertions open, asked for or not; one that the list shows does not")
  func brokenBuild() {
    let names = ["baseline", "reload", "broken reload"]
    let passed = [("brokenReloadLostNoRequest", Verdict.pass)]
    let unseen = judge(names, assertions: passed)
    #expect(verdict(unseen, "brokenReloadSeen") == .inconclusive)
    #expect(verdict(unseen, "brokenReloadLostNoRequest") == .inconclusive)
    #expect(unseen.phases.last?.verdict == .inconclusive)
    let seen = judge(
      names, assertions: passed,
      lists: [list("broken reload", .after, restarts: 1), list("broken reload", .end, restarts: 9, isUp: false)])
    #expect(verdict(seen, "brokenReloadSeen") == .pass && verdict(seen, "brokenReloadLostNoRequest") == .pass)
    let refused = judge(
      names, assertions: passed, problems: ["broken reload": "locked"],
      lists: [list("broken reload", .end, isUp: false)])
    #expect(verdict(refused, "brokenReloadLostNoRequest") == .inconclusive)
  }

  @Test("A repair that failed leaves open nothing but itself")
  func refusedRepair() {
    let names = ["baseline", "reload", "restart", "broken reload", "repair after reload"]
    let held = [("reloadLostNoRequest", Verdict.pass), ("restartLostNoRequest", .pass), ("repairedAfterReload", .fail)]
    let judgement = judge(names, assertions: held, problems: ["repair after reload": "no rights"])
    #expect(judgement.assertions.prefix(3).map(\.verdict) == [.pass, .pass, .fail])
    #expect(verdict(judgement, "managerRestarted") == nil)
  }

  @Test("A backend that falls silent with the broken build, and did not with one that works, shows that it is broken")
  func silentInBrokenBuild() throws {
    let names = ["baseline", "reload", "broken reload"]
    /// `b` is silent in the phases that are given.
    func judgement(_ quiet: Set<String>, expected: [ExpectedBackend] = []) -> Assertion? {
      judge(names, expected: expected) { phase, index in quiet.contains(phase) ? "a" : ["a", "b"][index % 2] }
        .assertions.first { $0.name == "brokenReloadSeen" }
    }
    let seen = try #require(judgement(["broken reload"]))
    #expect(seen.verdict == .pass && seen.actual == "b fell silent")
    #expect(judgement(["reload", "broken reload"])?.verdict == .inconclusive)
    #expect(judgement([])?.verdict == .inconclusive)
    // Who never answered has not fallen silent.
    let named = ["a", "b", "c"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    #expect(judgement([], expected: named)?.verdict == .inconclusive)
    #expect(judgement(["broken reload"], expected: named)?.actual == "b fell silent")
  }

  @Test("Restarts that nobody asked for: before the reload nobody is blamed, after it the reload is")
  func unasked() {
    let names = ["baseline", "reload"]
    let lost = [("reloadLostNoRequest", Verdict.fail)]
    let early = judge(
      names, assertions: lost,
      lists: [list("baseline", .before), list("reload", .before, restarts: 1), list("reload", .after, restarts: 2)])
    #expect(
      verdict(early, "noUnaskedRestart") == .inconclusive && verdict(early, "reloadLostNoRequest") == .inconclusive)
    let late = judge(
      names, assertions: lost,
      lists: [
        list("baseline", .before), list("reload", .before), list("reload", .after, restarts: 1),
        list("reload", .end, restarts: 3),
      ])
    #expect(verdict(late, "noUnaskedRestart") == .fail && verdict(late, "reloadLostNoRequest") == .fail)
  }

  @Test("An instance that is down when its phase ends, and a backend that stays silent, are no pass")
  func absent() {
    let down = judge(["baseline", "reload"], lists: [list("baseline", .before), list("reload", .end, isUp: false)])
    #expect(verdict(down, "everyInstanceUp") == .fail && down.phases[1].verdict == .fail)
    let named = ["a", "b", "c"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    let silent = judge(["baseline", "reload"], expected: named)
    #expect(verdict(silent, "everyBackendAnswered") == .inconclusive)
    let lost = judge(["baseline", "reload"]) { phase, index in phase == "reload" ? "a" : ["a", "b"][index % 2] }
    #expect(verdict(lost, "everyBackendAnswered") == .inconclusive)
    // nginx leaves a backend out after a restart, which nobody has asked to go unnoticed.
    let restart = judge(["baseline", "reload", "restart"]) { phase, index in
      phase == "restart" ? "a" : ["a", "b"][index % 2]
    }
    #expect(verdict(restart, "everyBackendAnswered") == .pass)
    #expect(restart.notes == ["Backends that did not answer at a phase's end: restart: not b."])
    #expect(restart.notJudged == ["the restart, which the site need not survive, left b silent"])
    var plan = ReloadPlan()
    plan.demandsSurvivingRestart = true
    let demanded = judge(["baseline", "reload", "restart"], plan: plan) { phase, index in
      phase == "restart" ? "a" : ["a", "b"][index % 2]
    }
    #expect(verdict(demanded, "everyBackendAnswered") == .inconclusive && demanded.notJudged == [])
    #expect(verdict(judge(["baseline", "reload"]), "everyBackendAnswered") == .pass)
  }

  @Test(
    "Names that change for good are replaced only where as many new ones answer, and where none answers all are silent")
  func replacedNames() {
    func renamed(_ new: [String], expected: [ExpectedBackend] = []) -> ManagerJudgement {
      judge(["baseline", "reload"], expected: expected) { phase, index in
        phase == "reload" ? new[index % new.count] : ["a", "b"][index % 2]
      }
    }
    #expect(verdict(renamed(["x", "y"]), "everyBackendAnswered") == .pass)
    let fewer = renamed(["x"])
    #expect(fewer.assertions.last?.actual == "reload: not a, b" && fewer.assertions.last?.verdict == .inconclusive)
    #expect(
      verdict(
        renamed(["x", "y"], expected: [ExpectedBackend(name: "a", role: .primary(weight: 1))]), "everyBackendAnswered")
        == .inconclusive)
    let named = [ExpectedBackend(name: "a", role: .primary(weight: 1))]
    let nobody = judge(["baseline", "reload"], expected: named) { _, _ in nil }
    #expect(nobody.assertions.last?.actual == "baseline: not a; reload: not a")
    #expect(nobody.assertions.last?.verdict == .inconclusive)
  }

  @Test("A backup that stood in is no pass where the primaries had to serve, and is reported where they had not")
  func backup() {
    let expected =
      ["a", "b"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
      + [ExpectedBackend(name: "spare", role: .backup)]
    func carried(_ plan: ReloadPlan) -> ManagerJudgement {
      judge(
        ["baseline", "reload", "restart"], assertions: [("restartLostNoRequest", .pass)], expected: expected, plan: plan
      ) { phase, index in phase == "restart" && index > 50 && index < 150 ? "spare" : ["a", "b"][index % 2] }
    }
    let stated = carried(ReloadPlan())
    #expect(stated.notes.contains { $0.hasPrefix("restart: the primaries were down from 0.5 s") }, "\(stated.notes)")
    // There is nothing to do about it.
    #expect(stated.advice.isEmpty)
    #expect(verdict(stated, "restartServedByPrimaries") == nil)
    var plan = ReloadPlan()
    plan.demandsSurvivingRestart = true
    #expect(verdict(carried(plan), "restartServedByPrimaries") == .fail)
    #expect(verdict(carried(plan), "restartLostNoRequest") == .inconclusive)
  }

  @Test("A backup carried an action only if it answered to the end, and nothing was lost meanwhile")
  func carriedUntil() {
    let expected =
      ["a", "b"].map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
      + [ExpectedBackend(name: "spare", role: .backup)]
    func note(_ who: @escaping (Int) -> String?) -> String? {
      judge(["baseline", "reload", "broken reload"], expected: expected) { phase, index in
        phase == "broken reload" ? who(index) : ["a", "b"][index % 2]
      }.notes.first { $0.hasPrefix("broken reload: the primaries") }
    }
    #expect(
      note { $0 < 50 ? "a" : "spare" }
        == "broken reload: the primaries were down from 0.49 s after the action's start to the end of the phase; "
        + "the backup carried it (spare).")
    // From 1 s on nobody answers.
    #expect(
      note { $0 < 50 ? "a" : $0 < 100 ? "spare" : Self.lost }
        == "broken reload: the primaries were down from 0.49 s after the action's start to the end of the phase; "
        + "the backup (spare) answered until 0.99 s, then nobody did.")
    #expect(
      note { $0 < 50 ? "a" : $0 % 10 == 0 ? Self.lost : "spare" }
        == "broken reload: the primaries were down from 0.49 s after the action's start to the end of the phase; "
        + "the backup (spare) answered, but 15 requests failed.")
  }

  @Test(
    "A backend that is silent after the last repair is reported, whatever was demanded; what an earlier one left is not"
  )
  func silentAfterRepair() {
    let names = [
      "baseline", "reload", "broken reload", "repair after reload", "broken restart", "repair after restart",
    ]
    var plan = ReloadPlan()
    (plan.demandsSurvivingRestart, plan.demandsSurvivingBrokenBuild) = (true, true)
    for (quiet, stated) in [
      ("repair after restart", ["the repair after restart left b silent"]), ("repair after reload", []),
    ] {
      let judgement = judge(names, plan: plan) { phase, index in phase == quiet ? "a" : ["a", "b"][index % 2] }
      #expect(judgement.notJudged == stated, "\(quiet)")
      #expect(verdict(judgement, "everyBackendAnswered") == .pass)
    }
  }

  @Test("A repair after which the backup alone serves has not put the site right")
  func unrepaired() {
    let expected = [ExpectedBackend(name: "spare", role: .backup)]
    for (isBack, wanted) in [(false, Verdict.fail), (true, nil)] as [(Bool, Verdict?)] {
      let judgement = judge(["baseline", "reload", "broken reload", "repair after reload"], expected: expected) {
        phase, index in
        switch phase {
        case "baseline", "reload": "a"
        case "repair after reload" where isBack && index > 100: "a"
        default: "spare"
        }
      }
      #expect(verdict(judgement, "repairAfterReloadServedByPrimaries") == wanted)
    }
  }

  @Test("Generations beyond those that are distinguished leave open whether all were replaced")
  func untracked() {
    let judgement = judge(
      ["baseline", "reload"], assertions: [("everyGenerationReplaced", .pass), ("noStaleGeneration", .pass)],
      untracked: 7)
    #expect(verdict(judgement, "everyGenerationTracked") == .inconclusive)
    #expect(verdict(judgement, "everyGenerationReplaced") == .inconclusive)
    #expect(verdict(judgement, "noStaleGeneration") == .inconclusive)
  }

  @Test("A generation that changes with the answers shows no replacement; those of several processes do")
  func changingGenerations() {
    let asserted: [(String, Verdict)] = [("everyGenerationReplaced", .pass), ("noStaleGeneration", .pass)]
    let each = judge(["baseline", "reload"], assertions: asserted, generations: Array(0..<400))
    #expect(verdict(each, "everyGenerationTracked") == .inconclusive)
    #expect(verdict(each, "everyGenerationReplaced") == .inconclusive)
    let renewed = (0..<400).map { $0 % 8 + ($0 < 200 ? 0 : 8) }
    let eight = judge(["baseline", "reload"], assertions: asserted, generations: renewed)
    #expect(verdict(eight, "everyGenerationTracked") == nil && verdict(eight, "everyGenerationReplaced") == .pass)
  }
}
