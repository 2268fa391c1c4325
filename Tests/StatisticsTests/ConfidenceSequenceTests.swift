import Statistics
import Testing

@Suite struct ConfidenceSequenceTests {
  @Test(
    "The true share is left out at no time, in all but few of many runs; Wilson's interval would leave it out in many")
  func coverage() throws {
    var missed = (sequence: 0, wilson: 0)
    for seed in 0..<200 as Range<UInt64> {
      var generator = SplitMix64(seed: seed)
      var hits = 0
      var (sequence, wilson) = (true, true)
      for count in 1...3_000 {
        if generator.unit() <= 0.1 { hits += 1 }
        guard count % 25 == 0 else { continue }
        sequence = sequence && ConfidenceSequence.interval(hits: hits, of: count, level: 0.95).contains(0.1)
        wilson = wilson && Proportion(hits, of: count)!.interval(level: 0.95).contains(0.1)
      }
      if !sequence { missed.sequence += 1 }
      if !wilson { missed.wilson += 1 }
    }
    // 5 % of 200 are 10; twice as many would be 3 standard deviations.
    #expect(missed.sequence <= 10)
    #expect(missed.wilson > 40)
  }

  @Test("It narrows around what was seen, and says nothing before that")
  func narrows() {
    #expect(ConfidenceSequence.interval(hits: 0, of: 0, level: 0.95) == 0...1)
    #expect(ConfidenceSequence.interval(hits: 5, of: 3, level: 0.95) == 0...1)
    var last = 0.0...1.0
    for count in [10, 100, 1_000, 10_000, 1_000_000] {
      let interval = ConfidenceSequence.interval(hits: count / 10, of: count, level: 0.95)
      #expect(last.contains(interval.lowerBound) && last.contains(interval.upperBound))
      #expect(interval.contains(0.1))
      last = interval
    }
    #expect(last.upperBound - last.lowerBound < 0.005)
    let none = ConfidenceSequence.interval(hits: 0, of: 1_000, level: 0.95)
    #expect(none.lowerBound == 0 && none.upperBound < 0.02)
    let all = ConfidenceSequence.interval(hits: 1_000, of: 1_000, level: 0.95)
    #expect(all.upperBound == 1 && all.lowerBound > 0.98)
  }
}
