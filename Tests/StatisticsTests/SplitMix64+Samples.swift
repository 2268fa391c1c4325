import Glibc
import Statistics

extension SplitMix64 {
  /// Uniform in (0, 1].
  mutating func unit() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }

  mutating func exponential(mean: Double) -> Double { -mean * log(unit()) }

  mutating func normal() -> Double { (-2 * log(unit())).squareRoot() * cos(2 * .pi * unit()) }
}
