extension Histogram {
  /// The sum of all values, in nanoseconds and exact.
  public var exactSum: UInt128 { sum }

  /// Reads what ``base64V2(valueToUnitRatio:)`` wrote, with what that format does not carry, so that the histogram is the one
  /// that was written.
  ///
  /// - Parameters:
  ///   - min, max, sum, saturated: as ``min``, ``max``, ``exactSum`` and ``saturated`` said.
  /// - Throws: ``DecodingError/invalidCounts`` also where they cannot be those of the counts.
  public init(
    base64V2 text: String, min: UInt64, max: UInt64, sum: UInt128, saturated: UInt64
  ) throws(DecodingError) {
    try self.init(base64V2: text)
    let limit = Self.highestTrackableValue
    guard !isEmpty, min <= max, Self.index(of: Swift.min(min, limit)) == Self.index(of: Swift.min(smallest, limit)),
      Self.index(of: Swift.min(max, limit)) == counts.count - 1, saturated <= counts[counts.count - 1],
      (saturated > 0) == (max > limit), sum >= UInt128(min) * UInt128(total), sum <= UInt128(max) * UInt128(total)
    else { throw .invalidCounts }
    smallest = min
    largest = max
    self.sum = sum
    beyondRange = saturated
  }
}
