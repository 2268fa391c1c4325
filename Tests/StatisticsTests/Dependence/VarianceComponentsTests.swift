import Statistics
import Testing

@Suite struct VarianceComponentsTests {
  /// SiRstv, one-way analysis of variance, of the Statistical Reference Datasets of the US National Institute of Standards and
  /// Technology: five instruments, five replicates of each.
  private static let instruments = [
    [196.3052, 196.1240, 196.1890, 196.2569, 196.3403], [196.3042, 196.3825, 196.1669, 196.3257, 196.0422],
    [196.1303, 196.2005, 196.2889, 196.0343, 196.1811], [196.2795, 196.1748, 196.1494, 196.1485, 195.9885],
    [196.2119, 196.1051, 196.1850, 196.0052, 196.2090],
  ]
  private static let certified = (between: 5.11462616000000e-02, within: 2.16636560000000e-01, ratio: 1.18046237440255)

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func standardError(_ values: [Double]) -> Double {
    let mean = mean(values)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(values.count - 1) / Double(values.count)).squareRoot()
  }

  @Test("The mean squares of five instruments are the certified ones, and the interval of their mean follows")
  func published() throws {
    let found = try #require(
      VarianceComponents(
        Self.instruments.map(mean), standardErrors: Self.instruments.map(standardError)))
    let within = try #require(found.within)
    // Of the sums of squares, 4 and 20 degrees of freedom, five replicates each.
    #expect(abs(found.variance * 4 * 5 / Self.certified.between - 1) < 1e-9)
    #expect(abs(within * 5 * 20 / Self.certified.within - 1) < 1e-9)
    #expect(abs(found.variance / within / Self.certified.ratio - 1) < 1e-9)
    #expect(abs((found.between ?? 0) - (Self.certified.between / 4 - Self.certified.within / 20) / 5) < 1e-12)
    // t(0.975, 4) = 2.776445; 2.776445 · √(0.00255731308 / 5) = 0.0627908.
    let interval = try #require(found.interval(level: 0.95))
    #expect(abs(interval.lowerBound - (196.189156 - 0.0627908)) < 1e-3 * 0.0627908)
    #expect(abs(interval.upperBound - (196.189156 + 0.0627908)) < 1e-3 * 0.0627908)
  }

  @Test(
    "Few runs, the same figure in each, and what is not known",
    arguments: [
      // t(0.975, 1) = 12.7062; s/√2 = 0.5.
      (values: [1, 2], errors: [nil, nil], half: 6.3531, within: nil, between: nil),
      ([1, 2], [0.1, 0.3], 6.3531, 0.05, 0.45),
      // More within than is seen between: no less than none is left.
      ([1, 2], [1, 3], 6.3531, 5, 0),
      ([1, 2, 3], [0.1, nil, 0.1], 2.4841, nil, nil),
      ([5, 5], [0.2, 0.2], 1.7969, 0.04, 0),
      ([5, 5], [nil, nil], nil, nil, nil), ([5, 5], [0, 0], nil, 0, 0),
    ] as [(values: [Double], errors: [Double?], half: Double?, within: Double?, between: Double?)])
  func edges(values: [Double], errors: [Double?], half: Double?, within: Double?, between: Double?) throws {
    let found = try #require(VarianceComponents(values, standardErrors: errors))
    let interval = found.interval(level: 0.95)
    #expect((interval == nil) == (half == nil))
    if let interval, let half { #expect(abs((interval.upperBound - interval.lowerBound) / 2 - half) < 1e-3 * half) }
    #expect((found.within == nil) == (within == nil) && abs((found.within ?? 0) - (within ?? 0)) < 1e-12)
    #expect((found.between == nil) == (between == nil) && abs((found.between ?? 0) - (between ?? 0)) < 1e-12)
  }

  @Test("One run, none, and a figure that is no number show nothing")
  func none() {
    #expect(VarianceComponents([]) == nil && VarianceComponents([3]) == nil)
    #expect(VarianceComponents([1, .nan]) == nil && VarianceComponents([1, .infinity]) == nil)
  }

  @Test("The interval of a difference is Welch's")
  func difference() throws {
    let base = try #require(VarianceComponents([10, 12, 11, 13]))
    let candidate = try #require(VarianceComponents([20, 30, 25]))
    let found = try #require(candidate.difference(from: base, level: 0.95))
    // Variances 25/3 and 1.6667/4: 8.75 in all, 2.2013 degrees of freedom; SciPy's t.ppf(0.975, 2.2013) is 3.9467.
    #expect(abs((found.lowerBound + found.upperBound) / 2 - 13.5) < 1e-9)
    let half = (found.upperBound - found.lowerBound) / 2
    #expect(abs(half / 8.75.squareRoot() - 3.9467) < 0.04, "\(half)")
    // More runs narrow it, by more than the square root while degrees of freedom are few.
    let more = try #require(candidate.difference(from: base, level: 0.95, times: 4))
    #expect(more.upperBound - more.lowerBound < half)
    let same = try #require(VarianceComponents([5, 5]))
    #expect(same.difference(from: same, level: 0.95) == nil && same.difference(from: base, level: 0.95) != nil)
  }

  private static func normal(_ random: inout SplitMix64) -> Double {
    NormalDistribution.quantile(Double.random(in: 1e-12..<1 - 1e-12, using: &random))
  }

  @Test(
    "Of simulated runs with known parts the intervals hold the mean in 95 of 100 cases, and the parts come out on average",
    arguments: [(2, 1.0, 0.5), (3, 0.0, 1.0), (5, 2.0, 1.0), (10, 1.0, 3.0)])
  func coverage(runs: Int, between: Double, within: Double) throws {
    var random = SplitMix64(seed: UInt64(runs))
    let (rounds, inEach) = (4_000, 20)
    var (held, unbiased, own) = (0, 0.0, 0.0)
    for _ in 0..<rounds {
      let samples = (0..<runs).map { _ in
        let level = 50 + between * Self.normal(&random)
        return (0..<inEach).map { _ in level + within * Self.normal(&random) }
      }
      let found = try #require(
        VarianceComponents(samples.map(mean), standardErrors: samples.map(standardError)))
      held += found.interval(level: 0.95)?.contains(50) == true ? 1 : 0
      unbiased += found.variance - (found.within ?? 0)
      own += found.within ?? 0
    }
    #expect(abs(Double(held) / Double(rounds) - 0.95) < 0.012, "\(held) of \(rounds)")
    let expected = between * between + within * within / Double(inEach)
    #expect(abs(unbiased / Double(rounds) - between * between) < 0.1 * expected)
    #expect(abs(own / Double(rounds) / (within * within / Double(inEach)) - 1) < 0.05)
  }
}
