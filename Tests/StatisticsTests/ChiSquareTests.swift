import Statistics
import Testing

@Suite struct ChiSquareTests {
  /// NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.4: upper-tail critical values.
  static let criticalValues: [(degrees: Int, p: Double, value: Double)] = [
    (1, 0.10, 2.706), (1, 0.05, 3.841), (1, 0.01, 6.635), (1, 0.001, 10.828), (2, 0.05, 5.991), (2, 0.001, 13.816),
    (3, 0.05, 7.815), (5, 0.05, 11.070), (5, 0.01, 15.086), (10, 0.05, 18.307), (10, 0.001, 29.588),
    (30, 0.05, 43.773), (50, 0.01, 76.154), (100, 0.05, 124.342), (100, 0.001, 149.449),
  ]

  @Test("Published critical values have the published p-values", arguments: criticalValues)
  func critical(row: (degrees: Int, p: Double, value: Double)) {
    let test = ChiSquare(statistic: row.value, degreesOfFreedom: row.degrees)
    #expect(abs(test.pValue / row.p - 1) < 1e-3)
  }

  /// `scipy.stats.chisquare([44, 56, 39, 61], [50, 50, 50, 50])` and
  /// `scipy.stats.chisquare([713, 142, 145], np.array([5, 1, 1]) / 7 * 1000)`, SciPy 1.17.1.
  @Test("Goodness of fit is that of SciPy")
  func goodnessOfFit() throws {
    let even = try #require(ChiSquare(observed: [44, 56, 39, 61], expectedShares: [0.25, 0.25, 0.25, 0.25]))
    #expect(abs(even.statistic - 6.28) < 1e-12)
    #expect(even.degreesOfFreedom == 3)
    #expect(abs(even.pValue - 0.0987544605231037) < 1e-12)

    let weighted = try #require(ChiSquare(observed: [713, 142, 145], expectedShares: [5, 1, 1]))
    #expect(abs(weighted.statistic - 0.0396) < 1e-12)
    #expect(abs(weighted.pValue - 0.9803947326466971) < 1e-12)
  }

  /// `scipy.stats.chi2_contingency(table, correction=False)`, SciPy 1.17.1.
  @Test("The independence test is that of SciPy, with empty rows and columns left out")
  func independence() throws {
    let test = try #require(
      ChiSquare(contingencyTable: [[12, 7, 0, 3], [4, 15, 0, 9], [0, 0, 0, 0], [8, 8, 0, 30]]))
    #expect(abs(test.statistic - 27.59428894087279) < 1e-10)
    #expect(test.degreesOfFreedom == 4)
    #expect(abs(test.pValue - 1.5071421105570194e-05) < 1e-14)

    let other = try #require(ChiSquare(contingencyTable: [[10, 10, 20], [20, 20, 20]]))
    #expect(abs(other.pValue - 0.24935220877729622) < 1e-12)
  }

  @Test("A share of zero is left out while nothing is there, and refutes everything once something is")
  func zeroShare() throws {
    let absent = try #require(ChiSquare(observed: [50, 50, 0], expectedShares: [1, 1, 0]))
    #expect(absent.degreesOfFreedom == 1)
    #expect(absent.pValue == 1)
    let present = try #require(ChiSquare(observed: [50, 50, 1], expectedShares: [1, 1, 0]))
    #expect(present.statistic == .infinity)
    #expect(present.pValue == 0)
  }

  @Test("A single category leaves nothing to doubt")
  func singleCategory() throws {
    #expect(try #require(ChiSquare(observed: [9], expectedShares: [1])).pValue == 1)
    #expect(try #require(ChiSquare(contingencyTable: [[9]])).pValue == 1)
  }

  @Test("What cannot be tested gives nothing")
  func hostile() {
    #expect(ChiSquare(observed: [], expectedShares: []) == nil)
    #expect(ChiSquare(observed: [0, 0], expectedShares: [1, 1]) == nil)
    #expect(ChiSquare(observed: [1, 2], expectedShares: [1]) == nil)
    #expect(ChiSquare(observed: [1, -2], expectedShares: [1, 1]) == nil)
    #expect(ChiSquare(observed: [1, 2], expectedShares: [0, 0]) == nil)
    #expect(ChiSquare(observed: [1, 2], expectedShares: [.nan, 1]) == nil)
    #expect(ChiSquare(observed: [1, 2], expectedShares: [.infinity, 1]) == nil)
    #expect(ChiSquare(observed: [.max, .max], expectedShares: [1, 1])?.pValue == 1)
    #expect(ChiSquare(contingencyTable: []) == nil)
    #expect(ChiSquare(contingencyTable: [[]]) == nil)
    #expect(ChiSquare(contingencyTable: [[0, 0], [0, 0]]) == nil)
    #expect(ChiSquare(contingencyTable: [[1, 2], [3]]) == nil)
    #expect(ChiSquare(contingencyTable: [[1, -1]]) == nil)
  }
}
