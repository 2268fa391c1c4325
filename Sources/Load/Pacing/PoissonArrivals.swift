internal import Glibc
internal import Statistics

/// The arrival times of a Poisson process, in seconds.
struct PoissonArrivals {
  private let rate: Double
  private var random: SplitMix64
  private var time = 0.0

  init(rate: Double, seed: UInt64) {
    self.rate = rate
    random = SplitMix64(seed: seed)
  }

  mutating func next() -> Double {
    // By inversion: −ln(u) / rate with u in (0, 1].
    time += -log(1 - random.nextShare()) / rate
    return time
  }

  mutating func skip(_ count: Int) {
    for _ in 0..<count { _ = next() }
  }
}
