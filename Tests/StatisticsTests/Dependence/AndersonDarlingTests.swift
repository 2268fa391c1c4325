import Testing

@testable import Statistics

@Suite struct AndersonDarlingTests {
  /// M. A. Stephens, Journal of the American Statistical Association 69 (1974), table 1, case 0.
  @Test(
    "The critical values are Stephens'",
    arguments: [(1.610, 0.15), (1.933, 0.1), (2.492, 0.05), (3.070, 0.025), (3.857, 0.01)])
  func table(statistic: Double, chance: Double) {
    #expect(abs(AndersonDarling(statistic: statistic).pValue / chance - 1) < 0.03)
  }

  /// By the definition of A², in Python.
  @Test(
    "The statistic is that of the definition",
    arguments: [
      ([2.5, 0.1, 0.3, 0.7, 1.2], 1, 0.14281632), ([0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2], 1, 1.66351369),
      ([10, 20, 40, 80, 160, 320], 100, 0.23123407),
    ])
  func definition(intervals: [Double], mean: Double, statistic: Double) throws {
    let found = try #require(AndersonDarling(exponential: intervals, mean: mean, resolution: 1e-3))
    #expect(abs(found.statistic - statistic) < 1e-6)
  }

  @Test("Exponential intervals are refused as often as the level says", arguments: [5, 100])
  func level(count: Int) throws {
    var random = SplitMix64(seed: 12)
    var refused = 0
    for _ in 0..<2_000 {
      let intervals = (0..<count).map { _ in random.exponential(mean: 3) }
      if try #require(AndersonDarling(exponential: intervals, mean: 3, resolution: 1e-9)).pValue < 0.05 { refused += 1 }
    }
    #expect(70...130 ~= refused)
  }

  @Test("A p-value never rises with the statistic, and never leaves 0…1")
  func monotone() {
    let values = (0...2_000).map { AndersonDarling(statistic: Double($0) / 20).pValue }
    #expect(values.allSatisfy { 0...1 ~= $0 })
    #expect(zip(values, values.dropFirst()).allSatisfy { $0 >= $1 - 1e-5 })
    #expect(AndersonDarling(statistic: 1e6).pValue < 1e-6)
  }

  @Test("Out of range there is no test, and an interval of nothing is not infinitely unlikely")
  func limits() throws {
    #expect(AndersonDarling(exponential: [1, 2, 3, 4], mean: 1, resolution: 0.1) == nil)
    #expect(AndersonDarling(exponential: [1, 2, 3, 4, -1], mean: 1, resolution: 0.1) == nil)
    #expect(AndersonDarling(exponential: [1, 2, 3, 4, .infinity], mean: 1, resolution: 0.1) == nil)
    #expect(AndersonDarling(exponential: [1, 2, 3, 4, 5], mean: 0, resolution: 0.1) == nil)
    #expect(AndersonDarling(exponential: [1, 2, 3, 4, 5], mean: 1, resolution: 0) == nil)
    #expect(try #require(AndersonDarling(exponential: [0, 1, 2, 3, 4], mean: 2, resolution: 0.1)).statistic.isFinite)
  }
}
