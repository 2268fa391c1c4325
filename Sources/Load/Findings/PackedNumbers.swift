internal import FoundationEssentials

/// Variable-length numbers in base64 (LEB128, signed ones in zigzag): small ones take a byte.
struct PackedNumbers {
  private(set) var bytes: [UInt8] = []

  var text: String { Data(bytes).base64EncodedString() }

  mutating func append(signed value: Int64) {
    append(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }
}

/// Reads what ``PackedNumbers`` wrote.
struct NumberReader {
  private var rest: ArraySlice<UInt8>

  /// `nil` for a text that is not base64.
  init?(_ text: String) {
    guard let data = Data(base64Encoded: text) else { return nil }
    rest = [UInt8](data)[...]
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// The next number, `nil` where the bytes end too early.
  mutating func next() -> UInt64? {
    var value: UInt64 = 0
    for position in 0..<10 {
      guard let byte = rest.popFirst() else { return nil }
      value |= UInt64(byte & 0x7F) << UInt64(7 * position)
      if byte < 0x80 { return value }
    }
    return nil
  }

  /// The next number, `nil` also where it is larger than that.
  mutating func next(atMost most: Int) -> Int? {
    next().flatMap { $0 <= UInt64(most) ? Int($0) : nil }
  }
}
