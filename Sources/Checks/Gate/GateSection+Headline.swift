package import Report

extension GateSection {
  /// The first check that failed; where none did, the first that was not decided.
  var firstOpen: GateCheck? {
    checks.first { $0.verdict == .fail } ?? checks.first { $0.verdict != .pass }
  }

  /// How many checks failed, and what the first of them found; where all passed, what they did not judge.
  package var headline: String {
    guard let open = firstOpen else {
      return (["\(checks.count) of \(checks.count) checks passed."] + checks.compactMap(\.notJudged)).joined(
        separator: " ")
    }
    let count = checks.count { $0.verdict == open.verdict }
    let outcome = open.verdict == .fail ? "failed" : "not decided"
    let undecided = open.verdict == .fail ? checks.count { $0.verdict == .inconclusive } : 0
    return "\(count) of \(checks.count) checks \(outcome)\(undecided > 0 ? ", \(undecided) not decided" : ""). "
      + "\(open.check.rawValue): \(open.reason)"
  }
}

extension GateCheck {
  /// The reason for its verdict, in a sentence or two: its headline, and the thresholds that are not met.
  fileprivate var reason: String {
    guard let report else { return Headline.sentence(problem ?? "it did not run") }
    let unmet = unmetThresholds.filter { verdict == .inconclusive || $0.label != .notDecided }.map {
      label, thresholds in
      let shown = thresholds.prefix(3).map { label == .notMeasured ? $0.name : "\($0.name) (\($0.actual))" }
      let more = thresholds.count > 3 ? "; and \(thresholds.count - 3) more below" : ""
      return "\(label.rawValue): \(shown.joined(separator: "; "))\(more)."
    }
    return ([report.verdict == verdict ? report.summary : nil].compactMap(\.self) + unmet).joined(separator: " ")
  }

  /// What its report lists as not judged.
  fileprivate var notJudged: String? {
    Headline.notJudged(report?.notJudged ?? []).map { "\(check): \($0)" }
  }
}
