import Statistics
import Testing

@Suite struct QuantileIntervalTests {
  /// Ranks from the binomial distribution in exact rational arithmetic.
  @Test(
    "The ranks are those of the binomial distribution",
    arguments: [
      (10, 0.5, 2, 9), (6, 0.5, 1, 6), (100, 0.5, 40, 61), (100, 0.9, 84, 96), (100, 0.1, 5, 17),
    ])
  func ranks(count: Int, quantile: Double, lower: Int, upper: Int) {
    let interval = QuantileInterval(count: count, quantile: quantile, level: 0.95)
    #expect(interval?.lowerRank == lower)
    #expect(interval?.upperRank == upper)
  }

  @Test("Nothing bounds a quantile beyond which too few values lie")
  func unbounded() {
    let rare = QuantileInterval(count: 500, quantile: 0.999, level: 0.95)
    #expect(rare?.lowerRank == 498)
    #expect(rare?.upperRank == nil)
    let few = QuantileInterval(count: 5, quantile: 0.5, level: 0.95)
    #expect(few?.lowerRank == nil)
    #expect(few?.upperRank == nil)
  }

  @Test("The normal approximation goes on where the exact sum ends", arguments: [0.5, 0.9, 0.99])
  func continuity(quantile: Double) throws {
    let size = Int((2000 / (1 - quantile)).rounded())
    let exact = try #require(QuantileInterval(count: size - 10, quantile: quantile, level: 0.99))
    let normal = try #require(QuantileInterval(count: size + 10, quantile: quantile, level: 0.99))
    let step = Int(20 * quantile)
    #expect(abs(normal.lowerRank! - exact.lowerRank! - step) <= 3)
    #expect(abs(normal.upperRank! - exact.upperRank! - step) <= 3)
  }

  @Test("Parameters out of range have no interval")
  func invalid() {
    #expect(QuantileInterval(count: 0, quantile: 0.5, level: 0.95) == nil)
    #expect(QuantileInterval(count: 9, quantile: 1, level: 0.95) == nil)
    #expect(QuantileInterval(count: 9, quantile: 0.5, level: 1) == nil)
    #expect(Histogram().interval(ofPercentile: 50, level: 0.95) == nil)
  }

  @Test("The interval of a histogram covers the true quantile as often as it says", arguments: [50.0, 90])
  func coverage(percentile: Double) throws {
    var random = SplitMix64(seed: 3)
    var covered = 0
    for _ in 0..<1000 {
      var histogram = Histogram()
      for _ in 0..<200 { histogram.record(UInt64.random(in: 1...1_000_000, using: &random)) }
      let (lower, upper) = try #require(histogram.interval(ofPercentile: percentile, level: 0.9))
      let truth = UInt64(percentile * 10_000)
      if let lower, let upper, lower <= truth, truth <= upper { covered += 1 }
    }
    // Ranks are whole, so the interval covers a little more than it must.
    #expect(covered >= 880 && covered <= 950, "\(covered) of 1000")
  }

  @Test("A sample that tells less has a wider interval")
  func effective() throws {
    var histogram = Histogram()
    for value in 1...1000 as ClosedRange<UInt64> { histogram.record(value) }
    let whole = try #require(histogram.interval(ofPercentile: 50, level: 0.95))
    #expect(whole.lower == 469 && whole.upper == 532)
    let tenth = try #require(histogram.interval(ofPercentile: 50, level: 0.95, effectiveCount: 100))
    #expect(tenth.lower == 391 && tenth.upper == 610)
  }
}
