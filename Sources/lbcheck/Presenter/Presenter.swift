internal import Checks
internal import Platform
internal import Report

/// Shows the results of commands: prints them, writes reports, and returns the exit status.
enum Presenter {
  /// Runs a command and shows its result or its error.
  static func status(_ run: () throws(CommandError) -> Outcome) -> ExitStatus {
    do throws(CommandError) { return present(try run()) } catch { return explain(error) }
  }

  /// - Returns: the exit status, unless standard output fails.
  private static func present(_ outcome: Outcome) -> ExitStatus {
    switch outcome {
    case .text(let text):
      Terminal.result(text)
      return .passed
    case .report(let report):
      let isShown = show(report)
      var status = write(report)
      if !isShown, status.exit == .passed { status.exit = .inconclusive }
      if !report.options.isQuiet, let place = report.place, status.isWritten {
        Terminal.message("Report: \(place.folder.path)/report.html, also report.md and report.json")
      }
      return status.exit
    case .part(let part, let place, let options): return present(part, place, options)
    case .summary(let lines, let status):
      Terminal.message(lines: lines)
      return status
    case .ended: return .passed
    }
  }

  /// - Returns: the exit status.
  static func explain(_ error: CommandError) -> ExitStatus {
    Terminal.message(lines: error.lines)
    return error.status
  }

  /// - Returns: whether the report has a form in which it can be shown.
  private static func show(_ report: ReportOutcome) -> Bool {
    guard !report.options.printsJSON else { return show(json: report.document) }
    let colour = report.options.usesColour && Terminal.wantsColour
    Terminal.result(TextWriter(colour: colour, width: Terminal.resultWidth).write(report.document))
    return true
  }

  private static func show(json document: some Encodable) -> Bool {
    do throws(MissingFigure) {
      Terminal.result(try JSONWriter().write(document))
      return true
    } catch {
      Terminal.message("error: cannot print the report: \(error)")
      return false
    }
  }

  /// Writes a report into its folder, and shows a gate's where GitHub Actions runs it.
  static func write(_ report: ReportOutcome) -> (exit: ExitStatus, isWritten: Bool) {
    // First, so that a table that filled the disk makes room for the rest.
    var isWhole = succeeds { () throws(ReportFolderError) in try report.place?.table?.finish() }
    let isWritten = succeeds { () throws(ReportFolderError) in
      try report.place?.folder.write(
        report.document, tolerance: report.tolerance, formats: report.formats,
        secondsSince1970: WallClock.seconds)
    }
    if report.document.gate != nil, !GitHubStep.show(report.document) { isWhole = false }
    guard isWritten else { return (report.unwritten, false) }
    return (!isWhole && report.status == .passed ? .inconclusive : report.status, true)
  }

  private static func present(_ part: PartDocument, _ place: ReportPlace, _ options: ReportOptions) -> ExitStatus {
    let isTableWritten = succeeds { () throws(ReportFolderError) in try place.table?.finish() }
    guard succeeds({ () throws(ReportFolderError) in try place.folder.write(part, as: part.shard.file) }) else {
      return .inconclusive
    }
    if !options.printsJSON {
      Terminal.result(PartWording.line(part) + "\n")
    } else if !show(json: part) {
      return .inconclusive
    }
    if !options.isQuiet { Terminal.message("Part: \(place.folder.path)/\(part.shard.file)") }
    // Failed figures are judged in the merge: an engine that sees a failure ends the other tasks.
    if part.findings.isInterrupted { return .interrupted }
    return isTableWritten ? .passed : .inconclusive
  }

  /// Whether a write succeeded; reports the reason if not.
  private static func succeeds(_ write: () throws(ReportFolderError) -> Void) -> Bool {
    do throws(ReportFolderError) {
      try write()
      return true
    } catch {
      Terminal.message("error: \(error.description)")
      return false
    }
  }
}
