package import Report
internal import Statistics

/// Two reports of the same check side by side: for each figure whether the candidate is better, worse or no different.
///
/// A figure is better or worse only if its interval lies entirely beyond a margin. The intervals are wide enough for all
/// figures together, by Holm's step-down method (S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure",
/// Scandinavian Journal of Statistics 6, 1979): the confidence is that of every better and worse at once.
///
/// ```swift
/// let comparison = try ReportComparison(base: base, candidate: candidate)
/// print(comparison.worse.map(\.name))
/// ```
package struct ReportComparison: Sendable {
  package typealias Figure = ComparedFigure

  package let figures: [Figure]
  package let section: ComparisonSection
  /// Whether no figure is decided.
  let isUndecided: Bool
  /// Why the two loads cannot be compared, as a clause; `nil` where they can, or are results of the check.
  let otherLoads: String?
  /// Notes: different targets, different settings.
  package let notes: [String]
  /// The assertion from the verdicts of the two runs, whatever the figures.
  let ownVerdicts: Assertion?
  private let target: TargetSection

  package var worse: [Figure] { figures.filter { $0.outcome == .worse } }

  /// - Parameters:
  ///   - level: the confidence, 0…1 exclusive.
  ///   - margin: the change that counts as none, as a share of the base's figure, 0 or more.
  /// - Throws: an error that says which of the two cannot be compared, and why.
  package init(
    base: ReportDocument, candidate: ReportDocument, level: Double = ComparisonOptions().level,
    margin: Double = ComparisonOptions().margin
  ) throws(ComparisonError) {
    for (document, side) in [(base, ComparisonError.Side.base), (candidate, .candidate)]
    where document.interrupted == true {
      throw ComparisonError(side, "an interrupted run (expected a complete run)")
    }
    for (document, side) in [(base, ComparisonError.Side.base), (candidate, .candidate)]
    where document.generatorPauses?.isEmpty == false {
      throw ComparisonError(side, "a run in which the generator itself was paused (expected one in which it was not)")
    }
    guard base.check == candidate.check else {
      throw ComparisonError(
        .candidate,
        "a report of the check \(candidate.check.rawValue) (expected \(base.check.rawValue), as the base is)")
    }
    let loads = ComparedLoads(base: base, candidate: candidate)
    let quantities = try ComparedQuantities(base: base, candidate: candidate, margin: margin).all()
    guard !quantities.isEmpty else {
      throw ComparisonError(
        .candidate, "no figure in common with the base (expected latency, failures, shares, phases or a capacity)")
    }
    let figures = Self.judged(quantities, level)
    self.figures = figures
    isUndecided = zip(quantities, figures).allSatisfy { $0.isBesides || $1.outcome == .unsure }
    var section = ComparisonSection(
      base: ComparedRun(base), candidate: ComparedRun(candidate), level: level, margin: margin, figures: figures)
    if let own = base.settings, let others = candidate.settings { section.settings = ComparedSetting.all(own, others) }
    let hasTraffic = base.traffic != nil && candidate.traffic != nil
    // A search for a capacity finds its load.
    otherLoads = hasTraffic && base.check != .capacity ? loads.difference : nil
    notes = Self.notes(base, candidate, section.settings) + (hasTraffic ? loads.notes : [])
    self.section = section
    ownVerdicts = Self.verdictAssertion(base: base, candidate: candidate)
    target = candidate.target
  }

  /// Each figure at the level at which it was decided; those left undecided at that of the last step.
  private static func judged(_ quantities: [ComparedQuantity], _ level: Double) -> [Figure] {
    var figures: [Figure?] = quantities.map { $0.intervals == nil ? $0.figure(level: level) : nil }
    var open = figures.indices.filter { figures[$0] == nil }
    while !open.isEmpty {
      let each = 1 - (1 - level) / Double(open.count)
      var decided = open.filter { quantities[$0].isDecided(level: each) }
      if decided.isEmpty { decided = open }
      for index in decided { figures[index] = quantities[index].figure(level: each) }
      open.removeAll(where: decided.contains)
    }
    return figures.compactMap { $0 }
  }

  private static func notes(
    _ base: ReportDocument, _ candidate: ReportDocument, _ settings: [ComparedSetting]?
  ) -> [String] {
    var notes: [String] = []
    if base.target.url != candidate.target.url {
      notes.append("The targets differ: \(base.target.url) in the base, \(candidate.target.url) in the candidate.")
    }
    let old = settings == nil ? ComparedMethods(base, candidate) : nil
    notes += (settings ?? old?.differences ?? []).map { setting in
      "The settings differ: \(setting.key) is \(setting.base?.quoted ?? "not set") in the base, "
        + "\(setting.candidate?.quoted ?? "not set") in the candidate."
    }
    if let old { notes.append(old.note) }
    if let own = base.traffic, let other = candidate.traffic, own.hasKernelTimes != other.hasKernelTimes {
      let kernels = own.hasKernelTimes ? "base" : "candidate"
      notes.append(
        "The clocks differ: only in the \(kernels) an answer ends when its last byte has come, and not when lbcheck has read it."
      )
    }
    if base.traffic != nil, candidate.traffic != nil, base.comparedRuns.isEmpty != candidate.comparedRuns.isEmpty {
      let (repeated, single) = base.comparedRuns.isEmpty ? ("candidate", "base") : ("base", "candidate")
      notes.append(
        "Only the \(repeated) has several runs: the single run of the \(single) does not show what varies between runs, "
          + "so what is called better or worse may be no more than that.")
    }
    if base.verdict != candidate.verdict {
      notes.append(
        "The verdicts differ: \(base.verdict.rawValue) in the base, \(candidate.verdict.rawValue) in the candidate.")
    }
    let missing = (base.phases ?? []).map(\.name).filter { name in
      candidate.phases?.contains { $0.name == name } != true
    }
    if !missing.isEmpty { notes.append("Phases that only the base has: \(missing.joined(separator: ", ")).") }
    return notes
  }
}

extension ReportComparison {
  /// The comparison as a report of its own.
  ///
  /// - Parameters:
  ///   - asserts: whether a worse or undecided figure makes an assertion that does not hold.
  ///   - paths: the files of base and candidate.
  package func document(
    startedAt: String, command: [String]? = nil, asserts: Bool = false, paths: (base: String, candidate: String)? = nil
  ) -> ReportDocument {
    var section = section
    section.base.path = paths?.base
    section.candidate.path = paths?.candidate
    return ReportDocument(
      tool: .lbcheck, check: .compare, target: target, startedAt: startedAt, durationSeconds: 0,
      verdict: verdict, summary: summary, assertions: asserts ? assertions() : [], notes: notes,
      command: command, comparison: section)
  }
}

extension ComparedRun {
  fileprivate init(_ document: ReportDocument) {
    self.init(check: document.check, startedAt: document.startedAt, target: document.target.url)
  }
}
