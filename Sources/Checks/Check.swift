package import Report

/// One question about a target: first measured, then judged.
///
/// A check prints nothing and writes nothing; it returns its report.
package protocol Check {
  /// What it measures, not yet judged.
  associatedtype Findings

  /// - Throws: ``CheckError`` where there is nothing to report on.
  func measure() throws(CheckError) -> Findings

  /// Judges what was measured.
  func report(on findings: Findings) -> ReportDocument

  /// - Throws: ``CheckError`` where there is nothing to report on.
  func run() throws(CheckError) -> ReportDocument
}

extension Check {
  /// - Throws: ``CheckError`` where there is nothing to report on.
  package func run() throws(CheckError) -> ReportDocument { report(on: try measure()) }
}

/// A check that several shards can run together; their findings are judged as one.
package protocol DivisibleCheck: Check where Findings == CheckFindings {}

extension DivisibleCheck {
  /// Judges a check that was not divided, as its only part.
  package func run() throws(CheckError) -> ReportDocument {
    var fold = FindingsFold()
    fold.add(try measure())
    return report(on: fold.whole)
  }
}
