import Glibc
import Statistics
import Testing

/// ``LatencySequence/warmUp()`` and ``LatencySequence/levelChange()``.
@Suite struct SteadinessTests {
  private static let delays: [SimulatedDelays] = [
    .autoregressive(correlation: 0.5), .onOff(on: 5, off: 20, slowness: 4), .heavyTailed(exponent: 1.5, window: 1),
  ]

  @Test("Steady durations have no warm-up and no change, in nearly all sequences", arguments: delays)
  func steady(delays: SimulatedDelays) {
    var random = SplitMix64(seed: 21)
    var (warmUps, changes, unknown) = (0, 0, 0)
    for _ in 0..<100 {
      let sequence = delays.sequence(of: 3_000, &random)
      if let warmUp = sequence.warmUp() { warmUps += warmUp > 0 ? 1 : 0 } else { unknown += 1 }
      if let change = sequence.levelChange() { changes += change.pValue < 0.001 ? 1 : 0 } else { unknown += 1 }
    }
    #expect(warmUps <= 2 && changes <= 2 && unknown <= 10, "\(warmUps), \(changes), \(unknown)")
  }

  @Test("A warm-up that fades is found, by and large where it ends", arguments: delays)
  func fading(delays: SimulatedDelays) throws {
    var random = SplitMix64(seed: 22)
    var found = 0
    for _ in 0..<20 {
      let sequence = delays.sequence(of: 3_000, &random) { $1 * (1 + 20 * exp(-Double($0) / 50)) }
      if 60...500 ~= sequence.warmUp() ?? 0 { found += 1 }
    }
    #expect(found >= 18, "\(found)")
  }

  @Test("Durations that double are found, and where, also in a thinned sequence", arguments: delays, [3_000, 1_500])
  func doubling(delays: SimulatedDelays, limit: Int) throws {
    var random = SplitMix64(seed: 23)
    let sequence = delays.sequence(of: 3_000, limit: limit, &random) { $0 < 2_000 ? $1 : 2 * $1 }
    let change = try #require(sequence.levelChange())
    #expect(change.pValue < 1e-3)
    #expect(change.after > change.before)
    #expect(abs(change.position - 2_000) < 200)
  }

  @Test(
    "Where the dependence is too long to be known, a large step is still found, and none is seldom seen",
    arguments: [SimulatedDelays.autoregressive(correlation: 0.9), .queue(utilization: 0.8)])
  func approximate(delays: SimulatedDelays) {
    var random = SplitMix64(seed: 24)
    var (known, alarms, found) = (0, 0, 0)
    for _ in 0..<100 {
      let steady = delays.sequence(of: 1_200, &random)
      known += steady.levelChange() == nil ? 0 : 1
      alarms += (steady.levelChange(isApproximate: true)?.pValue ?? 0) < 0.001 ? 1 : 0
      let step = delays.sequence(of: 1_200, &random) { $0 < 600 ? $1 : 20 * $1 }
      found += (step.levelChange(isApproximate: true)?.pValue ?? 1) < 0.001 ? 1 : 0
    }
    #expect(known <= 20 && alarms <= 3 && found >= 95, "\(known), \(alarms), \(found)")
  }

  @Test("Where no steady state was seen, it is not known when a warm-up ended")
  func unknown() {
    var sequence = LatencySequence()
    for index in 0..<3_000 { sequence.append(UInt64(1_000_000 - 100 * index)) }
    #expect(sequence.warmUp() == nil)
    #expect(LatencySequence().warmUp() == nil)
    #expect(LatencySequence().levelChange() == nil)
  }
}
