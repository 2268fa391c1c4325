extension Histogram {
  /// Whether these values can hold all values of another histogram; of as many as there are here, whether they are the same.
  public func holds(_ part: Histogram) -> Bool {
    guard !part.isEmpty else { return true }
    guard part.total < total else { return part == self }
    guard part.counts.count <= counts.count, part.smallest >= smallest, part.largest <= largest, part.sum <= sum,
      part.beyondRange <= beyondRange
    else { return false }
    return zip(part.counts, counts).allSatisfy { $0 <= $1 }
  }

  /// Whether each of these values can be that of a request whose value in another histogram is at least as large, with as many
  /// values in both.
  public func isNowhereAbove(_ other: Histogram) -> Bool {
    guard total == other.total else { return false }
    guard total > 0 else { return true }
    guard smallest <= other.smallest, largest <= other.largest, sum <= other.sum else { return false }
    // The rank of each of the larger values is reached here no later.
    var (own, others): (UInt64, UInt64) = (0, 0)
    for index in other.counts.indices {
      own = own.addingSaturated(index < counts.count ? counts[index] : 0)
      others = others.addingSaturated(other.counts[index])
      if own < others { return false }
    }
    return true
  }

  /// The sums that values of these counts, minimum, maximum and number beyond the range can have.
  func possibleSums(min: UInt64, max: UInt64, saturated: UInt64) -> ClosedRange<UInt128>? {
    var (low, high): (UInt128, UInt128) = (0, 0)
    for (index, count) in counts.enumerated() where count > 0 {
      low += UInt128(count) * UInt128(Swift.max(Self.lowest(ofBucket: index), min))
      high += UInt128(count) * UInt128(Swift.min(Self.highest(ofBucket: index), max))
    }
    let last = counts.count - 1
    let leastOfLast = Swift.max(Self.lowest(ofBucket: last), min)
    var leastOfLargest = leastOfLast
    if saturated > 0 {
      leastOfLargest = Swift.max(Self.highestTrackableValue + 1, min)
      low += UInt128(saturated) * UInt128(leastOfLargest - leastOfLast)
      let mostOfLast = Swift.min(Self.highest(ofBucket: last), max)
      high += UInt128(saturated) * UInt128(max - mostOfLast)
    }
    // One value is the largest, and one the smallest.
    guard max >= leastOfLargest, let first = counts.firstIndex(where: { $0 > 0 }) else { return nil }
    low += UInt128(max - leastOfLargest)
    let mostOfFirst = total == saturated ? max : Swift.min(Self.highest(ofBucket: first), max)
    guard mostOfFirst >= min else { return nil }
    high -= UInt128(mostOfFirst - min)
    return low <= high ? low...high : nil
  }
}
