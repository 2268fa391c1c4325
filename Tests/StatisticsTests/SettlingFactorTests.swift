import Testing

@testable import Statistics

@Suite struct SettlingFactorTests {
  /// Half the width of an interval of 95 % of a difference whose standard error is 1.
  private static let half = 1.959_963_984_540_054

  @Test(
    "The factor is the square of how much nearer the interval's end has to come, with room for the next middle",
    arguments: [
      // Beyond: ((1.960 + 1.282) / (difference − needed))².
      (3.0, 1.0, 1.0, 2.627), (-3, 1, 1, 2.627), (2, 1, 1, 10.507), (3, 1, 2, 10.507), (5, 1, 1, 1),
      // Within: ((1.960 + 1.645) / (margin − |difference|))².
      (0, 1, 1, 12.995), (0.5, 1, 1, 51.98), (-0.5, 1, 1, 51.98), (0, 10, 10, 1),
    ] as [(Double, Double, Double, Double)])
  func factor(difference: Double, margin: Double, needed: Double, factor: Double) throws {
    let found = try #require(
      SettlingFactor.factor(
        difference, low: difference - Self.half, high: difference + Self.half, level: 0.95, within: margin,
        beyond: needed))
    #expect(abs(found - factor) < 0.005 * factor, "\(found)")
  }

  @Test("Of an interval that is not even, the end towards the margin counts")
  func uneven() throws {
    func factor(_ low: Double, _ high: Double, _ difference: Double = 3) -> Double? {
      SettlingFactor.factor(difference, low: low, high: high, level: 0.95, within: 1, beyond: 1)
    }
    #expect(factor(1, 10) == factor(1, 3.1))
    #expect(factor(-4, -0.5, -3) == factor(-30, -0.5, -3))
    #expect(try #require(factor(-1, 3.1)) > #require(factor(0, 3.1)))
    // Within a margin each end counts.
    #expect(try #require(factor(-9, 1, 0)) == #require(factor(-1, 9, 0)))
  }

  @Test(
    "At the margin, between it and what is needed, and without an end, no number of observations settles it",
    arguments: [
      (1.0, -1.0, 3.0, 1.0, 1.0), (1.5, 0, 3, 1, 2), (3, -.infinity, 4, 1, 1), (0, -1, .infinity, 1, 1),
      (.nan, 0, 1, 1, 1),
    ] as [(Double, Double, Double, Double, Double)])
  func none(difference: Double, low: Double, high: Double, margin: Double, needed: Double) {
    #expect(
      SettlingFactor.factor(difference, low: low, high: high, level: 0.95, within: margin, beyond: needed) == nil)
  }

  @Test("An interval that shrinks with 1/√n gives the same factor by search, one that shrinks with 1/n its square root")
  func search() throws {
    func factor(_ power: Int, most: Double = 1_000) -> Double? {
      SettlingFactor.factor(0.5, level: 0.95, within: 1, beyond: 1, most: most) { times in
        let half = Self.half / (power == 1 ? times : times.squareRoot())
        return (0.5 - half, 0.5 + half)
      }
    }
    #expect((51.9...52.6).contains(try #require(factor(2))))
    #expect((7.2...7.3).contains(try #require(factor(1))))
    #expect(factor(2, most: 50) == nil)
  }

  @Test("As many observations as it says settle it in nine of ten repetitions of a normal mean")
  func simulation() throws {
    var random = SplitMix64(seed: 41)
    func normal() -> Double { NormalDistribution.quantile(max(1e-12, random.nextShare())) }
    for (difference, margin) in [(3.0, 1.0), (2, 1), (0, 1), (0.5, 1), (-2.5, 2)] {
      let factor = try #require(
        SettlingFactor.factor(
          difference, low: difference - Self.half, high: difference + Self.half, level: 0.95, within: margin,
          beyond: margin))
      let error = 1 / factor.squareRoot()
      let settled = (0..<4_000).count { _ in
        let middle = difference + normal() * error
        let (low, high) = (middle - Self.half * error, middle + Self.half * error)
        return low > margin || high < -margin || (low >= -margin && high <= margin)
      }
      #expect(settled >= 3_500, "\(difference) beside \(margin): \(settled) of 4,000")
    }
  }
}
