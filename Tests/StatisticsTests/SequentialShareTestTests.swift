import Statistics
import Testing

@Suite struct SequentialShareTestTests {
  /// What one test makes of answers by chance.
  private func run(
    _ seed: UInt64, promised: Double, true share: Double, margin: Double, atMost: Int = 200_000
  ) throws -> SequentialShareTest {
    var generator = SplitMix64(seed: seed)
    var test = try #require(
      SequentialShareTest(expectedShare: promised, margin: margin, falseAlarm: 0.001, miss: 0.001))
    for _ in 0..<atMost where test.decision == .undecided { test.add(isHit: generator.unit() <= share) }
    return test
  }

  @Test(
    "A share as promised is taken, one that is off by the margin is not: 300 runs each, and no error beyond what is stated",
    arguments: [(0.05, 0.025), (0.5, 0.05), (0.01, 0.005), (0.95, 0.025)])
  func errors(promised: Double, margin: Double) throws {
    var wrong = (alarms: 0, misses: 0)
    for seed in 0..<300 as Range<UInt64> {
      if try run(seed, promised: promised, true: promised, margin: margin).decision != .asExpected { wrong.alarms += 1 }
      if try run(seed, promised: promised, true: promised + margin, margin: margin).decision != .larger {
        wrong.misses += 1
      }
      if try run(seed, promised: promised, true: promised - margin, margin: margin).decision != .smaller {
        wrong.misses += 1
      }
    }
    // One in a thousand each: of 300 and 600 five would be 4 standard deviations and more.
    #expect(wrong.alarms < 4 && wrong.misses < 5)
  }

  @Test("It ends sooner than a sample of fixed size for the same errors, the sooner the farther off the share is")
  func length() throws {
    // 1 % against 2 % takes a fixed sample of 5,775 with both errors at 0.001.
    func mean(_ share: Double) throws -> Double {
      let counts = try (0..<200 as Range<UInt64>).map {
        try run($0, promised: 0.01, true: share, margin: 0.0099).count
      }
      return Double(counts.reduce(0, +)) / 200
    }
    let (asPromised, off, far) = (try mean(0.01), try mean(0.02), try mean(0.1))
    #expect(asPromised < 5775 && off < asPromised && far < off / 5)
    let test = try #require(
      SequentialShareTest(expectedShare: 0.01, margin: 0.0099, falseAlarm: 0.001, miss: 0.001))
    #expect(asPromised < 1.5 * Double(test.expectedCount) && asPromised > 0.5 * Double(test.expectedCount))
  }

  @Test("A rotation that keeps the share exactly is taken, and no answer counts after the decision")
  func rotation() throws {
    var test = try #require(SequentialShareTest(expectedShare: 0.05, margin: 0.025, falseAlarm: 0.001, miss: 0.001))
    var index = 0
    while test.decision == .undecided, index < 10_000 {
      test.add(isHit: index % 20 == 19)
      index += 1
    }
    #expect(test.decision == .asExpected && index < 2_000)
    let decided = test
    test.add(isHit: true)
    #expect(test == decided)
  }

  @Test("Parameters that leave no test are refused")
  func refused() {
    for (share, margin, alarm, miss) in [
      (0.0, 0.1, 0.01, 0.01), (0.05, 0.05, 0.01, 0.01), (0.95, 0.05, 0.01, 0.01), (0.5, 0, 0.01, 0.01),
      (0.5, 0.1, 0, 0.01), (0.5, 0.1, 0.01, 0.5), (.nan, 0.1, 0.01, 0.01),
    ] {
      #expect(SequentialShareTest(expectedShare: share, margin: margin, falseAlarm: alarm, miss: miss) == nil)
    }
  }
}
