internal import Checks
internal import Platform
internal import Report

extension Command {
  static let compare = Command(
    name: "compare", abstract: "Say what became better or worse between two reports, and how certain that is.",
    discussion: """
        lbcheck compare Reports/before Reports/after
        lbcheck compare before/report.json after/report.json --margin 10% --fail-on-regression
      """,
    positional: ("base", "The report.json to compare with, or a folder that holds one."),
    groups: [.comparison, .comparisonReport],
    following: [("candidate", "The report.json to judge, or a folder that holds one.")]
  ) { (request, invocation) throws(CommandError) in
    try invocation.compare(request)
  }
}

extension Invocation {
  fileprivate func compare(_ request: Request) throws(CommandError) -> Outcome {
    let paths = (base: request.target.url ?? "", candidate: request.operands.last ?? "")
    try CommandError.asUsage { () throws(UsageError) in
      try ReportPlace.requireOther(than: [paths.base, paths.candidate], request.report)
    }
    let comparison = try comparison(paths, request)
    let place = request.report.folder == nil ? nil : try ReportPlace(.compare, host: "", request.report)
    var document = comparison.document(
      startedAt: UTCTime.rfc3339(secondsSince1970: WallClock.seconds),
      command: commandLine, asserts: request.comparison.failsOnRegression, paths: paths)
    document.settings = Command.compare.inForce(request)
    return .report(
      ReportOutcome(document, in: place, request.report, status: request.comparison.failsOnRegression ? nil : .passed))
  }

  private func comparison(
    _ paths: (base: String, candidate: String), _ request: Request
  ) throws(CommandError) -> ReportComparison {
    let base: ReportDocument
    let candidate: ReportDocument
    do throws(ReportFormatError) {
      base = try ReportDocument(path: paths.base)
      candidate = try ReportDocument(path: paths.candidate)
    } catch {
      throw .unusable([error.description])
    }
    do throws(ComparisonError) {
      return try ReportComparison(
        base: base, candidate: candidate, level: request.comparison.level, margin: request.comparison.margin)
    } catch {
      let path = error.side == .base ? paths.base : paths.candidate
      throw .unusable(["\(Escaping.terminal(path)): \(error.reason)"])
    }
  }
}

extension OptionGroup {
  fileprivate static let comparison = OptionGroup(
    title: "Comparison",
    options: [
      .value(
        "--margin", named: "SHARE", help: "The change that counts as none, as a share of the base's figure.",
        as: .share, to: \.comparison.margin),
      .value(
        "--level", named: "SHARE",
        help: "The confidence of everything called better or worse (50% to 99.99%).",
        as: .level, to: \.comparison.level),
      .flag(
        "--fail-on-regression",
        help: "End with exit status 1 if a figure or the verdict is worse, 3 if nothing was decided.",
        sets: \.comparison.failsOnRegression),
    ])

  /// A comparison writes a folder only on request, and shows no progress.
  fileprivate static let comparisonReport = OptionGroup(
    title: report.title, .output,
    options: [
      .value(
        "--out", "-o", named: "DIR", help: "The folder for a report; without it none is written.",
        as: .text, to: \.report.folder)
    ] + report.options.filter { !["--out", "--no-progress"].contains($0.name) })
}
