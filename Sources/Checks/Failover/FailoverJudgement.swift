internal import Load
internal import Report

/// What the phases of a failover check come to: values in, values out.
struct FailoverJudgement {
  private var verdicts: PhaseVerdicts
  private let measured: Measurements
  private let spans: [PhaseSpan]
  private let timing: PhaseTiming

  var assertions: [Assertion] { verdicts.assertions }
  /// The phases, each with the verdict of the assertions about it.
  var phases: [PhaseSection] { verdicts.phases }

  init(_ measured: Measurements, _ spans: [PhaseSpan], _ analyses: [PhaseAnalysis], timing: PhaseTiming) {
    self.measured = measured
    self.spans = spans
    self.timing = timing
    verdicts = PhaseVerdicts(analyses)
  }

  mutating func judgeBaseline() { verdicts.judgeBaseline() }

  /// Judges a stop and the start after it.
  ///
  /// - Parameter index: the phase that begins with the stop.
  mutating func judge(stopOf backend: String, at index: Int, isOneOfMany: Bool) {
    guard phases.indices.contains(index + 1) else { return }
    let suffix = isOneOfMany ? "(\(backend))" : ""
    verdicts.demandNoLoss("failoverLostNoRequest" + suffix, in: [index, index + 1])
    verdicts.demandNoGap("failoverLeftNoGap" + suffix, in: [index, index + 1], most: timing.mostGap)
    // What was before an earlier stop is before this one, too.
    let times = FailoverTimes(stopped: backend, measured: measured, spans: [spans[0], spans[index], spans[index + 1]])
    guard times.answeredBefore else {
      return verdicts.add(
        Assertion(
          name: "backendAnsweredBefore" + suffix, verdict: .inconclusive,
          expected: "\(backend) answers before it is stopped", actual: "it did not"), about: [index])
    }
    verdicts.add(
      Assertion(
        name: "othersTookOver" + suffix, verdict: times.isSilentInTheEnd && times.othersAnswered ? .pass : .fail,
        expected: "\(backend) falls silent and others answer",
        actual: times.isSilentInTheEnd
          ? "last answer \(seconds(times.lastAnswer)) after the stop"
          : "\(backend) still answered at the end of the phase",
        detail: times.spread.isEmpty
          ? nil
          : "Meanwhile: \(times.spread)"
            + (measured.canShowTries ? "; \(times.retried) answers came by way of a retry." : ".")), about: [index])
    verdicts.add(
      Assertion(
        name: "chosenAgain" + suffix, verdict: times.backAfter != nil ? .pass : .fail,
        expected: "\(backend) answers again",
        actual: times.backAfter.map { "\(seconds($0)) after its start began" }
          ?? "not within \(seconds(Double(timing.settle) / 1e9)) of its start's end",
        detail: times.backAfter == nil ? "nginx tries again only after its fail_timeout; see --settle." : nil),
      about: [index + 1])
  }

  /// Judges the backup while all primaries are gone, and after one is back.
  ///
  /// - Parameter index: the phase that begins with the stop of all primaries.
  mutating func judge(backup: String, at index: Int) {
    guard phases.indices.contains(index + 1) else { return }
    let before = answers(of: backup, in: 0)
    verdicts.add(
      Assertion(
        name: "backupSilentBefore", verdict: before.isEmpty ? .pass : .fail,
        expected: "no answer of \(backup) while primaries answer", actual: before.isEmpty ? "none" : "\(before.count)"),
      about: [0], .countsPauses)
    verdicts.demandNoLoss("lastPrimaryLostNoRequest", in: [index])
    let whole = Array(index..<min(index + 3, phases.count))
    verdicts.demandNoGap("lastPrimaryLeftNoGap", in: whole, most: timing.mostGap)
    let gone = spans[index]
    let during = answers(of: backup, in: index)
    let serves = during.contains { $0.done >= gone.end - (gone.end - gone.start) / 5 }
    verdicts.add(
      Assertion(
        name: "backupTookOver", verdict: serves ? .pass : .fail,
        expected: "\(backup) answers once the last primary is gone",
        actual: serves
          ? "first answer \(seconds(during.map(\.done).min().map { since(gone, $0) })) after the stop, \(during.count) in all"
          : during.isEmpty ? "it did not" : "it did not to the end"), about: [index])
    let back = spans[index + 1]
    let last = answers(of: backup, in: index + 1).map(\.due).max()
    let isSilent = (last ?? 0) < back.end - (back.end - back.start) / 5
    verdicts.add(
      Assertion(
        name: "backupFellSilent", verdict: isSilent ? .pass : .fail,
        expected: "no answer of \(backup) once a primary is back",
        actual: isSilent
          ? last.map { "last request \(seconds(since(back, $0))) after the start" } ?? "none at once"
          : "it still answered at the end of the phase",
        detail: isSilent ? nil : "nginx tries a primary again only after its fail_timeout; see --settle."),
      about: [index + 1])
  }

  /// Judges what the manager itself could not do, and whether the site came back after an early end.
  mutating func judgeActions(answersAgain: Verdict?) {
    for (index, phase) in phases.enumerated() {
      guard let problem = phase.action?.problem else { continue }
      verdicts.add(
        Assertion(
          name: "managerActed", verdict: .fail, expected: "\(phase.name) is carried out", actual: "it was not",
          detail: problem), about: [index], .proven)
    }
    guard let answersAgain else { return }
    verdicts.add(
      Assertion(
        name: "repaired", verdict: answersAgain, expected: "the site answers once all backends are started again",
        actual: answersAgain.ofRepair(else: "start them by hand")))
  }

  /// Judges whether all was sent and reached, and how the site was left.
  mutating func judgeEnd(planned: [String], site: SiteState, isInterrupted: Bool) {
    verdicts.judgeEnd(measured, planned: planned, site: site, isInterrupted: isInterrupted)
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
    value.map { "\(($0 * 1000).rounded() / 1000) s" } ?? "never"
  }
}
