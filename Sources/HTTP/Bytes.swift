internal import Glibc

/// Whether a byte is allowed in a token such as a method or field name (RFC 9110 5.6.2).
@inline(__always)
package func isTokenByte(_ byte: UInt8) -> Bool {
  // One bit a character of ASCII: digits, letters and !#$%&'*+-.^_`|~
  let low: UInt64 = 0x03FF_6CFA_0000_0000
  let high: UInt64 = 0x57FF_FFFF_C7FF_FFFE
  guard byte < 128 else { return false }
  return byte < 64 ? low >> UInt64(byte) & 1 == 1 : high >> UInt64(byte - 64) & 1 == 1
}

/// Whether text is an IPv4 address of four decimal parts, without leading zeros.
func isIPv4(_ text: some StringProtocol) -> Bool {
  var address = in_addr()
  return !text.utf8.contains(0) && inet_pton(AF_INET, String(text), &address) == 1
}

/// Whether text is an IPv6 address (RFC 4291 2.2), without brackets or a zone.
func isIPv6(_ text: some StringProtocol) -> Bool {
  var address = in6_addr()
  return !text.utf8.contains(0) && inet_pton(AF_INET6, String(text), &address) == 1
}

/// ASCII letters in lower case, all else as it is.
@inline(__always)
func lowercased(_ byte: UInt8) -> UInt8 {
  byte &- 0x41 < 26 ? byte | 0x20 : byte
}

/// Whether bytes equal a name given in lower case, ignoring ASCII case.
@inline(__always)
func equals(_ bytes: UnsafeRawBufferPointer, lowercase name: StaticString) -> Bool {
  guard bytes.count == name.utf8CodeUnitCount else { return false }
  let start = name.utf8Start
  for index in 0..<bytes.count where lowercased(bytes[index]) != start[index] { return false }
  return true
}

let carriageReturn = UInt8(ascii: "\r")
let lineFeed = UInt8(ascii: "\n")
let space = UInt8(ascii: " ")
let tab = UInt8(ascii: "\t")
