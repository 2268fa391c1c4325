import Testing

@testable import Statistics

@Suite struct HistogramRemovingTests {
  @Test("Without the first values a histogram holds the others, to a thousandth", arguments: [0, 1, 500, 1_000])
  func removing(count: Int) throws {
    var (all, rest, sequence) = (Histogram(), Histogram(), LatencySequence())
    for index in 0..<1_000 {
      let value = UInt64(index < 500 ? 9_000_000 - index : 1_000_000 + index * 7_919)
      all.record(value)
      sequence.append(value)
      if index >= count { rest.record(value) }
    }
    let found = try #require(all.withoutFirst(count, of: sequence))
    #expect(found.count == rest.count)
    guard let mean = rest.mean, let most = rest.max, let least = rest.min else { return }
    #expect(abs(try #require(found.mean) / mean - 1) < 0.001)
    #expect(abs(Double(try #require(found.max)) / Double(most) - 1) < 0.001)
    #expect(abs(Double(try #require(found.min)) / Double(least) - 1) < 0.001)
    for percentile in [50.0, 90, 99] {
      #expect(
        abs(
          Double(try #require(found.value(atPercentile: percentile)))
            / Double(try #require(rest.value(atPercentile: percentile))) - 1) < 0.002)
    }
  }

  @Test("Where the sequence is not that of all values, nothing is known")
  func foreign() {
    var (all, sequence, thinned) = (Histogram(), LatencySequence(), LatencySequence(limit: 100))
    for value in 0..<200 as Range<UInt64> {
      all.record(value)
      thinned.append(value)
      if value > 0 { sequence.append(value) }
    }
    #expect(all.withoutFirst(10, of: sequence) == nil)
    #expect(all.withoutFirst(10, of: thinned) == nil)
  }
}
