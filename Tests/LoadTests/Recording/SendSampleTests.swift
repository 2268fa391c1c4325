import Glibc
import HTTP
import Platform
import Statistics
import Support
import Testing

@testable import Load

@Suite struct SendSampleTests {
  private func plan(_ pacer: Pacer, requests: Int? = nil, seconds: Double? = 10) throws -> Plan {
    var plan = Plan(target: try Target("http://127.0.0.1/"), addresses: [], templates: [])
    plan.pacer = pacer
    plan.traffic.requests = requests
    plan.traffic.duration = seconds.map { Nanoseconds($0 * 1e9) }
    return plan
  }

  @Test("Few requests are all kept; of many the same stretches by each worker, together without a gap")
  func stretches() throws {
    for (rate, most) in [(100.0, 1_000), (200_000.0, 8_300)] {
      let plan = try plan(.constant(rate: rate))
      var workers = [try #require(SendSample(plan)), try #require(SendSample(plan))]
      for index in 0..<Int(rate * 10) { workers[index % 2].note(UInt64(Double(index) * 1e9 / rate)) }
      workers[0].add(workers[1])
      let found = try #require(workers[0].intervals(plan.pacer))
      #expect(most - 200...most ~= found.count)
      #expect(abs(found.mean * rate / 1e9 - 1) < 1e-3 && found.spread < 0.01, "\(found)")
    }
  }

  @Test("What is noted out of order is kept as well")
  func order() throws {
    let plan = try plan(.constant(rate: 10_000))
    var (sorted, mixed) = (try #require(SendSample(plan)), try #require(SendSample(plan)))
    let times = (0..<100_000 as Range<UInt64>).map { $0 * 100_000 }
    for time in times { sorted.note(time) }
    for index in times.indices { mixed.note(times[index ^ 7 < times.count ? index ^ 7 : index]) }
    #expect(mixed.intervals(plan.pacer) == sorted.intervals(plan.pacer))
  }

  @Test("Bursts have a spread; a Poisson schedule is told from a constant one")
  func judged() throws {
    let poisson = Pacer.poisson(rate: 5_000, seed: 1)
    let plan = try plan(poisson)
    var (random, even, bursts) = (
      try #require(SendSample(plan)), try #require(SendSample(plan)), try #require(SendSample(plan))
    )
    var (generator, time) = (SplitMix64(seed: 9), 0.0)
    for index in 0..<50_000 {
      time += 200_000 * -log(1 - generator.nextShare())
      random.note(UInt64(time))
      even.note(UInt64(index) * 200_000)
      bursts.note(UInt64(index / 50) * 10_000_000)
    }
    #expect(try #require(random.intervals(poisson)?.exponential).pValue > 0.01)
    #expect(try #require(even.intervals(poisson)?.exponential).pValue < 1e-4)
    #expect(try #require(bursts.intervals(.constant(rate: 5_000))).spread > 5)
    #expect(try #require(even.intervals(.constant(rate: 5_000))).spread < 0.01)
  }

  @Test("Paces without a known interval, parts of a plan and too many moments have none")
  func none() throws {
    #expect(SendSample(try plan(.closedLoop)) == nil)
    #expect(SendSample(try plan(.ramp(from: 1, to: 9, seconds: 10))) == nil)
    var part = try plan(.constant(rate: 10))
    part.shard = try #require(Shard(index: 0, count: 2))
    #expect(SendSample(part) == nil)
    var full = try #require(SendSample(try plan(.constant(rate: 100))))
    for index in 0..<40_000 as Range<UInt64> { full.note(index) }
    #expect(full.intervals(.constant(rate: 100)) == nil)
  }
}
