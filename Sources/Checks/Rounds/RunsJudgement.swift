internal import Load
internal import Report
internal import Statistics

/// Judges the runs of a load as one: what fails in any run fails, and what is open in any run is open.
struct RunsJudgement {
  private let findings: RunsFindings
  private let settings: CheckSettings
  private let section: RunsSection

  /// - Parameter findings: of one run or more.
  init(_ findings: RunsFindings, _ settings: CheckSettings) {
    self.findings = findings
    self.settings = settings
    section = RunsSection(findings)
  }

  private var documents: [ReportDocument] { findings.runs.map(\.judged.document) }

  var report: ReportDocument {
    guard var document = documents.first else { preconditionFailure("a repeated load without a run throws") }
    let sum = findings.traffic.fold.whole
    let measured = sum.measured(.load)
    document.durationSeconds = findings.course.durationSeconds
    document.interrupted = findings.course.isInterrupted ? true : nil
    document.generatorPauses = measured.pauses.sections
    document.assertions = assertions(measured)
    document.verdict = Verdict.worst(of: document.assertions.map(\.verdict))
    document.notes =
      sum.notes + sum.preparation.notes + LoadCheck.notes(measured, by: sum.backendHeader)
      + steadinessNotes
    document.traffic = traffic(measured)
    document.preparation = sum.preparation.sent
    document.backends = measured.backendSections
    document.nobody = measured.nobodySection
    document.requestKinds = RequestKindsSection(settings, sent: measured.sent)
    document.steadiness = SteadinessSection(of: documents.map(\.steadiness))
    document.runs = section
    document.conclude(
      finding: finding(measured, document.traffic),
      notJudged: TextsOfRounds(findings.runs.map(\.judged.notJudged), word: RunsFindings.word).clauses,
      down: findings.runs.last?.judged.down)
    return document
  }

  /// The most notes on which run was not steady, or had a warm-up; each run's section has its own.
  private static let mostNotes = 4

  private var steadinessNotes: [String] {
    let all = TextsOfRounds(documents.map { $0.steadiness?.notes ?? [] }, word: RunsFindings.word).once
    let more = all.count - Self.mostNotes
    guard more > 0 else { return all }
    return all.prefix(Self.mostNotes) + ["\(Formatting.count(more, "more note")) like these on other runs."]
  }

  /// Without intervals, which would take the runs for one sequence.
  private func traffic(_ measured: Measurements) -> TrafficSection {
    var traffic = measured.trafficSection(pacer: settings.pacer)
    // Of runs whose warm-up is left out each leaves out its own.
    traffic.latency = LatencySummary(sumOf: section.rows.compactMap(\.traffic.latency))
    traffic.rate = findings.traffic.rate(
      of: traffic.requests.completed, offered: section.rows.first?.traffic.rate.offered)
    return traffic
  }

  private func assertions(_ measured: Measurements) -> [Assertion] {
    let all = AssertionsOfRounds(documents.map(\.assertions), word: RunsFindings.word).merged.map { merged in
      guard merged.kind == .traffic(.noRequestFailed) else { return merged }
      var counted = LoadCheck.noRequestFailed(measured, settings)
      (counted.verdict, counted.rounds) = (merged.verdict, merged.verdict == .pass ? nil : merged.rounds)
      return counted
    }
    let unmade = Assertion.unmade(
      .evidence(.everyRunMade), RunsFindings.word, made: section.made, of: section.asked, problem: section.problem)
    return all + [unmade].compactMap(\.self)
  }

  private func finding(_ measured: Measurements, _ traffic: TrafficSection?) -> String {
    LoadCheck.finding(
      measured, at: traffic?.rate.achieved ?? 0,
      in: Formatting.count(section.rows.count, RunsFindings.word))
  }
}
