import Statistics
import Testing

@Suite struct NormalDistributionTests {
  /// `scipy.stats.norm.ppf(p)`, SciPy 1.17.1.
  static let published: [(p: Double, z: Double)] = [
    (1e-300, -37.0470962993612), (1e-20, -9.262340089798409), (1e-5, -4.264890793922825), (0.01, -2.3263478740408408),
    (0.025, -1.9599639845400545), (0.05, -1.6448536269514729), (0.3, -0.5244005127080409), (0.5, 0),
    (0.6, 0.2533471031357997), (0.8, 0.8416212335729143), (0.925, 1.4395314709384563), (0.975, 1.959963984540054),
    (0.999, 3.090232306167813), (1 - 1e-10, 6.361340889697422),
  ]

  @Test("Quantiles are those of SciPy", arguments: published)
  func quantiles(row: (p: Double, z: Double)) {
    #expect(abs(NormalDistribution.quantile(row.p) - row.z) < 1e-13 * max(1, abs(row.z)))
  }

  @Test("The ends are infinite, and what is no probability has no quantile")
  func ends() {
    #expect(NormalDistribution.quantile(0) == -.infinity)
    #expect(NormalDistribution.quantile(1) == .infinity)
    for p in [-0.1, 1.1, .nan, .infinity] { #expect(NormalDistribution.quantile(p).isNaN) }
  }
}
