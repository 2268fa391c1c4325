extension Rotation {
  private static let longestOrder = 10_000

  /// One turn of nginx's smooth weighted round robin, from rest until it is at rest again, as indices of `weights`.
  ///
  /// ```swift
  /// Rotation.smoothWeightedOrder(weights: [5, 1, 1])  // [0, 0, 1, 0, 2, 0, 0]
  /// ```
  ///
  /// Each step raises every current weight by the peer's weight, takes the first peer with the largest one and lowers
  /// that by the sum of all weights. Source: nginx, `ngx_http_upstream_get_peer` in `ngx_http_upstream_round_robin.c`.
  ///
  /// - Parameter weights: in the order of configuration; weights of 0 and less are never chosen. The turn is as long as
  ///   their sum over their greatest common divisor; longer than 10,000 the result is empty.
  public static func smoothWeightedOrder(weights: [Int]) -> [Int] {
    let divisor = weights.filter { $0 > 0 }.reduce(0, greatestCommonDivisor)
    guard divisor > 0 else { return [] }
    let peers = weights.indices.filter { weights[$0] > 0 }
    let effective = peers.map { weights[$0] / divisor }
    var length = 0
    for weight in effective {
      guard weight <= longestOrder - length else { return [] }
      length += weight
    }

    var current = [Int](repeating: 0, count: peers.count)
    return (0..<length).map { _ in
      var chosen = 0
      for peer in current.indices {
        current[peer] += effective[peer]
        if current[peer] > current[chosen] { chosen = peer }
      }
      current[chosen] -= length
      return peers[chosen]
    }
  }

  /// The turn, rotated to begin as ``period`` says.
  static func canonical(_ turn: [Int]) -> [Int] {
    let least = turn.leastRotation
    let counts = Dictionary(turn.map { ($0, 1) }, uniquingKeysWith: +)
    let weights = counts.values.sorted(by: >)
    let smooth = smoothWeightedOrder(weights: weights)
    // Of peers with the same weight, the first in the configuration comes first; the turn itself shows which that is.
    for start in least.indices {
      let rotated = Array(least[start...] + least[..<start])
      var seen: Set<Int> = []
      let appearance = rotated.filter { seen.insert($0).inserted }
      let peers = weights.indices.map { rank in
        let peersOfWeight = appearance.filter { counts[$0] == weights[rank] }
        return peersOfWeight[rank - weights.firstIndex(of: weights[rank])!]
      }
      if rotated == smooth.map({ peers[$0] }) { return rotated }
    }
    return least
  }

  private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
    var (first, second) = (first, second)
    while second != 0 { (first, second) = (second, first % second) }
    return first
  }
}
