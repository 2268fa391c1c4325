/// What the entries of a backend header's list are.
public enum BackendList: String, Sendable, Equatable, CaseIterable {
  /// Tries where the entries look like those of nginx's `$upstream_addr`, else the path.
  case automatic = "auto"
  /// The servers tried, of which the last one answered.
  case tries
  /// The servers that an answer came through, of which the last one answered.
  case path
}

/// How a header value names the backend that answered.
///
/// nginx's `$upstream_addr` lists every server that a request was sent to: commas separate the tries of one pass,
/// ` : ` the passes of an internal redirect. The last one answered; those before it in the list failed. Other lists, such as
/// `X-Served-By` and `Via`, name the caches and proxies that an answer came through: none of those failed.
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
  public static func read(_ value: UnsafeRawBufferPointer, listing list: BackendList = .automatic) -> Reading {
    var cut = value.count
    while cut > 0, !separates(value, at: cut - 1) { cut -= 1 }
    guard cut > 0 else { return Reading(backend: name(value), earlier: UnsafeRawBufferPointer(rebasing: value[..<0])) }
    return readList(value, cut, list)
  }

  private static func readList(_ value: UnsafeRawBufferPointer, _ cut: Int, _ list: BackendList) -> Reading {
    if list == .tries || list == .automatic && listsTries(value) {
      let earlier = UnsafeRawBufferPointer(rebasing: value[..<(cut - 1)])
      return Reading(backend: name(UnsafeRawBufferPointer(rebasing: value[cut...])), earlier: earlier)
    }
    let last = value.lastIndex(of: UInt8(ascii: ",")).map { $0 + 1 } ?? 0
    return Reading(
      backend: name(UnsafeRawBufferPointer(rebasing: value[last...])),
      earlier: UnsafeRawBufferPointer(rebasing: value[..<0]))
  }

  /// Whether a list's entries look like those of `$upstream_addr`: addresses with ports or Unix sockets, and, at the end of a
  /// pass only, the name of a group of which no server could be chosen.
  private static func listsTries(_ value: UnsafeRawBufferPointer) -> Bool {
    var hasAddress = false
    var start = 0
    for index in 0...value.count where index == value.count || separates(value, at: index) {
      defer { start = index + 1 }
      guard let entry = name(UnsafeRawBufferPointer(rebasing: value[start..<index])) else { continue }
      if isUpstreamAddress(entry) {
        hasAddress = true
      } else {
        let endsPass = index == value.count || value[index] == UInt8(ascii: ":")
        guard endsPass, !entry.contains(space) else { return false }
      }
    }
    return hasAddress
  }

  /// The backends whose tries failed before the one that answered, in their order.
  public static func failed(in earlier: UnsafeRawBufferPointer) -> [UnsafeRawBufferPointer] {
    var names: [UnsafeRawBufferPointer] = []
    var start = 0
    for index in 0...earlier.count where index == earlier.count || separates(earlier, at: index) {
      if let name = name(UnsafeRawBufferPointer(rebasing: earlier[start..<index])) { names.append(name) }
      start = index + 1
    }
    return names
  }

  /// A value's text: valid UTF-8 as it is; where there is a byte of none, a backslash, or a character that has more than one
  /// form, all such and all beyond ASCII as `\xNN`, so that different values stay different.
  ///
  /// Swift takes two strings for the same if they are canonically equivalent (UAX #15), so only what is surely in Normalization
  /// Form C is left as it is.
  public static func text(_ bytes: UnsafeRawBufferPointer) -> String {
    let backslash = UInt8(ascii: "\\")
    if !bytes.contains(backslash), let text = String(validating: bytes, as: UTF8.self), isComposed(text) { return text }
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

  /// A text as ``text(_:)-swift.type.method`` would give the same bytes from a header.
  public static func text(of given: String) -> String {
    var given = given
    return given.withUTF8 { text(UnsafeRawBufferPointer($0)) }
  }

  /// What was sent, from the text that ``text(_:)-swift.type.method`` gave of it; `nil` where that is no UTF-8.
  public static func original(of text: String) -> String? {
    guard text.utf8.contains(UInt8(ascii: "\\")) else { return text }
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(3)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// Whether no character could combine with the one before it or be written in another way.
  private static func isComposed(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      guard scalar.value >= 0x300 else { return true }
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .spacingMark, .enclosingMark: return false
      default: break
      }
      // Hangul's vowels and final consonants, and Kirat Rai's vowels, are letters that combine.
      let combines = (0x1160...0x11FF).contains(scalar.value) || (0x16D63...0x16D6A).contains(scalar.value)
      return !combines && !scalar.properties.isFullCompositionExclusion
    }
  }

  @inline(__always)
  private static func separates(_ value: UnsafeRawBufferPointer, at index: Int) -> Bool {
    switch value[index] {
    case UInt8(ascii: ","): true
    case UInt8(ascii: ":"):
      // At the very end the space after it was trimmed with the field: the last pass tried no server.
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
