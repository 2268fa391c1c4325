extension RequestTemplate {
  /// The request's fields as HTTP/2 carries them: the pseudo-header fields first, all names in lower case, without those that are
  /// about a connection (RFC 9113 8.2.2, 8.3.1).
  ///
  /// A `Host` that the user gives becomes `:authority`.
  public func fields(for target: Target) -> [HeaderField] {
    func given(_ name: String) -> HeaderField? { headers.first { $0.name.lowercased() == name } }
    var fields = [
      HeaderField(name: ":method", value: method),
      HeaderField(name: ":scheme", value: target.scheme.rawValue),
      HeaderField(name: ":authority", value: given("host")?.value ?? target.authority),
      HeaderField(name: ":path", value: path),
    ]
    if given("user-agent") == nil { fields.append(HeaderField(name: "user-agent", value: "lbcheck")) }
    if given("accept") == nil, call == nil { fields.append(HeaderField(name: "accept", value: "*/*")) }
    for field in headers {
      let name = field.name.lowercased()
      guard name != "host", !Self.isOfConnection(field) else { continue }
      // A field's value begins and ends with no blank there (RFC 9113 8.2.1).
      let value = field.value.drop { $0 == " " || $0 == "\t" }
      let end = value.lastIndex { $0 != " " && $0 != "\t" }
      fields.append(HeaderField(name: name, value: end.map { String(value[...$0]) } ?? ""))
    }
    // A gRPC message has its own length.
    if call == nil, !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) {
      fields.append(HeaderField(name: "content-length", value: "\(body.count)"))
    }
    return fields
  }

  /// The given fields that HTTP/2 has no place for, by the names they were given by (RFC 9113 8.2.2).
  public var fieldsWithoutPlace: [String] { headers.filter(Self.isOfConnection).map(\.name) }

  /// `TE` may say "trailers" there, and nothing else.
  private static func isOfConnection(_ field: HeaderField) -> Bool {
    let name = field.name.lowercased()
    return ofConnection.contains(name) || name == "te" && field.value.lowercased() != "trailers"
  }

  private static let ofConnection: Set = [
    "connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", "http2-settings",
  ]
}
