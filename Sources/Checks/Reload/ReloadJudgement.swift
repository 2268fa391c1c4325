internal import Load
internal import Report

/// What the phases of a reload test come to: values in, values out.
struct ReloadJudgement {
  private(set) var assertions: [Assertion] = []
  /// What was found beside the assertions, a sentence each.
  private(set) var notes: [String] = []
  /// The phases, each with the verdict of the assertions about it.
  private(set) var phases: [PhaseSection]

  private let plan: ReloadPlan
  private let cuts: [[String: Int]]
  private let analyses: [PhaseAnalysis]
  private let lateness: Nanoseconds

  /// - Parameters:
  ///   - hasGenerations: whether replacing can be judged and has to be.
  ///   - answersAfterRepair: whether the site answered once an early end had been repaired; `nil` if there was nothing to repair.
  ///   - lateness: by how much the generator itself began one request in a hundred late, or later.
  init(
    _ phases: [PhaseAnalysis], plan: ReloadPlan, hasGenerations: Bool, answersAfterRepair: Verdict?,
    lateness: Nanoseconds = 0
  ) {
    self.phases = phases.map(\.section)
    self.plan = plan
    cuts = phases.map(\.cutInFlight)
    analyses = phases
    self.lateness = lateness
    if let baseline = section("baseline"), let reload = section("reload") {
      judge(baseline)
      judge(reload, against: baseline, hasGenerations: hasGenerations)
    }
    if plan.demandsSurvivingRestart { demandNoLoss(of: "restart", as: "restartLostNoRequest") }
    if plan.demandsSurvivingBrokenBuild {
      demandNoLoss(of: "broken reload", as: "brokenReloadLostNoRequest")
      demandNoLoss(of: "broken restart", as: "brokenRestartLostNoRequest")
    }
    for action in ["reload", "restart"] { judgeRepair(after: action) }
    if let answersAfterRepair {
      assertions.append(
        Assertion(
          name: "repaired", verdict: answersAfterRepair,
          expected: "the site answers again after the repair",
          actual: answersAfterRepair.ofRepair(else: "repair it by hand")))
    }
    for index in self.phases.indices {
      if phases[index].isPaused { settle(.inconclusive, about: index) }
      describe(index)
    }
  }

  private func section(_ name: String) -> PhaseSection? { phases.first { $0.name == name } }

  /// - Parameter isProven: whether it holds also where the generator stood still in the phase.
  private mutating func add(_ assertion: Assertion, about name: String, isProven: Bool = false) {
    let index = phases.firstIndex { $0.name == name }
    let isDoubtful = !isProven && index.map { analyses[$0].isPaused } ?? false
    assertions.append(isDoubtful ? assertion.excusedByPause : assertion)
    if let index { settle(assertions[assertions.count - 1].verdict, about: index) }
  }

  private mutating func settle(_ verdict: Verdict, about index: Int) {
    phases[index].verdict = Verdict.worst(of: [phases[index].verdict, verdict].compactMap(\.self))
  }

  private mutating func judge(_ baseline: PhaseSection) {
    let failed = baseline.traffic.requests.failed
    add(
      Assertion(
        name: "baselineWithoutFailure", verdict: failed == 0 ? .pass : .inconclusive,
        expected: "0 failed before the reload", actual: "\(failed)",
        detail: failed == 0 ? nil : "What fails before cannot be held against the reload."), about: "baseline")
  }

  private mutating func judge(_ reload: PhaseSection, against baseline: PhaseSection, hasGenerations: Bool) {
    demandNoLoss(of: "reload", as: "reloadLostNoRequest")
    if let problem = reload.action?.problem {
      add(
        Assertion(
          name: "managerReloaded", verdict: .fail, expected: "the manager carries out a reload", actual: "it did not",
          detail: problem), about: "reload", isProven: true)
    }
    if hasGenerations { judgeReplacement(baseline, reload) }
    if let before = baseline.traffic.latency?.p99, let during = reload.traffic.latency?.p99 {
      // Below a millisecond the factor is noise.
      let limit = max(before * plan.p99Factor, 1)
      let isLate = lateness > LoadCheck.latenessLimit
      add(
        Assertion(
          name: "p99DuringReload", verdict: during <= limit ? .pass : isLate ? .inconclusive : .fail,
          expected: "≤ \(Double(Int(limit * 100)) / 100) ms (\(plan.p99Factor) × baseline)",
          actual: "\(Double(Int(during * 100)) / 100) ms",
          detail: during > limit && isLate
            ? "The generator itself was late: p99 of lateness \(Double(lateness / 10_000) / 100) ms." : nil),
        about: "reload")
    }
  }

  private mutating func demandNoLoss(of name: String, as assertion: String) {
    guard let index = phases.firstIndex(where: { $0.name == name }) else { return }
    let phase = phases[index]
    let requests = phase.traffic.requests
    let excused = analyses[index].failedAcrossPauses
    add(
      Assertion(
        name: assertion, verdict: Verdict(onFailures: requests.failed, acrossPauses: excused),
        expected: "0 of \(requests.scheduled) failed",
        actual: "\(requests.failed)\(Measurements.acrossPausesInWords(excused))",
        detail: phase.outages.map(\.durationSeconds).max().map {
          "Longest outage: \(Double(Int($0 * 1000)) / 1000) s."
        }), about: name, isProven: true)
  }

  /// Whether every generation of the baseline was replaced by another one of the same backend, and none lingers.
  private mutating func judgeReplacement(_ baseline: PhaseSection, _ reload: PhaseSection) {
    let old = baseline.generations
    let missed = old.filter { before in
      !reload.generations.contains { $0.backend == before.backend && $0.generation != before.generation }
    }.map { "\($0.backend) \($0.generation)" }
    add(
      Assertion(
        name: "everyGenerationReplaced", verdict: old.isEmpty ? .inconclusive : missed.isEmpty ? .pass : .fail,
        expected: "a new generation of each of \(Set(old.map(\.backend)).count) backends",
        actual: missed.isEmpty ? "all replaced" : "not replaced: \(missed.prefix(8).joined(separator: ", "))"),
      about: "reload")
    add(
      Assertion(
        name: "noStaleGeneration", verdict: reload.staleGenerations.isEmpty ? .pass : .fail,
        expected: "no earlier generation answers at the end",
        actual: reload.staleGenerations.isEmpty
          ? "none" : "still answering: \(reload.staleGenerations.prefix(8).joined(separator: ", "))"),
      about: "reload")
  }

  /// Whether a repair carried out its command and left the site answering without failures.
  private mutating func judgeRepair(after action: String) {
    let name = "repair after \(action)"
    guard let phase = section(name) else { return }
    let isDown = phase.isDownAtTheEnd
    let problem = phase.action?.problem
    let isWell = !isDown && problem == nil
    add(
      Assertion(
        name: action == "reload" ? "repairedAfterReload" : "repairedAfterRestart", verdict: isWell ? .pass : .fail,
        expected: "the site answers again after the repair",
        actual: isDown ? "IT DOES NOT ANSWER; repair it by hand" : isWell ? "it does" : "the repair failed",
        detail: problem), about: name)
  }

  // MARK: In words

  private mutating func describe(_ index: Int) {
    let phase = phases[index]
    guard let action = phase.action else { return }
    if phase.isDownAtTheEnd {
      let start = (phase.outages.last?.startSeconds ?? phase.startSeconds) - action.startSeconds
      let status = action.exitStatus.map { ", although the manager ended with exit status \($0)" } ?? ""
      notes.append(
        "\(phase.name): from \(Self.seconds(max(start, 0))) after the action's start the site was down until the end of the phase"
          + " (\(Self.kinds(in: phase)))\(action.exitStatus == 0 ? status : "").")
    }
    let errors = phase.traffic.statuses.filter { $0.key.hasPrefix("5") && $0.key != "502" && $0.key != "504" }
    let lost = phase.failureMarks?.filter { $0.kind.hasPrefix("status 5") } ?? []
    if !errors.isEmpty, !lost.isEmpty {
      let told = errors.sorted { $0.key < $1.key }.map { "\($0.value) times \($0.key)" }.joined(separator: ", ")
      notes.append("\(phase.name): the application itself listens and answers with errors: \(told).")
    }
    if !cuts[index].isEmpty {
      let told = cuts[index].sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
      notes.append(
        "\(phase.name): requests in flight were cut (\(told)); the old processes do not finish their answers.")
    }
  }

  private static func kinds(in phase: PhaseSection) -> String {
    Dictionary((phase.failureMarks ?? []).map { ($0.kind, $0.count) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4).map { "\($0.value) \($0.key)" }
      .joined(separator: ", ")
  }

  private static func seconds(_ value: Double) -> String { "\((value * 100).rounded() / 100) s" }

  /// What each action lost, in one sentence.
  var summary: String {
    let parts = phases.filter { $0.action != nil && !$0.name.hasPrefix("repair") }.map { phase in
      let requests = phase.traffic.requests
      return "the \(phase.name) lost "
        + (requests.failed == 0 ? "no request" : "\(requests.failed) of \(requests.scheduled)")
        + (phase.isDownAtTheEnd ? " and did not come back" : "")
    }
    guard let first = parts.first else { return "Nothing was reloaded." }
    return first.prefix(1).uppercased() + ([String(first.dropFirst())] + parts.dropFirst()).joined(separator: ", ")
      + "."
  }
}
