/// What a head says about who answered, beside the selected fields.
struct OriginFields {
  /// Whether a field shows that a cache answered.
  var showsCache = false
  /// Where the value of `Location` is in the head, and its length; -1 for none.
  var location: (start: Int32, length: Int32) = (0, -1)

  /// Keeps what a relevant field says.
  @inline(__always)
  mutating func note(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, at offset: Int) {
    // Nearly every field is irrelevant, which a few of its letters show.
    guard name.count >= 3 else { return }
    let isTelling =
      switch lowercased(name[0]) {
      case UInt8(ascii: "x") where name.count == 9: lowercased(name[2]) == UInt8(ascii: "v") || mayHaveCache(name)
      case UInt8(ascii: "l") where name.count == 8: true
      case UInt8(ascii: "a") where name.count == 3: true
      case UInt8(ascii: "s") where name.count == 13: true
      default: mayHaveCache(name)
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

/// Whether "cache" may be in a name: of any five bytes in a row, one is the fifth, tenth or so of the name.
@inline(__always)
private func mayHaveCache(_ name: UnsafeRawBufferPointer) -> Bool {
  var index = 4
  while index < name.count {
    let before = lowercased(name[index - 1])
    switch lowercased(name[index]) {
    case UInt8(ascii: "a") where before == UInt8(ascii: "c"): return true
    case UInt8(ascii: "h") where before == UInt8(ascii: "c"): return true
    case UInt8(ascii: "e") where before == UInt8(ascii: "h"): return true
    case UInt8(ascii: "c")
    where before == UInt8(ascii: "a") || index + 1 < name.count && lowercased(name[index + 1]) == UInt8(ascii: "a"):
      return true
    default: index += 5
    }
  }
  return false
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
