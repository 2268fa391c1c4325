import Statistics
import Testing

@testable import Report

@Suite struct HistogramChartTests {
  private func summary(_ nanoseconds: [UInt64]) -> LatencySummary {
    var histogram = Histogram()
    for value in nanoseconds { histogram.record(value) }
    var summary = Example.summary(of: 1)
    summary.histogram = histogram.base64V2()
    return summary
  }

  @Test("The bars have no gap, and hold every request once, each where its latency is")
  func bars() throws {
    let times: [UInt64] = [90_000, 100_001, 250_000, 1_000_000, 1_100_000, 9_999_999, 2_000_000_000]
    for aDecade in [6.0, 12] {
      let bars = HistogramChart.bars(summary(times), aDecade: aDecade)
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

  @Test("A distribution that is empty or cannot be read is an empty chart")
  func empty() {
    #expect(HistogramChart.bars(summary([]), aDecade: 6).isEmpty)
    var broken = Example.summary(of: 1)
    broken.histogram = "x"
    #expect(HistogramChart.bars(broken, aDecade: 6).isEmpty)
    #expect(HistogramChart().write(broken).hasSuffix("</svg>\n"))
  }

  @Test("Zero and hours have a place")
  func extremes() {
    #expect(HistogramChart.bars(summary([0, 1, 300_000_000_000]), aDecade: 12).reduce(0) { $0 + $1.count } == 3)
    #expect(HistogramChart().write(summary([0, 300_000_000_000])).contains("latency, ms"))
  }
}
