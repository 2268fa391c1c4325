internal import Load
internal import Report
internal import Statistics

/// Judges the rounds of a check as one: what fails in any round fails, and what is open in any round is open.
struct RoundsJudgement {
  private let findings: RepeatedFindings
  private let section: RoundsSection

  /// - Parameter findings: of one round or more.
  init(_ findings: RepeatedFindings) {
    self.findings = findings
    section = RoundsSection(findings)
  }

  private var documents: [ReportDocument] { findings.rounds.map(\.judged.document) }

  var report: ReportDocument {
    guard let telling = section.telling, var document = documents.first else {
      preconditionFailure("a repeated check without a round throws")
    }
    let shown = findings.rounds[telling.round - 1].judged
    let sum = findings.traffic.fold.whole
    let measured = sum.stages.first?.measured
    document.durationSeconds = findings.course.durationSeconds
    document.interrupted = findings.course.isInterrupted ? true : nil
    document.generatorPauses = sum.stages.flatMap(\.measured.pauses).sections
    document.assertions = AssertionsOfRounds(documents.map(\.assertions)).merged + [unmade].compactMap(\.self)
    document.verdict = Verdict.worst(of: document.assertions.map(\.verdict))
    document.notes = TextsOfRounds(documents.map(\.notes), word: RepeatedFindings.word).once
    document.traffic = traffic
    document.preparation = sum.preparation.sent
    document.backends = measured?.backendSections
    document.nobody = measured?.nobodySection
    document.phases = PhaseSection.sums(of: section.rows.map(\.phases))
    document.rounds = section
    document.advice = shown.document.advice
    document.conclude(
      finding: finding,
      notJudged: TextsOfRounds(findings.rounds.map(\.judged.notJudged), word: RepeatedFindings.word).clauses,
      demanding: findings.rounds.lazy.compactMap(\.judged.demand).first,
      down: findings.rounds.last?.judged.down)
    return document
  }

  private var traffic: TrafficSection? {
    guard var traffic = documents.first?.traffic else { return nil }
    let offered = traffic.rate.offered
    if let measured = findings.traffic.fold.sum.stages.first?.measured {
      traffic = measured.trafficSection(pacer: .closedLoop)
      traffic.lateness = LatencySummary(measured.lateness)
    }
    traffic.methods = documents.compactMap(\.traffic).methodSums
    traffic.rate = findings.traffic.rate(of: traffic.requests.completed, offered: offered)
    return traffic
  }

  private var unmade: Assertion? {
    .unmade(
      .evidence(.everyRoundMade), RepeatedFindings.word, made: section.made, of: section.asked,
      problem: section.problem)
  }

  private var finding: String {
    let bound = section.lossyRounds.map {
      "; at \(Formatting.shortPercent(section.confidence)) confidence, at most \(Formatting.percent($0.high)) of such rounds lose any"
    }
    return
      "none of \(Formatting.count(section.made, "round")) lost one of \(Formatting.count(section.requests, "request"))"
      + (bound ?? "")
  }
}
