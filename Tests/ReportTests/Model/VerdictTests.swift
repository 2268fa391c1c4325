import Report
import Testing

@Suite struct VerdictTests {
  @Test("The worst verdict wins, and none at all is inconclusive")
  func worst() {
    #expect(Verdict.worst(of: []) == .inconclusive)
    #expect(Verdict.worst(of: [.pass, .pass]) == .pass)
    #expect(Verdict.worst(of: [.pass, .inconclusive]) == .inconclusive)
    #expect(Verdict.worst(of: [.fail, .inconclusive, .pass]) == .fail)
    #expect(Verdict.worst(of: [.inconclusive, .fail]) == .fail)
  }

  @Test("The order of verdicts does not matter", arguments: Verdict.allCases)
  func order(one: Verdict) {
    for other in Verdict.allCases { #expect(Verdict.worst(of: [one, other]) == Verdict.worst(of: [other, one])) }
  }

  @Test("A document takes the worst verdict of its assertions unless it is given one")
  func document() {
    func document(_ verdict: Verdict?, _ assertions: [Assertion]) -> ReportDocument {
      ReportDocument(
        tool: ToolSection(name: "lbcheck", version: "1"), check: .load, target: TargetSection(url: "http://a/"),
        startedAt: "2026-11-25T06:45:28Z", durationSeconds: 1, verdict: verdict, assertions: assertions)
    }
    let failed = Assertion(name: "a", verdict: .fail, expected: "1", actual: "2")
    let held = Assertion(name: "b", verdict: .pass, expected: "1", actual: "1")
    #expect(document(nil, []).verdict == .inconclusive)
    #expect(document(nil, [held, failed]).verdict == .fail)
    #expect(document(.inconclusive, [held]).verdict == .inconclusive)
  }
}
