import Statistics
import Testing

@Suite struct StudentTTests {
  /// NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2.
  @Test(
    "Quantiles are those of the published table",
    arguments: [
      (0.975, 1, 12.706), (0.975, 2, 4.303), (0.975, 3, 3.182), (0.975, 4, 2.776), (0.975, 5, 2.571), (0.95, 5, 2.015),
      (0.975, 10, 2.228), (0.99, 10, 2.764), (0.999, 12, 3.930), (0.975, 30, 2.042), (0.975, 100, 1.984),
    ])
  func table(probability: Double, degrees: Double, value: Double) {
    let found = StudentT.quantile(probability, degreesOfFreedom: degrees)
    #expect(abs(found / value - 1) < 3e-4)
    #expect(StudentT.quantile(1 - probability, degreesOfFreedom: degrees) + found < 1e-9)
  }

  /// By SciPy 1.17, scipy.stats.t.ppf.
  @Test(
    "Degrees of freedom need not be whole", arguments: [(0.975, 1.5, 6.0167), (0.975, 2.5, 3.5747), (0.9, 7.3, 1.4089)])
  func fractional(probability: Double, degrees: Double, value: Double) {
    #expect(abs(StudentT.quantile(probability, degreesOfFreedom: degrees) / value - 1) < (degrees < 2 ? 0.02 : 1e-3))
  }

  @Test("Half of all lies on either side, and what is out of range has no quantile")
  func limits() {
    #expect(abs(StudentT.quantile(0.5, degreesOfFreedom: 9)) < 1e-9)
    #expect(StudentT.quantile(1, degreesOfFreedom: 9).isNaN)
    #expect(StudentT.quantile(0.9, degreesOfFreedom: 0.5).isNaN)
  }
}
