import HTTP
import Platform
import Report
import Statistics
import Testing

@testable import Checks
@testable import Load

@Suite struct StepJudgementTests {
  private let traffic: Plan
  private var plan = CapacityPlan()

  init() throws {
    var traffic = Plan(
      target: try Target("http://127.0.0.1:1/"), addresses: [], templates: [try RequestTemplate(path: "/")])
    traffic.connections = 10
    self.traffic = traffic
    plan.percentiles = [LatencyObjective(percentile: 99, limit: 100_000_000)]
  }

  /// 3,000 requests over 3 s with these times in milliseconds.
  private func measured(
    latency: @escaping (Int) -> Double, service: ((Int) -> Double)? = nil, lateness: Double = 0.02, failed: Int = 0
  ) -> Measurements {
    var measured = Measurements()
    measured.duration = 3_000_000_000
    for index in 0..<3000 {
      let due = Nanoseconds(index) * 1_000_000
      let time = Nanoseconds(latency(index) * 1e6)
      measured.latency.record(time)
      measured.serviceTime.record(Nanoseconds((service ?? latency)(index) * 1e6))
      measured.lateness.record(Nanoseconds(lateness * 1e6))
      measured.succeeded += 1
      measured.records.append(
        RequestRecord(
          due: due, sent: due, done: due + time, connection: 0, backend: nil, generation: nil, status: 200,
          failure: nil, isRetry: false, isUpstreamRetried: false))
    }
    if failed > 0 { measured.failures[.reset] = failed }
    return measured
  }

  private func judge(_ measured: Measurements, processorTime: Nanoseconds = 0) -> StepJudgement {
    StepJudgement(measured, plan: plan, traffic: traffic, processorTime: processorTime)
  }

  @Test("Quick answers hold")
  func holds() {
    let judgement = judge(measured { _ in 5 })
    #expect(judgement.outcome == .holds && !judgement.isGeneratorLimited && judgement.reason == nil)
  }

  @Test("An objective that is missed fails by its name")
  func percentile() {
    let judgement = judge(measured { $0.isMultiple(of: 50) ? 300 : 5 })
    #expect(judgement.outcome == .fails(.percentile(99)))
    #expect(judgement.reason?.hasPrefix("p99 was 300") == true)
  }

  @Test("Too many failures fail, and are named")
  func failures() {
    let judgement = judge(measured(latency: { _ in 5 }, failed: 30))
    #expect(judgement.outcome == .fails(.failed))
    #expect(judgement.reason == "0.99% failed (30 reset)")
  }

  @Test("A latency that grows without end fails although it is still below the limit")
  func growingQueue() {
    let judgement = judge(measured { 5 + Double($0) * 0.03 })
    #expect(judgement.outcome == .fails(.queue))
    #expect(
      judgement.reason?.contains("kept growing, by 30 ms a second") == true
        || judgement.reason?.contains("29 ms") == true)
  }

  @Test("Where the generator was late, a miss is its own")
  func late() {
    let judgement = judge(measured(latency: { _ in 120 }, service: { _ in 60 }, lateness: 60))
    #expect(judgement.outcome == .generatorFails)
    #expect(judgement.reason?.contains("the generator: 1 of 100 requests was sent") == true)
  }

  @Test("A target that is slow even after the request was sent is not excused by a late generator")
  func lateButSlow() {
    let judgement = judge(measured(latency: { _ in 900 }, service: { _ in 850 }, lateness: 50))
    #expect(judgement.outcome == .fails(.percentile(99)) && !judgement.isGeneratorLimited)
  }

  @Test("A generator that was busy all the time is the limit")
  func busy() {
    let judgement = judge(measured(latency: { _ in 900 }), processorTime: 2_990_000_000)
    #expect(judgement.outcome == .generatorFails)
  }

  @Test("A generator that was paused is the limit, of what was missed and of what failed meanwhile")
  func paused() {
    var measured = measured(latency: { $0.isMultiple(of: 50) ? 300 : 5 }, failed: 30)
    measured.failedAcrossPauses = 30
    measured.pauses = [GeneratorPause(.stopped, start: 1_000_000_000, end: 1_600_000_000, length: 600_000_000)]
    let judgement = judge(measured)
    #expect(judgement.outcome == .generatorFails && judgement.isGeneratorLimited)
    #expect(judgement.reason?.hasSuffix("; the generator itself was paused for 0.6 s at 1.0 s") == true)
  }

  @Test("Too few connections are the generator's limit")
  func connections() {
    var measured = measured(latency: { _ in 900 }, service: { _ in 50 })
    measured.waitedForConnection = 2900
    let judgement = judge(measured)
    #expect(judgement.outcome == .generatorFails)
    #expect(judgement.reason?.contains("all 10 connections were busy") == true)
  }

  @Test("A step whose due requests were not all sent does not hold, however quick those were that were sent")
  func unsent() {
    var measured = measured { _ in 5 }
    measured.unsent = 1
    let judgement = judge(measured)
    #expect(judgement.outcome == .generatorFails && judgement.isGeneratorLimited)
    #expect(
      judgement.reason
        == "1 request came due and went unsent; the generator: all 10 connections were busy: use more --connections"
    )
    // What the target itself misses is named first.
    var slow = self.measured { $0.isMultiple(of: 50) ? 300 : 5 }
    slow.unsent = 7
    #expect(judge(slow).outcome == .fails(.percentile(99)))
  }

  @Test("A late generator is marked also where the objectives held")
  func markedAlthoughHeld() {
    let judgement = judge(measured(latency: { _ in 60 }, service: { _ in 10 }, lateness: 50))
    #expect(judgement.outcome == .holds && judgement.isGeneratorLimited)
  }

  @Test("A step is long enough for 30 requests beyond its percentile")
  func length() {
    #expect(plan.stepLength(at: 100) == 30_000_000_000)
    #expect(plan.stepLength(at: 10_000) == plan.shortestStep)
    #expect(LatencyObjective(percentile: 99.9, limit: 1).name == "p99.9")
    #expect(plan.objectivesInWords == ["p99 ≤ 100 ms", "failed ≤ 0.1%"])
  }
}
