/// A form that browsers and curl accept in a response although its sender should have written it otherwise.
///
/// None of them changes where the response ends: what could be framed in two ways is refused.
public enum Leniency: UInt8, Sendable, CaseIterable {
  /// A line of the head that ends in a bare LF (RFC 9112 2.2).
  case bareLineFeed
  /// A field value that goes on in the next line (RFC 9112 5.2).
  case foldedLine
  /// A control byte other than CR, LF and NUL in a field value or reason phrase (RFC 9110 5.5).
  case controlByte
  /// A chunk size of more than 16 digits, or with blanks behind it and no extension (RFC 9112 7.1).
  case paddedChunkSize
  /// Line ends behind a response, on a connection that goes on.
  case strayLineEnd

  /// The name used in part files.
  public var name: String { "\(self)" }
}

/// The leniencies that one response needed.
public struct LeniencySet: Sendable, Equatable {
  private var bits: UInt8 = 0

  public init() {}

  public var isEmpty: Bool { bits == 0 }

  public func contains(_ leniency: Leniency) -> Bool { bits & 1 << leniency.rawValue != 0 }

  mutating func insert(_ leniency: Leniency) { bits |= 1 << leniency.rawValue }
}
