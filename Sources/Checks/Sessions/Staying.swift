internal import Glibc
internal import Report
internal import Statistics

/// Whether visitors met one backend each time before anything was done: values in, counts out.
struct Staying {
  /// Visitors who could be followed: at two visits or more a backend was named.
  private(set) var followed = 0
  /// Those of them whom one backend answered each time.
  private(set) var kept = 0
  /// Those who moved although their backend went on answering somebody.
  private(set) var moved = 0
  /// Those who moved only from backends that answered nobody any more.
  private(set) var movedFromSilent = 0
  /// Answers that could have shown a move.
  private(set) var repetitions = 0
  /// Visits after the first, and those of them that began with the backend that the one before ended with.
  private(set) var revisits = Agreement()
  /// Answers over the connection of the one before, and those of the same backend.
  private(set) var reuses = Agreement()
  /// Each visitor's last backend; `nil` where none was named.
  private(set) var homes: [Int?]
  /// How many visitors each backend answered first, by its number.
  private(set) var first: [Int: Int] = [:]
  /// How likely all of those would have stayed if each visit were another draw.
  private(set) var chanceOfAll = 1.0
  /// Those who rested, by how long, the shortest first.
  private(set) var rests: [RestedVisitors] = []
  /// The backends that answered, in order of their numbers.
  let backends: [Int]

  init(_ seen: SessionsFindings) {
    let rounds = seen.baseline
    homes = Array(repeating: nil, count: seen.visitors)
    var lastRounds: [Int: Int] = [:]
    for (number, round) in rounds.enumerated() {
      for answer in round.answers { if let backend = answer.backend { lastRounds[backend] = number } }
    }
    backends = lastRounds.keys.sorted()
    for visitor in 0..<seen.visitors {
      if let backend = rounds.first.flatMap({ seen.answers(in: $0, to: visitor).first?.backend }) {
        first[backend, default: 0] += 1
      }
    }
    let shares = shares
    var logarithm = 0.0
    for visitor in 0..<seen.visitors {
      let visits = follow(visitor, seen, rounds, lastRounds)
      guard visits >= 2 else { continue }
      logarithm += log(shares.values.reduce(0) { $0 + pow($1, Double(visits)) })
    }
    chanceOfAll = followed > 0 ? exp(logarithm) : 1
    rests = RestedVisitors.all(seen, homes: homes)
  }

  /// The backends' parts of the first answers.
  var shares: [Int: Double] {
    let total = Double(max(1, first.values.reduce(0, +)))
    return first.mapValues { Double($0) / total }
  }

  /// How likely two answers are one backend's where each is a draw.
  var chanceOfTwo: Double { shares.values.reduce(0) { $0 + $1 * $1 } }

  /// Follows one visitor from round to round.
  ///
  /// - Returns: at how many visits a backend was named.
  private mutating func follow(
    _ visitor: Int, _ seen: SessionsFindings, _ rounds: [SessionsFindings.Round], _ lastRounds: [Int: Int]
  ) -> Int {
    var (visits, hasMoved, hasMovedFromSilent) = (0, false, false)
    var home: Int?
    for (number, round) in rounds.enumerated() {
      var isFirst = true
      for answer in seen.answers(in: round, to: visitor) {
        guard let backend = answer.backend else { continue }
        if let home {
          repetitions += 1
          if isFirst { revisits.add(backend == home) } else if answer.isOnSameConnection { reuses.add(backend == home) }
          if backend != home {
            // One that is the visitor's alone cannot show that it still runs.
            if (lastRounds[home] ?? 0) >= number { hasMoved = true } else { hasMovedFromSilent = true }
          }
        }
        if isFirst { visits += 1 }
        (isFirst, home) = (false, backend)
      }
    }
    homes[visitor] = home
    guard visits >= 2 else { return visits }
    followed += 1
    if hasMoved {
      moved += 1
    } else if hasMovedFromSilent {
      movedFromSilent += 1
    } else {
      kept += 1
    }
    return visits
  }
}

/// How often something was the same as before.
struct Agreement: Equatable {
  private(set) var same = 0
  private(set) var count = 0

  mutating func add(_ isSame: Bool) {
    count += 1
    if isSame { same += 1 }
  }

  /// Whether it is the same for a reason: `true` at more than half of what is left to chance; `nil` where so few say nothing.
  ///
  /// - Parameter chance: how likely one is the same without a reason, 0…1.
  func isBound(chance: Double) -> Bool? {
    guard count > 0, chance < 1, pow(chance, Double(count)) < Draws.risk else { return nil }
    return Double(same) / Double(count) > (1 + chance) / 2
  }
}
