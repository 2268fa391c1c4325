internal import Statistics

extension LoadLook {
  /// Each part of the run is looked at in so many blocks of time at most; fewer than the least number show nothing.
  private static let mostBlocks = 8
  private static let fewestBlocks = 5
  /// So many blocks of each part, at either end of their order, may be a pause of a server.
  private static let pauses = 1
  /// Another weight of one of a few backends shifts its busy time by so much; servers that share cores shift it by ``blur``.
  private static let leastShift = 1.5 * blur

  /// Whether both parts of the run show what the whole of it shows.
  ///
  /// The latencies of the backends change the shares of a policy that heeds them, not how busy it keeps each of them for its
  /// weight; another weight changes that by more than queues blur it, in nearly every block of time.
  ///
  /// - Parameter split: when the second part begins, as ``LoadChoice/Request/sent``.
  func holdsThroughout(_ flights: Flights, split: UInt64, idle: [String], _ weights: [String: Int]) -> Bool {
    let parts = [flights.requests.filter { $0.sent < split }, flights.requests.filter { $0.sent >= split }].map {
      Flights(names: flights.names, requests: $0)
    }
    // How busy all are says less of a policy that does not keep them equally busy.
    if heed == .less {
      let ignored = parts.contains { part in
        let heed = Self(part, idle: idle, weights: weights)?.heed
        return heed == Heed.none || heed == .other
      }
      if ignored { return false }
    }
    let ends = flights.requests.map(\.sent)
    guard let start = ends.min(), let end = ends.max() else { return true }
    let shares = [start..<max(split, start), split..<max(end, split)].map { Self.busyShares(flights, in: $0) }
    return flights.names.indices.allSatisfy { backend in
      let (before, after) = (shares[0].map { $0[backend] }.sorted(), shares[1].map { $0[backend] }.sorted())
      return !Self.isAbove(before, after) && !Self.isAbove(after, before)
    }
  }

  /// Whether a backend was busier in the blocks of one part than in those of the other, but for pauses; both are in order.
  private static func isAbove(_ high: [Double], _ low: [Double]) -> Bool {
    guard min(high.count, low.count) >= fewestBlocks else { return false }
    return high[pauses] > low[low.count - 1 - pauses] && high[high.count / 2] - low[low.count / 2] > leastShift
  }

  /// The part of all backends' busy time that each has, by block of a span of time and by backend.
  ///
  /// A block is as long as the slowest backend takes: within less, who is busy hardly changes.
  private static func busyShares(_ flights: Flights, in span: Range<UInt64>) -> [[Double]] {
    var (times, counts) = (
      [UInt64](repeating: 0, count: flights.names.count), [UInt64](repeating: 0, count: flights.names.count)
    )
    for request in flights.requests {
      times[request.backend] += request.done - request.sent
      counts[request.backend] += 1
    }
    let slowest = zip(times, counts).map { $0 / max($1, 1) }.max() ?? 0
    let length = max(UInt64(span.count) / UInt64(mostBlocks), slowest, 1)
    let blocks = span.count / Int(length)
    var busy = [[Double]](repeating: [Double](repeating: 0, count: flights.names.count), count: blocks)
    for request in flights.requests where request.done > span.lowerBound && blocks > 0 {
      let first = Int((max(request.sent, span.lowerBound) - span.lowerBound) / length)
      for block in min(first, blocks)..<blocks {
        let start = span.lowerBound + UInt64(block) * length
        guard request.done > start else { break }
        busy[block][request.backend] += Double(min(request.done, start + length) - max(request.sent, start))
      }
    }
    return busy.compactMap { times in
      let all = times.reduce(0, +)
      return all > 0 ? times.map { $0 / all } : nil
    }
  }
}
