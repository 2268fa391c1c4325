/// A rotation in whose turns the order varies: each turn holds every backend as often as its weight says.
///
/// Several weighted balancers break ties at random, so that no order repeats, though the shares are exact.
public struct ExactTurns: Sendable, Equatable {
  /// The part of the turns that hold each backend by its weight, 0 to 1.
  public let share: Double
  public let count: Int

  /// So many turns are looked at, at least.
  public static let fewest = 12

  /// - Parameters:
  ///   - segments: who answered, in order; a turn lies within one of them.
  ///   - weights: of every backend, 1 or more each.
  /// - Returns: `nil` for fewer than two backends, or fewer turns than ``fewest``.
  public init?(_ segments: [[String]], weights: [String: Int]) {
    var length = 0
    for weight in weights.values {
      guard weight > 0, weight <= 10_000 - length else { return nil }
      length += weight
    }
    guard weights.count > 1 else { return nil }
    var (exact, count) = (0, 0)
    for segment in segments where segment.count >= 2 * length {
      // Each segment begins anywhere in a turn.
      let turns = (segment.count - length + 1) / length
      exact += (0..<length).map { Self.exact(segment, from: $0, turns, length, weights) }.max() ?? 0
      count += turns
    }
    guard count >= Self.fewest else { return nil }
    self.count = count
    share = Double(exact) / Double(count)
  }

  private static func exact(
    _ segment: [String], from start: Int, _ turns: Int, _ length: Int, _ weights: [String: Int]
  ) -> Int {
    (0..<turns).count { turn in
      var left = weights
      for name in segment[(start + turn * length)..<(start + (turn + 1) * length)] {
        guard let rest = left[name], rest > 0 else { return false }
        left[name] = rest - 1
      }
      return true
    }
  }
}
