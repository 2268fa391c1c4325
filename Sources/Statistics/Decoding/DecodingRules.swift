/// Why a value of a file from outside cannot have been measured: it stands behind a `DecodingError` as its underlying error.
public struct ImpossibleValue: Error, Sendable, Equatable {
  /// How many entries or bytes are read at most, where there are more; `nil` for any other fault.
  public let most: Int?
}

extension KeyedDecodingContainer {
  /// A `DecodingError` that names a field, or a member of it.
  public func impossible(_ key: Key, at member: String? = nil, most: Int? = nil) -> DecodingError {
    .dataCorrupted(
      DecodingError.Context(
        codingPath: codingPath + [key] + (member.map { [MemberName($0)] } ?? []),
        debugDescription: most.map { "larger than the \($0) that are read" } ?? "no valid value",
        underlyingError: ImpossibleValue(most: most)))
  }

  /// Demands what holds of all that can have been measured.
  public func demand(_ holds: Bool, _ key: Key) throws(DecodingError) {
    if !holds { throw impossible(key) }
  }

  /// Demands that there are no more entries or bytes than that.
  public func demand(_ count: Int, atMost most: Int, _ key: Key) throws(DecodingError) {
    if count > most { throw impossible(key, most: most) }
  }

  /// Demands that there are only so many texts, each of so many bytes at most.
  public func demand(
    _ texts: some Collection<String>, atMost most: Int, ofBytes bytes: Int, _ key: Key
  ) throws(DecodingError) {
    try demand(texts.count, atMost: most, key)
    for text in texts { try demand(text.utf8.count, atMost: bytes, key) }
  }
}

/// A member's name that is known only from a file, or made of a list of names.
public struct MemberName: CodingKey {
  public let stringValue: String
  public var intValue: Int? { nil }

  public init(_ name: String) { stringValue = name }
  public init?(stringValue: String) { self.init(stringValue) }
  public init?(intValue: Int) { nil }
}
