/// Why bytes are not a response that lbcheck accepts.
public struct ResponseFault: Error, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// Not what RFC 9112 allows.
    case malformed
    /// Allowed in form, but beyond lbcheck's limits.
    case oversized
  }

  public let kind: Kind
  private let reason: StaticString

  static func malformed(_ reason: StaticString) -> ResponseFault { ResponseFault(kind: .malformed, reason: reason) }
  static func oversized(_ reason: StaticString) -> ResponseFault { ResponseFault(kind: .oversized, reason: reason) }

  public var description: String { "\(reason)" }

  public static func == (left: ResponseFault, right: ResponseFault) -> Bool {
    left.kind == right.kind && left.description == right.description
  }
}
