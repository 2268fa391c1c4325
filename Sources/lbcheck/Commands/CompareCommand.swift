internal import Checks
internal import Report

extension Command {
  static let compare = Command(
    name: "compare", abstract: "Say what has become better or worse from one report to another, and how sure that is.",
    discussion: """
        lbcheck compare Reports/before Reports/after
        lbcheck compare before/report.json after/report.json --margin 10% --fail-on-regression
      """,
    positional: ("base", "The report.json to compare with, or a folder that holds one."),
    groups: [.comparison, .comparisonReport],
    following: [("candidate", "The report.json to judge, or a folder that holds one.")]
  ) { options, session in
    session.compare(options)
  }
}

extension Session {
  fileprivate func compare(_ options: Options) -> ExitStatus {
    let paths = (base: options.target ?? "", candidate: options.operands.last ?? "")
    var folder: ReportFolder?
    var document: ReportDocument
    do throws(UsageError) {
      let comparison = try comparison(paths, options)
      if let path = options.outputFolder { folder = try prepared(path) }
      document = comparison.document(
        startedAt: UTCTime.rfc3339(secondsSince1970: Terminal.secondsSince1970),
        command: commandLine, asserts: options.failsOnRegression, paths: paths)
    } catch {
      Terminal.message(lines: ["error: \(error)"] + error.excerpt)
      return .usage
    }
    document = shown(document, options)
    show(document, options)
    if let folder {
      guard succeeds({ () throws(ReportFolderError) in try folder.write(document) }) else { return .inconclusive }
      if !options.isQuiet { Terminal.message("Report: \(folder.path)/report.md") }
    }
    guard options.failsOnRegression else { return .passed }
    return switch document.verdict {
    case .pass: .passed
    case .fail: .failed
    case .inconclusive: .inconclusive
    }
  }

  private func comparison(
    _ paths: (base: String, candidate: String), _ options: Options
  ) throws(UsageError) -> ReportComparison {
    let base: ReportDocument
    let candidate: ReportDocument
    do throws(ReportFormatError) {
      base = try ReportDocument(path: paths.base)
      candidate = try ReportDocument(path: paths.candidate)
    } catch {
      throw UsageError(error.description)
    }
    do throws(ComparisonError) {
      return try ReportComparison(
        base: base, candidate: candidate, level: options.level, margin: options.comparisonMargin)
    } catch {
      let path = error.side == .base ? paths.base : paths.candidate
      throw UsageError("\(Escaping.terminal(path)): \(error.reason)")
    }
  }

  private func prepared(_ path: String) throws(UsageError) -> ReportFolder {
    do throws(ReportFolderError) {
      return try ReportFolder.prepare(path)
    } catch {
      throw UsageError(Escaping.terminal(error.description))
    }
  }
}

extension OptionGroup {
  fileprivate static let comparison = OptionGroup(
    title: "Comparison",
    options: [
      .value(
        "--margin", named: "SHARE", help: "The change that counts as none, as a share of the base's figure.",
        standard: "5%", as: ValueParsing.share, to: \.comparisonMargin),
      .value(
        "--level", named: "SHARE",
        help: "How sure all that is called better or worse has to be (50% to 99.99%).", standard: "95%",
        as: ValueParsing.level, to: \.level),
      .flag(
        "--fail-on-regression",
        help: "End with exit status 1 if a figure or the verdict is worse, 3 if nothing was decided."
      ) {
        $0.failsOnRegression = true
      },
    ])

  /// A comparison leaves a folder only where one is asked for, and has no progress.
  fileprivate static let comparisonReport = OptionGroup(
    title: report.title,
    options: [
      .value(
        "--out", "-o", named: "DIR", help: "The folder for a report; without it none is written.",
        as: ValueParsing.text, to: \.outputFolder)
    ] + report.options.filter { !["--out", "--no-progress"].contains($0.name) })
}
