extension Histogram {
  /// Adds all values of another histogram, exactly as if they had been recorded here.
  public mutating func add(_ other: Histogram) {
    guard !other.isEmpty else { return }
    if other.counts.count > counts.count { grow(toHold: other.counts.count - 1) }
    for index in other.counts.indices { counts[index] = counts[index].addingSaturated(other.counts[index]) }
    total = total.addingSaturated(other.total)
    sum = sum.addingSaturated(other.sum)
    beyondRange = beyondRange.addingSaturated(other.beyondRange)
    smallest = Swift.min(smallest, other.smallest)
    largest = Swift.max(largest, other.largest)
  }
}
