/// A compact distribution: every sixteen buckets of ``Histogram`` form one, and only those with values are kept.
///
/// A bucket is never wider than 1/64 of its lowest value, so that percentiles are at most 1.6 % too high.
public struct CoarseHistogram: Sendable, Equatable {
  static let shift = 4
  /// One more than the highest bucket.
  public static let bucketLimit = (Histogram.bucketLimit - 1) >> shift + 1

  public struct Bucket: Sendable, Equatable {
    public let index: Int
    public fileprivate(set) var count: UInt64
  }

  /// In ascending order, each with at least one value.
  public private(set) var buckets: [Bucket] = []

  /// Creates an empty histogram.
  public init() {}

  /// The same values in coarser buckets.
  public init(_ histogram: Histogram) {
    for (index, count) in histogram.counts.enumerated() { add(count, toBucket: index >> Self.shift) }
  }

  /// The number of values recorded.
  public var count: UInt64 { buckets.reduce(0) { $0.addingSaturated($1.count) } }

  /// Records values of a bucket.
  ///
  /// - Parameter index: from 0, below ``bucketLimit``, as ``Histogram/record(_:)`` returns it.
  public mutating func add(_ count: UInt64, toBucket index: Int) {
    guard count > 0 else { return }
    guard let last = buckets.last, last.index >= index else {
      return buckets.append(Bucket(index: index, count: count))
    }
    var (low, high) = (0, buckets.count)
    while low < high {
      let middle = (low + high) / 2
      if buckets[middle].index < index { low = middle + 1 } else { high = middle }
    }
    if buckets[low].index == index {
      buckets[low].count = buckets[low].count.addingSaturated(count)
    } else {
      buckets.insert(Bucket(index: index, count: count), at: low)
    }
  }

  /// Adds all values of another histogram.
  public mutating func add(_ other: CoarseHistogram) {
    for bucket in other.buckets { add(bucket.count, toBucket: bucket.index) }
  }

  /// The values that were added since an earlier state of the same histogram.
  public func since(_ earlier: CoarseHistogram) -> CoarseHistogram {
    var rest = CoarseHistogram()
    var before = earlier.buckets[...]
    for bucket in buckets {
      while let first = before.first, first.index < bucket.index { before.removeFirst() }
      let known = before.first.map { $0.index == bucket.index ? $0.count : 0 } ?? 0
      rest.add(bucket.count - min(known, bucket.count), toBucket: bucket.index)
    }
    return rest
  }

  /// How many values are in buckets that hold none above a limit, in nanoseconds.
  public func count(upTo limit: UInt64) -> UInt64 {
    buckets.prefix { Self.highest(of: $0) <= limit }.reduce(0) { $0.addingSaturated($1.count) }
  }

  private static func highest(of bucket: Bucket) -> UInt64 {
    Histogram.highest(ofBucket: bucket.index << shift | (1 << shift - 1))
  }

  /// The value, in nanoseconds, that `percentile` percent of the values do not exceed: the highest of its bucket; nil if there is
  /// none.
  public func value(atPercentile percentile: Double) -> UInt64? {
    let total = count
    guard total > 0, !percentile.isNaN else { return nil }
    let position = min(max(percentile, 0), 100).nextDown * Double(total) / 100
    let rank = max(1, UInt64(saturating: position.rounded(.up)))
    var seen: UInt64 = 0
    let bucket = buckets.first { bucket in
      seen = seen.addingSaturated(bucket.count)
      return seen >= rank
    }
    return bucket.map(Self.highest)
  }
}
