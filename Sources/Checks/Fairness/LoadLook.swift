internal import Statistics

/// Whether the balancer heeds how busy its backends are: the shares under load against those of one request after another.
///
/// Who ignores the load gives each backend the same share under load as without. Who heeds it gives a slow backend fewer
/// requests: so many fewer that all are equally busy for their weights (least connections), or less than that (two choices).
struct LoadLook {
  enum Heed {
    /// All are equally busy for their weights, though not all get the same share as without load.
    case least
    /// Not all are equally busy, and the busier ones get fewer requests than chance would give them.
    case less
    /// The shares are those without load, and some backend is busier than its weight says.
    case none
    /// The shares are others than without load, and being busy does not explain it.
    case other
    /// The backends are equally busy with the shares that they have without load: each policy looks like that.
    case untold
  }

  let heed: Heed
  /// The time that each backend's requests were in flight, all together, as a share of all backends', by backend.
  let busyShares: [String: Double]
  /// Its largest distance from the weights.
  let deviation: Double
  /// Whether some backend got another share than its weight, and chance does not explain it.
  let areCountsUneven: Bool
  /// Whether one request after another met the backends in turn without a break, and under load they were about equally busy for their
  /// weights at every moment: so is it where idle backends are preferred, and in a rotation over backends that are equally fast.
  let mayPreferIdle: Bool
  /// Whether the load may explain why the counts are no more even: idle backends may be preferred, and all were more nearly equally busy
  /// than the counts are even.
  let mayExplainCounts: Bool
  /// The same where chance does not explain the counts.
  var explainsCounts: Bool { mayExplainCounts && areCountsUneven }
  /// Whether busy backends are met as often as by chance; `nil` where too few of them were much busier than others.
  let isAsByChance: Bool?
  /// How many requests were in flight on average.
  let meanInFlight: Double

  /// How far from its weight a backend's busy time may be, as a share of all: by so much queues at the balancer blur it.
  static let blur = 0.1
  /// Up to this part of the counts' distance from the weights, that of the busy time says that who took longer got fewer: from equal
  /// latencies both are alike.
  private static let explainedRatio = 0.75
  /// Who prefers the idle ones keeps all as busy as the least busy one at every moment, but for a request or for such a part of the
  /// mean that it has in flight.
  private static let evenThroughout = 0.18
  /// From this part of the excess on that a random choice has, the choice is as good as random.
  private static let randomRatio = 0.85
  /// Up to this part, where long requests and short ones are mixed by chance, least connections alone explains it. More may be
  /// any policy: times that are imprecise by a short request's length raise it.
  private static let mixedRatio = 0.4
  /// A random choice has to meet a backend that is so much busier than the least busy one for the ratio to say something, in
  /// requests.
  private static let leastExcess = 0.5

  /// The shares differ by so many times the requests that met a busy backend, at most, and by chance, where the load makes them differ.
  private static let mostMoved = 2.0
  private static let chanceMoved = 0.03

  /// Long requests take so many times as long as short ones, at least, by the quartiles of all.
  private static let leastContrast: UInt64 = 8

  /// - Parameters:
  ///   - idle: who answered one request after another.
  ///   - weights: by backend, where they are named.
  ///   - isMixed: whether every backend has long requests and short ones, mixed by chance: all are then equally busy on average
  ///     whatever the policy is, though not at each moment.
  /// - Returns: `nil` where it was not seen what was in flight, or at one backend alone.
  init?(_ flights: Flights, idle: [String], weights: [String: Int], isMixed: Bool = false) {
    let names = flights.names
    let answering = Set(flights.requests.map(\.backend)).sorted()
    guard answering.count > 1, answering.allSatisfy(names.indices.contains) else { return nil }
    let numbers = Dictionary(uniqueKeysWithValues: answering.enumerated().map { ($1, $0) })
    let own = answering.map { weights[names[$0]] ?? 1 }
    // Once nothing more is sent, only slow backends are still busy.
    let end = flights.requests.map(\.sent).max() ?? 0
    let requests = flights.requests.map {
      LoadChoice.Request(sent: $0.sent, done: min($0.done, end), backend: numbers[$0.backend]!)
    }
    guard let choice = LoadChoice(requests, weights: own) else { return nil }
    let sum = Double(own.reduce(0, +))
    deviation = zip(choice.busyShares, own).map { abs($0 - Double($1) / sum) }.max() ?? 0
    busyShares = Dictionary(uniqueKeysWithValues: zip(answering.map { names[$0] }, choice.busyShares))
    meanInFlight = Self.meanInFlight(requests)

    let idleCounts = answering.map { number in idle.count { $0 == names[number] } }
    let counts = numbers.values.sorted().map { number in requests.count { $0.backend == number } }
    let fit = ChiSquare(observed: counts, expectedShares: own.map(Double.init))
    areCountsUneven = (fit?.pValue ?? 1) < ChiSquare.beyondChance
    let change = ChiSquare(contingencyTable: [idleCounts, counts])
    // Other visitors' requests in between leave any shares to one request after another, but no turn without a break; a load
    // makes them uneven.
    let isTurn = [answering.count, own.reduce(0, +)].contains { period in
      idle.count >= 10 * period && zip(idle, idle.dropFirst(period)).allSatisfy { $0 == $1 }
    }
    let farthest = Self.distance(counts.map(Double.init), own.map(Double.init))
    let moved = min(farthest, idle.isEmpty ? 1 : Self.distance(counts.map(Double.init), idleCounts.map(Double.init)))
    let isContested = moved <= Self.mostMoved * choice.contested + Self.chanceMoved
    let isEvenThroughout =
      choice.excessOfChance <= max(1, Self.evenThroughout * meanInFlight / Double(answering.count))
    let mayPreferIdle = isTurn && isEvenThroughout && deviation <= Self.blur
    let mayExplainCounts = mayPreferIdle && isContested && deviation <= Self.explainedRatio * farthest
    (self.mayPreferIdle, self.mayExplainCounts) = (mayPreferIdle, mayExplainCounts)
    let isChanged =
      mayExplainCounts && areCountsUneven
      || (areCountsUneven || isTurn) && !idle.isEmpty && (change?.pValue ?? 1) < ChiSquare.beyondChance
    isAsByChance = choice.ratio.map { $0 >= Self.randomRatio }
    let isRandom = isAsByChance ?? false
    let slowest = choice.meanTimes.indices.max { choice.meanTimes[$0] < choice.meanTimes[$1] }!
    let slowestLost =
      Double(counts[slowest]) * Double(idle.count) < Double(idleCounts[slowest]) * Double(requests.count)
    guard !isMixed else {
      // A rotation of requests that are equally long keeps all backends equally busy.
      let times = requests.map { $0.done - $0.sent }.sorted()
      let isMix = times[3 * times.count / 4] >= Self.leastContrast * max(times[times.count / 4], 1)
      let ratio = !isMix || choice.excessOfChance < Self.leastExcess ? nil : choice.ratio
      heed = ratio.map { $0 <= Self.mixedRatio } == true ? .least : .untold
      return
    }
    heed =
      switch (isChanged && isContested, deviation <= Self.blur) {
      case (true, true): .least
      case (true, false): !isRandom || slowestLost ? .less : .other
      case (false, true): .untold
      case (false, false): isRandom ? .none : .untold
      }
  }

  /// The most that a backend's part of one differs from its part of the other.
  private static func distance(_ one: [Double], _ other: [Double]) -> Double {
    let (sum, otherSum) = (one.reduce(0, +), other.reduce(0, +))
    return zip(one, other).map { abs($0 / max(sum, 1) - $1 / max(otherSum, 1)) }.max() ?? 0
  }

  private static func meanInFlight(_ requests: [LoadChoice.Request]) -> Double {
    guard let start = requests.map(\.sent).min(), let end = requests.map(\.done).max(), start < end else { return 0 }
    return requests.reduce(0) { $0 + Double($1.done - $1.sent) } / Double(end - start)
  }
}
