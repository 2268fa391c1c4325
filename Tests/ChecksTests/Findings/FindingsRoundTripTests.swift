import Deployment
import HTTP
import Load
import Report
import Support
import Testing

@testable import Checks

@Suite struct FindingsRoundTripTests {
  private func part(_ findings: CheckFindings, _ number: Int = 1, of count: Int = 1) throws -> PartDocument {
    try Parts(count: count).part(number, of: findings, check: findings.stages[0].name.check)
  }

  @Test("200 seeds: findings that are written and read are the same")
  func identity() throws {
    for seed in 0..<200 as Range<UInt64> {
      var seeded = SeededFindings(seed: seed)
      for stages in [[StageName.serialStage, .concurrentStage], [.traffic]] {
        let part = try part(seeded.findings(stages: stages))
        #expect(try Parts.read(part) == part, "seed \(seed)")
      }
    }
  }

  @Test("100 seeds: the sum of three parts is the same in any order, but for the order of names")
  func order() throws {
    for seed in 0..<100 as Range<UInt64> {
      var seeded = SeededFindings(seed: seed)
      var parts = (0..<3).map { _ in seeded.findings(stages: [.traffic]) }
      // Parts of one run have the same start.
      for index in parts.indices { parts[index].start = parts[0].start }
      let sums = [[0, 1, 2], [2, 0, 1], [1, 2, 0]].map { order in
        var fold = FindingsFold()
        for index in order { fold.add(parts[index]) }
        return fold.whole
      }
      let first = sums[0].stages[0].measured
      for sum in sums.dropFirst() {
        let measured = sum.stages[0].measured
        #expect(measured.counters == first.counters, "seed \(seed)")
        #expect(measured.latency == first.latency && measured.serviceTime == first.serviceTime)
        #expect(measured.lateness == first.lateness && measured.failures == first.failures)
        #expect(measured.statuses == first.statuses && measured.nobody == first.nobody)
        #expect(measured.locations == first.locations && measured.leniencies == first.leniencies)
        #expect(measured.sent == first.sent && measured.duration == first.duration)
        #expect(measured.openDues.sorted() == first.openDues.sorted())
        #expect(measured.records.map(\.done) == first.records.map(\.done))
        // Without the numbers of backends, which go by the order.
        func series(_ measured: Measurements) -> [TrafficSeries.Point] {
          measured.series.points.map { point in
            var point = point
            point.answers = [point.answers.reduce(0, +)]
            return point
          }
        }
        func named(_ measured: Measurements) -> [String: Measurements.Backend] {
          Dictionary(uniqueKeysWithValues: measured.backends.map { ($0.name, $0) })
        }
        #expect(named(measured) == named(first))
        #expect(measured.connect == first.connect && measured.firstByte == first.firstByte)
        #expect(series(measured) == series(first), "seed \(seed)")
        #expect(sum.preparation == sums[0].preparation)
        #expect(sum.startedAt == sums[0].startedAt && sum.durationSeconds == sums[0].durationSeconds)
        #expect(sum.stages[0].processorTime == sums[0].stages[0].processorTime)
      }
    }
  }

  /// Checks by the names of their stages.
  private func checks() throws -> [(stages: [StageName], check: any DivisibleCheck)] {
    var settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    settings.pacer = .constant(rate: 100)
    var plan = CapacityPlan()
    plan.percentiles = [LatencyObjective(percentile: 50, limit: 50_000_000)]
    let steps = [100.0, 200].map { Pacer.Step(rate: $0, seconds: 1) }
    return [
      ([.load], LoadCheck(settings, watch: CheckWatch())),
      (
        [.serialStage, .concurrentStage],
        FairnessCheck(settings, expecting: FairnessExpectation(), watch: CheckWatch())
      ),
      ([.step(1), .step(2)], CapacityLadder(settings, plan: plan, steps: steps, watch: CheckWatch())),
      ([.traffic], ReloadCheck(settings, manager: nil, plan: ReloadPlan(), watch: CheckWatch())),
    ]
  }

  @Test("The report on one part, written, read and merged, is the check's own", arguments: 0..<4)
  func onePart(_ index: Int) throws {
    let (stages, check) = try checks()[index]
    for seed in 0..<25 as Range<UInt64> {
      var seeded = SeededFindings(seed: seed)
      let findings = seeded.findings(stages: stages)
      var merge = PartMerge()
      merge.add(try Parts.read(try part(findings)), from: "part")
      let merged = check.report(on: try merge.findings(allowMissing: false))
      #expect(merged == check.report(on: findings), "seed \(seed)")
      #expect(merged.shards == nil)
      // A check that was not divided takes the same path.
      #expect(try Undivided(findings: findings, check: check).run() == merged, "seed \(seed)")
    }
  }

  private struct Undivided: DivisibleCheck {
    let findings: CheckFindings
    let check: any DivisibleCheck

    func measure() throws(CheckError) -> CheckFindings { findings }
    func report(on findings: CheckFindings) -> ReportDocument { check.report(on: findings) }
  }
}
