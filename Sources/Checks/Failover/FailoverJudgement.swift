internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Judges the phases of a failover check: values in, values out.
struct FailoverJudgement {
  private var verdicts: PhaseVerdicts
  private let measured: Measurements
  private let spans: [PhaseSpan]
  private let timing: PhaseTiming
  private let takeover: TakeoverDemand
  /// The backends that gave no answer after their own start.
  private var notChosenAgain: Set<String> = []

  var assertions: [Assertion] { verdicts.assertions }
  /// The phases, each with the verdict of the assertions about it.
  var phases: [PhaseSection] { verdicts.phases }

  init(
    _ measured: Measurements, _ spans: [PhaseSpan], _ analyses: [PhaseAnalysis], timing: PhaseTiming,
    _ takeover: TakeoverDemand = TakeoverDemand(), _ interruption: Interruption? = nil
  ) {
    self.measured = measured
    self.spans = spans
    self.timing = timing
    self.takeover = takeover
    verdicts = PhaseVerdicts(analyses, interruption)
  }

  /// - Parameter methods: those of the plan's templates.
  mutating func judgeBaseline(_ methods: [String] = []) {
    verdicts.judgeBaseline()
    verdicts.judgeNames(of: methods)
  }

  /// Judges a stop and the start after it.
  ///
  /// - Parameter index: the phase that begins with the stop.
  mutating func judge(stopOf backend: String, at index: Int, isOneOfMany: Bool) {
    guard phases.indices.contains(index + 1) else { return }
    let subject = isOneOfMany ? backend : nil
    verdicts.demandNoLoss(by: .failover, of: subject, in: [index, index + 1])
    verdicts.demandNoGap(by: .failover, of: subject, in: [index, index + 1], most: timing.mostGap)
    // What was seen before an earlier stop counts for this one, too.
    let times = FailoverTimes(stopped: backend, measured: measured, spans: [spans[0], spans[index], spans[index + 1]])
    guard times.answeredBefore else {
      return verdicts.add(
        Assertion(
          .evidence(.backendAnsweredBefore), of: subject, verdict: .inconclusive,
          expected: "\(backend) answers before it is stopped", actual: "it did not"), about: [index])
    }
    verdicts.add(
      Assertion(
        .takeover(.othersTookOver), of: subject,
        verdict: !times.isSilentInTheEnd ? .inconclusive : times.othersAnswered ? .pass : .fail,
        expected: "\(backend) falls silent and others answer",
        actual: times.isSilentInTheEnd
          ? "last answer \(seconds(times.lastAnswer)) after the stop"
          : "\(backend) still answered at the end of the phase",
        detail: !times.isSilentInTheEnd
          ? "The stop had no effect: \(backend) still answered at the end of the phase."
          : times.spread.isEmpty
            ? nil
            : "Meanwhile: \(times.spread)"
              + (measured.canShowTries ? "; \(Formatting.count(times.retried, "answer")) came after a retry." : ".")),
      about: [index])
    judgeTakeover(.othersTookOverInTime, from: [backend], of: subject, at: index)
    if times.backAfter == nil { notChosenAgain.insert(backend) }
    verdicts.add(
      Assertion(
        .takeover(.chosenAgain), of: subject, verdict: times.backAfter != nil ? .pass : .fail,
        expected: "\(backend) answers again",
        actual: times.backAfter.map { "\(seconds($0)) after its start began" }
          ?? "not within \(seconds(Double(timing.settle) / 1e9)) of its start's end",
        detail: times.backAfter == nil ? "nginx tries again only after its fail_timeout; see --settle." : nil),
      about: [index + 1])
  }

  /// Judges the backups while all primaries are gone, and after one is back.
  ///
  /// - Parameters:
  ///   - testedAlone: the backups of which each was the only one left, in the phases after that.
  ///   - index: the phase that begins with the stop of all primaries.
  mutating func judge(backups: [String], testedAlone: [String], at index: Int) {
    for backup in backups {
      judge(
        backup: backup, at: index, back: index + 1 + testedAlone.count,
        alone: testedAlone.firstIndex(of: backup).map { index + 1 + $0 }, among: backups)
    }
  }

  /// Judges one backup while all primaries are gone, and after one is back.
  ///
  /// - Parameters:
  ///   - index: the phase that begins with the stop of all primaries.
  ///   - back: the phase that begins with the start of the first primary.
  ///   - alone: the phase in which it was the only backup left; `nil` if there was none.
  ///   - backups: all of them.
  mutating func judge(backup: String, at index: Int, back: Int? = nil, alone: Int? = nil, among backups: [String] = [])
  {
    let back = back ?? index + 1
    guard phases.indices.contains(back) else { return }
    let subject = backups.count > 1 ? backup : nil
    let before = answers(of: backup, in: 0)
    verdicts.add(
      Assertion(
        .takeover(.backupSilentBefore), of: subject, verdict: before.isEmpty ? .pass : .fail,
        expected: "no answer of \(backup) while primaries answer",
        actual: before.isEmpty ? "none" : "\(Formatting.count(before.count))"),
      about: [0], .countsPauses)
    if backups.first.map({ $0 == backup }) ?? true {
      verdicts.demandNoLoss(by: .lastPrimary, in: [index])
      let whole = Array(index..<min(back + 2, phases.count))
      verdicts.demandNoGap(by: .lastPrimary, in: whole, most: timing.mostGap)
    }
    judgeTakeover(of: backup, at: index, alone: alone, others: backups.filter { $0 != backup }, subject)
    if let alone { verdicts.demandNoLoss(by: .lastBackup, of: subject, in: [alone]) }
    let returned = spans[back]
    let last = answers(of: backup, in: back).map(\.due).max()
    let isSilent = (last ?? 0) < returned.end - (returned.end - returned.start) / 5
    verdicts.add(
      Assertion(
        .takeover(.backupFellSilent), of: subject, verdict: isSilent ? .pass : .fail,
        expected: "no answer of \(backup) once a primary is back",
        actual: isSilent
          ? last.map { "last request \(seconds(since(returned, $0))) after the start" } ?? "none at once"
          : "it still answered at the end of the phase",
        detail: isSilent ? nil : "nginx tries a primary again only after its fail_timeout; see --settle."),
      about: [back])
  }

  /// Whether a backup answered to the end once the primaries were gone, beside other backups or alone.
  private mutating func judgeTakeover(
    of backup: String, at index: Int, alone: Int?, others: [String], _ subject: String?
  ) {
    let decisive = serves(backup, in: index) ? index : alone ?? index
    let gone = spans[decisive]
    let during = answers(of: backup, in: decisive)
    let isServing = serves(backup, in: decisive)
    // A balancer may use one backup after another, so one that did not get its turn has not failed.
    let mayBeNext = !isServing && alone == nil && others.contains { serves($0, in: index) }
    let running = isServing ? [] : serving(in: decisive).filter { $0 != backup && !others.contains($0) }
    let reason =
      !running.isEmpty
      ? "The stop had no effect: \(running.prefix(8).joined(separator: ", ")) still answered at the end of the phase."
      : mayBeNext ? "Another backup answered, and the manager has no way to stop that one alone." : nil
    verdicts.add(
      Assertion(
        .takeover(.backupTookOver), of: subject, verdict: isServing ? .pass : reason != nil ? .inconclusive : .fail,
        expected: "\(backup) answers once the last primary is gone",
        actual: isServing
          ? "first answer \(seconds(during.map(\.done).min().map { since(gone, $0) })) after the stop, \(Formatting.count(during.count)) in all"
          : during.isEmpty ? "it did not" : "it did not to the end",
        detail: reason),
      about: decisive == index ? [index] : [index, decisive])
  }

  /// Judges whether the backups carried the traffic in time once the last primary was gone.
  ///
  /// - Parameter index: the phase that begins with the stop of all primaries.
  mutating func judgeTakeover(from primaries: [String], at index: Int, hasBackups: Bool) {
    guard hasBackups else { return }
    judgeTakeover(.backupTookOverInTime, from: primaries, of: nil, at: index)
  }

  private mutating func judgeTakeover(
    _ kind: AssertionKind.Takeover, from stopped: [String], of subject: String?, at index: Int
  ) {
    guard spans.indices.contains(index), let seen = TakeoverWindow(takeover, measured, spans[index], from: stopped)
    else { return }
    verdicts.add(
      Assertion(
        .takeover(kind), of: subject, verdict: seen.verdict, expected: seen.expected, actual: seen.actual,
        detail: seen.doubt), about: [index])
  }

  private func serves(_ backup: String, in index: Int) -> Bool {
    let span = spans[index]
    return answers(of: backup, in: index).contains { $0.done >= span.end - (span.end - span.start) / 5 }
  }

  /// The backends that answered in the last fifth of a phase, in order of their names.
  private func serving(in index: Int) -> [String] {
    measured.backends.map(\.name).filter { name in
      answers(of: name, in: index).contains {
        $0.done >= spans[index].end - (spans[index].end - spans[index].start) / 5 && $0.done < spans[index].end
      }
    }.sorted()
  }

  /// Judges how many of the backends were stopped; with all in turn, it has to be all.
  mutating func judge(coverage: FailoverCoverage) {
    if let assertion = coverage.assertion { verdicts.add(assertion) }
  }

  /// Judges whether each backend answered at the end of each phase in which it was not stopped.
  ///
  /// One that was not chosen again after its own start has failed for that already.
  ///
  /// - Parameter away: which backends were stopped in each phase.
  mutating func judge(silent: SilentBackends, away: [Set<String>]) {
    guard !silent.wanted.isEmpty else { return }
    let missing = phases.indices.compactMap { index -> (index: Int, names: [String])? in
      let names = silent.names(in: index).filter { !away[index].contains($0) && !notChosenAgain.contains($0) }
      // A site that is down is judged as such.
      guard !names.isEmpty, !phases[index].isDownAtTheEnd, !silent.areReplaced(names, in: index) else { return nil }
      return (index, names)
    }
    let texts = missing.map { "\(phases[$0.index].name): not \($0.names.prefix(8).joined(separator: ", "))" }
    verdicts.add(
      Assertion(
        .sharing(.everyBackendAnswered), verdict: missing.isEmpty ? .pass : .inconclusive,
        expected: "each of \(silent.wanted.count) backends answers unless it is stopped",
        actual: missing.isEmpty ? "all do" : texts.joined(separator: "; "),
        detail: missing.isEmpty ? nil : SilentBackends.meaning), about: missing.map(\.index))
  }

  /// Judges changes of processes that no action made.
  mutating func judge(_ unasked: UnaskedChanges) {
    guard unasked.isWatched else { return }
    for index in unasked.openPhases(of: phases.count) {
      verdicts.leaveOpen(.all, about: index, because: UnaskedChanges.reason)
    }
    verdicts.add(unasked.assertion(phases), about: unasked.seen.map(\.index), .proven)
  }

  /// Judges what the manager itself could not do, and whether the site came back after an early end.
  ///
  /// An action that was not carried out shows nothing, so the other assertions about its phase are left open.
  mutating func judgeActions(answersAgain: Verdict?) {
    for (index, phase) in phases.enumerated() {
      guard let action = phase.action, let problem = action.problem else { continue }
      verdicts.leaveOpen(.allButLosses, about: index, because: "Not carried out: \(phase.name).")
      verdicts.add(
        Assertion(
          .manager(.managerActed), verdict: action.verdictOnProblem, expected: "\(phase.name) is carried out",
          actual: action.interrupted == true ? "lbcheck was asked to stop meanwhile" : "it was not",
          detail: problem), about: [index], .proven)
    }
    guard let answersAgain else { return }
    verdicts.add(
      Assertion(
        .standing(.repaired), verdict: answersAgain, expected: "the site answers once all backends are started again",
        actual: answersAgain.ofRepair(else: "start them by hand")))
  }

  /// Judges whether all was sent and reached, and how the site was left.
  mutating func judgeEnd(planned: [String], site: SiteState) {
    verdicts.judgeEnd(measured, planned: planned, site: site)
  }

  private func answers(of backend: String, in index: Int) -> [RequestRecord] {
    measured.records.filter { record in
      guard spans[index].contains(record.due), record.failure == nil, let answered = record.backend else {
        return false
      }
      return measured.backends[answered].name == backend
    }
  }

  private func since(_ span: PhaseSpan, _ time: Nanoseconds) -> Double { Double(time - min(span.start, time)) / 1e9 }

  private func seconds(_ value: Double?) -> String {
    value.map { Formatting.duration(seconds: $0) } ?? "never"
  }
}
