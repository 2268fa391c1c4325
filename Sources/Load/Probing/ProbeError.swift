public import HTTP

/// Why a probe got no response.
public struct ProbeError: Error, Sendable, Equatable, CustomStringConvertible {
  public let kind: FailureKind
  public let address: SocketAddress
  public let description: String
  /// Whether it failed because of the server's certificate.
  public let isDistrust: Bool
  /// Whether this machine lacked the resources to connect, which says nothing about the server.
  public let isGeneratorLimit: Bool
  /// Why the server ended the stream or connection of HTTP/2; `nil` where it did not.
  public var reset: HTTP2ErrorCode?
}
