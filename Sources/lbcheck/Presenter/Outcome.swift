internal import Checks
internal import Report

/// The result of a command, for the ``Presenter`` to show.
enum Outcome {
  /// A result as it is: help, a profile, a script.
  case text(String)
  case report(ReportOutcome)
  /// One shard's part of a check.
  case part(PartDocument, ReportPlace, ReportOptions)
  /// Several checks, each shown when it ended: one line each, and the status of the first that did not pass.
  case summary([String], ExitStatus)
  /// A stack that ran until it was stopped.
  case ended
}

/// A report, its folder, and its exit status.
struct ReportOutcome {
  var document: ReportDocument
  /// `nil` for one that is only printed.
  var place: ReportPlace?
  let options: ReportOptions
  /// The tolerance to draw in the chart of shares.
  var tolerance: Double?
  var formats: Set<ReportFormat>
  /// The exit status once everything is written.
  var status: ExitStatus
  /// The exit status if the folder cannot be written.
  var unwritten = ExitStatus.inconclusive

  /// - Parameter status: `nil` takes it from the report's verdict.
  init(
    _ document: ReportDocument, in place: ReportPlace?, _ options: ReportOptions, tolerance: Double? = nil,
    formats: Set<ReportFormat> = [], status: ExitStatus? = nil
  ) {
    self.document = options.showsSecrets ? document : document.withoutSecrets
    self.place = place
    self.options = options
    self.tolerance = tolerance
    self.formats = formats
    self.status = status ?? ExitStatus(document)
  }
}
