/// The words of a gate that every writer shares; nothing in here is escaped.
enum GateWording {
  static func finding(_ check: GateCheck) -> String {
    let own = check.report.map(Wording.finding) ?? check.problem ?? "It did not run."
    let listed = check.unmetThresholds.map { label, thresholds in
      "\(label.rawValue): \(thresholds.map(\.name).joined(separator: ", "))."
    }
    return ([own] + listed).joined(separator: " ")
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
    var table = PageTable("Checks", ["Check", "Verdict", "Target", "Finding"])
    for check in gate.checks {
      table.add([
        .text(check.check.rawValue, width: 40), .verdict(check.verdict),
        .code(check.report?.target.url ?? "", width: 80),
        cell(GateWording.finding(check)),
      ])
    }
    var blocks = [section("Checks"), .table(table)]
    for check in gate.checks {
      blocks.append(.heading(3, [.text(check.check.rawValue + (isOne ? "" : " by \(check.profile)"), width: 100)]))
      blocks += assertions(check.assertions, caption: "Assertions of \(check.check.rawValue)")
      if let folder = check.folder {
        blocks.append(.paragraph([.words("Its own report is in "), .code(folder, width: 100), .words(".")]))
      }
    }
    return blocks
  }
}

extension TextWriter {
  func gate(_ gate: GateSection?) -> [[String]] {
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
      let open = check.assertions.filter { $0.verdict != .pass }
      if !open.isEmpty { blocks.append(["  " + check.check.rawValue] + assertions(open)) }
    }
    return blocks
  }
}
