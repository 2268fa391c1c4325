import Report
import Testing

@testable import Checks

@Suite struct HeadlineTests {
  private func assertion(
    _ name: String, _ verdict: Verdict, _ actual: String = "5", detail: String? = nil,
    finding: Assertion.Finding? = nil, reason: String? = nil
  ) -> Assertion {
    var assertion = Assertion(name: name, verdict: verdict, expected: "0", actual: actual, detail: detail)
    (assertion.finding, assertion.reason) = (finding, reason)
    return assertion
  }

  @Test("A pass says what was found, and beside it what was not judged")
  func pass() {
    let held = [assertion("reloadLostNoRequest", .pass)]
    #expect(Headline(finding: "3 backends answered in rotation", held).text == "3 backends answered in rotation.")
    #expect(
      Headline(finding: "the reload lost no request", held, notJudged: ["the restart lost 5 of 100", "it was down"])
        .text
        == "The reload lost no request. Not judged: the restart lost 5 of 100; it was down.")
  }

  @Test("A failure says what failed and nothing of what held, and counts what was not decided")
  func fail() {
    let mixed = [
      assertion("policy", .pass), assertion("generatorOnTime", .inconclusive), assertion("reloadLostNoRequest", .fail),
    ]
    #expect(
      Headline(finding: "all is well", mixed).text == "The reload lost 5 requests. One more point was not decided.")
  }

  @Test("What is not decided never reads like a pass, and says why once")
  func inconclusive() {
    let open = [
      assertion("policy", .pass),
      assertion(
        "reloadLostNoRequest", .inconclusive, detail: "Longest outage: 0.2 s. Not judged: the site was already down.",
        reason: "the site was already down"),
      assertion("reloadLeftNoGap", .inconclusive, detail: "The site was already down."),
    ]
    #expect(Headline(finding: "all is well", open).text == "Not decided: the site was already down.")
    // What is to be done about it is no reason.
    let cached = [assertion("noCacheAnswers", .inconclusive, "90 of 100", detail: "Ask past it.")]
    #expect(
      Headline(finding: "well", cached).text == "Not decided: a cache answers instead of the backends: 90 of 100.")
  }

  @Test("The one backend that answered is not called one that did not")
  func onlyOneBackend() {
    let alone = [assertion("everyBackendAnswered", .fail, "a")]
    #expect(Headline(finding: "well", alone).text == "Only one backend answered: a.")
  }

  @Test("What a visitor meets comes before its figures, and more than three clauses are counted")
  func many() {
    let failed = [
      assertion("maxDeviation", .fail, "33 pp"), assertion("policy", .fail, "random"),
      assertion("everyBackendAnswered", .fail, "silent: b", finding: .silent("b")),
      assertion("siteUpAtTheEnd", .fail, "IT DOES NOT ANSWER"),
    ]
    #expect(
      Headline(finding: "all is well", failed).text
        == "The site is down now; backends that never answered: b; the policy is random, not 0; and 1 more below.")
  }

  @Test("Whom an assertion is about is said, and one without words of its own is named")
  func named() {
    let backend = assertion("failoverLostNoRequest(app-2)", .fail)
    #expect(Headline(finding: "well", [backend]).text == "Stopping and starting app-2 lost 5 requests.")
    #expect(Headline(finding: "well", [assertion("unheardOf", .fail)]).text == "UnheardOf: 5.")
  }

  @Test("A name keeps its case wherever it stands in the headline")
  func names() {
    // What is said of a deploy begins with lbcheck's own name for it, such as `deploy 2`.
    for kind in AssertionKind.allCases where kind != .lostNoRequest(.deploy) {
      for name in ["v1", "b0", "Green", "éclair"] {
        for verdict in [Verdict.fail, .inconclusive] {
          let about = Assertion(kind, of: name, verdict: verdict, expected: "5%", actual: "0%")
          let text = Headline(finding: "well", [about]).text
          let words = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
          let changed = words.contains { $0 != name && $0.lowercased() == name.lowercased() }
          #expect(!changed, "\(text)")
        }
      }
    }
    let part = Assertion(.sharing(.split), of: "v1", verdict: .fail, expected: "5% of the answers", actual: "0% of 60")
    #expect(Headline(finding: "well", [part]).text == "Part v1 has 0% of 60, not 5% of the answers.")
  }

  @Test("Each assertion that checks make is a clause of a sentence", arguments: AssertionKind.allCases)
  func clauses(kind: AssertionKind) {
    for verdict in [Verdict.fail, .inconclusive] {
      let clause = PlainWords.clause(Assertion(kind, of: "app-1", verdict: verdict, expected: "3", actual: "5"))
      #expect(!clause.isEmpty && !clause.hasSuffix("."), "\(clause)")
      #expect(clause.first?.isUppercase == false || clause.first?.isNumber == true, "\(clause)")
    }
  }

  @Test("A report of what does not hold gives each line a reason and ends in what to do")
  func concluded() {
    var document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "0"), check: .fairness, target: TargetSection(url: "http://a.test/"),
      startedAt: "2026-11-25T00:00:00Z", durationSeconds: 1,
      assertions: [
        assertion("policy", .pass), assertion("everyBackendAnswered", .fail, "silent: b", finding: .silent("b")),
      ])
    document.conclude(finding: "2 backends answered in rotation")
    #expect(document.summary == "Backends that never answered: b.")
    #expect(document.assertions.map(\.detail) == [nil, "Backends that never answered: b."])
    #expect(document.advice?.last?.hasPrefix("Start the silent ones") == true)
    document.conclude(finding: "well", down: "the site is down: 502")
    #expect(document.summary == "The site is down: 502.")
  }

  @Test("Beside a pass stands how to have judged what was not, and beside nothing else")
  func demanded() {
    for (verdict, isStated) in [(Verdict.pass, true), (.fail, false)] {
      var document = ReportDocument(
        tool: ToolSection(name: "lbcheck", version: "0"), check: .reloadTest,
        target: TargetSection(url: "http://a.test/"), startedAt: "2026-11-25T00:00:00Z", durationSeconds: 1,
        assertions: [assertion("reloadLostNoRequest", verdict, "3")])
      document.conclude(
        finding: "the reload lost no request", notJudged: ["the restart lost 5 of 100 requests"],
        demanding: "Say so: --survives-restart.")
      #expect(document.advice?.contains("Say so: --survives-restart.") == isStated)
    }
  }
}
