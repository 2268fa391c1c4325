/// A version of HTTP that a connection speaks.
public enum HTTPVersion: Sendable, Equatable {
  /// HTTP/1.1 (RFC 9112), HTTP/1.0 answers included.
  case http1
  /// HTTP/2 (RFC 9113).
  case http2

  /// The name in ALPN (RFC 7301 6).
  public var protocolName: String {
    switch self {
    case .http1: "http/1.1"
    case .http2: "h2"
    }
  }

  /// As a user writes it.
  public var number: String {
    switch self {
    case .http1: "1.1"
    case .http2: "2"
    }
  }
}

/// Which versions of HTTP may be spoken to a target.
public enum HTTPVersionChoice: String, Sendable, Equatable, CaseIterable {
  case http1 = "1.1"
  /// By ALPN over TLS, with prior knowledge in clear text (RFC 9113 3.3); a server that does not take it is not asked otherwise.
  case http2 = "2"
  /// What ALPN gives over TLS; HTTP/1.1 in clear text.
  case automatic = "auto"

  /// What ALPN offers, the preferred one first.
  public var offers: [HTTPVersion] {
    switch self {
    case .http1: [.http1]
    case .http2: [.http2]
    case .automatic: [.http2, .http1]
    }
  }

  /// Whether HTTP/2 may come of it at all.
  public func allowsHTTP2(over scheme: Target.Scheme) -> Bool {
    switch self {
    case .http1: false
    case .http2: true
    case .automatic: scheme == .https
    }
  }
}
