internal import Glibc

// Small questions about ranges of bytes, as HTTP asks them: ASCII only, letters without case.

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
  byte &- UInt8(ascii: "0") < 10
}

@inline(__always)
private func lowercase(_ byte: UInt8) -> UInt8 {
  byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
}

/// Whether a byte is allowed in a method or a field's name (RFC 9110, section 5.6.2).
func isTokenByte(_ byte: UInt8) -> Bool {
  if lowercase(byte) &- UInt8(ascii: "a") < 26 || isDigit(byte) { return true }
  switch byte {
  case UInt8(ascii: "!"), UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
    UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"), UInt8(ascii: "|"),
    UInt8(ascii: "~"):
    return true
  default: return false
  }
}

/// Whether a range spells `text`, which is given in small letters.
func equal(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ text: StaticString) -> Bool {
  guard range.count == text.utf8CodeUnitCount else { return false }
  for offset in 0..<range.count where lowercase(bytes[range.lowerBound + offset]) != text.utf8Start[offset] {
    return false
  }
  return true
}

func equalIgnoringCase(_ bytes: UnsafeRawBufferPointer, _ first: Range<Int>, _ second: Range<Int>) -> Bool {
  guard first.count == second.count else { return false }
  for (a, b) in zip(first, second) where lowercase(bytes[a]) != lowercase(bytes[b]) { return false }
  return true
}

/// A number of at most 18 digits, and nothing else.
func decimal(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Int? {
  guard (1...18).contains(range.count) else { return nil }
  var number = 0
  for index in range {
    guard isDigit(bytes[index]) else { return nil }
    number = number * 10 + Int(bytes[index] - UInt8(ascii: "0"))
  }
  return number
}

/// A range without the spaces and tabs at its ends.
func trimmed(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> Range<Int> {
  var (lower, upper) = (range.lowerBound, range.upperBound)
  while lower < upper, bytes[lower] == 0x20 || bytes[lower] == 0x09 { lower += 1 }
  while upper > lower, bytes[upper - 1] == 0x20 || bytes[upper - 1] == 0x09 { upper -= 1 }
  return lower..<upper
}

/// The line from `start` on without its end, and where the next one begins; nil without a line feed.
func nextLine(_ bytes: UnsafeRawBufferPointer, from start: Int) -> (text: Range<Int>, next: Int)? {
  guard start < bytes.count, let base = bytes.baseAddress,
    let hit = memchr(base + start, 0x0A, bytes.count - start)
  else { return nil }
  let feed = UnsafeRawPointer(hit) - base
  let end = feed > start && bytes[feed - 1] == 0x0D ? feed - 1 : feed
  return (start..<end, feed + 1)
}
