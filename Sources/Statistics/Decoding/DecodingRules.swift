/// Why a value of an untrusted file cannot have been measured: the underlying error of a `DecodingError`.
public struct ImpossibleValue: Error, Sendable, Equatable {
  /// What is wrong with it, such as `is larger than the 256 that are read`: words behind the field's name.
  public let reason: String
}

extension KeyedDecodingContainer {
  /// A `DecodingError` that names a field, or a member of it.
  ///
  /// - Parameter reason: what is wrong with it: words behind its name.
  public func impossible(
    _ key: Key, at member: String? = nil, _ reason: String = "has no valid value"
  ) -> DecodingError {
    .dataCorrupted(
      DecodingError.Context(
        codingPath: codingPath + [key] + (member.map { [MemberName($0)] } ?? []), debugDescription: reason,
        underlyingError: ImpossibleValue(reason: reason)))
  }

  /// Throws unless a condition holds that every measured value meets.
  public func demand(
    _ holds: Bool, _ key: Key, _ reason: String = "has no valid value"
  ) throws(DecodingError) {
    if !holds { throw impossible(key, reason) }
  }

  /// Throws if there are more entries or bytes than that.
  public func demand(_ count: Int, atMost most: Int, _ key: Key) throws(DecodingError) {
    if count > most { throw impossible(key, "is larger than the \(most) that are read") }
  }

  /// Throws if there are more texts than that, or one has more bytes.
  public func demand(
    _ texts: some Collection<String>, atMost most: Int, ofBytes bytes: Int, _ key: Key
  ) throws(DecodingError) {
    try demand(texts.count, atMost: most, key)
    for text in texts { try demand(text.utf8.count, atMost: bytes, key) }
  }
}

/// A key known only at run time: from a file, or from a list of names.
public struct MemberName: CodingKey {
  public let stringValue: String
  public var intValue: Int? { nil }

  public init(_ name: String) { stringValue = name }
  public init?(stringValue: String) { self.init(stringValue) }
  public init?(intValue: Int) { nil }
}
