extension BalancingPolicy {
  private static let fewestTransitions = 20
  private static let dependenceThreshold = 1e-6

  /// The policy that a serial sequence of answers shows.
  ///
  /// - `single`: one distinct backend.
  /// - `roundRobin`, `weightedRoundRobin`: a ``Rotation`` was found, with equal or unequal counts in its period.
  /// - `random`: nothing hints at a rotation, at least 20 transitions were seen, and which backend came next did not
  ///   depend on the one before (p ≥ 1e-6). Dependence that is weak, or was seen for a short time, escapes this test.
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
    guard !rotation.isSuspected, transitions.total >= fewestTransitions, let p = transitions.independencePValue,
      p >= dependenceThreshold
    else { return .unknown }
    return .random
  }
}
