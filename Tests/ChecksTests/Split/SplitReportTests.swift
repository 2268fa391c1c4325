import HTTP
import Load
import Report
import Statistics
import Testing

@testable import Checks

@Suite struct SplitReportTests {
  private let split: SplitExpectation = {
    var split = SplitExpectation()
    split.parts = [.init(name: "v1", weight: 95), .init(name: "v2", weight: 5)]
    return split
  }()

  /// One lane after another with its own share of v2, drawn by chance.
  private func report(addresses: [String], paths: [String], _ shares: [Double], seed: UInt64 = 1) throws
    -> ReportDocument
  {
    let settings = CheckSettings(
      target: try Target("http://a/"), templates: try paths.map { try RequestTemplate(path: $0) })
    let lanes = FairnessLane.all(addresses, settings.templates)
    let own = split.shared(by: lanes.count)
    var random = SplitMix64(seed: seed)
    let outcome = try zip(lanes, shares).map { lane, share in
      var lane = SplitLane(of: lane, try #require(SplitTest(own)))
      for _ in 0..<20_000 where !lane.isOver {
        lane.add(Double(random.next() >> 11) / Double(1 << 53) < share ? "v2" : "v1", after: 0, own)
      }
      return lane
    }
    var findings = SplitCheck.Findings(common: CheckFindings(), outcome: SplitDraws.Outcome(lanes: outcome))
    findings.common.addresses = addresses
    return SplitCheck(settings, expecting: split, watch: CheckWatch()).report(on: findings)
  }

  private let two = ["127.0.0.1:80", "127.0.0.2:80"]

  @Test("10 % at one address or of one kind of request, and none at the other, are not 5 %", arguments: [false, true])
  func several(isKinds: Bool) throws {
    for seed in 1...100 as ClosedRange<UInt64> {
      let report = try report(
        addresses: isKinds ? [two[0]] : two, paths: isKinds ? ["/a", "/b"] : ["/"], [0.1, 0], seed: seed)
      let names = (isKinds ? ["GET /a", "GET /b"] : two).map { "split(v2, \($0))" }
      #expect(names.map { name in report.assertions.first { $0.name == name }?.verdict } == [.fail, .fail], "\(seed)")
      #expect(report.split?.rows?.map(\.verdict) == [.fail, .fail])
    }
  }

  @Test("One wrong lane of four is named, and the others hold; each has its row")
  func one() throws {
    let report = try report(addresses: two, paths: ["/a", "/b"], [0.05, 0.05, 0.1, 0.05])
    #expect(report.split?.rows?.map(\.verdict) == [.pass, .pass, .fail, .pass])
    #expect(report.split?.rows?[2].address == two[1] && report.split?.rows?[2].request == "GET /a")
    #expect(report.summary?.contains("v2, 127.0.0.2:80 GET /a") == true)
  }

  @Test(
    "Lanes that all hold hold, with at most one alarm in 200 runs of eight; one lane has no row and no address in its names"
  )
  func holds() throws {
    let alarms = try (1...200 as ClosedRange<UInt64>).count { seed in
      try report(
        addresses: two, paths: ["/a", "/b", "/c", "/d"], Array(repeating: 0.05, count: 8), seed: seed
      ).assertions.contains { $0.verdict == .fail }
    }
    #expect(alarms <= 1)
    let alone = try report(addresses: [two[0]], paths: ["/"], [0.05])
    #expect(alone.split?.rows == nil && alone.assertions.contains { $0.name == "split(v2)" && $0.verdict == .pass })
  }
}
