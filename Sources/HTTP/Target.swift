/// The URL that is requested: scheme, host, port and origin-form path.
///
///     let target = try Target("alvin.xyz")               // http://alvin.xyz/
///     let local = try Target("http://[::1]:8081/watch?v=1")
///     local.authority                                     // "[::1]:8081"
///
/// Without a scheme `http` is taken, as curl does. A fragment is dropped (RFC 9110 4.2.5); user
/// information is refused (RFC 9110 4.2.4).
public struct Target: Sendable, Equatable {
  public enum Scheme: String, Sendable {
    case http, https

    /// The port of a URL that names none (RFC 9110 4.2.1, 4.2.2).
    public var defaultPort: UInt16 { self == .http ? 80 : 443 }
  }

  public let scheme: Scheme
  /// The host in lower case, an IPv6 address without its brackets.
  public let host: String
  public let port: UInt16
  /// Path and query as they go into the request line; never empty.
  public let path: String

  /// Reads a URL or a bare `host[:port][/path]`.
  ///
  /// - Throws: ``TargetError`` that says what is wrong with which part.
  public init(_ text: String) throws(TargetError) {
    var rest = text[...]
    var scheme = Scheme.http
    var hasScheme = false
    // One behind the host belongs to a path or query, such as /login?next=http://alvin.xyz/.
    if let mark = text.firstRange(of: "://"), !text[..<mark.lowerBound].contains(where: { "/?#".contains($0) }) {
      guard let known = Scheme(rawValue: text[..<mark.lowerBound].lowercased()) else {
        throw TargetError(text, "the scheme must be http or https")
      }
      scheme = known
      hasScheme = true
      rest = text[mark.upperBound...]
    }
    if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }

    let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let authority = rest[..<authorityEnd]
    guard !authority.contains("@") else {
      throw TargetError(text, "user information is not accepted; use --header 'Authorization: …'")
    }
    guard let (host, port) = Target.splitAuthority(authority, takesEmptyPort: hasScheme) else {
      throw TargetError(text, "expected HOST or HOST:PORT (1 to 65535), an IPv6 address in brackets")
    }
    guard Target.isHost(host) else {
      throw TargetError(text, "the host must be a name in ASCII (punycode for others) or an address")
    }
    var path = String(rest[authorityEnd...])
    if !path.hasPrefix("/") { path = "/" + path }
    guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw TargetError(text, "spaces and non-ASCII characters in the path must be percent-encoded")
    }
    self.scheme = scheme
    self.host = host.lowercased()
    self.port = port ?? scheme.defaultPort
    self.path = path
  }

  init(scheme: Scheme, host: String, port: UInt16, path: String) {
    self.scheme = scheme
    self.host = host
    self.port = port
    self.path = path
  }

  /// The same server with another path.
  public func with(path: String) -> Target {
    Target(scheme: scheme, host: host, port: port, path: path)
  }

  /// The same server by the name that a Host field gives it; by its own where that is none.
  public func named(_ authority: String) -> Target {
    guard let (host, _) = Target.splitAuthority(authority[...], takesEmptyPort: true), Target.isHost(host) else {
      return self
    }
    return Target(scheme: scheme, host: host.lowercased(), port: port, path: path)
  }

  /// The same server and port over TLS.
  public var overTLS: Target { Target(scheme: .https, host: host, port: port, path: path) }

  /// Host and, where it is not the scheme's own, port: the value of the `Host` field (RFC 9110 7.2).
  public var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == scheme.defaultPort ? name : "\(name):\(port)"
  }

  public var url: String { "\(scheme.rawValue)://\(authority)\(path)" }

  /// Splits `host`, `host:port`, `[v6]` or `[v6]:port`; `nil` where the form or the port is wrong.
  ///
  /// - Parameter takesEmptyPort: whether no digits behind the colon mean the scheme's own port (RFC 3986 3.2.3). Where there is no
  ///   scheme the host may be one, as in `http:/alvin.xyz`.
  static func splitAuthority(_ text: Substring, takesEmptyPort: Bool) -> (host: String, port: UInt16?)? {
    let host: Substring
    var rest: Substring
    if text.first == "[" {
      guard let close = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<close]
      rest = text[text.index(after: close)...]
      guard host.contains(":") else { return nil }
    } else {
      let colon = text.firstIndex(of: ":") ?? text.endIndex
      host = text[..<colon]
      rest = text[colon...]
    }
    guard !host.isEmpty else { return nil }
    guard !rest.isEmpty else { return (String(host), nil) }
    if takesEmptyPort, rest == ":", Scheme(rawValue: host.lowercased()) == nil { return (String(host), nil) }
    guard rest.removeFirst() == ":", let port = parsePort(rest) else { return nil }
    return (String(host), port)
  }

  /// Reads a port from 1 to 65535, digits only.
  static func parsePort(_ text: Substring) -> UInt16? {
    guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let port = UInt16(text), port > 0
    else { return nil }
    return port
  }

  /// Whether text has the form of a host name or is an IPv6 address without brackets.
  static func isHost(_ text: String) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 253 else { return false }
    if text.contains(":") { return isIPv6(text) }
    return text.utf8.allSatisfy { byte in
      isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")
    }
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= 0x30 && byte <= 0x39) || (byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A)
  }
}

/// A URL or an override that cannot be used, with the reason.
public struct TargetError: Error, Equatable, CustomStringConvertible {
  public let text: String
  public let reason: String

  init(_ text: String, _ reason: String) {
    self.text = text
    self.reason = reason
  }

  public var description: String { "'\(text)': \(reason)" }
}
