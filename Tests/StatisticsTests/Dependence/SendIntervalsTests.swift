import Statistics
import Testing

@Suite struct SendIntervalsTests {
  @Test("A schedule that is kept has no spread")
  func kept() throws {
    let found = try #require(SendIntervals((0..<100).map { 5 + 1_000 * $0 }, asked: 1_000, schedule: .constant))
    #expect(found.count == 99 && found.mean == 1_000 && found.spread == 0 && found.offShare == 0)
    #expect(found.exponential == nil)
  }

  @Test("Spread and share are in units of what was asked")
  func spread() throws {
    // 900 and 1,100 in turn, and half of all 200 apart from that.
    let times: [UInt64] = [0, 800, 2_000, 2_800, 4_000, 5_000, 6_000, 7_000, 8_000]
    let found = try #require(SendIntervals(times.shuffled(), asked: 1_000, schedule: .constant))
    #expect(found.count == 8 && found.mean == 1_000)
    #expect(abs(found.spread - 0.02.squareRoot()) < 1e-12)
    #expect(found.offShare == 0.5)
  }

  @Test("A Poisson schedule is told from one that is constant, and from one at another rate")
  func poisson() throws {
    var random = SplitMix64(seed: 3)
    var time = 0.0
    let times = (0..<5_000).map { _ in
      time += random.exponential(mean: 200_000)
      return UInt64(time)
    }
    let right = try #require(SendIntervals(times, asked: 200_000, schedule: .poisson))
    #expect(try #require(right.exponential).pValue > 0.01)
    #expect(0.9...1.1 ~= right.spread)
    let slow = try #require(SendIntervals(times, asked: 180_000, schedule: .poisson))
    #expect(try #require(slow.exponential).pValue < 1e-4)
    let constant = try #require(SendIntervals((0..<5_000).map { 200_000 * $0 }, asked: 200_000, schedule: .poisson))
    #expect(try #require(constant.exponential).pValue < 1e-4)
  }

  @Test("Out of range there is nothing to say")
  func limits() {
    #expect(SendIntervals([1, 2, 3, 4, 5], asked: 10, schedule: .constant) == nil)
    #expect(SendIntervals([1, 2, 3, 4, 5, 6], asked: 1, schedule: .constant) == nil)
    #expect(SendIntervals([1, 2, 3, 4, 5, 6], asked: .infinity, schedule: .poisson) == nil)
  }
}
