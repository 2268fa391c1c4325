/// Whether a balancer considers how busy its backends are: what was in flight when each request was sent.
///
/// Only the requests of one client are known, so this holds without other clients, and is meaningful only where the backends
/// are not all equally busy.
public struct LoadChoice: Sendable, Equatable {
  /// One request: from when to when it was in flight, and the number of the backend that it went to.
  public struct Request: Sendable, Equatable {
    public var sent: UInt64
    public var done: UInt64
    public var backend: Int

    public init(sent: UInt64, done: UInt64, backend: Int) {
      self.sent = sent
      self.done = done
      self.backend = backend
    }
  }

  /// By how much the chosen backend had more requests in flight, for its weight, than the least busy one: the mean over all.
  public let excess: Double
  /// The same for a random choice by the weights.
  ///
  /// The observed shares would not do: a backend that is slow throughout gets its small share from two choices as it
  /// would from chance with such a weight.
  public let excessOfChance: Double
  /// How often a random choice by the weights meets a backend that is busier than the least busy one, 0 to 1: so many requests, at most,
  /// go elsewhere because of the load.
  public let contested: Double
  /// The time that each backend's requests were in flight, all together, as a share of all backends'.
  public let busyShares: [Double]
  /// Each backend's mean time in flight.
  public let meanTimes: [Double]
  public let count: Int

  /// The ratio of the excess to that of chance: near 0 for the least busy backend, 1 for a choice that ignores it; `nil` where
  /// all backends were equally busy throughout.
  public var ratio: Double? { excessOfChance > 0 ? excess / excessOfChance : nil }

  /// - Parameters:
  ///   - requests: in any order; those of one moment count as sent one after another.
  ///   - weights: of the backends by number, as named or as seen while all were idle, 1 or more each; there are at least two.
  /// - Returns: `nil` for fewer backends, or no request.
  public init?(_ requests: [Request], weights: [Int]) {
    guard weights.count > 1, weights.allSatisfy({ $0 > 0 }), !requests.isEmpty,
      requests.allSatisfy({ weights.indices.contains($0.backend) && $0.sent <= $0.done })
    else { return nil }
    let sent = requests.sorted { $0.sent < $1.sent }
    let done = requests.sorted { $0.done < $1.done }
    var counts = [Int](repeating: 0, count: weights.count)
    var times = [Double](repeating: 0, count: weights.count)
    for request in requests {
      counts[request.backend] += 1
      times[request.backend] += Double(request.done - request.sent)
    }
    let sum = Double(weights.reduce(0, +))
    let shares = weights.map { Double($0) / sum }
    var inFlight = [Int](repeating: 0, count: weights.count)
    var ended = 0
    var (excess, expected, contested) = (0.0, 0.0, 0.0)
    for request in sent {
      while ended < done.count, done[ended].done <= request.sent {
        // What took no time was never in flight.
        if done[ended].sent < done[ended].done { inFlight[done[ended].backend] -= 1 }
        ended += 1
      }
      let loads = zip(inFlight, weights).map { Double($0) / Double($1) }
      let least = loads.min()!
      excess += loads[request.backend] - least
      for (load, share) in zip(loads, shares) where load > least {
        expected += (load - least) * share
        contested += share
      }
      if request.done > request.sent { inFlight[request.backend] += 1 }
    }
    let total = times.reduce(0, +)
    self.excess = excess / Double(sent.count)
    excessOfChance = expected / Double(sent.count)
    self.contested = contested / Double(sent.count)
    busyShares = times.map { total > 0 ? $0 / total : 0 }
    meanTimes = zip(times, counts).map { $1 > 0 ? $0 / Double($1) : 0 }
    count = requests.count
  }
}
