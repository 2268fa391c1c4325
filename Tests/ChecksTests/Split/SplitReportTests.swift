import HTTP
import Load
import Report
import Testing

@testable import Checks

@Suite struct SplitReportTests {
  @Test("A split of the sum of several addresses or kinds of requests is no pass", arguments: [false, true])
  func several(isKinds: Bool) throws {
    var split = SplitExpectation()
    split.parts = [.init(name: "v1", weight: 50), .init(name: "v2", weight: 50)]
    func report(addresses: [String], paths: [String]) throws -> ReportDocument {
      let settings = CheckSettings(
        target: try Target("http://a/"), templates: try paths.map { try RequestTemplate(path: $0) })
      var test = try #require(SplitTest(split))
      for index in 0..<100_000 where test.decision == .undecided { test.add(index % 2 == 0 ? "v1" : "v2") }
      var findings = SplitCheck.Findings(
        common: CheckFindings(), outcome: SplitDraws.Outcome(test: test))
      findings.common.addresses = addresses
      return SplitCheck(settings, expecting: split, watch: CheckWatch()).report(on: findings)
    }
    let two = ["127.0.0.1:80", "127.0.0.2:80"]
    let sum = try report(addresses: isKinds ? ["127.0.0.1:80"] : two, paths: isKinds ? ["/a", "/b"] : ["/"])
    #expect(sum.assertions.first { $0.name.hasPrefix("split") }?.verdict == .inconclusive)
    #expect(sum.notJudged?.first?.contains(isKinds ? "2 kinds" : "2 addresses") == true)
    let one = try report(addresses: ["127.0.0.1:80"], paths: ["/"])
    #expect(one.assertions.first { $0.name.hasPrefix("split") }?.verdict == .pass)
  }
}
