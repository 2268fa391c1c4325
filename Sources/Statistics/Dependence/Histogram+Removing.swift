extension Histogram {
  /// The values without the first of a sequence that holds all of them; minimum, maximum and mean to 0.1 %.
  ///
  /// - Parameter count: how many of the sequence's values, 0 or more.
  /// - Returns: nil where the sequence does not hold all, as after thinning.
  public func withoutFirst(_ count: Int, of sequence: LatencySequence) -> Histogram? {
    guard sequence.stride == 1, UInt64(sequence.count) == total else { return nil }
    var rest = Histogram()
    for bucket in sequence.buckets.dropFirst(count) {
      rest.record(Swift.min(Swift.max(Self.middle(ofBucket: Int(bucket)), smallest), largest))
    }
    guard count > 0 else { return self }
    return rest
  }
}
