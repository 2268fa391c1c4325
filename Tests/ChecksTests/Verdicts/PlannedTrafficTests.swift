import HTTP
import Load
import Platform
import Report
import Testing

@testable import Checks

/// Requests that were asked for and are in no count leave a load open, however good the others are.
@Suite struct PlannedTrafficTests {
  private func verdict(
    made: Int, seconds: Double = 2, pacer: Pacer = .closedLoop, requests: Int? = nil, duration: Nanoseconds? = nil,
    of shards: ShardsSection? = nil, interrupted: Bool = false
  ) throws -> Verdict? {
    var settings = CheckSettings(target: try Target("http://a/"), templates: [try RequestTemplate(path: "/")])
    (settings.traffic.requests, settings.traffic.duration, settings.pacer) = (requests, duration, pacer)
    var measured = Measurements()
    measured.succeeded = made
    measured.duration = Nanoseconds(seconds * 1e9)
    var findings = CheckFindings()
    findings.stages = [CheckFindings.Stage(name: .load, measured: measured)]
    findings.shards = shards
    findings.isInterrupted = interrupted
    return PlannedTraffic(missingIn: findings, settings)?.assertion.verdict
  }

  private let second: Nanoseconds = 1_000_000_000

  @Test("A number of requests is that number, in parts that are missing a share of it")
  func numbers() throws {
    #expect(try verdict(made: 500, requests: 500) == nil)
    #expect(try verdict(made: 499, requests: 500) == .inconclusive)
    #expect(try verdict(made: 499, requests: 500, interrupted: true) == nil)
    #expect(try verdict(made: 499, pacer: .constant(rate: 100), requests: 500) == .inconclusive)
    // Either bound may end it first.
    #expect(try verdict(made: 499, requests: 500, duration: 2 * second) == nil)
    let part = ShardPart(number: 1, requests: 100, failed: 0, startedAfter: 0, startLateness: 0)
    let shards = ShardsSection(count: 4, missing: [4], parts: [part, part, part])
    #expect(try verdict(made: 375, requests: 500, of: shards) == nil)
    #expect(try verdict(made: 360, requests: 500, of: shards) == .inconclusive)
  }

  @Test("A rate for a time makes so many requests; a closed loop goes on for the time")
  func times() throws {
    #expect(try verdict(made: 200, pacer: .constant(rate: 100), duration: 2 * second) == nil)
    #expect(try verdict(made: 198, pacer: .constant(rate: 100), duration: 2 * second) == .inconclusive)
    #expect(try verdict(made: 7, duration: 2 * second) == nil)
    #expect(try verdict(made: 7, seconds: 1.9, duration: 2 * second) == .inconclusive)
    // Chance decides how many there are.
    #expect(try verdict(made: 150, pacer: .poisson(rate: 100, seed: 1), duration: 2 * second) == nil)
  }
}
