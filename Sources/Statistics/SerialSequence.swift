import Glibc

/// Backend ids in serial order, renumbered 0, 1, … by ascending id; longest segment first.
struct SerialSequence {
  let backends: [Int]
  let segments: [[Int32]]
  /// Σp²: the share of pairs that agree by chance if backends are chosen independently with the shares seen.
  let chanceAgreement: Double

  init(_ segments: [[Int]]) {
    let backends = Set(segments.joined()).sorted()
    let numbers = Dictionary(uniqueKeysWithValues: zip(backends, 0 as Int32..<Int32(clamping: backends.count)))
    var counts = [Int](repeating: 0, count: backends.count)
    let renumbered = segments.map { segment in
      segment.map { backend in
        let number = numbers[backend] ?? 0
        counts[Int(number)] += 1
        return number
      }
    }
    self.backends = backends
    self.segments = renumbered.sorted { $0.count > $1.count }
    let total = Double(counts.reduce(0, +))
    chanceAgreement = counts.reduce(0) { $0 + Double($1) / total * (Double($1) / total) }
  }

  /// How often the backend was the one `lag` positions earlier in the same segment, and of how many positions.
  func agreement(atLag lag: Int) -> LagAgreement {
    var agreement = LagAgreement(lag: lag)
    for segment in segments {
      guard segment.count > lag else { break }
      let pairs = segment.count - lag
      agreement.pairs += pairs
      agreement.matches += segment.withUnsafeBufferPointer { ids in
        var matches = 0
        var position = 0
        while position < pairs {
          if ids[position] == ids[position &+ lag] { matches &+= 1 }
          position &+= 1
        }
        return matches
      }
    }
    return agreement
  }
}

/// How well a sequence agrees with itself some positions earlier.
struct LagAgreement {
  let lag: Int
  var matches = 0
  var pairs = 0

  var score: Double { pairs == 0 ? 0 : Double(matches) / Double(pairs) }
  var disagreement: Double { 1 - score }

  /// The score corrected for chance, as Cohen's kappa is: 0 by chance, 1 if perfect.
  func corrected(forChance chance: Double) -> Double {
    chance < 1 ? (score - chance) / (1 - chance) : 0
  }

  /// An upper bound for the logarithm of the probability that chance gives a score as high as this.
  ///
  /// Source: W. Hoeffding, "Probability Inequalities for Sums of Bounded Random Variables" (1963), theorem 1.
  func logChance(_ chance: Double) -> Double {
    guard score > chance, chance > 0, chance < 1 else { return 0 }
    let missing = score < 1 ? disagreement * log(disagreement / (1 - chance)) : 0
    return -Double(pairs) * (score * log(score / chance) + missing)
  }
}
