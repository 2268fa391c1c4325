/// Why bytes are not a response that lbcheck accepts.
public struct ResponseFault: Error, CustomStringConvertible {
  public enum Kind: Sendable {
    /// Not what RFC 9112 allows.
    case malformed
    /// Allowed in form, but beyond lbcheck's limits.
    case oversized
  }

  public let kind: Kind
  private let text: StaticString
  /// The header, line or byte that it is about, escaped; of a line, only what had been received.
  public let place: String?

  static func malformed(_ text: StaticString) -> ResponseFault {
    ResponseFault(kind: .malformed, text: text, place: nil)
  }

  /// - Parameter place: the bytes that it is about, of which the first 40 are shown.
  static func malformed(_ text: StaticString, at place: some Sequence<UInt8>) -> ResponseFault {
    ResponseFault(kind: .malformed, text: text, place: excerpt(of: place))
  }

  /// - Parameter byte: the one that it is about. Kept out of the caller, which looks at each byte of the framing.
  @inline(never)
  static func malformed(_ text: StaticString, at byte: UInt8) -> ResponseFault {
    malformed(text, at: CollectionOfOne(byte))
  }

  static func oversized(_ text: StaticString) -> ResponseFault {
    ResponseFault(kind: .oversized, text: text, place: nil)
  }

  /// What is wrong, without where.
  public var reason: String { "\(text)" }

  public var description: String { place.map { "\(reason): '\($0)'" } ?? reason }

  private static let excerptLimit = 40

  /// The beginning of untrusted bytes: printable ASCII as it is, all else, quotes and backslashes as `\xNN`.
  private static func excerpt(of bytes: some Sequence<UInt8>) -> String {
    var shown = ""
    var count = 0
    for byte in bytes {
      guard count < excerptLimit else { return shown + "…" }
      count += 1
      if byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "'"), byte != UInt8(ascii: "\\") {
        shown.append(Character(Unicode.Scalar(byte)))
      } else {
        shown += byte < 16 ? "\\x0\(String(byte, radix: 16))" : "\\x\(String(byte, radix: 16))"
      }
    }
    return shown
  }
}

extension ResponseFault: Equatable {
  /// Equal where kind and reason are: the place depends on how much had been received.
  public static func == (left: ResponseFault, right: ResponseFault) -> Bool {
    left.kind == right.kind && left.reason == right.reason
  }
}
