/// A workflow command of GitHub's runner; only ``GitHubWriter`` creates one.
public struct WorkflowCommand: Sendable, Equatable {
  public let line: String
}

/// What GitHub Actions shows of a report: an annotation for each assertion that did not hold and for each threshold of a gate
/// that did, and the step's summary.
///
/// Source: "Workflow commands for GitHub Actions", GitHub's documentation: a command's data escapes `%`, CR and LF, a
/// property `:` and `,` as well; a step's summary holds at most 1 MiB.
public struct GitHubWriter: Sendable {
  /// GitHub shows ten annotations of a kind for each step.
  static let mostAnnotations = 10
  static let summaryLimit = 1_000_000

  public init() {}

  /// The commands that annotate a build.
  public func annotations(_ document: ReportDocument) -> [WorkflowCommand] {
    let all: [(title: String, assertion: Assertion)] =
      document.gate.map { gate in
        gate.checks.flatMap { check in check.assertions.map { ("lbcheck \(check.check.rawValue)", $0) } }
      } ?? document.assertions.map { ("lbcheck \(document.check.rawValue)", $0) }
    let met = (document.gate?.checks ?? []).flatMap { check in
      check.thresholds.filter { $0.verdict == .pass }.map { ("lbcheck \(check.check.rawValue)", $0) }
    }
    return lines("error", all.filter { $0.assertion.verdict == .fail })
      + lines("warning", all.filter { $0.assertion.verdict == .inconclusive }) + lines("notice", met)
  }

  private func lines(_ command: String, _ these: [(title: String, assertion: Assertion)]) -> [WorkflowCommand] {
    var lines = these.prefix(Self.mostAnnotations).map { title, assertion in
      let measured = "expected \(assertion.expected), got \(assertion.actual)"
      let text = [
        "\(assertion.named): " + [measured, assertion.distance].compactMap(\.self).joined(separator: ", "),
        assertion.detail.map { "Why: \($0)" }, assertion.advice.map { "What to do: \($0)" },
      ].compactMap(\.self).map(data).joined(separator: "%0A")
      return "::\(command) title=\(property(title))::\(text)"
    }
    if these.count > Self.mostAnnotations {
      lines.append("::\(command)::\(these.count - Self.mostAnnotations) more; see the step's summary")
    }
    return lines.map(WorkflowCommand.init)
  }

  /// The page for the step's summary, cut at a line where it would be too long.
  public func summary(_ document: ReportDocument) -> String {
    // Pictures would be resolved within the repository.
    let lines = MarkdownWriter().write(document).split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.hasPrefix("![") }
    var text = ""
    for line in lines {
      if text.utf8.count + line.utf8.count > Self.summaryLimit { return text + "\n… cut here; the report is longer.\n" }
      text += line + "\n"
    }
    return text
  }

  private func data(_ text: String) -> String {
    var escaped = ""
    for scalar in Escaping.visible(text, width: 1000).unicodeScalars {
      switch scalar {
      case "%": escaped += "%25"
      case "\r": escaped += "%0D"
      case "\n": escaped += "%0A"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    // The runner obeys it anywhere in a line.
    return escaped.replacing("##[", with: "\\x23#[")
  }

  private func property(_ text: String) -> String {
    data(text).reduce(into: "") { $0 += $1 == ":" ? "%3A" : $1 == "," ? "%2C" : String($1) }
  }
}
