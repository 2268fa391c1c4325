/// A response's status and fields as values, for inspection rather than measurement.
public struct ResponseHead: Sendable, Equatable {
  public let status: Int
  public let minorVersion: UInt8
  /// The fields in their order, obsolete folds already joined.
  public let fields: [HeaderField]
  /// The first field that shows that a cache answered, by ``CacheEvidence``; `nil` if none does.
  let cacheEvidence: HeaderField?

  public init(status: Int, minorVersion: UInt8 = 1, fields: [HeaderField]) {
    self.init(
      status: status, minorVersion: minorVersion, fields: fields,
      cacheEvidence: fields.first(where: CacheEvidence.shows))
  }

  private init(status: Int, minorVersion: UInt8, fields: [HeaderField], cacheEvidence: HeaderField?) {
    self.status = status
    self.minorVersion = minorVersion
    self.fields = fields
    self.cacheEvidence = cacheEvidence
  }

  /// Takes over the head that a parser has just read, between `.head` and the next call.
  public init(_ parser: borrowing ResponseParser) {
    var fields: [HeaderField] = []
    var evidence: HeaderField?
    for line in parser.head.split(separator: lineFeed).dropFirst() {
      guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
      let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
      var value = UnsafeRawBufferPointer(rebasing: line[(colon + 1)...])
      func isBlank(_ byte: UInt8?) -> Bool { byte == space || byte == tab || byte == carriageReturn }
      while isBlank(value.first) { value = UnsafeRawBufferPointer(rebasing: value.dropFirst()) }
      while isBlank(value.last) { value = UnsafeRawBufferPointer(rebasing: value.dropLast()) }
      let field = HeaderField(name: Fingerprint.text(name), value: Fingerprint.text(value))
      fields.append(field)
      // As the bytes came: a field's text spells out backslashes.
      if evidence == nil, CacheEvidence.shows(name, value) { evidence = field }
    }
    self.init(status: parser.status, minorVersion: parser.minorVersion, fields: fields, cacheEvidence: evidence)
  }

  /// The same with those fields of its trailers that it has not itself.
  public func adding(trailers: ResponseHead) -> ResponseHead {
    let own = Set(fields.map { $0.name.lowercased() })
    let further = trailers.fields.filter { !own.contains($0.name.lowercased()) }
    return ResponseHead(
      status: status, minorVersion: minorVersion, fields: fields + further, cacheEvidence: cacheEvidence)
  }

  /// The last value of a field, its name in any case.
  public func value(of name: String) -> String? {
    let wanted = name.lowercased()
    return fields.last { $0.name.lowercased() == wanted }?.value
  }

  /// The values of its Set-Cookie fields (RFC 6265 4.1), as the server sent them; those that are no UTF-8 are left out.
  public var setCookies: [String] {
    fields.compactMap { $0.name.lowercased() == "set-cookie" ? Fingerprint.original(of: $0.value) : nil }
  }
}
