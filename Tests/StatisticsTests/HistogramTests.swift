import Glibc
import Statistics
import Testing

@Suite struct HistogramTests {
  enum Shape: CaseIterable {
    case uniform, exponential, bimodal

    func samples(_ count: Int) -> [UInt64] {
      var generator = SplitMix64(seed: 42)
      return (0..<count).map { _ in
        switch self {
        case .uniform: generator.next() % 50_000_000
        case .exponential: UInt64(generator.exponential(mean: 3_000_000))
        case .bimodal: UInt64((generator.unit() < 0.9 ? 800_000 : 90_000_000) * exp(0.3 * generator.normal()))
        }
      }
    }
  }

  @Test("Percentiles of a million samples are within 0.1 % of the order statistics", arguments: Shape.allCases)
  func percentiles(shape: Shape) throws {
    let samples = shape.samples(1_000_000)
    var histogram = Histogram()
    for sample in samples { histogram.record(sample) }

    let sorted = samples.sorted()
    for perMillion in [0, 10_000, 250_000, 500_000, 900_000, 990_000, 999_000, 999_900, 1_000_000] {
      let exact = Double(sorted[max(perMillion - 1, 0)])
      let value = Double(try #require(histogram.value(atPercentile: Double(perMillion) / 10_000)))
      #expect(value >= exact)
      #expect(value <= exact * 1.001)
    }
    let mean = samples.reduce(0.0) { $0 + Double($1) } / 1e6
    let variance = samples.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / 1e6
    #expect(abs(try #require(histogram.mean) / mean - 1) < 1e-12)
    #expect(abs(try #require(histogram.standardDeviation) / variance.squareRoot() - 1) < 1e-3)
    #expect(histogram.min == sorted.first)
    #expect(histogram.max == sorted.last)
    #expect(histogram.count == 1_000_000)
  }

  @Test("Merged parts equal one histogram that recorded everything")
  func merging() {
    let samples = Shape.exponential.samples(20_000) + [0, .max]
    var whole = Histogram()
    var parts = [Histogram](repeating: Histogram(), count: 3)
    for (index, sample) in samples.enumerated() {
      whole.record(sample)
      parts[index % 3].record(sample)
    }
    var merged = Histogram()
    for part in parts { merged.add(part) }
    merged.add(Histogram())
    #expect(merged == whole)
  }

  @Test("Recording with a count equals recording again and again")
  func counting() {
    var one = Histogram()
    var other = Histogram()
    for _ in 0..<5 { one.record(12_345_678) }
    other.record(12_345_678, count: 5)
    other.record(99, count: 0)
    #expect(one == other)
    #expect(one.standardDeviation == 0)
    #expect(one.mean == 12_345_678)
  }

  @Test("Buckets are one wide up to 2,047, two wide up to 4,095, and so on without a gap")
  func buckets() {
    var histogram = Histogram()
    for value: UInt64 in [2_047, 2_048, 2_049, 4_095, 4_096, 299_999_999_999] { histogram.record(value) }
    let buckets = histogram.recordedBuckets
    #expect(buckets.map(\.lowest).prefix(4) == [2_047, 2_048, 4_094, 4_096])
    #expect(buckets.map(\.highest).prefix(4) == [2_047, 2_049, 4_095, 4_099])
    #expect(buckets.map(\.count) == [1, 2, 1, 1, 1])
    #expect(buckets.allSatisfy { Double($0.highest - $0.lowest) <= Double($0.lowest) / 1_024 })
  }

  @Test("Values beyond five minutes are counted as saturated, and the maximum stays exact")
  func saturation() {
    var histogram = Histogram()
    histogram.record(1_000)
    histogram.record(Histogram.highestTrackableValue)
    #expect(histogram.saturated == 0)
    histogram.record(.max)
    histogram.record(400_000_000_000, count: 2)
    #expect(histogram.saturated == 3)
    #expect(histogram.count == 5)
    #expect(histogram.max == .max)
    #expect(histogram.value(atPercentile: 100) == .max)
    #expect(histogram.recordedBuckets.count == 2)
  }

  @Test("An empty histogram answers nothing")
  func empty() {
    let histogram = Histogram()
    #expect(histogram.isEmpty)
    #expect(histogram.min == nil && histogram.max == nil && histogram.mean == nil)
    #expect(histogram.standardDeviation == nil)
    #expect(histogram.value(atPercentile: 50) == nil)
    #expect(histogram.recordedBuckets.isEmpty)
  }

  @Test("Room made beforehand changes no answer", arguments: [0, 1_000_000, 1_000_000_000, UInt64.max])
  func preparation(highest: UInt64) {
    var prepared = Histogram()
    prepared.prepare(upTo: highest)
    #expect(prepared == Histogram())
    var plain = Histogram()
    for value: UInt64 in [70_001, 12_000_000, 5, .max, 900_000_000] {
      plain.record(value)
      prepared.record(value)
      #expect(prepared == plain)
    }
    prepared.prepare(upTo: highest)
    #expect(prepared == plain)
  }

  @Test("Percentiles outside 0…100 count as the nearer end")
  func percentileRange() {
    var histogram = Histogram()
    histogram.record(5_001)
    histogram.record(70_001)
    #expect(histogram.value(atPercentile: -1) == 5_001)
    #expect(histogram.value(atPercentile: 0) == 5_001)
    #expect(histogram.value(atPercentile: 50) == 5_003)
    #expect(histogram.value(atPercentile: 50.1) == 70_001)
    #expect(histogram.value(atPercentile: .infinity) == 70_001)
    #expect(histogram.value(atPercentile: .nan) == nil)
  }

  @Test("Counts that overflow stay at the largest number")
  func overflow() {
    var histogram = Histogram()
    histogram.record(.max, count: .max)
    histogram.record(.max, count: .max)
    histogram.add(histogram)
    #expect(histogram.count == .max)
    #expect(histogram.value(atPercentile: 99) != nil)
  }
}
