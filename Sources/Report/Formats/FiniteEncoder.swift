/// A value that JSON can represent: at no depth does a number that is not finite reach the encoder below.
///
/// JSON cannot represent NaN or infinity, and an encoder that meets one throws. An optional number is left out instead, and any other
/// infinity becomes the largest finite number of its sign. An optional value that is flat, numbers and texts alone, such as a
/// latency summary or an interval, says nothing any more once a number is NaN that it cannot be without, and is left out as a
/// whole. Any other NaN has no form that would be true: encoding throws an error that names its place.
struct FiniteFigures<Value: Encodable>: Encodable {
  let value: Value

  func encode(to encoder: any Encoder) throws { try value.encode(to: FiniteEncoder(encoder)) }
}

extension BinaryFloatingPoint {
  /// The number, finite.
  ///
  /// - Parameter path: where it is to be written.
  fileprivate func clamped(at path: [any CodingKey]) throws -> Self {
    guard !isNaN else {
      throw EncodingError.invalidValue(self, EncodingError.Context(codingPath: path, debugDescription: "not a number"))
    }
    return Swift.min(Swift.max(self, -.greatestFiniteMagnitude), .greatestFiniteMagnitude)
  }
}

/// Whether a structure is made of numbers and texts alone, and a number that it cannot be without is NaN.
private func hasLostFigure(_ value: some Encodable) -> Bool {
  let mirror = Mirror(reflecting: value)
  guard mirror.displayStyle == .struct,
    mirror.children.allSatisfy({ $0.value is any Numeric || $0.value is String? })
  else { return false }
  return mirror.children.contains { type(of: $0.value) == Double.self && ($0.value as? Double)?.isNaN == true }
}

/// Passes everything to another encoder except numbers that are not finite.
private struct FiniteEncoder: Encoder {
  let inner: any Encoder

  init(_ inner: any Encoder) { self.inner = inner }

  var codingPath: [any CodingKey] { inner.codingPath }
  var userInfo: [CodingUserInfoKey: Any] { inner.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    KeyedEncodingContainer(FiniteFields(inner: inner.container(keyedBy: type)))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer { FiniteList(inner: inner.unkeyedContainer()) }

  func singleValueContainer() -> any SingleValueEncodingContainer { FiniteValue(inner: inner.singleValueContainer()) }
}

private struct FiniteFields<Key: CodingKey>: KeyedEncodingContainerProtocol {
  var inner: KeyedEncodingContainer<Key>

  var codingPath: [any CodingKey] { inner.codingPath }

  mutating func encodeNil(forKey key: Key) throws { try inner.encodeNil(forKey: key) }

  mutating func encode(_ value: Double, forKey key: Key) throws {
    try inner.encode(value.clamped(at: codingPath + [key]), forKey: key)
  }

  mutating func encode(_ value: Float, forKey key: Key) throws {
    try inner.encode(value.clamped(at: codingPath + [key]), forKey: key)
  }

  mutating func encode(_ value: some Encodable, forKey key: Key) throws {
    try inner.encode(FiniteFigures(value: value), forKey: key)
  }

  mutating func encodeIfPresent(_ value: Double?, forKey key: Key) throws {
    guard let value, value.isFinite else { return }
    try inner.encode(value, forKey: key)
  }

  mutating func encodeIfPresent(_ value: (some Encodable)?, forKey key: Key) throws {
    guard let value else { return }
    if !hasLostFigure(value) { try encode(value, forKey: key) }
  }

  mutating func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(FiniteFields<Nested>(inner: inner.nestedContainer(keyedBy: type, forKey: key)))
  }

  mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    FiniteList(inner: inner.nestedUnkeyedContainer(forKey: key))
  }

  mutating func superEncoder() -> any Encoder { FiniteEncoder(inner.superEncoder()) }

  mutating func superEncoder(forKey key: Key) -> any Encoder { FiniteEncoder(inner.superEncoder(forKey: key)) }
}

private struct FiniteList: UnkeyedEncodingContainer {
  var inner: any UnkeyedEncodingContainer

  var codingPath: [any CodingKey] { inner.codingPath }
  var count: Int { inner.count }

  mutating func encodeNil() throws { try inner.encodeNil() }

  mutating func encode(_ value: Double) throws { try inner.encode(value.clamped(at: codingPath)) }

  mutating func encode(_ value: Float) throws { try inner.encode(value.clamped(at: codingPath)) }

  mutating func encode(_ value: some Encodable) throws { try inner.encode(FiniteFigures(value: value)) }

  mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
    KeyedEncodingContainer(FiniteFields(inner: inner.nestedContainer(keyedBy: type)))
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    FiniteList(inner: inner.nestedUnkeyedContainer())
  }

  mutating func superEncoder() -> any Encoder { FiniteEncoder(inner.superEncoder()) }
}

private struct FiniteValue: SingleValueEncodingContainer {
  var inner: any SingleValueEncodingContainer

  var codingPath: [any CodingKey] { inner.codingPath }

  mutating func encodeNil() throws { try inner.encodeNil() }

  mutating func encode(_ value: Double) throws { try inner.encode(value.clamped(at: codingPath)) }

  mutating func encode(_ value: Float) throws { try inner.encode(value.clamped(at: codingPath)) }

  // What has no parts goes on as it is: wrapping it would lead back here.
  mutating func encode(_ value: Bool) throws { try inner.encode(value) }
  mutating func encode(_ value: String) throws { try inner.encode(value) }
  mutating func encode(_ value: Int) throws { try inner.encode(value) }
  mutating func encode(_ value: Int8) throws { try inner.encode(value) }
  mutating func encode(_ value: Int16) throws { try inner.encode(value) }
  mutating func encode(_ value: Int32) throws { try inner.encode(value) }
  mutating func encode(_ value: Int64) throws { try inner.encode(value) }
  mutating func encode(_ value: UInt) throws { try inner.encode(value) }
  mutating func encode(_ value: UInt8) throws { try inner.encode(value) }
  mutating func encode(_ value: UInt16) throws { try inner.encode(value) }
  mutating func encode(_ value: UInt32) throws { try inner.encode(value) }
  mutating func encode(_ value: UInt64) throws { try inner.encode(value) }

  mutating func encode(_ value: some Encodable) throws { try inner.encode(FiniteFigures(value: value)) }
}
