internal import Glibc

/// How many answers it takes to have seen every backend: arithmetic, no clock.
enum Draws {
  /// The accepted probability that a backend was missed.
  static let risk = 0.001

  /// Whether a backend with this share of the answers would be missing among this many with a probability below ``risk``.
  static func areEnough(_ draws: Int, toMeet share: Double) -> Bool {
    guard share > 0, draws > 0 else { return false }
    var chance = 1.0
    for _ in 0..<min(draws, 1_000_000) {
      chance *= 1 - min(share, 1)
      if chance < risk { return true }
    }
    return false
  }

  /// Whether this many answers would miss a backend of these shares with a probability below ``risk``: Σ (1 − p)ⁿ, which is
  /// k·(1 − 1/k)ⁿ for k equal ones.
  static func areEnough(_ draws: Int, toMeetEach shares: [Double]) -> Bool {
    guard draws > 0, shares.allSatisfy({ $0 > 0 && $0 <= 1 }) else { return false }
    return shares.reduce(0) { $0 + pow(1 - $1, Double(draws)) } < risk
  }

  /// Whether this many answers show that there is no backend beside those that were seen.
  ///
  /// With one more than were seen, all equally likely, the chance of having missed one is at most k·(1 − 1/k)ⁿ.
  static func areEnough(_ draws: Int, toMeetAllBut met: Int) -> Bool {
    let all = Double(max(met, 1) + 1)
    var chance = all
    for _ in 0..<min(max(draws, 0), 1_000_000) {
      chance *= 1 - 1 / all
      if chance < risk { return true }
    }
    return false
  }
}
