import Testing

@testable import Report

@Suite struct GateWordingTests {
  @Test("A threshold that was not measured, or not decided, is not listed as not met")
  func groups() {
    func threshold(_ name: String, _ verdict: Verdict, _ actual: String) -> Assertion {
      Assertion(name: name, verdict: verdict, expected: "", actual: actual)
    }
    let check = GateCheck(
      check: .load, profile: "p.json5", verdict: .fail, problem: "It did not run.",
      thresholds: [
        threshold("kept > 90%", .inconclusive, Assertion.notMeasured), threshold("p99 < 1ms", .fail, "25 ms"),
        threshold("requests > 10", .inconclusive, "5"), threshold("failed < 1", .pass, "0"),
      ])
    #expect(
      GateWording.finding(check)
        == "It did not run. Not met: p99 < 1ms. Not decided: requests > 10. Not measured: kept > 90%.")
  }

  @Test("The targets of checks have a column only where the page's own is not that of all")
  func targets() {
    func page(_ urls: [String], profiles: [String]) -> String {
      var document = Example.full
      document.gate = GateSection(
        checks: zip(urls, profiles).map { url, profile in
          var report = Example.full
          report.target.url = url
          return GateCheck(check: .load, profile: profile, verdict: .pass, report: report)
        })
      return MarkdownWriter().write(document)
    }
    let head = "| Check | Verdict | Main figure | Finding | Target |"
    #expect(!page(["http://a/", "http://a/"], profiles: ["p", "p"]).contains(head))
    #expect(page(["http://a/", "http://b/"], profiles: ["p", "p"]).contains(head))
    #expect(page(["http://a/", "http://a/"], profiles: ["p", "q"]).contains(head))
  }
}
