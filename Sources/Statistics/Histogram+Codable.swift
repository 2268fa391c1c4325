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
      (saturated > 0) == (max > limit),
      possibleSums(min: min, max: max, saturated: saturated)?.contains(sum) == true
    else { throw .invalidCounts }
    smallest = min
    largest = max
    self.sum = sum
    beyondRange = saturated
  }
}

/// The distribution, complete: HdrHistogram's counts with what its format does not carry. Of an empty one nothing is written.
extension Histogram: Codable {
  private enum Field: String, CodingKey {
    /// HdrHistogram V2, compressed and in base64; its readers show milliseconds.
    case counts
    case min, max
    /// In digits, which may be more than other readers of JSON keep of a number.
    case sum
    /// Left out if there are none.
    case saturated
  }

  /// 30 years in nanoseconds: no value is larger.
  private static let longest: UInt64 = 1_000_000_000_000_000_000

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    guard let min, let max else { return }
    try fields.encode(base64V2(valueToUnitRatio: 1e-6), forKey: .counts)
    try fields.encode(min, forKey: .min)
    try fields.encode(max, forKey: .max)
    try fields.encode("\(exactSum)", forKey: .sum)
    if saturated > 0 { try fields.encode(saturated, forKey: .saturated) }
  }

  /// - Throws: `DecodingError` for counts that cannot be read or contradict the other fields, and for one that is too many
  ///   for the decoder's ``DecodingBudget``.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Field.self)
    guard let text = try fields.decodeIfPresent(String.self, forKey: .counts) else {
      for field in [Field.min, .max, .sum, .saturated] {
        try fields.demand(!fields.contains(field), field, "belongs to no counts")
      }
      self.init()
      return
    }
    try fields.demand(decoder.budget?.takeHistogram() ?? true, .counts)
    let max = try fields.decode(UInt64.self, forKey: .max)
    try fields.demand(max <= Self.longest, .max)
    guard let sum = UInt128(try fields.decode(String.self, forKey: .sum)) else { throw fields.impossible(.sum) }
    let min = try fields.decode(UInt64.self, forKey: .min)
    let saturated = try fields.decodeIfPresent(UInt64.self, forKey: .saturated) ?? 0
    do throws(DecodingError) {
      try self.init(base64V2: text, min: min, max: max, sum: sum, saturated: saturated)
    } catch {
      throw fields.impossible(.counts)
    }
  }
}
