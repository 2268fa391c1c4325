import Statistics
import Testing

@Suite struct ProportionTests {
  /// The examples of R. G. Newcombe, Statistics in Medicine 17 (1998), 857, table I, method 3.
  @Test(
    "Wilson's interval is that of the published examples",
    arguments: [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611), (1, 29, 0.0061, 0.1718)])
  func wilson(count: Int, total: Int, low: Double, high: Double) throws {
    let interval = try #require(Proportion(count, of: total)).interval(level: 0.95)
    #expect(abs(interval.lowerBound - low) < 0.00006)
    #expect(abs(interval.upperBound - high) < 0.00006)
  }

  /// The examples of R. G. Newcombe, Statistics in Medicine 17 (1998), 873, table II, method 10.
  @Test(
    "Newcombe's interval of a difference is that of the published examples",
    arguments: [
      (56, 70, 48, 80, 0.0524, 0.3339), (9, 10, 3, 10, 0.1705, 0.8090), (6, 7, 2, 7, 0.0582, 0.8062),
      (5, 56, 0, 29, -0.0381, 0.1926), (0, 10, 0, 20, -0.1611, 0.2775), (0, 10, 0, 10, -0.2775, 0.2775),
      (10, 10, 0, 20, 0.6791, 1), (10, 10, 0, 10, 0.6075, 1),
    ])
  func newcombe(a: Int, m: Int, b: Int, n: Int, low: Double, high: Double) throws {
    let interval = try #require(Proportion(a, of: m)).difference(from: #require(Proportion(b, of: n)), level: 0.95)
    #expect(abs(interval.lowerBound - low) < 0.00006)
    #expect(abs(interval.upperBound - high) < 0.00006)
  }

  @Test(
    "Where none was seen, the bound is the exact one, about 3/n; where some were, it is Wilson's",
    arguments: [
      (0, 1, 0, 0.95), (0, 10, 0, 0.2589), (0, 100, 0, 0.02951), (0, 3_000_000, 0, 0.0000009986),
      (1, 29, 0.0061, 0.1718),
    ])
  func rare(count: Int, total: Int, low: Double, high: Double) throws {
    let interval = try #require(Proportion(count, of: total)).rareInterval(level: 0.95)
    #expect(abs(interval.lowerBound - low) < 0.00006)
    #expect(abs(interval.upperBound - high) <= 0.00006 * min(1, 20 * high))
  }

  @Test("Counts out of range are no proportion")
  func invalid() {
    #expect(Proportion(1, of: 0) == nil)
    #expect(Proportion(-1, of: 3) == nil)
    #expect(Proportion(4, of: 3) == nil)
    #expect(Proportion(Double.nan, of: 3) == nil)
  }
}
