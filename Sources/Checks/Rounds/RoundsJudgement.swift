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
    let sum = findings.fold.whole
    let measured = sum.stages.first?.measured
    document.durationSeconds = findings.durationSeconds
    document.interrupted = findings.isInterrupted ? true : nil
    document.generatorPauses = sum.stages.flatMap(\.measured.pauses).sections
    document.assertions = AssertionsOfRounds(documents.map(\.assertions)).merged + unmade
    document.verdict = Verdict.worst(of: document.assertions.map(\.verdict))
    document.notes = notes
    document.traffic = traffic
    document.preparation = sum.preparation.sent
    document.backends = measured?.backendSections
    document.nobody = measured?.nobodySection
    document.phases = PhaseSection.sums(of: section.rows.map(\.phases))
    document.rounds = section
    document.advice = shown.document.advice
    document.conclude(
      finding: finding, notJudged: notJudged, demanding: findings.rounds.lazy.compactMap(\.judged.demand).first,
      down: findings.rounds.last?.judged.down)
    return document
  }

  private var traffic: TrafficSection? {
    guard var traffic = documents.first?.traffic else { return nil }
    let offered = traffic.rate.offered
    if let measured = findings.fold.sum.stages.first?.measured {
      traffic = measured.trafficSection(pacer: .closedLoop)
      traffic.lateness = LatencySummary(measured.lateness)
    }
    traffic.methods = documents.compactMap(\.traffic).methodSums
    // The time between the rounds has no traffic.
    let seconds = findings.trafficSeconds
    traffic.rate = RateSection(
      offered: offered, achieved: seconds > 0 ? Double(traffic.requests.completed) / seconds : 0)
    return traffic
  }

  /// That not all rounds were made, as an assertion.
  private var unmade: [Assertion] {
    guard section.made < section.asked else { return [] }
    return [
      Assertion(
        .evidence(.everyRoundMade), verdict: .inconclusive, expected: Formatting.count(section.asked, "round"),
        actual: "\(Formatting.count(section.made)) of \(Formatting.count(section.asked, "round"))",
        detail: section.problem.map { "\(Headline.sentence($0)) No further round was made." })
    ]
  }

  private var finding: String {
    let bound = section.lossyRounds.map {
      "; at \(Formatting.shortPercent(section.confidence)) confidence, at most \(Formatting.percent($0.high)) of such rounds lose any"
    }
    return
      "none of \(Formatting.count(section.made, "round")) lost one of \(Formatting.count(section.requests, "request"))"
      + (bound ?? "")
  }

  /// What all rounds have in common is said once; the rest of them with the first round that says it.
  private func once(_ texts: [[String]], separator: String) -> [String] {
    var said: [String] = []
    for (index, round) in texts.enumerated() {
      for text in round {
        let isOfAll = texts.allSatisfy { $0.contains(text) }
        let line = isOfAll ? text : "round \(index + 1)\(separator)\(text)"
        if !said.contains(line) { said.append(line) }
      }
    }
    return said
  }

  private var notes: [String] { once(documents.map(\.notes), separator: ": ") }

  /// Of what differs between rounds, the first round's, and in how many rounds there was such a thing.
  private var notJudged: [String] {
    let all = findings.rounds.map(\.judged.notJudged)
    let common = (all.first ?? []).filter { text in all.allSatisfy { $0.contains(text) } }
    let others = all.map { $0.filter { !common.contains($0) } }
    guard let first = others.firstIndex(where: { !$0.isEmpty }) else { return common }
    let count = others.count { !$0.isEmpty }
    return others[first].map { "in round \(first + 1) \($0)" } + common
      + (count > 1 ? ["the like in \(Formatting.count(count - 1)) of the other rounds"] : [])
  }
}
