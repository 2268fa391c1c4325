import Statistics
import Testing

@testable import Report

@Suite struct HistogramChartTests {
  private func histogram(_ nanoseconds: [UInt64]) -> Histogram {
    var histogram = Histogram()
    for value in nanoseconds { histogram.record(value) }
    return histogram
  }

  private func summary(_ nanoseconds: [UInt64]) -> LatencySummary {
    var summary = Example.summary(of: 1)
    summary.histogram = histogram(nanoseconds).base64V2()
    return summary
  }

  @Test("The bars have no gap, and hold every request once, each where its latency is")
  func bars() throws {
    let times: [UInt64] = [90_000, 100_001, 250_000, 1_000_000, 1_100_000, 9_999_999, 2_000_000_000]
    for aDecade in [6.0, 12] {
      let bars = HistogramChart.bars(histogram(times), aDecade: aDecade)
      #expect(bars.reduce(0) { $0 + $1.count } == 7)
      for (bar, next) in zip(bars, bars.dropFirst()) { #expect(bar.high == next.low) }
      for bar in bars {
        // A value is known to one in 1,000 or better.
        let inside = times.count { Double($0) / 1e6 >= bar.low * 1.001 && Double($0) / 1e6 < bar.high * 0.999 }
        #expect(Int(bar.count) >= inside)
      }
      #expect(try #require(bars.first).count > 0 && #require(bars.last).count > 0)
    }
  }

  @Test("Latencies within a decade have bars of equal width on a linear scale, and hold every request once")
  func withinDecade() {
    for times in [[10_000_000], [10_000_000, 10_000_001], (0..<1_000).map { 12_000_000 + $0 * 20_000 }] as [[UInt64]] {
      let bars = HistogramChart.bars(histogram(times), count: 24)
      #expect(bars.reduce(0) { $0 + $1.count } == times.count)
      for (bar, next) in zip(bars, bars.dropFirst()) { #expect(abs(bar.high - next.low) < 1e-9) }
      for bar in bars where times.count == 1_000 { #expect((20...60).contains(bar.count), "\(bar)") }
    }
    let drawn = HistogramChart().write(summary((0..<1_000).map { 12_000_000 + $0 * 20_000 }))
    #expect(drawn.contains(">15<") && !drawn.contains(">100<"), "\(drawn)")
  }

  @Test("A distribution that is empty or cannot be read is an empty chart")
  func empty() {
    #expect(
      HistogramChart.bars(histogram([]), aDecade: 6).isEmpty && HistogramChart.bars(histogram([]), count: 24).isEmpty)
    var broken = Example.summary(of: 1)
    broken.histogram = "x"
    #expect(HistogramChart().write(broken).hasSuffix("</svg>\n"))
  }

  @Test("Zero and hours have a place")
  func extremes() {
    #expect(HistogramChart.bars(histogram([0, 1, 300_000_000_000]), aDecade: 12).reduce(0) { $0 + $1.count } == 3)
    #expect(HistogramChart().write(summary([0, 300_000_000_000])).contains("latency, ms"))
  }
}
