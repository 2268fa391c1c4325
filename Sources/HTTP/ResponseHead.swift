/// A response's status and fields as values, for looking at rather than for measuring.
public struct ResponseHead: Sendable, Equatable {
  public let status: Int
  public let minorVersion: UInt8
  /// The fields in their order, obsolete folds already joined.
  public let fields: [HeaderField]

  public init(status: Int, minorVersion: UInt8 = 1, fields: [HeaderField]) {
    self.status = status
    self.minorVersion = minorVersion
    self.fields = fields
  }

  /// Takes over the head that a parser has just read, between `.head` and the next call.
  public init(_ parser: borrowing ResponseParser) {
    var fields: [HeaderField] = []
    for line in parser.head.split(separator: lineFeed).dropFirst() {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = Fingerprint.text(UnsafeRawBufferPointer(rebasing: line[..<colon]))
      var value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...])
      func isBlank(_ byte: UInt8?) -> Bool { byte == space || byte == tab || byte == carriageReturn }
      while isBlank(value.first) { value = UnsafeRawBufferPointer(rebasing: value.dropFirst()) }
      while isBlank(value.last) { value = UnsafeRawBufferPointer(rebasing: value.dropLast()) }
      fields.append(HeaderField(name: name, value: Fingerprint.text(value)))
    }
    self.init(status: parser.status, minorVersion: parser.minorVersion, fields: fields)
  }

  /// The last value of a field, its name in any case.
  public func value(of name: String) -> String? {
    let wanted = name.lowercased()
    return fields.last { $0.name.lowercased() == wanted }?.value
  }
}
