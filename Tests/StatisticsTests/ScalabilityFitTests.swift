import Statistics
import Testing

@Suite struct ScalabilityFitTests {
  private func law(_ lambda: Double, _ sigma: Double, _ kappa: Double, _ servers: [Int]) -> [(Int, Double)] {
    servers.map { servers in
      let n = Double(servers)
      return (servers, lambda * n / (1 + sigma * (n - 1) + kappa * n * (n - 1)))
    }
  }

  @Test(
    "Coefficients come back from points on the curve",
    arguments: [(1000.0, 0.0, 0.0), (995.6, 0.0267, 0.000769), (50, 0.3, 0), (50, 0, 0.01)])
  func exact(lambda: Double, sigma: Double, kappa: Double) throws {
    let fit = try #require(ScalabilityFit(law(lambda, sigma, kappa, [1, 2, 4, 8, 16, 32])))
    #expect(abs(fit.lambda - lambda) < lambda * 1e-6)
    #expect(abs(fit.contention - sigma) < 1e-6)
    #expect(abs(fit.coherency - kappa) < 1e-6)
    #expect(fit.residuals.allSatisfy { abs($0) < 1e-6 })
    #expect(fit.degreesOfFreedom == 3)
  }

  @Test("The peak is at √((1 − σ)/κ), and there is none without coherency")
  func peak() throws {
    let fit = try #require(ScalabilityFit(law(995.6, 0.0267, 0.000769, [1, 4, 8, 16, 32])))
    let peak = try #require(fit.peak)
    #expect(abs(peak - 35.57) < 0.1)
    #expect(fit.throughput(peak) > fit.throughput(peak - 2) && fit.throughput(peak) > fit.throughput(peak + 2))
    #expect(try #require(ScalabilityFit(law(10, 0.2, 0, [1, 2, 3]))).peak == nil)
  }

  @Test("Better than linear is fitted as linear, and the residuals tell")
  func superlinear() throws {
    let fit = try #require(ScalabilityFit([(1, 100), (2, 250), (4, 600)]))
    #expect(fit.contention == 0 && fit.coherency == 0)
    #expect(fit.residuals.contains { abs($0) > 0.05 })
  }

  @Test("Noise of 2 % moves the fit little")
  func noise() throws {
    let noise = [1.02, 0.98, 1.01, 0.99, 1.02, 0.98]
    let points = zip(law(500, 0.05, 0.002, [1, 2, 4, 8, 16, 24]), noise).map { ($0.0, $0.1 * $1) }
    let fit = try #require(ScalabilityFit(points))
    #expect(abs(fit.contention - 0.05) < 0.03)
    #expect(abs(fit.coherency - 0.002) < 0.001)
    #expect(fit.residuals.allSatisfy { abs($0) < 0.05 })
  }

  @Test("Fewer than three numbers of servers, or no throughput, give no fit")
  func tooFew() {
    #expect(ScalabilityFit([(1, 100), (2, 190), (2, 195)]) == nil)
    #expect(ScalabilityFit([(1, 100), (2, 0), (4, 300)]) == nil)
    #expect(ScalabilityFit([]) == nil)
  }
}
