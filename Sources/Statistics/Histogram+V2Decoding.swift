import FoundationEssentials

extension Histogram {
  /// Why bytes are not a histogram that can be read.
  public enum DecodingError: Error, Sendable, Equatable {
    /// The text is not Base64.
    case notBase64
    /// The bytes end too early.
    case truncated
    /// The bytes do not begin as a compressed V2 histogram does.
    case unknownCookie(UInt32)
    /// The zlib stream uses a compression that is not supported.
    case unsupportedCompression
    /// The checksum does not fit the content.
    case wrongChecksum
    /// The bucket layout is not that of ``Histogram``.
    case unsupportedLayout
    /// The counts are negative, too many or too large.
    case invalidCounts
  }

  /// Reads what ``encodedV2Compressed(valueToUnitRatio:)`` wrote.
  ///
  /// Only stored blocks are read: the histograms of other programs, which compress theirs, give
  /// ``DecodingError/unsupportedCompression``. The counts come back exactly, and with them all percentiles to three
  /// digits. The format does not carry the exact minimum, maximum and sum, nor what was saturated: ``min`` and
  /// ``max`` become the ends of the outer buckets, and ``mean`` is taken from the middle of each bucket.
  public init(decodingV2Compressed bytes: [UInt8]) throws(DecodingError) {
    var outer = ByteReader(bytes[...])
    let cookie = try outer.readUInt32()
    guard cookie & ~0xf0 == HistogramV2.compressedCookie else { throw .unknownCookie(cookie) }
    let stream = try outer.read(count: Int(outer.readUInt32()))

    let payload = try ZlibStream.stored(in: stream)
    var reader = ByteReader(payload[...])
    let payloadCookie = try reader.readUInt32()
    guard payloadCookie & ~0xf0 == HistogramV2.payloadCookie else { throw .unknownCookie(payloadCookie) }
    let length = try Int(reader.readUInt32())
    let offset = try reader.readUInt32()
    let digits = try reader.readUInt32()
    let lowest = try reader.readUInt64()
    _ = try (reader.readUInt64(), reader.readUInt64())  // Highest value and ratio do not change the layout.
    guard offset == 0, digits == UInt32(Self.significantDigits), lowest == Self.lowestDiscernibleValue
    else { throw .unsupportedLayout }
    try self.init(decodingCounts: reader.read(count: length))
  }

  /// Reads what ``base64V2(valueToUnitRatio:)`` wrote; see ``init(decodingV2Compressed:)``.
  public init(base64V2 text: String) throws(DecodingError) {
    guard let data = Data(base64Encoded: text) else { throw .notBase64 }
    try self.init(decodingV2Compressed: [UInt8](data))
  }

  private init(decodingCounts bytes: ArraySlice<UInt8>) throws(DecodingError) {
    self.init()
    var reader = ByteReader(bytes)
    var index = 0
    while !reader.isAtEnd {
      let number = try reader.readZigZag()
      guard number > 0 else {
        let run = number == 0 ? 1 : number.magnitude
        guard run <= UInt64(Self.bucketLimit - index) else { throw .invalidCounts }
        index += Int(run)
        continue
      }
      guard index < Self.bucketLimit, number <= Int64.max - Int64(clamping: total) else { throw .invalidCounts }
      record(Self.middle(ofBucket: index), count: UInt64(number))
      smallest = Swift.min(smallest, Self.lowest(ofBucket: index))
      largest = Self.highest(ofBucket: index)
      index += 1
    }
    // The middle of the last bucket may lie above the trackable range without being beyond it.
    beyondRange = 0
  }
}

/// Reads big-endian numbers from the front of bytes.
struct ByteReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func read(count: Int) throws(Histogram.DecodingError) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw .truncated }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func readByte() throws(Histogram.DecodingError) -> UInt8 {
    guard let byte = rest.popFirst() else { throw .truncated }
    return byte
  }

  mutating func readUInt32() throws(Histogram.DecodingError) -> UInt32 {
    try read(count: 4).reduce(0) { $0 << 8 | UInt32($1) }
  }

  mutating func readUInt64() throws(Histogram.DecodingError) -> UInt64 {
    try read(count: 8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  mutating func readZigZag() throws(Histogram.DecodingError) -> Int64 {
    var bits: UInt64 = 0
    for position in 0..<9 {
      let byte = try readByte()
      let isLast = byte < 0x80 || position == 8
      bits |= UInt64(position == 8 ? byte : byte & 0x7f) << UInt64(7 * position)
      if isLast { break }
    }
    return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
  }
}
