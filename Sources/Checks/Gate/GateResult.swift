package import Report

/// The result of one check of a gate.
package struct GateResult {
  package let check: CheckKind
  /// The file of the profile.
  package let profile: String
  package var exitStatus: Int?
  package var folder: String?
  package var document: ReportDocument?
  /// Why there is no document.
  package var problem: String?

  package init(
    check: CheckKind, profile: String, exitStatus: Int?, folder: String? = nil, document: ReportDocument? = nil,
    problem: String? = nil
  ) {
    self.check = check
    self.profile = profile
    self.exitStatus = exitStatus
    self.folder = folder
    self.document = document
    self.problem = problem
  }

  /// The check judged by thresholds and a baseline.
  ///
  /// - Parameters:
  ///   - thresholds: those of its profile; one that is about another check does not apply.
  ///   - baseline: the report of the same check to compare with.
  ///   - regressions: the assertions of the comparison with the baseline.
  package func judged(
    by thresholds: [Threshold], baseline: ReportDocument?, regressions: [Assertion] = []
  ) -> GateCheck {
    var added: [Assertion] = []
    for threshold in thresholds where threshold.isKnown(to: check) {
      guard let document else { continue }
      if let assertion = threshold.assertion(on: document, baseline: baseline) {
        added.append(assertion)
      } else if threshold.check == check || document.interrupted == true {
        added.append(threshold.undecided)
      }
    }
    added += regressions
    let own: Verdict =
      document?.verdict ?? (exitStatus == 1 ? .fail : .inconclusive)
    return GateCheck(
      check: check, profile: profile, verdict: Verdict.worst(of: [own] + added.map(\.verdict)), exitStatus: exitStatus,
      folder: folder, problem: problem, thresholds: added, report: document)
  }
}

extension GateResult {
  /// The assertions of a comparison with the baseline's report of the same check: no figure is worse.
  package func regressions(against base: ReportDocument?) -> [Assertion] {
    func undecided(_ reason: String) -> [Assertion] {
      [
        Assertion(
          .comparison(.baseline), verdict: .inconclusive, expected: "no figure worse than the baseline's",
          actual: "not compared", detail: reason)
      ]
    }
    guard let document else { return [] }
    guard let base else { return undecided("the baseline has no report of \(check)") }
    do throws(ComparisonError) {
      return try ReportComparison(
        base: base, candidate: document
      ).assertions()
    } catch {
      return undecided("\(error.side == .base ? "the baseline" : "this report"): \(error.reason)")
    }
  }
}

extension Threshold {
  /// The outcome where the report lacks the figure.
  var undecided: Assertion {
    Assertion(
      name: text, verdict: .inconclusive, expected: demandText, actual: Assertion.notMeasured,
      detail: "the report has no such figure", meaning: sentence)
  }
}

extension GateSection {
  /// Thresholds without a figure, each an undecided assertion of the first check that could have had it.
  package mutating func addUnmet(_ thresholds: [Threshold], of profile: String) {
    for threshold in thresholds {
      let mine = checks.indices.filter { checks[$0].profile == profile && threshold.isKnown(to: checks[$0].check) }
      let isJudged = mine.contains { index in checks[index].thresholds.contains { $0.name == threshold.text } }
      guard !isJudged, let first = mine.first(where: { checks[$0].report != nil }) ?? mine.first else { continue }
      checks[first].thresholds.append(threshold.undecided)
      checks[first].verdict = Verdict.worst(of: [checks[first].verdict, .inconclusive])
    }
  }
}

extension ReportDocument {
  /// One report on all checks of a gate.
  package init(
    gate: GateSection, target: String, startedAt: String, durationSeconds: Double, command: [String],
    isInterrupted: Bool
  ) {
    let names = Set(gate.checks.map(\.profile)).count > 1
    let assertions = gate.checks.flatMap { check in
      check.assertions.map { assertion in
        var assertion = assertion
        assertion.name = (names ? "\(check.profile): " : "") + "\(check.check.rawValue): \(assertion.name)"
        return assertion
      }
    }
    let verdict = Verdict.worst(of: gate.checks.map(\.verdict))
    self.init(
      tool: .lbcheck, check: .gate,
      target: TargetSection(url: gate.checks.lazy.compactMap { $0.report?.target.url }.first ?? target),
      startedAt: startedAt, durationSeconds: durationSeconds,
      verdict: isInterrupted ? Verdict.worst(of: [verdict, .inconclusive]) : verdict,
      summary: gate.headline, interrupted: isInterrupted ? true : nil, assertions: assertions,
      command: command, gate: gate)
    advice = gate.firstOpen?.report.flatMap { $0.verdict == .pass ? nil : $0.advice?.last }.map { [$0] }
    if advice == nil {
      advice = gate.firstOpen?.thresholds.first { $0.verdict == .fail }?.advice.map { [$0] }
    }
    if advice == nil, isInterrupted, self.verdict == .inconclusive { advice = [NextStep.toItsEnd] }
  }

  /// The report of one check: within a gate its own, otherwise this one.
  package func report(of check: CheckKind, profile: String) -> ReportDocument? {
    guard let gate else { return self.check == check ? self : nil }
    let same = gate.checks.filter { $0.check == check }
    return (same.first { $0.profile == profile } ?? (same.count == 1 ? same[0] : nil))?.report
  }
}
