import FoundationEssentials

/// In files at most ``filedLimit`` values are kept, two bytes each, in base64.
extension LatencySequence: Codable {
  private enum Field: String, CodingKey { case stride, values }

  /// Values of one sequence in a file: 128 KiB.
  public static let filedLimit = 1 << 16
  private static let longestStride = 1 << 40

  /// The sequence as a file holds it: equal to this one where it has few enough values.
  public var filed: LatencySequence {
    LatencySequence(interleaving: [self], limit: Self.filedLimit)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    guard count > 0 else { return }
    let kept = filed
    try fields.encode(kept.stride, forKey: .stride)
    let bytes = kept.buckets.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    try fields.encode(Data(bytes).base64EncodedString(), forKey: .values)
  }

  /// - Throws: `DecodingError` for values that cannot be read, are too many or beyond ``Histogram/highestTrackableValue``.
  public init(from decoder: any Decoder) throws {
    self.init()
    let fields = try decoder.container(keyedBy: Field.self)
    guard let text = try fields.decodeIfPresent(String.self, forKey: .values) else {
      try fields.demand(!fields.contains(.stride), .stride, "belongs to no values")
      return
    }
    try fields.demand(text.utf8.count, atMost: 4 * Self.filedLimit, .values)
    let stride = try fields.decode(Int.self, forKey: .stride)
    try fields.demand((1...Self.longestStride).contains(stride) && stride.nonzeroBitCount == 1, .stride)
    guard let bytes = Data(base64Encoded: text), !bytes.isEmpty, bytes.count.isMultiple(of: 2),
      bytes.count / 2 <= Self.filedLimit
    else { throw fields.impossible(.values) }
    let read = [UInt8](bytes)
    let buckets = Swift.stride(from: 0, to: read.count, by: 2).map { UInt16(read[$0]) | UInt16(read[$0 + 1]) << 8 }
    try fields.demand(buckets.allSatisfy { Int($0) < Histogram.bucketLimit }, .values)
    self.init(buckets: buckets, stride: stride)
  }
}

extension Histogram {
  /// Whether a sequence can be that of these values: all of them, or one of several each; an empty one was not kept.
  public func holds(_ kept: LatencySequence) -> Bool {
    if kept.count == 0 { return true }
    let counted = UInt64(kept.count) * UInt64(kept.stride)
    // Of the last neighbours one stands for fewer, in each of the sequences that it was merged from.
    guard kept.stride == 1 ? counted == total : total > UInt64(LatencySequence.filedLimit) / 2 && counted / 2 <= total
    else { return false }
    var left = counts
    return kept.buckets.allSatisfy { bucket in
      guard Int(bucket) < left.count, left[Int(bucket)] > 0 else { return false }
      left[Int(bucket)] -= 1
      return true
    }
  }
}
