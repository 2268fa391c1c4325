import HTTP
import Load
import Report
import Statistics
import Testing

@testable import Checks

@Suite struct CapacityLadderTests {
  /// What a shard of two measured at a step.
  private func look(_ number: Int, latency: Nanoseconds, failed: Int = 0, cutShort: String? = nil) -> CheckFindings.Look
  {
    var measured = Measurements()
    for _ in 0..<100 {
      measured.latency.record(latency)
      measured.serviceTime.record(latency)
      measured.lateness.record(10_000)
    }
    measured.succeeded = 100
    measured.failures = failed > 0 ? [.timeout: failed] : [:]
    measured.duration = 1_000_000_000
    return CheckFindings.Look(
      name: "step \(number)", measured: measured, started: 1_795_589_128_000_000_000, processorTime: 100_000_000,
      cutShort: cutShort)
  }

  private func report(_ shards: [[CheckFindings.Look]], demanded: Double? = nil) throws -> ReportDocument {
    let settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    var plan = CapacityPlan()
    plan.objectives = [LatencyObjective(percentile: 99, limit: 50_000_000)]
    plan.demandedRate = demanded
    let steps = [100.0, 200, 400].map { Pacer.Step(rate: $0, seconds: 1) }
    var merge = PartMerge()
    for (index, looks) in shards.enumerated() {
      var findings = CheckFindings(startedAt: 1_795_589_127)
      findings.looks = looks
      findings.start = AgreedStart(time: 1_795_589_128_000_000_000, clock: ClockOffset(offset: 0, uncertainty: 0))
      merge.add(try Parts(count: shards.count).part(index + 1, of: findings), from: "\(index + 1)")
    }
    return CapacityLadder(settings, plan: plan, steps: steps, watch: CheckWatch())
      .report(on: try merge.findings(allowMissing: false))
  }

  @Test("The result is the highest step that held, judged after adding the shards")
  func result() throws {
    let fast: Nanoseconds = 1_000_000
    // Of the last step one shard alone saw nothing wrong.
    let report = try report([
      [look(1, latency: fast), look(2, latency: fast), look(3, latency: 80_000_000)],
      [look(1, latency: fast), look(2, latency: fast), look(3, latency: fast)],
    ])
    #expect(report.capacity?.rate == 200)
    #expect(report.capacity?.limitedBy == "p99")
    #expect(report.capacity?.isLowerBound == false)
    #expect(report.capacity?.steps.map(\.verdict) == [.pass, .pass, .fail])
    #expect(report.capacity?.steps.map(\.requests) == [200, 200, 200])
    #expect(report.verdict == .pass)
    #expect(report.assertions.map(\.name) == ["capacityFound", "startedTogether"])
  }

  @Test("A step that not every part made does not hold")
  func unequal() throws {
    let fast: Nanoseconds = 1_000_000
    let report = try report([
      [look(1, latency: fast), look(2, latency: fast)], [look(1, latency: fast)],
    ])
    #expect(report.capacity?.rate == 100)
    #expect(report.capacity?.steps.last?.reason == "1 of 2 parts made it")
  }

  @Test("Where all steps held, the capacity is at least the last, and a demand is judged")
  func bounds() throws {
    let looks = (1...3).map { look($0, latency: 1_000_000) }
    let held = try report([looks, looks], demanded: 400)
    #expect(held.capacity?.rate == 400)
    #expect(held.capacity?.isLowerBound == true)
    #expect(held.capacity?.limitedBy == "maxRate")
    #expect(held.verdict == .pass)
    let broken = (1...3).map { look($0, latency: 1_000_000, failed: $0 == 2 ? 5 : 0) }
    #expect(try report([looks, broken], demanded: 400).verdict == .fail)
    #expect(try report([broken, broken]).capacity?.rate == 100)
  }
}
