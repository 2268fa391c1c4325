import Glibc
import Load
import Report
import Statistics
import Testing

@testable import Checks

@Suite struct SteadinessTests {
  /// A run at 1,000 requests a second whose latencies, in milliseconds, are around 10 and depend on those before.
  private func run(_ count: Int = 10_000, seed: UInt64 = 1, _ change: (Int, Double) -> Double = { $1 }) -> Measurements
  {
    var (random, state) = (SplitMix64(seed: seed), 0.0)
    var measured = Measurements()
    for index in 0..<count {
      state = 0.8 * state + random.nextShare() - 0.5
      let latency = UInt64(max(0.1, change(index, 10 + 2 * state)) * 1e6)
      var point = TrafficSeries.Point()
      point.requests = 1
      point.latency.add(1, toBucket: measured.latency.record(latency))
      measured.latencies.append(latency)
      measured.series.add(point, due: UInt64(index) * 1_000_000)
    }
    measured.counters.succeeded = count
    measured.duration = UInt64(count) * 1_000_000
    return measured
  }

  private func steadiness(
    _ measured: Measurements, _ pacer: Pacer = .constant(rate: 1_000), trims: Bool = false
  ) throws -> Steadiness { try #require(Steadiness(measured, pacer: pacer, trims: trims)) }

  @Test("A run of less than a second is neither steady nor not")
  func short() {
    let short = run(900) { $0 < 100 ? 3 * $1 : $1 }
    #expect(Steadiness(short, pacer: .closedLoop, trims: false) == nil)
    #expect(Steadiness(short, pacer: .closedLoop, trims: true)?.section.isWarmUpLeftOut == false)
  }

  @Test("A run that only varies is steady, thirty times of thirty")
  func steady() throws {
    for seed in 1...30 as ClosedRange<UInt64> {
      let found = try steadiness(run(seed: seed)).section
      #expect(found.isSteady == true && found.changes.isEmpty)
      #expect(found.warmUpRequests == 0 && found.notes.isEmpty)
    }
  }

  @Test("A step, a trend and a return are told, with when and by how much")
  func changes() throws {
    let step = try steadiness(run { $0 < 6_000 ? $1 : 2 * $1 }).section
    #expect(step.isSteady == false)
    let change = try #require(step.changes.first)
    #expect(change.quantity == .latency && 5.8...6.2 ~= change.afterSeconds ?? 0)
    #expect(8...12 ~= change.before && 18...23 ~= change.after && change.pValue < 1e-3)
    #expect(step.notes.first?.hasPrefix("Not steady: p") == true)
    #expect(try steadiness(run { $1 * (1 + Double($0) / 10_000) }).section.isSteady == false)
    // Before the middle, where the first part may look like a warm-up.
    for factor in [0.5, 2] {
      let early = try steadiness(run { $0 < 4_000 ? $1 : factor * $1 }, trims: true).section
      #expect(early.isSteady == false && early.warmUpRequests == 0)
      #expect(3.8...4.2 ~= early.changes.first?.afterSeconds ?? 0)
    }
    // One backend of three.
    #expect(try steadiness(run { $0 < 5_000 || !$0.isMultiple(of: 3) ? $1 : 2 * $1 }).section.isSteady == false)
  }

  @Test("A step is told even where latencies stay alike for too long to know how surely")
  func slow() throws {
    // Held up by tens, as on a machine that others use.
    let found = try steadiness(run(1_200) { ($0 / 10).isMultiple(of: 3) ? 2 * $1 : $0 < 600 ? $1 : 4 * $1 }).section
    #expect(found.isSteady == false, "\(found)")
    let steady = try steadiness(run(1_200) { ($0 / 10).isMultiple(of: 3) ? 2 * $1 : $1 }).section
    #expect(steady.changes.isEmpty)
  }

  @Test("What is certain but too small to matter is no change")
  func small() throws {
    #expect(try steadiness(run { $0 < 5_000 ? $1 : 1.1 * $1 }).section.isSteady == true)
    // 0.05 ms to 0.1 ms: a machine's noise.
    #expect(try steadiness(run { $0 < 5_000 ? $1 / 200 : $1 / 100 }).section.isSteady == true)
  }

  @Test("A pace that is meant to change is not judged, nor what is too short to know")
  func notJudged() throws {
    #expect(Steadiness(run(), pacer: .ramp(from: 1, to: 2, seconds: 1), trims: true) == nil)
    #expect(Steadiness(run(), pacer: .steps([]), trims: true) == nil)
    #expect(Steadiness(Measurements(), pacer: .closedLoop, trims: true) == nil)
    var few = run(100)
    few.duration = 2_000_000_000
    let found = try steadiness(few).section
    #expect(found.isSteady == nil && found.changes.isEmpty)
  }

  @Test("A warm-up is told, is no drift, and is left out of the latency alone where that is asked for")
  func warmUp() throws {
    let measured = run { $1 * (1 + 20 * exp(-Double($0) / 50)) }
    let told = try steadiness(measured)
    let count = try #require(told.section.warmUpRequests)
    #expect(100...600 ~= count && told.trimmed == nil && told.section.isWarmUpLeftOut == nil)
    #expect(told.section.isSteady == true)
    #expect(told.section.notes.first?.contains("--trim-warm-up") == true)
    let trimmed = try steadiness(measured, trims: true)
    let rest = try #require(trimmed.trimmed)
    #expect(trimmed.section.isWarmUpLeftOut == true)
    #expect(rest.histogram.count == measured.latency.count - UInt64(count) && rest.sequence.count == 10_000 - count)
    #expect(try #require(rest.histogram.max) < 40_000_000 && measured.latency.max! > 150_000_000)
  }

  @Test("Without each value's place nothing is left out, and that is said")
  func thinned() throws {
    var measured = run { $1 * (1 + 20 * exp(-Double($0) / 50)) }
    measured.latencies = LatencySequence(interleaving: [measured.latencies], limit: 5_000)
    let found = try steadiness(measured, trims: true)
    #expect(found.trimmed == nil && found.section.isWarmUpLeftOut == false)
    #expect(found.section.notes.contains { $0.hasPrefix("Nothing is left out") })
  }

  @Test("A rate that falls is told where there are intervals enough to know")
  func rate() throws {
    var measured = run(2_000)
    measured.series = TrafficSeries()
    var random = SplitMix64(seed: 4)
    for second in 0..<300 {
      var point = TrafficSeries.Point()
      point.requests = (second < 200 ? 1_000 : 600) + Int.random(in: 0..<100, using: &random)
      point.failed = point.requests
      measured.series.add(point, due: UInt64(second) * 1_000_000_000)
    }
    let change = try #require(try steadiness(measured, .closedLoop).section.changes.first { $0.quantity == .rate })
    #expect(195...205 ~= change.afterSeconds ?? 0 && change.before > change.after)
  }
}
