import Testing

@testable import Statistics

@Suite struct CoarseHistogramTests {
  @Test("Percentiles are those of the values, at most 1.6 % too high and never too low")
  func percentiles() throws {
    var random = SplitMix64(seed: 7)
    var (coarse, fine) = (CoarseHistogram(), Histogram())
    var values: [UInt64] = []
    for _ in 0..<5_000 {
      let value = random.next() >> UInt64.random(in: 26...56, using: &random)
      values.append(value)
      coarse.add(1, toBucket: fine.record(value))
    }
    values.sort()
    #expect(coarse.count == 5_000)
    for percentile in [0.0, 1, 50, 90, 99, 100] {
      let exact = values[max(0, Int((percentile * 50).rounded(.up)) - 1)]
      let found = try #require(coarse.value(atPercentile: percentile))
      #expect(found >= min(exact, Histogram.highestTrackableValue))
      #expect(Double(found) <= Double(exact) * 1.016 + 16, "\(percentile): \(found) for \(exact)")
    }
    #expect(CoarseHistogram().value(atPercentile: 50) == nil && coarse.value(atPercentile: .nan) == nil)
  }

  @Test("Sums do not depend on the order, and values beyond the range stay in the last bucket")
  func sums() {
    var (one, other, whole) = (CoarseHistogram(), CoarseHistogram(), CoarseHistogram())
    for (index, bucket) in [7, 3, 900, 3, 0, 1_500, 7].enumerated() {
      if index % 2 == 0 { one.add(2, toBucket: bucket) } else { other.add(2, toBucket: bucket) }
      whole.add(2, toBucket: bucket)
    }
    var (left, right) = (one, other)
    left.add(other)
    right.add(one)
    #expect(left == whole && right == whole)
    #expect(whole.buckets.map(\.index) == [0, 3, 7, 900, 1_500])
    var histogram = Histogram()
    #expect(histogram.record(.max) == CoarseHistogram.bucketLimit - 1)
  }
}

extension CoarseHistogramTests {
  @Test("What came since an earlier state, and how many are below a limit")
  func since() {
    var histogram = Histogram()
    for value: UInt64 in [10, 1_000, 1_000, 5_000_000] { histogram.record(value) }
    let earlier = CoarseHistogram(histogram)
    for value: UInt64 in [10, 2_000, 2_000, 5_000_000] { histogram.record(value) }
    let later = CoarseHistogram(histogram)
    var expected = Histogram()
    for value: UInt64 in [10, 2_000, 2_000, 5_000_000] { expected.record(value) }
    #expect(later.since(earlier) == CoarseHistogram(expected))
    #expect(later.since(CoarseHistogram()) == later && later.since(later).count == 0)
    // An earlier state that is none gives nothing below zero.
    #expect(earlier.since(later).count == 0)
    #expect([0, 15, 1_100, 2_100, 6_000_000].map(later.count(upTo:)) == [0, 2, 4, 6, 8])
  }
}
