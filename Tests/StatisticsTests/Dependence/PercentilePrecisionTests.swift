import Foundation
import Testing

@testable import Statistics

@Suite struct PercentilePrecisionTests {
  private static let delays: [SimulatedDelays] = [
    .autoregressive(correlation: 0.5), .onOff(on: 5, off: 20, slowness: 4), .heavyTailed(exponent: 1.5, window: 1),
  ]

  @Test("A histogram of the same values has the interval that the sequence has", arguments: delays)
  func same(delays: SimulatedDelays) throws {
    var random = SplitMix64(seed: 31)
    for _ in 0..<20 {
      let sequence = delays.sequence(of: 5_000, &random)
      let histogram = sequence.histogram
      for percentile in [50.0, 90, 99] {
        let precision = sequence.precisions(ofPercentiles: [percentile])[0]
        let own = sequence.interval(ofPercentile: percentile, level: 0.95)
        let other = precision.flatMap { histogram.interval(ofPercentile: percentile, level: 0.95, $0) }
        guard case .success(let own) = own, case .success(let other) = other else {
          #expect(own == other)
          continue
        }
        // To the width of a bucket.
        #expect(abs(Double(other.lowerBound) / Double(own.lowerBound) - 1) < 0.002)
        #expect(abs(Double(other.upperBound) / Double(own.upperBound) - 1) < 0.002)
      }
    }
  }

  @Test("The interval holds the percentile itself, at any confidence, and grows with it", arguments: delays)
  func own(delays: SimulatedDelays) throws {
    var random = SplitMix64(seed: 32)
    let sequence = delays.sequence(of: 10_000, &random)
    for percentile in [50.0, 90, 99] {
      let precision = try sequence.precisions(ofPercentiles: [percentile])[0].get()
      let value = try #require(sequence.histogram.value(atPercentile: percentile))
      var width: UInt64 = 0
      for level in [0.001, 0.5, 0.95, 0.999] {
        let found = try sequence.histogram.interval(ofPercentile: percentile, level: level, precision).get()
        #expect(found.contains(value))
        #expect(found.upperBound - found.lowerBound >= width)
        width = found.upperBound - found.lowerBound
      }
    }
  }

  @Test("A thinned sequence tells of the whole histogram, less surely")
  func thinned() throws {
    var random = SplitMix64(seed: 33)
    var (long, short, all) = (LatencySequence(), LatencySequence(limit: 1_000), Histogram())
    for _ in 0..<8_000 {
      let value = UInt64.random(in: 1_000_000..<3_000_000, using: &random)
      (long.append(value), short.append(value), all.record(value))
    }
    func width(_ sequence: LatencySequence) throws -> UInt64 {
      let found = try all.interval(
        ofPercentile: 90, level: 0.95, sequence.precisions(ofPercentiles: [90])[0].get()
      ).get()
      return found.upperBound - found.lowerBound
    }
    #expect(try width(short) > 2 * width(long))
  }

  @Test(
    "Numbers that no sequence gives are refused",
    arguments: [
      #"{"independent": 0, "skewness": 0, "degreesOfFreedom": 40}"#,
      #"{"independent": -1, "skewness": 0, "degreesOfFreedom": 40}"#,
      #"{"independent": 100, "skewness": 0, "degreesOfFreedom": 0.5}"#, #"{"independent": 100, "skewness": 0}"#,
    ])
  func damaged(text: String) {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(PercentilePrecision.self, from: Data(text.utf8))
    }
  }

  @Test("Nothing is bounded by few, nor by numbers without sense")
  func unbounded() {
    var histogram = Histogram()
    let precision = PercentilePrecision(independent: 1e-300, skewness: 1e300, degreesOfFreedom: 1)
    #expect(histogram.interval(ofPercentile: 50, level: 0.95, precision) == .failure(.fewBeyond))
    histogram.record(5, count: 1_000)
    #expect(histogram.interval(ofPercentile: 50, level: 0.95, precision) == .failure(.fewBeyond))
    for percentile in [0, 100, .nan] {
      let usual = PercentilePrecision(independent: 900, skewness: 0, degreesOfFreedom: 40)
      #expect(histogram.interval(ofPercentile: percentile, level: 0.95, usual) == .failure(.fewBeyond))
    }
  }
}
