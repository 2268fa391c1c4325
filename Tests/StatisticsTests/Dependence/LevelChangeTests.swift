import Testing

@testable import Statistics

@Suite struct LevelChangeTests {
  /// The quantiles of Kolmogorov's distribution: N. Smirnov, Annals of Mathematical Statistics 19 (1948), 279; the others by SciPy
  /// 1.17, scipy.special.kolmogorov.
  @Test(
    "The probability is Kolmogorov's",
    arguments: [
      (1.224, 0.1), (1.358, 0.05), (1.628, 0.01), (1.949, 0.001), (0.5, 0.9639), (0.8, 0.5441), (1, 0.27), (0.1, 1),
    ])
  func table(distance: Double, chance: Double) {
    #expect(abs(LevelChange.chance(ofExceeding: distance, degreesOfFreedom: .infinity) - chance) < 1e-4)
  }

  /// The mean of Kolmogorov's series over the chi-square distribution, by SciPy 1.17, scipy.integrate.quad.
  @Test(
    "An estimated deviation makes large distances likelier",
    arguments: [(1.358, 46, 0.0653476), (1.949, 46, 0.00281896), (1.949, 10, 0.0195921)])
  func estimated(distance: Double, freedom: Double, chance: Double) {
    #expect(abs(LevelChange.chance(ofExceeding: distance, degreesOfFreedom: freedom) / chance - 1) < 1e-3)
  }

  @Test("A steady sequence is seldom taken for one that changed", arguments: [0, 0.5, 0.8])
  func steady(correlation: Double) {
    var random = SplitMix64(seed: 4)
    var (known, alarms) = (0, 0)
    for _ in 0..<200 {
      guard let change = LevelChange(Self.noise(5_000, correlation, &random)) else { continue }
      known += 1
      if change.pValue < 0.001 { alarms += 1 }
    }
    #expect(known > 180)
    #expect(alarms <= 2, "\(alarms) of \(known)")
  }

  @Test("A step is found, and where", arguments: [500, 1_500, 2_700])
  func step(position: Int) throws {
    var random = SplitMix64(seed: 6)
    let values = Self.noise(3_000, 0.5, &random).enumerated().map { $1 + ($0 < position ? 10 : 11.5) }
    // Without the values in the message.
    let found = LevelChange(values)
    let change = try #require(found)
    #expect(change.pValue < 1e-6)
    #expect(abs(change.position - position) < 30)
    #expect(abs(change.before - 10) < 0.4 && abs(change.after - 11.5) < 0.4)
  }

  @Test("A trend is found")
  func trend() throws {
    var random = SplitMix64(seed: 8)
    let values = Self.noise(3_000, 0.5, &random).enumerated().map { $1 + Double($0) / 1_000 }
    // Without the values in the message.
    let found = LevelChange(values)
    let change = try #require(found)
    #expect(change.pValue < 1e-4)
    #expect(1_000...2_000 ~= change.position)
    #expect(change.after > change.before)
  }

  @Test("A step without any noise is certain, and equal values have none")
  func exact() throws {
    let step = try #require(LevelChange((0..<200).map { $0 < 80 ? 1 : 3 }))
    #expect(step.statistic == .infinity && step.pValue == 0 && step.position == 80)
    #expect(abs(step.before - 1) < 1e-12 && abs(step.after - 3) < 1e-12)
    #expect(LevelChange([Double](repeating: 0.1, count: 200))?.pValue == 1)
  }

  @Test("What is short, or depends on itself all along, cannot be judged")
  func unknown() {
    var random = SplitMix64(seed: 10)
    #expect(LevelChange([Double](repeating: 1, count: 127)) == nil)
    #expect(LevelChange(Self.noise(2_000, 0.99, &random)) == nil)
  }

  private static func noise(_ count: Int, _ correlation: Double, _ random: inout SplitMix64) -> [Double] {
    var value = random.normal()
    return (0..<count).map { _ in
      value = correlation * value + (1 - correlation * correlation).squareRoot() * random.normal()
      return value
    }
  }
}
