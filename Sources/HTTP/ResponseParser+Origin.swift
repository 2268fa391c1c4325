/// What a head says of who answered, beside the selected fields.
struct OriginFields {
  /// Whether a field shows that a cache answered.
  var showsCache = false
  /// Where the value of `Location` is in the head, and its length; -1 for none.
  var location: (start: Int32, length: Int32) = (0, -1)

  /// Takes a field over if it says something.
  @inline(__always)
  mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at offset: Int) {
    // Nearly every field says nothing, which a few of its letters tell.
    guard name.count >= 3 else { return }
    let isTelling =
      switch lowercased(name[0]) {
      case UInt8(ascii: "x"): isAny(lowercased(name[2]), of: "c", "v", "p")
      case UInt8(ascii: "c"): isAny(lowercased(name[1]), of: "a", "f", "f")
      case UInt8(ascii: "l"): name.count == 8
      case UInt8(ascii: "a"): name.count == 3
      default: false
      }
    guard isTelling else { return }
    noteTelling(name, value, at: offset)
  }

  @inline(never)
  private mutating func noteTelling(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at offset: Int) {
    if CacheEvidence.shows(name, value) {
      showsCache = true
    } else if name.count == 8, equals(name, lowercase: "location") {
      location = (Int32(offset), Int32(value.count))
    }
  }
}

@inline(__always)
private func isAny(_ byte: UInt8, of one: Unicode.Scalar, _ two: Unicode.Scalar, _ three: Unicode.Scalar) -> Bool {
  byte == UInt8(ascii: one) || byte == UInt8(ascii: two) || byte == UInt8(ascii: three)
}

extension ResponseParser {
  /// Whether the head shows that a cache answered; see ``CacheEvidence``.
  public var isFromCache: Bool { origin.showsCache }

  /// The value of `Location`; valid from `.head` to the next call.
  public var location: UnsafeRawBufferPointer? {
    guard origin.location.length >= 0, head.baseAddress != nil else { return nil }
    let start = Int(origin.location.start)
    return UnsafeRawBufferPointer(rebasing: head[start..<(start + Int(origin.location.length))])
  }
}
