import Statistics
import Testing

@testable import Load

@Suite struct PercentileAimTests {
  private func sequence(_ count: Int) -> LatencySequence {
    var (random, sequence) = (SplitMix64(seed: 5), LatencySequence())
    for _ in 0..<count { sequence.append(1_000_000 + random.next() % 1_000_000) }
    return sequence
  }

  @Test("The distance is that of the interval's farther end, and shrinks with the run")
  func distance() throws {
    let aim = PercentileAim(percentile: 90, margin: 0.05)
    let (few, many) = (sequence(1_000), sequence(100_000))
    let (wide, narrow) = (
      try aim.distance(of: few.histogram, in: few).get(), try aim.distance(of: many.histogram, in: many).get()
    )
    #expect(narrow < wide / 5 && narrow > 0)
    // Uniform from 1 to 2 ms: p90 is 1.9, and the ranks' deviation is √(0.09/n).
    #expect(0.5...2 ~= narrow / (1.96 * (0.09 / 100_000).squareRoot() / 1.9))
    let none = sequence(50)
    #expect(aim.distance(of: none.histogram, in: none) == .failure(.fewBeyond))
  }

  @Test("An aim is met once there is enough, and looked at seldom")
  func watch() {
    var watch = AimWatch(PercentileAim(percentile: 90, margin: 0.01))
    // Only after a quarter more is there another look.
    let seen = [400, 600, 20_000, 24_000, 25_001].map { watch.isMet(by: sequence($0)) }
    #expect(seen == [false, false, true, false, true])
  }
}
