internal import Load
internal import Report

/// What the phases of a failover check come to: values in, values out.
struct FailoverJudgement {
  private(set) var assertions: [Assertion] = []
  /// The phases, each with the verdict of the assertions about it.
  private(set) var phases: [PhaseSection]

  private let measured: Measurements
  private let spans: [PhaseSpan]
  private let settle: Nanoseconds
  private let analyses: [PhaseAnalysis]

  init(_ measured: Measurements, _ spans: [PhaseSpan], _ analyses: [PhaseAnalysis], settle: Nanoseconds) {
    self.measured = measured
    self.spans = spans
    self.analyses = analyses
    self.settle = settle
    phases = analyses.map(\.section)
    for index in phases.indices where analyses[index].isPaused { phases[index].verdict = .inconclusive }
  }

  /// - Parameter isProven: whether it holds also where the generator stood still in the phase.
  private mutating func add(_ assertion: Assertion, about index: Int, isProven: Bool = false) {
    let isDoubtful = !isProven && analyses.indices.contains(index) && analyses[index].isPaused
    assertions.append(isDoubtful ? assertion.excusedByPause : assertion)
    settle(assertions[assertions.count - 1].verdict, about: index)
  }

  private mutating func settle(_ verdict: Verdict, about index: Int) {
    guard phases.indices.contains(index) else { return }
    phases[index].verdict = Verdict.worst(of: [phases[index].verdict, verdict].compactMap(\.self))
  }

  mutating func judgeBaseline() {
    guard let baseline = phases.first else { return }
    let failed = baseline.traffic.requests.failed
    add(
      Assertion(
        name: "baselineWithoutFailure", verdict: failed == 0 ? .pass : .inconclusive, expected: "0 failed before",
        actual: "\(failed)"), about: 0)
  }

  /// Judges a stop and the start after it.
  ///
  /// - Parameter index: the phase that begins with the stop.
  mutating func judge(stopOf backend: String, at index: Int, isOneOfMany: Bool) {
    guard phases.indices.contains(index + 1) else { return }
    let suffix = isOneOfMany ? "(\(backend))" : ""
    demandNoLoss("failoverLostNoRequest" + suffix, in: index, index + 1)
    // What was before an earlier stop is before this one, too.
    let times = FailoverTimes(stopped: backend, measured: measured, spans: [spans[0], spans[index], spans[index + 1]])
    guard times.answeredBefore else {
      return add(
        Assertion(
          name: "backendAnsweredBefore" + suffix, verdict: .inconclusive,
          expected: "\(backend) answers before it is stopped", actual: "it did not"), about: index)
    }
    add(
      Assertion(
        name: "othersTookOver" + suffix, verdict: times.isSilentInTheEnd && times.othersAnswered ? .pass : .fail,
        expected: "\(backend) falls silent and others answer",
        actual: times.isSilentInTheEnd
          ? "last answer \(seconds(times.lastAnswer)) after the stop"
          : "\(backend) still answered at the end of the phase",
        detail: times.spread.isEmpty
          ? nil
          : "Meanwhile: \(times.spread)"
            + (measured.canShowTries ? "; \(times.retried) answers came by way of a retry." : ".")), about: index)
    add(
      Assertion(
        name: "chosenAgain" + suffix, verdict: times.backAfter != nil ? .pass : .fail,
        expected: "\(backend) answers again",
        actual: times.backAfter.map { "\(seconds($0)) after its start began" }
          ?? "not within \(seconds(Double(settle) / 1e9)) of its start's end",
        detail: times.backAfter == nil ? "nginx tries again only after its fail_timeout; see --settle." : nil),
      about: index + 1)
  }

  /// Judges the backup while all primaries are gone, and after one is back.
  ///
  /// - Parameter index: the phase that begins with the stop of all primaries.
  mutating func judge(backup: String, at index: Int) {
    guard phases.indices.contains(index + 1) else { return }
    let before = answers(of: backup, in: 0)
    add(
      Assertion(
        name: "backupSilentBefore", verdict: before.isEmpty ? .pass : .fail,
        expected: "no answer of \(backup) while primaries answer", actual: before.isEmpty ? "none" : "\(before.count)"),
      about: 0, isProven: true)
    demandNoLoss("lastPrimaryLostNoRequest", in: index)
    let gone = spans[index]
    let during = answers(of: backup, in: index)
    let serves = during.contains { $0.done >= gone.end - (gone.end - gone.start) / 5 }
    add(
      Assertion(
        name: "backupTookOver", verdict: serves ? .pass : .fail,
        expected: "\(backup) answers once the last primary is gone",
        actual: serves
          ? "first answer \(seconds(during.map(\.done).min().map { since(gone, $0) })) after the stop, \(during.count) in all"
          : during.isEmpty ? "it did not" : "it did not to the end"), about: index)
    let back = spans[index + 1]
    let last = answers(of: backup, in: index + 1).map(\.due).max()
    let isSilent = (last ?? 0) < back.end - (back.end - back.start) / 5
    add(
      Assertion(
        name: "backupFellSilent", verdict: isSilent ? .pass : .fail,
        expected: "no answer of \(backup) once a primary is back",
        actual: isSilent
          ? last.map { "last request \(seconds(since(back, $0))) after the start" } ?? "none at once"
          : "it still answered at the end of the phase",
        detail: isSilent ? nil : "nginx tries a primary again only after its fail_timeout; see --settle."),
      about: index + 1)
  }

  /// Judges what the manager itself could not do, and whether the site came back after an early end.
  mutating func judgeActions(answersAgain: Verdict?) {
    for (index, phase) in phases.enumerated() {
      guard let problem = phase.action?.problem else { continue }
      add(
        Assertion(
          name: "managerActed", verdict: .fail, expected: "\(phase.name) is carried out", actual: "it was not",
          detail: problem), about: index, isProven: true)
    }
    guard let answersAgain else { return }
    assertions.append(
      Assertion(
        name: "repaired", verdict: answersAgain, expected: "the site answers once all backends are started again",
        actual: answersAgain.ofRepair(else: "start them by hand")))
  }

  private mutating func demandNoLoss(_ name: String, in indices: Int...) {
    let requests = indices.map { phases[$0].traffic.requests }
    let failed = requests.reduce(0) { $0 + $1.failed }
    let excused = indices.reduce(0) { $0 + analyses[$1].failedAcrossPauses }
    assertions.append(
      Assertion(
        name: name, verdict: Verdict(onFailures: failed, acrossPauses: excused),
        expected: "0 of \(requests.reduce(0) { $0 + $1.scheduled }) failed",
        actual: "\(failed)\(Measurements.acrossPausesInWords(excused))"))
    for index in indices {
      settle(
        Verdict(
          onFailures: phases[index].traffic.requests.failed, acrossPauses: analyses[index].failedAcrossPauses),
        about: index)
    }
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
