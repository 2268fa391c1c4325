internal import Statistics

/// The words of a gate that every writer shares; nothing in here is escaped.
enum GateWording {
  static func finding(_ check: GateCheck) -> String {
    let own = check.report.map(Wording.finding) ?? check.problem ?? "It did not run."
    let listed = check.unmetThresholds.map { label, thresholds in
      "\(label.rawValue): \(thresholds.map(\.name).joined(separator: ", "))."
    }
    return ([own] + listed).joined(separator: " ")
  }

  /// Those that failed, then those that were not decided, then those that passed; each in the order in which they ran.
  static func worstFirst(_ checks: [GateCheck]) -> [GateCheck] {
    [Verdict.fail, .inconclusive, .pass].flatMap { verdict in checks.filter { $0.verdict == verdict } }
  }

  /// The figure that a check is about, in words; `nil` where it has none.
  static func mainFigure(_ document: ReportDocument) -> String? {
    switch document.check {
    case .fairness:
      document.split.map { split in
        split.parts.map { "\($0.name) \(Formatting.percent($0.share))" }.joined(separator: ", ")
      } ?? document.fairness?.maxDeviation.map { "largest deviation \(Formatting.pointsSize($0))" }
    case .sessions:
      document.sessions.map { sessions in
        let followed = sessions.visitors - (sessions.notFollowed ?? 0)
        return "\(Formatting.count(sessions.kept)) of \(Formatting.count(followed, "visitor")) stayed"
      }
    case .reloadTest: document.phases?.first { $0.kind == .reload }.map { loss(in: [$0]) }
    case .failover, .watch:
      document.phases.map { phases in loss(in: phases.filter { $0.action != nil }) }
    case .capacity:
      document.capacity.map { capacity in
        capacity.rate.map { (capacity.isLowerBound ? "at least " : "") + Formatting.rate($0) } ?? "no rate held"
      }
    case .load:
      document.traffic.flatMap { traffic in
        traffic.latency.map { "p99 \(Formatting.milliseconds($0.p99)) ms at \(Formatting.rate(traffic.rate.achieved))" }
      }
    case .gate, .compare, .inspect: nil
    }
  }

  private static func loss(in phases: [PhaseSection]) -> String {
    let (lost, all) = phases.map(\.traffic.requests).reduce((0, 0)) { ($0.0 + $1.failed, $0.1 + $1.scheduled) }
    let gap = phases.map(\.longestGapSeconds).max() ?? 0
    return
      "\(Formatting.count(lost)) of \(Formatting.count(all)) lost, longest gap \(Formatting.duration(seconds: gap))"
  }
}

extension GateCheck {
  /// Why a threshold is not met.
  package enum Unmet: String, CaseIterable {
    case notMet = "Not met"
    case notDecided = "Not decided"
    case notMeasured = "Not measured"

    fileprivate init?(_ threshold: Assertion) {
      switch threshold.verdict {
      case .pass: return nil
      case .fail: self = .notMet
      case .inconclusive: self = threshold.actual == Assertion.notMeasured ? .notMeasured : .notDecided
      }
    }
  }

  /// The thresholds that are not met, by the reason; reasons without any are left out.
  package var unmetThresholds: [(label: Unmet, thresholds: [Assertion])] {
    Unmet.allCases.compactMap { label in
      let found = thresholds.filter { Unmet($0) == label }
      return found.isEmpty ? nil : (label, found)
    }
  }
}

extension Assertion {
  /// What a threshold shows in place of its figure where the report has none.
  package static let notMeasured = "not measured"
}

extension Page {
  /// The checks in a table, then what was demanded of each.
  static func gate(_ gate: GateSection?) -> [Block] {
    guard let gate else { return [] }
    let isOne = Set(gate.checks.map(\.profile)).count <= 1
    let checks = GateWording.worstFirst(gate.checks)
    // The head of the page names the only one.
    let hasTargets = !isOne || Set(checks.compactMap { $0.report?.target.url }).count > 1
    var table = PageTable("Checks", ["Check", "Verdict", "Main figure", "Finding"] + (hasTargets ? ["Target"] : []))
    for check in checks {
      let row: [Inline] = [
        name(check, check.check.rawValue), .verdict(check.verdict),
        cell(check.report.flatMap(GateWording.mainFigure) ?? ""), cell(GateWording.finding(check)),
      ]
      table.add(row + (hasTargets ? [.code(check.report?.target.url ?? "", width: 80)] : []))
    }
    var blocks = [section("Checks"), .table(table)]
    for check in checks {
      blocks.append(.heading(3, [name(check, check.check.rawValue + (isOne ? "" : " by \(check.profile)"))]))
      blocks += thresholds(check.thresholds, caption: "Thresholds of \(check.check.rawValue)")
      blocks += assertions(check.ownAssertions, caption: "Assertions of \(check.check.rawValue)")
      // The picture is a file of the check's own report.
      if let folder = check.folder, ReportLink.isSafe(folder), let chart = check.report.flatMap(mainChart) {
        blocks.append(.chart(chart.within(folder)))
      }
    }
    return blocks
  }

  /// A check's name, which leads to its own report.
  private static func name(_ check: GateCheck, _ text: String) -> Inline {
    check.folder.map { .report(text, folder: $0) } ?? .text(text, width: 100)
  }
}

extension TextWriter {
  /// The verdicts of a gate's checks; then of each check all thresholds, and which of its own assertions do not hold.
  func gate(_ gate: GateSection?, beside advice: [String]) -> [[String]] {
    guard let gate else { return [] }
    var columns = Columns()
    for check in gate.checks {
      columns.add([
        "\(Wording.sign(check.verdict)) \(check.verdict.rawValue)", check.check.rawValue,
        Escaping.terminal(GateWording.finding(check), width: 300),
      ])
    }
    var blocks = [columns.lines.map { "  " + $0 }]
    for check in gate.checks {
      let shown = check.thresholds + check.ownAssertions.filter { $0.verdict != .pass }
      if !shown.isEmpty { blocks.append(["  " + check.check.rawValue] + assertions(shown, beside: advice)) }
    }
    return blocks
  }
}
