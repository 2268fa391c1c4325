/// A histogram of durations that keeps every recorded value to three significant digits.
///
/// ```swift
/// var latency = Histogram()
/// latency.record(1_250_000)  // nanoseconds
/// let median = latency.value(atPercentile: 50)
/// ```
///
/// Values are nanoseconds, from 0 up to ``highestTrackableValue`` (five minutes). The bucket layout is that of
/// HdrHistogram (Gil Tene, hdrhistogram.org) with a lowest discernible value of 1 and 3 significant digits: values
/// below 2,048 have a bucket each, above that a bucket is never wider than 1/1,024 of its lowest value.
///
/// Recording takes constant time and allocates only when a value is larger than all before it. An empty histogram
/// holds no counts; a full one takes 240 KiB.
public struct Histogram: Sendable, Equatable {
  /// The largest value with a bucket of its own, in nanoseconds; larger ones are counted there as ``saturated``.
  public static let highestTrackableValue: UInt64 = 300_000_000_000

  static let significantDigits = 3
  static let lowestDiscernibleValue: UInt64 = 1
  static let subBucketBits = 11
  static let subBucketHalfCount = 1 << (subBucketBits - 1)
  static let bucketLimit = index(of: highestTrackableValue) + 1

  /// Ends at the last bucket that is not empty, so that equal contents compare equal.
  var counts: [UInt64] = []
  var total: UInt64 = 0
  var beyondRange: UInt64 = 0
  var smallest = UInt64.max
  var largest: UInt64 = 0
  /// 64 bits would overflow after some sixty million five-minute values.
  var sum: UInt128 = 0

  /// Creates an empty histogram.
  public init() {}

  /// Records one value, in nanoseconds; any value is accepted, see ``saturated``.
  ///
  /// - Returns: its bucket in a ``CoarseHistogram``.
  @discardableResult
  public mutating func record(_ value: UInt64) -> Int {
    let index = Self.index(of: Swift.min(value, Self.highestTrackableValue))
    if index >= counts.count { grow(toHold: index) }
    counts[index] &+= 1
    total &+= 1
    sum &+= UInt128(value)
    if value < smallest { smallest = value }
    if value > largest { largest = value }
    if value > Self.highestTrackableValue { beyondRange &+= 1 }
    return index >> CoarseHistogram.shift
  }

  /// Records a value, in nanoseconds, `count` times; nothing happens if `count` is 0.
  public mutating func record(_ value: UInt64, count: UInt64) {
    guard count > 0 else { return }
    let index = Self.index(of: Swift.min(value, Self.highestTrackableValue))
    if index >= counts.count { grow(toHold: index) }
    counts[index] = counts[index].addingSaturated(count)
    total = total.addingSaturated(count)
    sum = sum.addingSaturated(UInt128(value) * UInt128(count))
    smallest = Swift.min(smallest, value)
    largest = Swift.max(largest, value)
    if value > Self.highestTrackableValue { beyondRange = beyondRange.addingSaturated(count) }
  }

  /// Makes room for all values, and uses it once for those up to `highest`, in nanoseconds.
  ///
  /// Then recording such a value takes no allocation and no page fault. An empty histogram stays empty and equal to others.
  public mutating func prepare(upTo highest: UInt64) {
    let length = counts.count
    counts.reserveCapacity(Self.bucketLimit)
    grow(toHold: Swift.max(Self.index(of: Swift.min(highest, Self.highestTrackableValue)), length))
    counts.removeLast(counts.count - length)
  }

  mutating func grow(toHold index: Int) {
    let missing = index + 1 - counts.count
    if missing > 0 { counts.append(contentsOf: Self.zeros[..<missing]) }
  }

  /// As many as there are buckets: copied at once, where zeros one by one take most of the time that reading a histogram takes.
  private static let zeros = [UInt64](repeating: 0, count: bucketLimit)
}

extension Histogram {
  /// The number of values recorded.
  public var count: UInt64 { total }

  /// True if nothing was recorded.
  public var isEmpty: Bool { total == 0 }

  /// How many of the values were larger than ``highestTrackableValue``.
  ///
  /// They sit in the last bucket, so percentiles that fall among them read too low; ``max`` and ``mean`` stay exact.
  public var saturated: UInt64 { beyondRange }

  /// The smallest value recorded, in nanoseconds and exact; nil if there is none.
  public var min: UInt64? { isEmpty ? nil : smallest }

  /// The largest value recorded, in nanoseconds and exact even beyond the trackable range; nil if there is none.
  public var max: UInt64? { isEmpty ? nil : largest }

  /// The arithmetic mean in nanoseconds, from the exact sum of all values; nil if there is none.
  public var mean: Double? { isEmpty ? nil : Double(sum) / Double(total) }

  /// The standard deviation of the whole population in nanoseconds, to three significant digits; nil if empty.
  ///
  /// Each value counts as the middle of its bucket, as in HdrHistogram's `getStdDeviation`.
  public var standardDeviation: Double? {
    guard let mean else { return nil }
    var squares = 0.0
    for (index, count) in counts.enumerated() where count > 0 {
      // Without the clamp a histogram of one single value would seem to vary.
      let middle = Swift.min(Swift.max(Self.middle(ofBucket: index), smallest), largest)
      let distance = Double(middle) - mean
      squares += distance * distance * Double(count)
    }
    return (squares / Double(total)).squareRoot()
  }
}

extension Histogram {
  /// The bucket of a value, for values up to ``highestTrackableValue``.
  static func index(of value: UInt64) -> Int {
    let magnitude = UInt64.bitWidth - subBucketBits - (value | (1 << subBucketBits - 1)).leadingZeroBitCount
    return magnitude * subBucketHalfCount + Int(truncatingIfNeeded: value >> UInt64(magnitude))
  }

  /// The smallest value that is counted in a bucket.
  static func lowest(ofBucket index: Int) -> UInt64 {
    let magnitude = Swift.max(index / subBucketHalfCount - 1, 0)
    return UInt64(index - magnitude * subBucketHalfCount) << UInt64(magnitude)
  }

  /// The largest value that is counted in a bucket.
  static func highest(ofBucket index: Int) -> UInt64 { lowest(ofBucket: index + 1) - 1 }

  /// The layout in HdrHistogram's terms: the number of buckets, each twice as wide as the one before, and of sub-buckets in
  /// each.
  public static var layout: (buckets: Int, subBuckets: Int) {
    (bucketLimit / subBucketHalfCount - (bucketLimit % subBucketHalfCount == 0 ? 1 : 0), 1 << subBucketBits)
  }

  static func middle(ofBucket index: Int) -> UInt64 {
    let lowest = lowest(ofBucket: index)
    return lowest + (Self.lowest(ofBucket: index + 1) - lowest) / 2
  }
}
