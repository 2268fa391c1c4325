package import Report

/// A check that can be made several times.
package protocol RepeatableCheck: Check {
  /// Measures and judges one round.
  func round() throws(CheckError) -> (judged: JudgedReport, findings: CheckFindings)

  func judged(_ findings: Findings) -> JudgedReport
}

/// One of phases, in rounds.
package protocol RepeatablePhases: RepeatableCheck {
  /// Whether visitors may lose no request in a phase.
  func hasToLoseNothing(_ phase: PhaseSection) -> Bool
}

extension RepeatableCheck {
  package func report(on findings: Findings) -> ReportDocument { judged(findings).concluded }
}

/// A report without its headline and next step, and what these say besides the assertions.
package struct JudgedReport {
  var document: ReportDocument
  /// What was found where everything held, as a clause.
  let finding: String
  /// What was seen and is not judged, a clause each.
  var notJudged: [String] = []
  /// How to have that judged, a sentence.
  var demand: String?
  /// That the site is down, in place of what follows from it.
  let down: String?

  var concluded: ReportDocument {
    var document = document
    document.conclude(finding: finding, notJudged: notJudged, demanding: demand, down: down)
    return document
  }
}
