internal import HTTP
internal import Load
internal import Report
internal import Statistics

extension ReportDocument {
  /// Makes the report on what a check measured, with what all such reports have in common.
  init(
    check: CheckKind, _ settings: CheckSettings, _ findings: CheckFindings, summary: String, assertions: [Assertion],
    notes: [String], traffic: TrafficSection? = nil, backends: [BackendSection]? = nil
  ) {
    let interruption = Interruption(findings, settings.traffic)
    // Of phases only the last one was cut short, which their own verdicts take into account.
    let assertions =
      (check.hasPhases ? assertions : assertions.map { $0.leftOpen(by: interruption) })
      + findings.preparation.assertions
      + [interruption?.assertion].compactMap(\.self)
    self.init(
      tool: .lbcheck, check: check,
      target: TargetSection(url: settings.target.url, addresses: findings.addresses),
      startedAt: UTCTime.rfc3339(secondsSince1970: findings.startedAt), durationSeconds: findings.durationSeconds,
      verdict: Verdict.worst(of: assertions.map(\.verdict)), summary: summary,
      interrupted: findings.isInterrupted ? true : nil,
      generatorPauses: findings.stages.flatMap(\.measured.pauses).sections, assertions: assertions,
      notes: findings.notes + [check == .load ? nil : settings.list?.note].compactMap(\.self)
        + findings.preparation.notes + notes,
      command: settings.command, traffic: traffic,
      preparation: findings.preparation.sent,
      backends: backends)
    let shown = findings.stages.last(where: \.name.isShared) ?? findings.stages.last
    if let start = shown?.started, start > 0 {
      secondZeroAt = UTCTime.rfc3339(secondsSince1970: Double(start) / 1e9)
    }
    self.settings =
      [
        findings.backendHeader.map { Setting(.backendHeader, .text($0)) },
        findings.generationHeader.map { Setting(.generationHeader, .text($0)) },
      ].compactMap(\.self) + settings.found
    shards = findings.shards
  }
}

extension CheckFindings {
  /// The assertions of a merged report about its parts.
  var shardAssertions: [Assertion] {
    guard let shards else { return [] }
    var assertions: [Assertion] = []
    if let missing = shards.missing {
      assertions.append(
        Assertion(
          .evidence(.everyPartThere), verdict: .inconclusive, expected: "\(shards.count) parts",
          actual: "\(missing.count == 1 ? "part" : "parts") \(CheckFindings.list(missing)) of \(shards.count) "
            + (missing.count == 1 ? "is missing" : "are missing"),
          detail: "The figures are those of the other parts alone."))
    }
    let isCompared = shards.parts.allSatisfy { $0.clockUncertainty != nil }
    let doubt =
      isCompared
      ? " ± \(Formatting.number(shards.parts.compactMap(\.clockUncertainty).max() ?? 0)) ms"
      : " by their own clocks, which were not compared"
    let spread = shards.parts.map(\.startedAfter).max() ?? 0
    assertions.append(
      Assertion(
        .evidence(.startedTogether), verdict: spread <= 100 ? .pass : .inconclusive,
        expected: "all parts begin within 100 ms",
        actual: "within \(Formatting.number(spread, decimals: 2)) ms\(doubt)",
        detail: spread <= 100
          ? nil : "Begin at a common time: --start-file on a shared file system, or --start-at where the clocks agree.")
    )
    return assertions
  }

  /// Numbers with ranges, such as `2, 5–9`; at most ten of them.
  static func list(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers.sorted() {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    let shown = ranges.prefix(10).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)\($0.count == 2 ? ", " : "–")\($0.upperBound)"
    }
    return shown.joined(separator: ", ") + (ranges.count > 10 ? " and more" : "")
  }
}
