import Statistics
import Testing

@Suite struct ChiSquarePowerTests {
  /// `brentq(lambda l: ncx2.sf(chi2.isf(significance, degrees), degrees, l) - power, 1e-6, 500)`, SciPy 1.17.1.
  @Test(
    "The noncentrality that a power takes is SciPy's",
    arguments: [
      (1, 0.05, 0.8, 7.8488605093262045), (1, 0.001, 0.995, 34.41413312985943), (2, 0.001, 0.995, 38.30143207390238),
      (5, 0.01, 0.9, 22.02750564546876), (11, 0.001, 0.995, 54.58344627294764), (39, 0.001, 0.99, 73.80256527059545),
    ])
  func noncentrality(_ degrees: Int, _ significance: Double, _ power: Double, _ expected: Double) throws {
    let found = try #require(
      ChiSquare.noncentrality(degreesOfFreedom: degrees, significance: significance, power: power))
    #expect(abs(found / expected - 1) < 1e-6)
  }

  @Test(
    "What is out of range has none",
    arguments: [(0, 0.05, 0.8), (10_001, 0.05, 0.8), (1, 0, 0.8), (1, 0.05, 1), (1, 0.05, 0.05), (1, .nan, 0.8)])
  func range(_ degrees: Int, _ significance: Double, _ power: Double) {
    #expect(ChiSquare.noncentrality(degreesOfFreedom: degrees, significance: significance, power: power) == nil)
  }
}
