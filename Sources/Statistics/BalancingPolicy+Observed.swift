extension BalancingPolicy {
  private static let fewestTransitions = 20
  /// Cochran's rule for each count of the table: W. G. Cochran, "Some Methods for Strengthening the Common χ² Tests", Biometrics
  /// 10 (1954).
  private static let fewestExpected = 5.0

  /// The policy that a serial sequence of answers shows.
  ///
  /// - `single`: one distinct backend.
  /// - `roundRobin`, `weightedRoundRobin`: a ``Rotation`` was found, with equal or unequal counts in its period.
  /// - `random`: nothing hints at a rotation, at least 20 transitions were seen, chance would have each backend follow each other
  ///   one at least 5 times, and which came next did not depend on the one before (p ≥ 1e-6). Dependence that is weak, or was
  ///   seen for a short time, escapes this test.
  /// - `unknown`: everything else. Stickiness cannot be seen here: it needs several clients.
  ///
  /// - Parameters:
  ///   - segments: backend ids in the order of the requests, one segment a connection; order counts within each only.
  ///   - rotation: what ``Rotation/init(segments:)`` made of the same segments; left out, it is found here.
  public static func observed(inSegments segments: [[Int]], rotation: Rotation? = nil) -> BalancingPolicy {
    let sequence = SerialSequence(segments)
    guard sequence.backends.count > 1 else { return sequence.backends.isEmpty ? .unknown : .single }
    let rotation = rotation ?? Rotation(sequence)
    if rotation.isPeriodic {
      let counts = Dictionary(rotation.period.map { ($0, 1) }, uniquingKeysWith: +).values
      return counts.min() == counts.max() ? .roundRobin : .weightedRoundRobin
    }
    let transitions = TransitionTable(sequence)
    guard !rotation.isSuspected, transitions.total >= fewestTransitions, transitions.leastExpected >= fewestExpected,
      let p = transitions.independencePValue, p >= ChiSquare.beyondChance
    else { return .unknown }
    return .random
  }

  /// How many requests in such a sequence it takes to call it random, or to find the rotation instead: a rare backend's turn
  /// looks like chance for long.
  ///
  /// - Returns: `nil` where those that were made are enough, or the order depends on the last answer.
  public static func requestsForChance(inSegments segments: [[Int]], rotation: Rotation) -> Int? {
    let sequence = SerialSequence(segments)
    guard sequence.backends.count > 1, !rotation.isPeriodic else { return nil }
    let transitions = TransitionTable(sequence)
    let least = transitions.leastExpected
    guard transitions.total >= fewestTransitions, least < fewestExpected,
      (transitions.independencePValue ?? 1) >= ChiSquare.beyondChance
    else { return nil }
    // The shares are known by estimation only.
    let margin = 1.25
    return Int((margin * Double(transitions.total) * fewestExpected / least).rounded(.up))
  }
}
