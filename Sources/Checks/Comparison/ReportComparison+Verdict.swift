package import Report

extension ReportComparison {
  /// The assertion from the verdicts of the two runs: a candidate that failed where the base passed is a regression, whatever
  /// the figures; a run that decided nothing cannot be compared. `nil` where the verdicts show nothing.
  static func verdictAssertion(base: ReportDocument, candidate: ReportDocument) -> Assertion? {
    func line(_ verdict: Verdict, _ clause: String) -> Assertion {
      Assertion(
        .comparison(.verdict), verdict: verdict, expected: "a candidate that does no worse than the base",
        actual: "the base \(word(base.verdict)), the candidate \(word(candidate.verdict))", detail: clause)
    }
    func said(_ document: ReportDocument) -> String {
      document.summary.map { ": \(PlainWords.asClause($0))" } ?? ""
    }
    switch (base.verdict, candidate.verdict) {
    case (.pass, .fail): return line(.fail, "The base passed, the candidate failed\(said(candidate))")
    case (_, .inconclusive): return line(.inconclusive, "The candidate decided nothing\(said(candidate))")
    case (.inconclusive, _): return line(.inconclusive, "The base decided nothing\(said(base))")
    case (.pass, .pass), (.fail, .pass), (.fail, .fail): return nil
    }
  }

  private static func word(_ verdict: Verdict) -> String {
    switch verdict {
    case .pass: "passed"
    case .fail: "failed"
    case .inconclusive: "was not decided"
    }
  }

  /// The assertion that no figure is decided.
  private var undecided: Assertion? {
    guard isUndecided, otherLoads == nil else { return nil }
    return Assertion(
      .comparison(.figuresDecided), verdict: .inconclusive,
      expected: "a figure that is certainly worse, better or the same",
      actual: "0 of \(figures.count)", detail: "No figure is certain: compare longer runs.")
  }

  /// The assertion that both runs had the same load, where they had not.
  private var sameLoad: Assertion? {
    otherLoads.map {
      Assertion(
        .comparison(.sameLoad), verdict: .inconclusive, expected: "the same load in both runs", actual: $0,
        detail: "Latency, failures and the rate depend on the load: compare runs with the same --rate or --connections."
      )
    }
  }

  /// The assertion on the two verdicts, and one for each decided figure, which fails if the figure is worse.
  package func assertions() -> [Assertion] {
    let lines = figures.filter { $0.outcome != .unsure }.map { figure in
      var assertion = Assertion(
        name: "\(figure.name) against the baseline", verdict: figure.outcome == .worse ? .fail : .pass,
        expected: "no worse than \(figure.baseInWords)" + (figure.marginInWords.map { " ± \($0)" } ?? ""),
        actual: "\(figure.candidateInWords)" + (figure.changeInWords.map { " (\($0))" } ?? ""), detail: figure.remark,
        meaning: "\(figure.name) is no worse than in the baseline")
      if figure.outcome == .worse {
        assertion.advice =
          "Look at this figure in both reports, and for what changed between them: build, configuration, machine."
      }
      return assertion
    }
    return [ownVerdicts, sameLoad, undecided].compactMap { $0 } + lines
  }

  /// Of the runs and all figures together.
  var verdict: Verdict { Verdict.worst(of: assertions().map(\.verdict)) }

  /// The comparison in one sentence.
  package var summary: String {
    func list(_ outcome: Figure.Outcome) -> String? {
      let found = figures.filter { $0.outcome == outcome }
      guard !found.isEmpty else { return nil }
      let shown = found.prefix(6).map { $0.name + (outcome == .unsure ? "" : $0.shortChange.map { " (\($0))" } ?? "") }
      let more = found.count - shown.count
      return "\(outcome.rawValue): \(shown.joined(separator: ", "))" + (more > 0 ? " and \(more) more" : "")
    }
    let count = "\(figures.count) figure\(figures.count == 1 ? "" : "s")"
    let unsure = figures.count { $0.outcome == .unsure }
    let head =
      !worse.isEmpty
      ? "\(worse.count) of \(count) worse" + (otherLoads.map { ", and \($0)" } ?? "")
      : otherLoads.map { "Not decided: \($0)" }
        ?? (undecided != nil
          ? "Not decided: \(unsure) of \(count) could be better or worse" : "None of \(count) is worse")
    let details = [list(.worse), list(.better), list(.unsure)].compactMap { $0 }
    let text = head + (details.isEmpty ? "" : "; " + details.joined(separator: "; ")) + "."
    guard let own = ownVerdicts?.detail else { return text }
    return (own.hasSuffix(".") ? own : own + ".") + " " + text
  }
}
