internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Judges the phases of a reload test: values in, values out.
struct ReloadJudgement {
  /// Findings beside the assertions, a sentence each.
  private(set) var notes: [String] = []
  /// The phases, each with the verdict of the assertions about it.
  private(set) var verdicts: PhaseVerdicts
  private let plan: ReloadPlan
  private let lateness: Nanoseconds
  /// The name of a generation header that was found and may name a build instead of a process; `nil` for any other.
  private let guessedVersion: String?

  var assertions: [Assertion] { verdicts.assertions }
  var phases: [PhaseSection] { verdicts.phases }

  /// - Parameters:
  ///   - methods: those of the plan's templates.
  ///   - hasGenerations: whether replacing can be judged and has to be.
  ///   - guessedVersion: the generation header, where it may name a build, which a reload may keep; `nil` otherwise.
  ///   - done: what the manager did; `nil` where none acted.
  ///   - interruption: `nil` where the test was not interrupted.
  init(
    _ phases: [PhaseAnalysis], of measured: Measurements, methods: [String] = [], plan: ReloadPlan,
    hasGenerations: Bool,
    guessedVersion: String? = nil, done: ManagerActions? = nil, _ interruption: Interruption? = nil
  ) {
    verdicts = PhaseVerdicts(phases, interruption)
    self.plan = plan
    self.guessedVersion = guessedVersion
    lateness = measured.lateness.value(atPercentile: 99) ?? 0
    if let reload = verdicts.index(of: .reload) {
      verdicts.judgeBaseline()
      verdicts.judgeNames(of: methods)
      judge(reloadAt: reload, hasGenerations: hasGenerations)
    }
    for phase in [PhaseKind.restart, .brokenReload, .brokenRestart] where plan.demandsNoLoss(in: phase) {
      demandSurvival(of: phase)
    }
    judgeRepair(.repairAfterReload, as: .standing(.repairedAfterReload))
    judgeRepair(.repairAfterRestart, as: .standing(.repairedAfterRestart))
    if let answers = done?.answersAfterRepair {
      verdicts.add(
        Assertion(
          .standing(.repaired), verdict: answers, expected: "the site answers again after the repair",
          actual: answers.ofRepair(else: "repair it by hand")))
    }
    verdicts.judgeEnd(measured, planned: done?.planned, site: done?.siteAtTheEnd)
    for index in verdicts.phases.indices { describe(index) }
  }

  private mutating func judge(reloadAt index: Int, hasGenerations: Bool) {
    demandSurvival(of: .reload)
    if let action = phases[index].action, let problem = action.problem {
      verdicts.add(
        Assertion(
          .manager(.managerReloaded), verdict: action.verdictOnProblem, expected: "the manager carries out a reload",
          actual: action.problemInWords, detail: problem, finding: action.exitStatus == nil ? .nothing : nil),
        about: [index], .proven)
    }
    if hasGenerations { judgeReplacement(index) }
    if let comparison = TailComparison(
      before: verdicts.analyses[0], during: verdicts.analyses[index], factor: plan.p99Factor, lateness: lateness)
    {
      verdicts.add(comparison.assertion, about: [index])
    }
  }

  private mutating func demandSurvival(of phase: PhaseKind) {
    guard let index = verdicts.index(of: phase), let disturbance = phase.disturbance else { return }
    verdicts.demandNoLoss(by: disturbance, in: [index])
    verdicts.demandNoGap(by: disturbance, in: [index], most: plan.timing.mostGap)
  }

  /// Whether every generation of the baseline was replaced by another one of the same backend, and none lingers.
  ///
  /// A backend that gave no answer at the end was not seen, which is not the same as not replaced.
  private mutating func judgeReplacement(_ index: Int) {
    let (old, reload) = (phases[0].generations, phases[index])
    let known = Set(old.map { "\($0.backend) \($0.generation)" })
    let renewed = Set(reload.generations.filter { !known.contains("\($0.backend) \($0.generation)") }.map(\.backend))
    let missed = old.filter { !renewed.contains($0.backend) }
    let lateFrom = reload.startSeconds + reload.durationSeconds - Double(plan.timing.settle) / 5e9
    let seen = Set(reload.generations.filter { $0.lastSeenSeconds > lateFrom }.map(\.backend))
    func names(_ missed: [GenerationSection]) -> String {
      missed.prefix(8).map { "\($0.backend) \($0.generation)" }.joined(separator: ", ")
    }
    guard !old.isEmpty else {
      let reason = "no answer before the reload named a generation"
      verdicts.add(
        Assertion(
          .generations(.everyGenerationReplaced), verdict: .inconclusive, expected: "a new generation of each backend",
          actual: reason, detail: "See --generation-header, --generation-body and --generation-certificate.",
          reason: reason), about: [index])
      return
    }
    let (kept, unseen) = (
      missed.filter { seen.contains($0.backend) }, missed.filter { !seen.contains($0.backend) }
    )
    let texts = [
      kept.isEmpty ? nil : "not replaced: \(names(kept))",
      unseen.isEmpty ? nil : "not seen at the end: \(names(unseen))",
    ].compactMap(\.self)
    let isSure = guessedVersion == nil
    let doubt = guessedVersion.map {
      "\($0) may name the build, which a reload of the same build keeps: name a header with --generation-header, or give "
        + "--no-replacement."
    }
    verdicts.add(
      Assertion(
        .generations(.everyGenerationReplaced),
        verdict: !kept.isEmpty && isSure
          ? .fail : missed.isEmpty ? .pass : .inconclusive,
        expected: "a new generation of each of \(Set(old.map(\.backend)).count) backends",
        actual: texts.isEmpty ? "all replaced" : texts.joined(separator: "; "),
        detail: kept.isEmpty ? nil : doubt, finding: kept.isEmpty ? nil : .labelled(names(kept))),
      about: [index])
    defer { leaveOpenWithoutNames(index) }
    let stale = reload.staleGenerations
    let lingering = stale.prefix(8).joined(separator: ", ")
    verdicts.add(
      Assertion(
        .generations(.noStaleGeneration), verdict: stale.isEmpty ? .pass : isSure ? .fail : .inconclusive,
        expected: "no earlier generation answers at the end",
        actual: stale.isEmpty
          ? "none of the last \(Formatting.count(verdicts.analyses[index].ungenerated.late.answers, "answer"))"
          : "still answering: \(lingering)",
        detail: stale.isEmpty ? nil : doubt,
        finding: stale.isEmpty ? nil : .labelled(lingering)),
      about: [index])
  }

  /// Leaves replacement open where answers at the end name no generation, though those before did.
  private mutating func leaveOpenWithoutNames(_ index: Int) {
    let (before, late) = (verdicts.analyses[0].ungenerated.all, verdicts.analyses[index].ungenerated.late)
    func share(_ part: PhaseAnalysis.Share) -> Double { Double(part.without) / Double(max(part.answers, 1)) }
    guard late.without > 1, share(late) > share(before) + AnswerOrigins.limit else { return }
    verdicts.leaveOpen(
      [.generations(.everyGenerationReplaced), .generations(.noStaleGeneration)],
      because:
        "\(Formatting.count(late.without)) of the last \(Formatting.count(late.answers, "answer")) named no generation, "
        + "\(Formatting.count(before.without)) of \(Formatting.count(before.answers)) before any action.")
  }

  /// Whether a repair's command succeeded and left the site answering without failures.
  private mutating func judgeRepair(_ repair: PhaseKind, as kind: AssertionKind) {
    guard let index = verdicts.index(of: repair) else { return }
    let phase = phases[index]
    let isDown = phase.isDownAtTheEnd || verdicts.isLeftToNobody(index)
    let problem = phase.action?.problem
    let isWell = !isDown && problem == nil
    verdicts.add(
      Assertion(
        kind, verdict: isWell ? .pass : .fail,
        expected: "the site answers again after the repair",
        actual: isDown ? "IT DOES NOT ANSWER; repair it by hand" : isWell ? "it does" : "the repair failed",
        detail: problem), about: [index], problem == nil ? .usual : .proven)
  }

  // MARK: In words

  private mutating func describe(_ index: Int) {
    let phase = phases[index]
    guard let action = phase.action else { return }
    if phase.isDownAtTheEnd {
      let start = (phase.outages.last?.startSeconds ?? phase.startSeconds) - action.startSeconds
      let status = action.exitStatus.map { ", although the manager ended with exit status \($0)" } ?? ""
      notes.append(
        "\(phase.name): from \(Formatting.duration(seconds: max(start, 0))) after the action's start the site was down until the end of the phase"
          + " (\(Self.kinds(in: phase)))\(action.exitStatus == 0 ? status : "").")
    }
    let errors = phase.traffic.statuses.filter { $0.key.hasPrefix("5") && $0.key != "502" && $0.key != "504" }
    let lost = phase.failureMarks?.filter { $0.kind.hasPrefix("status 5") } ?? []
    if !errors.isEmpty, !lost.isEmpty {
      let texts = errors.sorted { $0.key < $1.key }.map { "\(Formatting.count($0.value, "time")) \($0.key)" }.joined(
        separator: ", ")
      notes.append("\(phase.name): the application itself listens and answers with errors: \(texts).")
    }
    describe(cut: phase)
    describe(lateEffectsIn: index)
  }

  /// Notes which losses of a phase may come from what was done before its command.
  private mutating func describe(lateEffectsIn index: Int) {
    let (phase, early) = (phases[index], verdicts.analyses[index].failedBeforeCommand)
    let failed = phase.traffic.requests.failed
    if early > 0 {
      notes.append(
        "\(phase.name): \(Formatting.count(early)) of its \(Formatting.count(failed)) failed requests failed before its command began, because of what came before."
      )
    }
    guard index > 0, failed > 0, phases[index - 1].action != nil else { return }
    let before = phases[index - 1]
    let lingering = Set(before.staleGenerations)
    // Without a new generation, no replacement is under way.
    guard !lingering.isEmpty,
      before.generations.contains(where: { !lingering.contains("\($0.backend) \($0.generation)") })
    else { return }
    notes.append(
      "\(phase.name): processes from before the \(before.name) still answered when it began "
        + "(\(lingering.sorted().prefix(8).joined(separator: ", "))), so its losses may be late effects of the "
        + "\(before.name); a longer --settle separates them.")
  }

  /// Notes the requests that an action cut, and what that shows about the old processes.
  private mutating func describe(cut phase: PhaseSection) {
    // A repair cuts requests of the broken build.
    guard let cut = phase.cut, phase.kind?.isRepair != true else { return }
    let texts = cut.sorted { $0.key < $1.key }.map { "\(Formatting.count($0.value)) \($0.key)" }.joined(separator: ", ")
    if phase.cutInFlight > 0 {
      // Only an answer that had begun was certainly with the old processes.
      let why =
        cut[FailureKind.truncated.name] != nil
        ? "the old processes do not finish their answers"
        : "the old processes do not finish their answers, or lose connections that were just handed to them"
      notes.append("\(phase.name): requests in flight were cut (\(texts)); \(why).")
    }
    if let kept = phase.cutOnKept {
      notes.append(
        "\(phase.name): \(Formatting.count(kept, "request")) met a kept connection just as it was closed, before any answer (\(texts)): the race of "
          + "keep-alive (RFC 9112 9.3.1), which does not show whether the old processes finish their answers.")
    }
  }

  private static func kinds(in phase: PhaseSection) -> String {
    Dictionary((phase.failureMarks ?? []).map { ($0.kind, $0.count) }, uniquingKeysWith: +)
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(4).map { "\(Formatting.count($0.value)) \($0.key)" }
      .joined(separator: ", ")
  }

  /// The losses of each action that has to lose nothing, as a clause.
  var finding: String {
    let parts = actions.filter(isDemanded).map { lossInWords($0) }
    return parts.isEmpty ? "nothing was reloaded" : parts.joined(separator: ", ")
  }

  /// The losses of the actions that may lose requests, one clause each.
  var notJudged: [String] {
    let away = actions.compactMap { phase -> String? in
      guard !isDemanded(phase), let index = phase.kind.flatMap(verdicts.index) else { return nil }
      return verdicts.secondsServedByNobody(index).map {
        "during the \(phase.name) visitors saw answers that no backend gave for \(Formatting.duration(seconds: $0))"
      }
    }
    let lost = actions.filter { !isDemanded($0) && ($0.traffic.requests.failed > 0 || $0.isDownAtTheEnd) }.map {
      phase in
      phase.isDownAtTheEnd
        ? "the \(phase.name), which the site need not survive, ended with the site down" : lossInWords(phase)
    }
    return lost + away
  }

  private var actions: [PhaseSection] { phases.filter { $0.action != nil && $0.kind?.isRepair != true } }

  private func isDemanded(_ phase: PhaseSection) -> Bool { phase.kind.map(plan.demandsNoLoss) ?? true }

  private func lossInWords(_ phase: PhaseSection) -> String {
    let requests = phase.traffic.requests
    return "the \(phase.name) lost "
      + (requests.failed == 0
        ? "no request" : "\(Formatting.count(requests.failed)) of \(Formatting.count(requests.scheduled, "request"))")
  }
}
