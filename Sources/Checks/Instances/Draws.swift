internal import Glibc

/// How many answers it takes to have seen every backend: arithmetic, no clock.
enum Draws {
  /// The accepted probability that a backend was missed.
  static let risk = 0.001

  /// How rare moves of a visitor have to be found: one in a hundred answers.
  static let rareMove = 0.01

  /// One in how many answers moves a visitor where so many show it with a probability of 1 − ``risk``.
  static func move(foundIn answers: Int) -> Int {
    answers > 0 ? Int(1 / max(1 - pow(risk, 1 / Double(answers)), 1e-9)) : 0
  }

  /// Whether one in a hundred would show among this many in 99 of 100 runs.
  static func areEnoughToShowMoves(_ answers: Int) -> Bool { pow(1 - rareMove, Double(answers)) <= 0.01 }

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
