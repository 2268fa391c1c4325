extension SerialSequence {
  /// Bounds the work of shifting windows against each other: windows · length².
  private static let alignmentEffort = 4_000_000

  /// The backend ids of one turn of a known length, shorter if it consists of equal parts; nil if one backend fills it.
  ///
  /// The segments are cut into windows of that length. The most common one, in whatever phase, is the first guess;
  /// then each window, shifted to where it fits best, votes for the backend at each position.
  func turn(ofLength length: Int) -> [Int]? {
    let windows = windows(ofLength: length)
    guard let guess = Self.mostCommon(windows) else { return nil }
    var votes = [[Int32: Int]](repeating: [:], count: length)
    var phase = 0
    for window in windows {
      phase = Self.phase(of: window, in: guess, expected: phase)
      for (position, backend) in window.enumerated() {
        votes[(position + phase) % length][backend, default: 0] += 1
      }
    }
    let turn = votes.map { candidates in
      candidates.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { backends[Int($0.key)] } ?? 0
    }
    let primitive = Self.primitiveRoot(of: turn)
    return primitive.count > 1 ? primitive : nil
  }

  private func windows(ofLength length: Int) -> [[Int32]] {
    let available = segments.reduce(0) { $0 + $1.count / length }
    let wanted = Swift.max(16, Self.alignmentEffort / (length * length))
    let step = Swift.max(1, available / wanted)
    var windows: [[Int32]] = []
    for segment in segments {
      for start in stride(from: 0, through: segment.count - length, by: length * step) {
        windows.append(Array(segment[start..<start + length]))
      }
    }
    return windows
  }

  private static func mostCommon(_ windows: [[Int32]]) -> [Int32]? {
    var counts: [[Int32]: Int] = [:]
    for window in windows { counts[window.leastRotation, default: 0] += 1 }
    let most = counts.values.max()
    return windows.lazy.map(\.leastRotation).first { counts[$0] == most }
  }

  /// By how much a window has to be shifted to fit best; the expected shift wins a tie.
  private static func phase(of window: [Int32], in turn: [Int32], expected: Int) -> Int {
    let length = turn.count
    func fit(_ phase: Int) -> Int {
      window.indices.count { window[$0] == turn[($0 + phase) % length] }
    }
    var best = (phase: expected, fit: fit(expected))
    for phase in 0..<length where best.fit < length {
      let fit = fit(phase)
      if fit > best.fit { best = (phase, fit) }
    }
    return best.phase
  }

  private static func primitiveRoot(of turn: [Int]) -> [Int] {
    let length = (1...turn.count).first { length in
      turn.count.isMultiple(of: length) && turn.indices.allSatisfy { turn[$0] == turn[$0 % length] }
    }
    return Array(turn.prefix(length ?? turn.count))
  }
}

extension Array where Element: Comparable {
  /// The lexicographically smallest of all rotations, in linear time: two candidates are compared, and a difference
  /// after k equal elements rules out all k + 1 beginnings of the larger one.
  var leastRotation: [Element] {
    var first = 0
    var second = 1
    var equal = 0
    while first < count, second < count, equal < count {
      let left = self[(first + equal) % count]
      let right = self[(second + equal) % count]
      if left == right {
        equal += 1
        continue
      }
      if left > right { first += equal + 1 } else { second += equal + 1 }
      if first == second { second += 1 }
      equal = 0
    }
    let start = Swift.min(first, second)
    return Array(self[start...] + self[..<start])
  }
}
