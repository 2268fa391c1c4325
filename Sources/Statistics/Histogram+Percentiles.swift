extension Histogram {
  /// The value, in nanoseconds, that `percentile` percent of the recorded values do not exceed; nil if there is none.
  ///
  /// - Parameter percentile: 0…100; what lies outside counts as the nearer end. Not-a-number gives nil.
  ///
  /// The rank and the bucket are those of HdrHistogram's `getValueAtPercentile`: of the first bucket with which at
  /// least ⌈percentile · count / 100⌉ values are counted, the highest value. Unlike there, the answer never leaves
  /// ``min``…``max``, both exact, so that no report shows a 99th percentile above its maximum: percentile 0 is
  /// ``min`` and percentile 100 is ``max``. All others are at most 0.1 % too high.
  public func value(atPercentile percentile: Double) -> UInt64? {
    guard !isEmpty, !percentile.isNaN else { return nil }
    if percentile <= 0 { return smallest }
    // 99.9 · 1000 / 100 may come out slightly above 999: the step down keeps such a rank from being rounded up.
    let position = Swift.min(percentile, 100).nextDown * Double(total) / 100
    let rank = UInt64(exactly: position.rounded(.up)) ?? total
    return value(atRank: Swift.min(Swift.max(rank, 1), total))
  }

  /// The value, in nanoseconds, of a rank from 1 to ``count``: the highest of its bucket.
  func value(atRank rank: UInt64) -> UInt64 {
    if rank == total { return largest }
    var seen: UInt64 = 0
    let bucket = counts.withUnsafeBufferPointer { counts -> Int? in
      var index = 0
      while index < counts.count {
        seen = seen.addingSaturated(counts[index])
        if seen >= rank { return index }
        index += 1
      }
      return nil
    }
    return bucket.map { Swift.min(Swift.max(Self.highest(ofBucket: $0), smallest), largest) } ?? largest
  }

  /// One bucket with at least one value.
  public struct Bucket: Sendable, Equatable {
    /// The smallest value that falls here, in nanoseconds.
    public var lowest: UInt64
    /// The largest value that falls here, in nanoseconds.
    public var highest: UInt64
    /// How many values fell here, at least 1.
    public var count: UInt64

    public init(lowest: UInt64, highest: UInt64, count: UInt64) {
      self.lowest = lowest
      self.highest = highest
      self.count = count
    }
  }

  /// The buckets that are not empty, in ascending order.
  public var recordedBuckets: [Bucket] {
    counts.enumerated().filter { $0.element > 0 }.map { index, count in
      Bucket(lowest: Self.lowest(ofBucket: index), highest: Self.highest(ofBucket: index), count: count)
    }
  }
}
