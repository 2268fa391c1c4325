/// A stretch of time in which requests due then failed. Times are in seconds from wherever the caller counts.
public struct Outage: Sendable, Equatable {
  /// When the first failed request was due.
  public let start: Double
  /// When the first successful request after the last failed one was due; the end of observation if there was none.
  public let end: Double
  /// How many requests failed in it.
  public let failed: Int

  public var duration: Double { end - start }

  public init(start: Double, end: Double, failed: Int) {
    self.start = start
    self.end = end
    self.failed = failed
  }

  /// One request, as input for finding outages.
  public struct Observation: Sendable, Equatable {
    public let due: Double
    public let failed: Bool

    public init(due: Double, failed: Bool) {
      self.due = due
      self.failed = failed
    }
  }

  /// Finds the outages among observations, in order.
  ///
  /// Failed requests that were due within `joining` of each other belong to one outage, also with successes between them: while
  /// one of two backends is down, every other request fails.
  ///
  /// - Parameters:
  ///   - observations: in any order.
  ///   - end: when observation ended; an outage that had not ended then lasts until it.
  ///   - joining: in seconds, 0 or more.
  public static func find(in observations: [Observation], until end: Double, joining: Double = 0.1) -> [Outage] {
    let sorted = observations.sorted { $0.due < $1.due }
    var outages: [Outage] = []
    var start: Double?
    var lastFailed = 0.0
    var failed = 0
    /// The first success since the last failure.
    var recovered: Double?

    func close() {
      guard let begun = start else { return }
      outages.append(Outage(start: begun, end: max(recovered ?? end, lastFailed), failed: failed))
      start = nil
      failed = 0
      recovered = nil
    }

    for observation in sorted {
      if observation.failed {
        if start != nil, observation.due - lastFailed > joining, recovered != nil { close() }
        if start == nil { start = observation.due }
        lastFailed = observation.due
        failed += 1
        recovered = nil
      } else if start != nil, recovered == nil {
        recovered = observation.due
      }
    }
    close()
    return outages
  }

  /// The longest time without a success that a visitor met between two moments, in seconds.
  ///
  /// A gap across a moment counts whole on the side that has the most of it, so that a boundary does not make two short ones of
  /// it, and on the other side with what lies there.
  ///
  /// - Parameters:
  ///   - successes: when successful answers were complete, in ascending order, of all the time observed.
  ///   - observed: the end of observation, `end` or later; it begins at 0.
  public static func longestGap(
    between start: Double, and end: Double, successes: [Double], until observed: Double
  ) -> Double {
    var low = 0
    var high = successes.count
    while low < high {
      let middle = (low + high) / 2
      if successes[middle] < start { low = middle + 1 } else { high = middle }
    }
    var longest = 0.0
    var last = low > 0 ? successes[low - 1] : 0
    var index = low
    while last < end {
      let next = index < successes.count ? successes[index] : max(observed, last)
      let within = min(next, end) - max(last, start)
      longest = max(longest, within * 2 >= next - last ? next - last : within)
      guard index < successes.count else { break }
      last = next
      index += 1
    }
    return longest
  }
}
