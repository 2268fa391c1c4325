/// Whether bytes are a server as nginx's `$upstream_addr` writes it: an IPv4 address or a bracketed IPv6 address with its
/// port, or the path of a Unix socket behind `unix:`. Allocates nothing.
func isUpstreamAddress(_ bytes: UnsafeRawBufferPointer) -> Bool {
  let path: StaticString = "unix:"
  if bytes.count > 5, equals(UnsafeRawBufferPointer(rebasing: bytes[..<5]), lowercase: path) { return true }
  guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
    isPort(UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...]))
  else { return false }
  if bytes[0] == UInt8(ascii: "[") {
    guard colon > 3, bytes[colon - 1] == UInt8(ascii: "]") else { return false }
    let inside = bytes[1..<(colon - 1)]
    return inside.contains(UInt8(ascii: ":")) && inside.allSatisfy(isAddressByte)
  }
  return isDottedQuad(UnsafeRawBufferPointer(rebasing: bytes[..<colon]))
}

/// Whether text is a server as nginx's `$upstream_addr` writes it.
public func isUpstreamAddress(_ text: String) -> Bool {
  var text = text
  return text.withUTF8 { isUpstreamAddress(UnsafeRawBufferPointer($0)) }
}

private func isPort(_ bytes: UnsafeRawBufferPointer) -> Bool {
  (1...5).contains(bytes.count) && bytes.allSatisfy { $0 &- 0x30 < 10 }
}

/// Four numbers of one to three digits, at most 255 each.
private func isDottedQuad(_ bytes: UnsafeRawBufferPointer) -> Bool {
  var parts = 1
  var digits = 0
  var value = 0
  for byte in bytes {
    if byte == UInt8(ascii: ".") {
      guard digits > 0 else { return false }
      (parts, digits, value) = (parts + 1, 0, 0)
    } else {
      guard byte &- 0x30 < 10, digits < 3 else { return false }
      value = value * 10 + Int(byte - 0x30)
      digits += 1
      guard value <= 255 else { return false }
    }
  }
  return parts == 4 && digits > 0
}

/// A hexadecimal digit, a colon or a dot (RFC 4291 2.2).
private func isAddressByte(_ byte: UInt8) -> Bool {
  byte &- 0x30 < 11 || lowercased(byte) &- 0x61 < 6 || byte == UInt8(ascii: ".")
}
