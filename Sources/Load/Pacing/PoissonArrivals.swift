internal import Glibc

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

/// A small generator of well-mixed numbers, the same for the same seed (Steele, Lea & Flood 2014, SplitMix).
struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }

  /// A number in [0, 1).
  mutating func nextShare() -> Double { Double(next() >> 11) * 0x1p-53 }
}
