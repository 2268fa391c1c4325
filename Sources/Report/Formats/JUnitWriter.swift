internal import Statistics

/// Writes `junit.xml` for Jenkins and other CI servers: a suite for each check, a test case for each assertion.
///
/// A failed assertion is a failure, an inconclusive one an error. The name is the assertion's with its sentence behind it; what
/// was measured stands in each case, also where it passed.
public struct JUnitWriter: Sendable {
  /// The file that a gate writes.
  public static let file = "junit.xml"

  public init() {}

  public func write(_ document: ReportDocument) -> String {
    let suites: [Suite]
    if let gate = document.gate {
      let isOne = Set(gate.checks.map(\.profile)).count <= 1
      suites = gate.checks.map { check in
        Suite(
          name: isOne ? check.check.rawValue : "\(check.profile): \(check.check.rawValue)",
          report: check.report, startedAt: check.report?.startedAt ?? document.startedAt, assertions: check.assertions,
          text: check.problem)
      }
    } else {
      suites = [
        Suite(
          name: document.check.rawValue, report: document, startedAt: document.startedAt,
          assertions: document.assertions,
          text: nil)
      ]
    }
    var xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
    for suite in suites { xml += suite.xml }
    return xml + "</testsuites>\n"
  }

  private struct Suite {
    let name: String
    let report: ReportDocument?
    let startedAt: String
    let assertions: [Assertion]
    let text: String?

    var xml: String {
      func count(_ verdict: Verdict) -> Int { assertions.count { $0.verdict == verdict } }
      let seconds = report?.durationSeconds ?? 0
      var xml = "  <testsuite name=\"\(attribute(name))\" tests=\"\(assertions.count)\" failures=\"\(count(.fail))\" "
      xml += "errors=\"\(count(.inconclusive))\" skipped=\"0\" time=\"\(Self.decimal(seconds))\" "
      // The schema's time stamps have no zone.
      xml += "timestamp=\"\(attribute(String(startedAt.prefix(19))))\">\n"
      // The whole took its time, not one assertion; the first one carries it so that sums are right.
      for (index, assertion) in assertions.enumerated() {
        xml += testCase(assertion, seconds: index == 0 ? seconds : 0)
      }
      let out = [report?.target.url, report?.summary, text].compactMap { $0 } + (report?.notes ?? [])
      if !out.isEmpty {
        xml += "    <system-out>\(out.map { Escaping.xml($0) }.joined(separator: "\n"))</system-out>\n"
      }
      return xml + "  </testsuite>\n"
    }

    private func testCase(_ assertion: Assertion, seconds: Double) -> String {
      let title = [assertion.name, assertion.sentence].compactMap(\.self).joined(separator: ": ")
      let head =
        "    <testcase classname=\"lbcheck.\(attribute(name))\" name=\"\(attribute(title))\" "
        + "time=\"\(Self.decimal(seconds))\">\n      "
      let text = [
        "expected: \(assertion.expected)", "actual: \(assertion.actual)",
        assertion.distance.map { "distance: \($0)" }, assertion.detail.map { "why: \($0)" },
        assertion.advice.map { "what to do: \($0)" },
      ].compactMap(\.self).map { Escaping.xml($0) }.joined(separator: "\n")
      let message = "message=\"\(attribute("expected \(assertion.expected), got \(assertion.actual)"))\""
      let outcome =
        switch assertion.verdict {
        case .pass: "<system-out>\(text)</system-out>"
        case .fail: "<failure type=\"fail\" \(message)>\(text)</failure>"
        case .inconclusive: "<error type=\"inconclusive\" \(message)>\(text)</error>"
        }
      return head + outcome + "\n    </testcase>\n"
    }

    private func attribute(_ text: String) -> String { Escaping.xml(text, width: 300) }

    /// Seconds to the millisecond.
    private static func decimal(_ seconds: Double) -> String {
      Formatting.plain(seconds.isFinite ? Swift.min(Swift.max(seconds, 0), 1e9) : 0, decimals: 3)
    }
  }
}
