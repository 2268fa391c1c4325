/// What went wrong with one request; each failed request has exactly one kind.
public enum FailureKind: UInt8, Sendable, CaseIterable {
  /// The host name gave no address.
  case resolve
  /// The server's machine refused the connection.
  case refused
  /// No route to the server.
  case unreachable
  /// The connection was not open within the connect timeout.
  case connectTimeout
  /// The TLS handshake or a TLS record failed.
  case tls
  /// The connection was reset.
  case reset
  /// The connection was closed before any byte of the response.
  case closed
  /// The connection was closed in the middle of the response.
  case truncated
  /// The response was not complete within the timeout.
  case timeout
  /// The bytes are not those of the HTTP version that is spoken.
  case malformed
  /// The response is beyond lbcheck's limits.
  case oversized
  /// A complete response with a status that was not expected.
  case status
  /// A complete response of an expected status whose content is not what was expected.
  case body
  /// The server does not speak HTTP/2, which alone was asked for.
  case noHTTP2
  /// The server reset the stream of HTTP/2 (RST_STREAM).
  case streamReset
  /// The server ended the connection of HTTP/2 with an error (GOAWAY).
  case connectionError

  /// The name used in reports.
  public var name: String { "\(self)" }
}
