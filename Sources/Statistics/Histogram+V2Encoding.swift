import FoundationEssentials

/// The constants of HdrHistogram's V2 encoding (`AbstractHistogram.java`, "Encoding/Decoding").
enum HistogramV2 {
  static let payloadCookie: UInt32 = 0x1c84_9303
  static let compressedCookie: UInt32 = 0x1c84_9304
  /// Set in both cookies: the word size of the counts, 1, which stands for LEB128.
  static let wordSize: UInt32 = 0x10
}

extension Histogram {
  /// The histogram in HdrHistogram's compressed V2 format, which all its implementations read.
  ///
  /// The zlib stream holds stored blocks only: runs of empty buckets are already folded by the format itself.
  ///
  /// - Parameter valueToUnitRatio: what readers that know of it multiply values by, such as `1e-6` to show the
  ///   recorded nanoseconds as milliseconds. It does not change the counts.
  public func encodedV2Compressed(valueToUnitRatio: Double = 1) -> [UInt8] {
    let stream = ZlibStream.storing(encodedV2Payload(valueToUnitRatio: valueToUnitRatio))
    var bytes: [UInt8] = []
    bytes.appendBigEndian(HistogramV2.compressedCookie | HistogramV2.wordSize)
    bytes.appendBigEndian(UInt32(stream.count))
    return bytes + stream
  }

  /// ``encodedV2Compressed(valueToUnitRatio:)`` as Base64 (RFC 4648, section 4), as histogram logs hold it.
  public func base64V2(valueToUnitRatio: Double = 1) -> String {
    Data(encodedV2Compressed(valueToUnitRatio: valueToUnitRatio)).base64EncodedString()
  }

  private func encodedV2Payload(valueToUnitRatio: Double) -> [UInt8] {
    let encodedCounts = encodedCounts()
    var bytes: [UInt8] = []
    bytes.appendBigEndian(HistogramV2.payloadCookie | HistogramV2.wordSize)
    bytes.appendBigEndian(UInt32(encodedCounts.count))
    bytes.appendBigEndian(UInt32(0))  // Normalizing index offset: only shifted histograms have one.
    bytes.appendBigEndian(UInt32(Self.significantDigits))
    bytes.appendBigEndian(Self.lowestDiscernibleValue)
    bytes.appendBigEndian(Self.highestTrackableValue)
    bytes.appendBigEndian(valueToUnitRatio.bitPattern)
    return bytes + encodedCounts
  }

  private func encodedCounts() -> [UInt8] {
    var bytes: [UInt8] = []
    var emptyRun: Int64 = 0
    for count in counts {
      guard count > 0 else {
        emptyRun += 1
        continue
      }
      if emptyRun > 0 { bytes.appendZigZag(emptyRun == 1 ? 0 : -emptyRun) }
      emptyRun = 0
      bytes.appendZigZag(Int64(clamping: count))
    }
    return bytes
  }
}

extension [UInt8] {
  fileprivate mutating func appendBigEndian(_ value: some FixedWidthInteger & UnsignedInteger) {
    for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
      append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  /// ZigZag LEB128 as HdrHistogram has it: at most nine bytes, and the ninth carries eight bits.
  fileprivate mutating func appendZigZag(_ value: Int64) {
    var rest = UInt64(bitPattern: (value << 1) ^ (value >> 63))
    var length = 1
    while rest >= 0x80, length < 9 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
      length += 1
    }
    append(UInt8(truncatingIfNeeded: rest))
  }
}
