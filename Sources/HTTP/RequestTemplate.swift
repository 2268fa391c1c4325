/// One kind of request that a run sends: method, path, fields, body and weight.
///
/// It is encoded once, before the run, by ``encoded(for:closing:)``.
public struct RequestTemplate: Sendable, Equatable {
  public let method: String
  /// Path and query in origin form; must begin with `/`.
  public let path: String
  public private(set) var headers: [HeaderField]
  public let body: [UInt8]
  /// How often this one is chosen in proportion to the others; 1 or more.
  public let weight: Int
  /// The gRPC method that it calls; `nil` for a request of HTTP alone.
  public private(set) var call: GRPCMethod?

  /// - Throws: ``TemplateError`` for a method, path or field that RFC 9110 or 9112 does not allow, or that lbcheck
  ///   has to set itself.
  public init(
    method: String = "GET", path: String, headers: [HeaderField] = [], body: [UInt8] = [], weight: Int = 1
  ) throws(TemplateError) {
    guard !method.isEmpty, method.utf8.allSatisfy({ isTokenByte($0) }) else {
      throw TemplateError("method '\(method)' is not a token (RFC 9110 5.6.2), such as GET")
    }
    guard method != "CONNECT" else { throw TemplateError("method CONNECT opens a tunnel, which lbcheck does not do") }
    guard path.utf8.first == UInt8(ascii: "/"),
      path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
    else {
      throw TemplateError("path '\(path)' must begin with / and be percent-encoded ASCII without a fragment")
    }
    guard weight >= 1 else { throw TemplateError("weight \(weight) of '\(path)' must be 1 or more") }
    for field in headers {
      guard !field.name.isEmpty, field.name.utf8.allSatisfy({ isTokenByte($0) }) else {
        throw TemplateError("header name '\(field.name)' is not a token (RFC 9110 5.6.2)")
      }
      guard field.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
        throw TemplateError("the value of header '\(field.name)' holds a control character")
      }
      if ["connection", "content-length", "transfer-encoding"].contains(field.name.lowercased()) {
        throw TemplateError("header '\(field.name)' is set by lbcheck itself")
      }
    }
    self.method = method
    self.path = path
    self.headers = headers
    self.body = body
    self.weight = weight
  }

  /// A unary gRPC call: a POST of one message over HTTP/2 (gRPC over HTTP/2, "Requests").
  ///
  /// - Parameters:
  ///   - message: as the method takes it, without a prefix.
  ///   - timeout: how long the caller waits, in nanoseconds; the server is told so unless the fields do. `nil` tells it nothing.
  /// - Throws: ``TemplateError`` for a field that is not allowed, or that each call has.
  public init(
    calling method: GRPCMethod, message: [UInt8] = [], headers: [HeaderField] = [], timeout: UInt64? = nil,
    weight: Int = 1
  ) throws(TemplateError) {
    var own = [
      HeaderField(name: "content-type", value: "application/grpc"), HeaderField(name: "te", value: "trailers"),
    ]
    for field in headers where own.contains(where: { $0.name == field.name.lowercased() }) {
      throw TemplateError("header '\(field.name)' is set by lbcheck itself in a gRPC call")
    }
    if let timeout, !headers.contains(where: { $0.name.lowercased() == GRPCTimeout.name }) {
      own.append(HeaderField(name: GRPCTimeout.name, value: GRPCTimeout.value(timeout)))
    }
    try self.init(
      method: "POST", path: method.path, headers: own + headers, body: GRPCMethod.framed(message), weight: weight)
    call = method
  }

  /// The same request to another path, with other fields.
  ///
  /// - Throws: ``TemplateError`` for a path or field that is not allowed.
  public func with(path: String, headers: [HeaderField]) throws(TemplateError) -> RequestTemplate {
    var request = try RequestTemplate(method: method, path: path, headers: headers, body: body, weight: weight)
    request.call = call
    return request
  }

  /// The same request with a client's cookies beside those that it has; of two with one name the client's is sent, since a server
  /// set it later.
  ///
  /// - Parameter cookies: a Cookie field's value, as ``CookieJar/field(for:at:)`` gives it; `nil` for none.
  public func carrying(_ cookies: String?) -> RequestTemplate {
    guard let cookies else { return self }
    var request = self
    // A request has one Cookie field (RFC 6265 5.4).
    if let index = headers.firstIndex(where: { $0.name.lowercased() == "cookie" }) {
      let replaced = Set(Self.pairs(cookies).map(Self.cookieName))
      let kept = Self.pairs(headers[index].value).filter { !replaced.contains(Self.cookieName($0)) }
      request.headers[index] = HeaderField(
        name: headers[index].name, value: (kept.map(String.init) + [cookies]).joined(separator: "; "))
    } else {
      request.headers.append(HeaderField(name: "Cookie", value: cookies))
    }
    return request
  }

  /// The pairs of a Cookie field's value, without the blanks between them.
  private static func pairs(_ cookies: String) -> [Substring] {
    cookies.split(separator: ";").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
  }

  private static func cookieName(_ pair: Substring) -> Substring { pair.prefix { $0 != "=" } }

  /// Whether it is not meant to change the server's state: by its method (RFC 9110 9.2.1), or as gRPC's health check.
  public var isSafe: Bool { ["GET", "HEAD", "OPTIONS", "TRACE"].contains(method) || call?.isHealthCheck == true }

  /// What it asks for in a word: its method, or the gRPC method that it calls.
  public var verb: String { call?.name ?? method }

  /// The `grpc-timeout` that it sends as a call; `nil` for none.
  public var callTimeout: String? {
    call == nil ? nil : headers.first { $0.name.lowercased() == GRPCTimeout.name }?.value
  }

  /// Whether the method is idempotent (RFC 9110 9.2.2).
  public var isIdempotent: Bool {
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"].contains(method)
  }

  /// Whether its response has no content whatever its fields say (RFC 9110 9.3.2).
  public var expectsNoContent: Bool { method == "HEAD" }

  /// The request as bytes on the wire (RFC 9112 3).
  ///
  /// - Parameter closing: asks the server to close the connection after its response.
  public func encoded(for target: Target, closing: Bool) -> [UInt8] {
    var text = "\(method) \(path) HTTP/1.1\r\n"
    func has(_ name: String) -> Bool { headers.contains { $0.name.lowercased() == name } }
    if !has("host") { text += "Host: \(target.authority)\r\n" }
    if !has("user-agent") { text += "User-Agent: lbcheck\r\n" }
    if !has("accept") { text += "Accept: */*\r\n" }
    for field in headers { text += "\(field.name): \(field.value)\r\n" }
    if closing { text += "Connection: close\r\n" }
    // A method that usually has content announces that there is none (RFC 9110 8.6).
    if !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) { text += "Content-Length: \(body.count)\r\n" }
    text += "\r\n"
    return Array(text.utf8) + body
  }
}

/// One field line of a message.
public struct HeaderField: Sendable, Equatable {
  public let name: String
  public let value: String

  public init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

/// A request that cannot be sent, with the reason.
public struct TemplateError: Error, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}
