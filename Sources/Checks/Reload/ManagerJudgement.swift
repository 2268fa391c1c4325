internal import Deployment
internal import Load
internal import Platform
internal import Report
internal import Statistics

/// What the manager's own lists and the answers' sources add to the verdict of a reload test: values in, values out.
///
/// An action that was refused, was not seen, or cannot be distinguished from unasked changes leaves the assertions about its
/// phase open.
struct ManagerJudgement {
  private var verdicts: PhaseVerdicts
  var assertions: [Assertion] { verdicts.assertions }
  var phases: [PhaseSection] { verdicts.phases }
  /// Findings beside the assertions, a sentence each.
  private(set) var notes: [String] = []
  private(set) var advice: [String] = []
  /// Losses that were not to be judged, a clause each.
  private(set) var notJudged: [String] = []
  /// Whether the manager's list shows that the reload replaced every process.
  private(set) var showsReplacement = false

  private let measured: Measurements
  private let history: InstanceHistory
  private let plan: ReloadPlan
  private let duty: BackupDuty
  /// Which manager it is; `nil` for commands and the testbed.
  private let kind: ManagerKind?
  private let silent: SilentBackends
  private var names: [String] { phases.map(\.name) }

  /// - Parameters:
  ///   - verdicts: the assertions about the phases' traffic.
  ///   - lists: what the manager listed; empty where it has no list.
  ///   - duty: who is a backup, and when.
  ///   - manager: its name.
  init(
    _ verdicts: PhaseVerdicts, of measured: Measurements, lists: [InstanceList],
    expected: [ExpectedBackend], duty: BackupDuty, plan: ReloadPlan, manager: String? = nil
  ) {
    kind = manager.flatMap(ManagerKind.init)
    self.verdicts = verdicts
    self.measured = measured
    self.plan = plan
    self.duty = duty
    silent = SilentBackends(
      measured, in: verdicts.phases.map { $0.start..<$0.end }, expected: expected, primaries: duty.primaries)
    history = InstanceHistory(lists)
    guard !phases.isEmpty else { return }
    judgeRefusals()
    judgeBrokenBuilds()
    judgeUnaskedRestarts()
    judgeInstances()
    judgeListedReplacement()
    judgeBackends()
    judgePrimaries()
    judgeTracking()
    noteUnlisted()
    advise()
  }

  // MARK: Actions that were refused, or not seen

  /// A restart that was not carried out shows nothing, nor does any other failed action.
  private mutating func judgeRefusals() {
    for (index, phase) in phases.enumerated() {
      guard let action = phase.action, let problem = action.problem else { continue }
      if phase.kind == .restart {
        add(
          Assertion(
            .manager(.managerRestarted), verdict: action.verdictOnProblem,
            expected: "the manager carries out a restart",
            actual: action.problemInWords, detail: problem, finding: action.exitStatus == nil ? .nothing : nil),
          about: index)
      }
      let outcome = action.exitStatus == nil ? " was not carried out." : "'s command failed."
      verdicts.leaveOpen(.passes, about: index, because: "The \(phase.name)\(outcome)")
    }
  }

  private mutating func judgeBrokenBuilds() {
    for (index, phase) in phases.enumerated() {
      guard let kind = phase.kind, let good = kind.withGoodBuild else { continue }
      let healthy = phases.firstIndex { $0.kind == good }
      let usuallySilent = Set(healthy.map(silent.names) ?? [])
      let evidence = BrokenBuildEvidence(
        history.phase(index, of: names), phase: phase, baseline: phases.first,
        healthy: healthy.map { phases[$0] },
        earlier: Array(phases[..<index]),
        silent: silent.names(in: index).filter {
          duty.primaries.contains($0) && !usuallySilent.contains($0)
        })
      add(
        Assertion(
          kind == .brokenReload ? .evidence(.brokenReloadSeen) : .evidence(.brokenRestartSeen),
          verdict: evidence.wasSeen ? .pass : .inconclusive,
          expected: "something shows that the build is broken",
          actual: evidence.inWords,
          detail: phase.action?.problem),
        // That the build was broken, as intended, does not make the phase good.
        about: evidence.wasSeen ? nil : index)
      if !evidence.wasSeen {
        verdicts.leaveOpen(.passes, about: index, because: "The build was not seen to be broken.")
      }
    }
  }

  // MARK: Unasked changes

  private mutating func judgeUnaskedRestarts() {
    let unasked = UnaskedChanges(
      in: phases, of: measured, history, where: { [phases] in !phases[$0].isRepair && !phases[$0].isIntoBrokenBuild },
      touching: { [phases] index, _ in phases[index].action != nil })
    guard unasked.isWatched else { return }
    verdicts.add(unasked.assertion(phases), about: unasked.seen.map(\.index), .proven)
    for index in unasked.openPhases(of: phases.count) where !phases[index].isRepair {
      verdicts.leaveOpen(.all, about: index, because: UnaskedChanges.reason)
    }
  }

  // MARK: What is up, and what answers

  private mutating func judgeInstances() {
    var down: [(index: Int, words: String)] = []
    var isListed = false
    for (index, phase) in phases.enumerated() where !phase.isRepair && !phase.isIntoBrokenBuild {
      let lists = history.phase(index, of: names)
      guard lists.end != nil else { continue }
      isListed = true
      let lines = UnaskedRestarts(lists).down
      if !lines.isEmpty { down.append((index, lines.prefix(4).joined(separator: ", "))) }
    }
    guard isListed else { return }
    let isEarly = down.contains { $0.index == 0 }
    verdicts.add(
      Assertion(
        .manager(.everyInstanceUp), verdict: down.isEmpty ? .pass : isEarly ? .inconclusive : .fail,
        expected: "every instance is up when its phase ends",
        actual: down.isEmpty ? "all are" : down.map { "\(phases[$0.index].name): \($0.words)" }.joined(separator: "; "),
        detail: isEarly ? "It was already down before any action." : nil),
      about: down.map(\.index), .proven)
  }

  /// Whether the manager's list has another process for each instance after the reload.
  ///
  /// Where a header shows that every generation was replaced, the list may be of launchers that only start the processes.
  private mutating func judgeListedReplacement() {
    guard plan.demandsReplacement, let index = phases.firstIndex(where: { $0.kind == .reload }),
      phases[index].action?.problem == nil,
      !assertions.contains(where: { $0.kind == .generations(.everyGenerationReplaced) && $0.verdict == .pass })
    else { return }
    let lists = history.phase(index, of: names)
    guard let before = lists.before, let after = lists.after ?? lists.end,
      let replacement = ListedReplacement(before: before, after: after)
    else { return }
    showsReplacement = replacement.isWhole
    let shown = replacement.kept.prefix(8).map { "\($0.name) (\($0.process ?? ""))" }.joined(separator: ", ")
    let assertion = Assertion(
      .manager(.everyInstanceReplaced), verdict: replacement.isWhole ? .pass : .fail,
      expected: "another process of each of \(before.count) instances in the manager's list",
      actual: replacement.isWhole
        ? "all have another" : shown.isEmpty ? "no new process is in its list" : "as before: \(shown)",
      finding: .labelled(shown.isEmpty ? "no new process" : shown))
    add(index == phases.count - 1 ? assertion.leftOpen(by: verdicts.interruption) : assertion, about: index)
  }

  private mutating func judgeBackends() {
    guard !silent.wanted.isEmpty else { return }
    var missing: [(index: Int, names: [String])] = []
    for (index, phase) in phases.enumerated() where !phase.isIntoBrokenBuild {
      // Only the last repair shows how the site is left.
      if phase.isRepair, index < phases.count - 1 { continue }
      let names = silent.names(in: index)
      // A site that is down is judged as such.
      guard !names.isEmpty, !phase.isDownAtTheEnd, !silent.areReplaced(names, in: index) else { continue }
      missing.append((index, names))
    }
    // A balancer may leave a backend out for a while after an action, so silence alone is not a failure.
    func list(_ names: [String]) -> String { names.prefix(8).joined(separator: ", ") }
    let texts = missing.map { "\(phases[$0.index].name): not \(list($0.names))" }
    let open = missing.filter { isLookedAt(phases[$0.index]) }
    verdicts.add(
      Assertion(
        .sharing(.everyBackendAnswered), verdict: open.isEmpty ? .pass : .inconclusive,
        expected: "each of \(silent.wanted.count) backends answers before and after the reload",
        actual: open.isEmpty ? "all do" : texts.joined(separator: "; "),
        detail: open.isEmpty ? nil : SilentBackends.meaning), about: open.map(\.index), .proven)
    if open.isEmpty, !texts.isEmpty {
      notes.append("Backends that did not answer at a phase's end: \(texts.joined(separator: "; ")).")
    }
    notJudged += missing.filter { !isLookedAt(phases[$0.index]) }.map { index, names in
      let doer =
        phases[index].isRepair ? phases[index].name : "\(phases[index].name), which the site need not survive,"
      return "the \(doer) left \(list(names)) silent"
    }
  }

  /// Whether a backend's silence in a phase leaves an assertion open: it does where the phase is judged.
  private func isLookedAt(_ phase: PhaseSection) -> Bool {
    phase.action == nil || !phase.isRepair && isDemanded(phase)
  }

  /// Whether primaries served throughout; only what is demanded can fail.
  private mutating func judgePrimaries() {
    for (index, phase) in phases.enumerated() where index > 0 {
      let stretches = duty.stretches(in: phase.start..<phase.end)
      guard let longest = stretches.max(by: { $0.seconds < $1.seconds }) else { continue }
      // Until a repair has its effect, the backup still stands in.
      if phase.isRepair, stretches.last?.lasts != true { continue }
      func after(_ time: Nanoseconds) -> String {
        ReloadAdvice.seconds(max(Double(time) / 1e9 - (phase.action?.startSeconds ?? phase.startSeconds), 0))
      }
      let names = longest.carriedBy.joined(separator: ", ")
      let backup =
        longest.lasts && phase.isDownAtTheEnd
        ? "the backup (\(names)) answered until \(after(longest.lastAnswer)), then nobody did"
        : longest.failed > 0
          ? "the backup (\(names)) answered, but \(Formatting.count(longest.failed, "request")) failed"
          : "the backup carried it (\(names))"
      let words =
        "the primaries were down from \(after(longest.start)) after the action's start "
        + (longest.lasts ? "to the end of the phase" : "for \(ReloadAdvice.seconds(longest.seconds))") + "; " + backup
      guard phase.isRepair || isDemanded(phase), let kind = phase.kind, kind != .baseline else {
        notes.append("\(phase.name): \(words).")
        continue
      }
      add(
        Assertion(
          .servedByPrimaries(kind), verdict: .fail, expected: "a primary answers throughout", actual: words),
        about: index)
      if !phase.isRepair {
        verdicts.leaveOpen(.passes, about: index, because: "A backup answered in place of the primaries.")
      }
    }
  }

  private func isDemanded(_ phase: PhaseSection) -> Bool { phase.kind.map(plan.demandsNoLoss) ?? true }

  private mutating func judgeTracking() {
    guard plan.demandsReplacement, let index = phases.firstIndex(where: { $0.kind == .reload }) else { return }
    let baseline = phases[0].generations
    let answers = baseline.reduce(0) { $0 + $1.requests }
    // Of processes that share the work most answer again and again.
    let changesByItself = answers >= 10 && 2 * baseline.count > answers
    guard measured.untrackedGenerations > 0 || changesByItself else { return }
    add(
      Assertion(
        .evidence(.everyGenerationTracked), verdict: .inconclusive,
        expected: changesByItself ? "generations that answer again" : "at most \(Generation.limit) generations",
        actual: changesByItself
          ? "\(Formatting.count(baseline.count)) in \(Formatting.count(answers, "answer")) before the reload"
          : "\(Formatting.count(measured.untrackedGenerations, "answer")) of further ones",
        detail: "Does the header change with each process, or with every answer? See --generation-header."),
      about: index)
    verdicts.leaveOpen(
      [.generations(.everyGenerationReplaced), .generations(.noStaleGeneration)],
      because: "Not every generation was tracked.")
  }

  /// Processes that answer at a phase's end and are not in the list.
  private mutating func noteUnlisted() {
    let known = Set(history.lists.flatMap(\.instances).map(\.pid)).subtracting([0])
    guard !known.isEmpty else { return }
    var isNoted = false
    for (index, phase) in phases.enumerated() where !phase.isRepair && !phase.isIntoBrokenBuild {
      let end = phase.startSeconds + phase.durationSeconds
      let late = phase.generations.filter {
        $0.lastSeenSeconds >= end - phase.durationSeconds / 5 && !duty.backups.contains($0.backend)
      }.map(\.generation)
      let unlisted = UnlistedProcesses(answering: late, phase: history.phase(index, of: names), known: known)
      guard !unlisted.pids.isEmpty else { continue }
      let pids = unlisted.pids.prefix(8).map(String.init).joined(separator: ", ")
      if unlisted.isEveryone {
        if !isNoted {
          notes.append(
            "None of the processes that answer (\(pids)) is in the manager's list: it lists what started them, such as npm or a "
              + "shell, so it does not show whether they are replaced.")
        }
        isNoted = true
      } else {
        notes.append(
          "\(phase.name): process \(pids) answers at the end and is not in the manager's list; overlapping reloads leave such "
            + "ones behind, with their old code.")
      }
    }
  }

  // MARK: Advice

  private mutating func advise() {
    let listed = history.settings
    var manager: ReloadAdvice.Manager?
    if let first = listed.first, let listen = listed.compactMap(\.settings?.listenTimeout).max(),
      let kill = listed.compactMap(\.settings?.killTimeout).min()
    {
      manager = ReloadAdvice.Manager(
        instances: listed.count, listenTimeout: Double(listen) / 1000, killTimeout: Double(kill) / 1000,
        waitsForReady: listed.contains { $0.settings?.waitsForReady == true }, isClusterMode: first.isClusterMode)
    }
    let old = Set(phases.first?.generations.map { "\($0.backend) \($0.generation)" } ?? [])
    let actions = phases.compactMap { phase -> ReloadAdvice.Action? in
      guard phase.action != nil, let kind = phase.kind, !kind.isRepair else { return nil }
      let begun = phase.action?.startSeconds ?? phase.startSeconds
      return ReloadAdvice.Action(
        phase: kind, duration: phase.action?.durationSeconds ?? 0,
        failed: phase.traffic.requests.failed - (phase.cutOnKept ?? 0), cut: phase.cutInFlight,
        timedOut: phase.traffic.failures[FailureKind.timeout.name] ?? 0,
        firstNewAnswer: phase.generations.filter { !old.contains("\($0.backend) \($0.generation)") }
          .map { $0.firstSeenSeconds - begun }.min(),
        downFrom: phase.isDownAtTheEnd ? phase.outages.last.map { max($0.startSeconds - begun, 0) } : nil)
    }
    advice = ReloadAdvice(manager: manager, guide: kind?.guide, actions: actions).lines
  }

  /// Adds what is known about the processes, whatever the traffic was.
  private mutating func add(_ assertion: Assertion, about index: Int? = nil) {
    verdicts.add(assertion, about: index.map { [$0] } ?? [], .proven)
  }
}

extension PhaseSection {
  fileprivate var isRepair: Bool { kind?.isRepair == true }
  fileprivate var isIntoBrokenBuild: Bool { kind?.isIntoBrokenBuild == true }
}
