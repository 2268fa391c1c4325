/// How a header value names the backend that answered.
///
/// nginx's `$upstream_addr` lists every server that a request was sent to: commas separate the tries of one pass,
/// ` : ` the passes of an internal redirect. The last one answered; those before it in the list failed.
public enum Fingerprint {
  /// The longest backend name that is kept, in bytes; the rest of a longer value is ignored.
  public static let nameLimit = 255

  /// What one value says.
  public struct Reading {
    /// The name of the backend that answered; `nil` if the value names none (empty or `-`).
    public let backend: UnsafeRawBufferPointer?
    /// The list of those tried before it, still separated; empty in the common case.
    public let earlier: UnsafeRawBufferPointer
  }

  /// Reads the value of a backend header.
  @inline(__always)
  public static func read(_ value: UnsafeRawBufferPointer) -> Reading {
    var cut = value.count
    while cut > 0, !separates(value, at: cut - 1) { cut -= 1 }
    let earlier = UnsafeRawBufferPointer(rebasing: value[..<max(0, cut - 1)])
    return Reading(backend: name(UnsafeRawBufferPointer(rebasing: value[cut...])), earlier: earlier)
  }

  /// The backends tried in vain before the one that answered, in their order.
  public static func failed(in earlier: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    var names: [UnsafeRawBufferPointer] = []
    var start = 0
    for index in 0...earlier.count where index == earlier.count || separates(earlier, at: index) {
      if let name = name(UnsafeRawBufferPointer(rebasing: earlier[start..<index])) { names.append(name) }
      start = index + 1
    }
    return names
  }

  /// A value's text: valid UTF-8 as it is; where there is a byte of none, or a backslash, all such and all beyond ASCII
  /// as `\xNN`, so that different values stay different.
  public static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    let backslash = UInt8(ascii: "\\")
    if !bytes.contains(backslash), let text = String(validating: bytes, as: UTF8.self) { return text }
    var text = ""
    for byte in bytes {
      if byte < 0x80, byte != backslash {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += "\\x" + String(byte, radix: 16)
      }
    }
    return text
  }

  @inline(__always)
  private static func separates(_ value: UnsafeRawBufferPointer, at index: Int) -> Bool {
    switch value[index] {
    case UInt8(ascii: ","): true
    case UInt8(ascii: ":"):
      // At the very end the space behind it fell to the trimming of the field: the last pass asked nobody.
      index > 0 && value[index - 1] == space && (index + 1 == value.count || value[index + 1] == space)
    default: false
    }
  }

  @inline(__always)
  private static func name(_ part: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
    var start = 0
    var end = part.count
    while start < end, part[start] == space || part[start] == tab { start += 1 }
    while end > start, part[end - 1] == space || part[end - 1] == tab { end -= 1 }
    guard end > start, end - start > 1 || part[start] != UInt8(ascii: "-") else { return nil }
    return UnsafeRawBufferPointer(rebasing: part[start..<min(end, start + nameLimit)])
  }
}
