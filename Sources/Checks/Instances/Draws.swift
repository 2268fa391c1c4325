internal import Glibc

/// How many answers it takes to have met every backend: arithmetic, no clock.
enum Draws {
  /// How likely a backend that was not met may be there nevertheless.
  static let risk = 0.001

  /// Whether a backend with a share of the answers would be among so many but for less than ``risk``.
  static func areEnough(_ draws: Int, toMeet share: Double) -> Bool {
    guard share > 0, draws > 0 else { return false }
    var chance = 1.0
    for _ in 0..<min(draws, 1_000_000) {
      chance *= 1 - min(share, 1)
      if chance < risk { return true }
    }
    return false
  }

  /// Whether so many draws would have met every backend of some shares, but for less than ``risk``: Σ (1 − p)ⁿ, which is
  /// k·(1 − 1/k)ⁿ for k equal ones.
  static func areEnough(_ draws: Int, toMeetEach shares: [Double]) -> Bool {
    guard draws > 0, shares.allSatisfy({ $0 > 0 && $0 <= 1 }) else { return false }
    return shares.reduce(0) { $0 + pow(1 - $1, Double(draws)) } < risk
  }

  /// Whether so many draws show that there is no backend beside those that were met.
  ///
  /// With one more than were met, all as likely, the chance of having missed one is at most k·(1 − 1/k)ⁿ.
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
