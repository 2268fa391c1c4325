import Testing

@testable import Statistics

/// `Tests/Coverage/run` has more kinds of delays, longer sequences and more of them.
@Suite struct LatencySequenceTests {
  @Test(
    "The 95 % interval of p50, p90 and p99 holds the true one in 93 to 97 of 100 sequences",
    arguments: [
      SimulatedDelays.autoregressive(correlation: 0.5), .onOff(on: 5, off: 20, slowness: 4),
      .heavyTailed(exponent: 1.5, window: 1),
    ])
  func coverage(delays: SimulatedDelays) {
    for found in delays.coverage(of: [50, 90, 99], count: 3_000, runs: 1_000) {
      #expect(found.known > 900)
      #expect(0.93...0.97 ~= found.share, "\(found)")
    }
  }

  @Test(
    "Where a sequence is too short for its dependence, nothing is known, or seldom wrongly",
    arguments: [
      SimulatedDelays.autoregressive(correlation: 0.97), .onOff(on: 200, off: 200, slowness: 3),
      .queue(utilization: 0.9),
    ])
  func short(delays: SimulatedDelays) {
    for found in delays.coverage(of: [50, 90, 99], count: 2_000, runs: 100) {
      #expect(found.missed <= 2)
      #expect(found.known <= 10)
    }
  }

  @Test("Too few values beyond the percentile and too few independent stretches are told apart")
  func reasons() {
    var (independent, alike) = (LatencySequence(), LatencySequence())
    var random = SplitMix64(seed: 1)
    for index in 0..<700 as Range<UInt64> {
      independent.append(.random(in: 0..<1_000, using: &random))
      alike.append(index)
    }
    #expect(throws: PercentileShortage.fewBeyond) { try independent.interval(ofPercentile: 99, level: 0.95).get() }
    #expect(throws: PercentileShortage.fewStretches) { try alike.interval(ofPercentile: 50, level: 0.95).get() }
    #expect(throws: Never.self) { try independent.interval(ofPercentile: 90, level: 0.95).get() }
  }

  @Test(
    "Nothing is known where there is nothing to know, or nothing was asked",
    arguments: [
      (0, 50, 0.95), (127, 50, 0.95), (1_000, 0, 0.95), (1_000, 100, 0.95), (1_000, Double.nan, 0.95), (1_000, 50, 1),
    ])
  func invalid(count: Int, percentile: Double, level: Double) {
    var sequence = LatencySequence()
    for index in 0..<count { sequence.append(UInt64(index * 7_919 % 1_000)) }
    #expect(sequence.interval(ofPercentile: percentile, level: level) == .failure(.fewBeyond))
  }

  @Test("Values that are all alike have no value beyond")
  func constant() {
    var sequence = LatencySequence()
    for _ in 0..<5_000 { sequence.append(1_000) }
    #expect(sequence.interval(ofPercentile: 50, level: 0.95) == .failure(.fewBeyond))
  }

  @Test(
    "Values that take turns, as those of backends in rotation, have intervals, with a few missing or none",
    arguments: [990, 1_000, 9_999], [true, false])
  func turns(count: Int, isWhole: Bool) throws {
    var sequence = LatencySequence()
    for index in 0..<count where isWhole || index != 300 && !(500..<503).contains(index) {
      sequence.append(index % 3 == 1 ? 9_000_000 : 2_000_000 + UInt64(index * 7_919 % 1_000) * 100)
    }
    for percentile in [40.0, 60] {
      let found = try sequence.interval(ofPercentile: percentile, level: 0.95).get()
      #expect(found.upperBound < 2_100_000)
    }
    let slow = try sequence.interval(ofPercentile: 90, level: 0.95).get()
    #expect(slow.lowerBound > 8_990_000 && slow.upperBound < 9_010_000)
  }

  @Test("Independent values have the ranks that the binomial distribution gives, nearly")
  func independent() throws {
    var random = SplitMix64(seed: 5)
    let size: UInt64 = 20_000
    var sequence = LatencySequence()
    for value in (0..<size).shuffled(using: &random) { sequence.append(1_000_000_000 + value * 1_000_000) }
    for quantile in [0.5, 0.9, 0.99] {
      let interval = try sequence.interval(ofPercentile: 100 * quantile, level: 0.95).get()
      let ranks = try #require(QuantileInterval(count: Int(size), quantile: quantile, level: 0.95))
      let width = Double(ranks.upperRank! - ranks.lowerRank!)
      let found = Double(interval.upperBound - interval.lowerBound) / 1e6
      #expect(0.7 * width...1.4 * width ~= found, "\(quantile): \(found), \(width)")
    }
  }

  @Test("A full sequence keeps one of each two neighbours, from both places, over its whole length")
  func thinning() {
    var long = LatencySequence(limit: 1_000)
    for index in 0..<100_000 { long.append(UInt64(index)) }
    #expect(long.stride == 128)
    #expect(500...1_000 ~= long.count)

    var sequence = LatencySequence(limit: 1_000)
    // Two backends in turn: the slow one would be half of all, or none, if each second value were kept.
    for index in 0..<1_100 { sequence.append(index.isMultiple(of: 2) ? 1_000 : 2_000) }
    #expect(sequence.stride == 2)
    guard case .success(let slow) = sequence.interval(ofPercentile: 60, level: 0.95),
      case .success(let fast) = sequence.interval(ofPercentile: 40, level: 0.95)
    else {
      Issue.record("no interval")
      return
    }
    #expect(slow == 2_000...2_000)
    #expect(fast == 1_000...1_000)
  }

  @Test("A thinned sequence holds the true percentile as often as it says")
  func thinned() {
    var random = SplitMix64(seed: 11)
    var (known, covered) = (0, 0)
    for _ in 0..<200 {
      var sequence = LatencySequence(limit: 1_000)
      for _ in 0..<3_000 { sequence.append(.random(in: 0..<2_000, using: &random)) }
      guard case .success(let interval) = sequence.interval(ofPercentile: 90, level: 0.95) else { continue }
      known += 1
      if interval.contains(1_800) { covered += 1 }
    }
    #expect(known > 180)
    #expect(Double(covered) / Double(known) > 0.91)
  }

  @Test("What several senders saw is put in order by how much of each had passed")
  func interleaving() throws {
    var (many, few) = (LatencySequence(), LatencySequence())
    for index in 0..<3_000 as Range<UInt64> { many.append(index < 2_000 ? 10 : 30) }
    for index in 0..<600 as Range<UInt64> { few.append(index < 400 ? 20 : 40) }
    let change = try #require(LatencySequence(interleaving: [many, few]).levelChange())
    #expect(change.position == 2_400)
    #expect(LatencySequence(interleaving: [many, few]).count == 3_600)
    #expect(LatencySequence(interleaving: []).count == 0)
  }

  @Test(
    "Senders of which one of several values was kept weigh as much as they sent",
    arguments: [LatencySequence.limit, 500])
  func weights(limit: Int) {
    var (thinned, whole) = (LatencySequence(limit: 1_000), LatencySequence())
    for _ in 0..<8_000 { thinned.append(10) }
    for _ in 0..<2_000 { whole.append(20) }
    #expect(thinned.stride > 1)
    let all = LatencySequence(interleaving: [thinned, whole], limit: limit)
    #expect(all.count <= limit)
    #expect(8_000...12_000 ~= all.count * all.stride)
    #expect(0.7...0.9 ~= Double(all.buckets.count { $0 == 10 }) / Double(all.count))
  }
}
