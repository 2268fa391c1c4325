import HTTP
import Load
import Platform
import Report
import Statistics
import Testing

@testable import Checks

@Suite struct CapacityLadderTests {
  /// What a shard of two measured at a step.
  private func stage(
    _ number: Int, latency: Nanoseconds, failed: Int = 0, cutShort: String? = nil,
    _ change: (inout Measurements) -> Void = { _ in }
  ) -> CheckFindings.Stage {
    var measured = Measurements()
    for _ in 0..<100 {
      measured.latency.record(latency)
      measured.serviceTime.record(latency)
      measured.lateness.record(10_000)
    }
    measured.succeeded = 100
    measured.failures = failed > 0 ? [.timeout: failed] : [:]
    measured.duration = 1_000_000_000
    change(&measured)
    return CheckFindings.Stage(
      name: .step(number), measured: measured, started: 1_795_589_128_000_000_000, processorTime: 100_000_000,
      cutShort: cutShort)
  }

  private func report(
    _ shards: [[CheckFindings.Stage]], demanded: Double? = nil, interrupted: Bool = false, steps: Int? = nil,
    _ change: (inout CapacityPlan) -> Void = { _ in }
  ) throws -> ReportDocument {
    let settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    var plan = CapacityPlan()
    // What 100 requests can show.
    plan.percentiles = [LatencyObjective(percentile: 50, limit: 50_000_000)]
    plan.failedShare = 0.03
    plan.demandedRate = demanded
    change(&plan)
    let rates = [100.0, 200, 400].prefix(steps ?? shards.map(\.count).max() ?? 0)
    let steps = rates.map { Pacer.Step(rate: $0, seconds: 1) }
    var merge = PartMerge()
    for (index, stages) in shards.enumerated() {
      var findings = CheckFindings(startedAt: 1_795_589_127)
      findings.stages = stages
      findings.isInterrupted = interrupted
      findings.start = CommonStart(time: 1_795_589_128_000_000_000, clock: ClockOffset(offset: 0, uncertainty: 0))
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
      [
        stage(1, latency: fast), stage(2, latency: fast),
        stage(3, latency: 80_000_000) {
          $0.latency.record(80_000_000, count: 100)
          $0.serviceTime.record(80_000_000, count: 100)
          $0.succeeded = 200
        },
      ],
      [stage(1, latency: fast), stage(2, latency: fast), stage(3, latency: fast)],
    ])
    #expect(report.capacity?.rate == 200)
    #expect(report.capacity?.limitedBy == .percentile(50))
    #expect(report.capacity?.isLowerBound == false)
    #expect(report.capacity?.steps.map(\.verdict) == [.pass, .pass, .fail])
    #expect(report.capacity?.steps.map(\.requests) == [200, 200, 300])
    #expect(report.verdict == .pass)
    #expect(report.assertions.map(\.name) == ["capacityFound", "startedTogether"])
  }

  @Test("Half a step shows nothing, whatever it met: the result is that of the steps before it")
  func interrupted() throws {
    let (fast, slow): (Nanoseconds, Nanoseconds) = (1_000_000, 80_000_000)
    for latency in [fast, slow] {
      let half = stage(2, latency: latency) { $0.wasStopped = true }
      let later = try report([[stage(1, latency: fast), half]], interrupted: true)
      #expect(later.capacity?.rate == 100)
      #expect(later.capacity?.steps.map(\.verdict) == [.pass, .inconclusive])
      #expect(later.capacity?.steps.last?.reason == "interrupted after 1.00 s of 1.00 s")
      #expect(later.verdict == .inconclusive)
      let first = try report([[stage(1, latency: latency) { $0.wasStopped = true }]], interrupted: true)
      #expect(first.capacity?.rate == nil)
      #expect(first.summary == "Not decided: interrupted before any rate was tried to its end.")
      #expect(first.advice == ["Repeat the check and let it run to its end."])
      #expect(first.verdict == .inconclusive)
      let found = first.assertions.first { $0.name == "capacityFound" }
      #expect(found?.verdict == .inconclusive)
      #expect(found?.detail == "Not decided: interrupted before any rate was tried to its end.")
    }
    let missed = try report(
      [[stage(1, latency: slow), stage(2, latency: fast) { $0.wasStopped = true }]], interrupted: true)
    #expect(missed.summary == "Not decided: interrupted before a rate held; at 100/s p50 was 80.0 ms.")
  }

  @Test("A step that not every part made does not hold")
  func unequal() throws {
    let fast: Nanoseconds = 1_000_000
    let report = try report([
      [stage(1, latency: fast), stage(2, latency: fast)], [stage(1, latency: fast)],
    ])
    #expect(report.capacity?.rate == 100)
    #expect(report.capacity?.steps.last?.reason == "1 of 2 parts made it")
  }

  @Test("A step that is in no part, or not in all, though none failed before it, leaves the capacity open")
  func missing() throws {
    let both = [stage(1, latency: 1_000_000), stage(2, latency: 1_100_000)]
    let others = [stage(1, latency: 1_200_000), stage(2, latency: 1_300_000)]
    #expect(try report([both, others], steps: 2).verdict == .pass)
    for parts in [[both, others], [both + [stage(3, latency: 1_000_000)], others]] {
      let open = try report(parts, steps: 3)
      #expect(open.verdict == .inconclusive && open.capacity?.rate == 200, "\(open.summary ?? "")")
      #expect(open.assertions.contains { $0.actual.contains("tried 400/s") })
    }
    // No step follows one whose rate could not be carried.
    let failed = try report(
      [[both[0], stage(2, latency: 80_000_000)], [others[0], stage(2, latency: 90_000_000)]], steps: 3)
    #expect(failed.verdict == .pass && failed.capacity?.rate == 100)
  }

  @Test("Where all steps held, the capacity is at least the last, and a demand is judged")
  func bounds() throws {
    let stages = (1...3).map { stage($0, latency: 1_000_000) }
    let held = try report([stages, stages], demanded: 400)
    #expect(held.capacity?.rate == 400)
    #expect(held.capacity?.isLowerBound == true)
    #expect(held.capacity?.limitedBy == .maxRate)
    #expect(held.verdict == .pass)
    let broken = (1...3).map { stage($0, latency: 1_000_000, failed: $0 == 2 ? 10 : 0) }
    #expect(try report([stages, broken], demanded: 400).verdict == .fail)
    #expect(try report([broken, broken]).capacity?.rate == 100)
  }

  @Test(
    "A rate at which others than backends answered leaves the capacity open, unless they are one in twenty or fewer")
  func origins() throws {
    func verdict(_ change: @escaping (inout Measurements) -> Void) throws -> (Verdict, [String]) {
      let stages = (1...3).map { stage($0, latency: 1_000_000, change) }
      let report = try report([stages])
      return (report.verdict, report.assertions.filter { $0.verdict == .inconclusive }.map(\.name))
    }
    let redirected = try verdict {
      $0.statuses = [200: 94, 301: 6]
      $0.locations = ["/login": 6]
    }
    #expect(redirected == (.inconclusive, ["noRedirects"]))
    let cached = try verdict {
      $0.statuses = [200: 100]
      $0.nobody = [.cache: 6]
    }
    #expect(cached == (.inconclusive, ["noCacheAnswers"]))
    let few = try verdict {
      $0.statuses = [200: 95, 301: 5]
      $0.nobody = [.cache: 5]
    }
    #expect(few == (.pass, []))
  }

  @Test("Where no rate held and all answers were server errors the site is down; it is not where some rate held")
  func down() throws {
    func failing(_ number: Int, _ status: Int) -> CheckFindings.Stage {
      stage(number, latency: 1_000_000) {
        $0.latency = Histogram()
        $0.serviceTime = Histogram()
        $0.succeeded = 0
        $0.statuses = [status: 100]
        $0.failures = [.status: 100]
      }
    }
    let down = try report([[failing(1, 502), failing(2, 503)]])
    #expect(down.verdict == .fail && down.summary == "The site is down: 503.")
    #expect(down.capacity?.limitedBy == .failed)
    let shedding = try report([[stage(1, latency: 1_000_000), failing(2, 503)]])
    #expect(shedding.verdict == .pass && shedding.capacity?.rate == 100)
    #expect(shedding.summary?.contains("down") == false)
    let missing = try report([[failing(1, 404)]])
    #expect(missing.verdict == .fail && missing.summary?.contains("down") == false)
  }

  @Test(
    "A step of fewer requests than its objectives take shows nothing, whichever objective that is",
    arguments: [
      // 30 requests beyond the percentile.
      (99, 0.03, 300, nil), (99, 0.03, 3000, 3000), (50, 0.03, 59, nil),
      // None failed of at least three over the share.
      (50, 0.001, 2999, nil), (50, 0.001, 3000, 3000),
      // As few as that are enough to fail.
      (99, 0.001, -10, nil),
    ] as [(Double, Double, Int, Int?)])
  func tooFew(_ percentile: Double, _ share: Double, _ count: Int, _ enough: Int?) throws {
    func step(_ number: Int) -> CheckFindings.Stage {
      stage(number, latency: 1_000_000) {
        $0.latency = Histogram()
        $0.latency.record(count < 0 ? 80_000_000 : 1_000_000, count: UInt64(abs(count)))
        $0.serviceTime = $0.latency
        $0.succeeded = abs(count)
      }
    }
    let report = try report([[step(1), step(2)]]) {
      $0.percentiles = [LatencyObjective(percentile: percentile, limit: 50_000_000)]
      $0.failedShare = share
    }
    #expect(report.verdict == (enough != nil ? .pass : count < 0 ? .fail : .inconclusive), "\(report.summary ?? "")")
    #expect(report.capacity?.rate == (enough == nil ? nil : 200))
    if enough == nil, count > 0 {
      #expect(
        report.summary?.contains("\(Formatting.count(count)) requests are too few") == true, "\(report.summary ?? "")")
      #expect(report.capacity?.steps.map(\.verdict) == [.inconclusive, .inconclusive])
    }
  }

  @Test("A step of too few requests takes nothing from one that had enough")
  func someTooFew() throws {
    func step(_ number: Int, _ count: Int) -> CheckFindings.Stage {
      stage(number, latency: 1_000_000) {
        $0.latency = Histogram()
        $0.latency.record(1_000_000, count: UInt64(100 + count))
        $0.serviceTime = $0.latency
        $0.succeeded = 100 + count
      }
    }
    let before = try report([[step(1, 0), step(2, 2900)]]) { $0.failedShare = 0.001 }
    #expect(before.verdict == .pass && before.capacity?.rate == 200 && before.capacity?.limitedBy == .maxRate)
    let after = try report([[step(1, 2900), step(2, 0)]]) { $0.failedShare = 0.001 }
    #expect(after.verdict == .pass && after.capacity?.rate == 100 && after.capacity?.limitedBy == .budget)
  }

  @Test("A step whose due requests were not all sent does not hold")
  func unsent() throws {
    let stages = [stage(1, latency: 1_000_000), stage(2, latency: 1_000_000) { $0.unsent = 40 }]
    let report = try report([stages])
    #expect(report.capacity?.rate == 100 && report.capacity?.limitedBy == .generator)
    #expect(report.capacity?.steps.last?.reason?.contains("40 requests came due and went unsent") == true)
  }
}
