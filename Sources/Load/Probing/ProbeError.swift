/// Why a probe got no response.
public struct ProbeError: Error, Sendable, Equatable, CustomStringConvertible {
  public let kind: FailureKind
  public let address: SocketAddress
  public let description: String
  /// Whether the server's certificate is what it failed for.
  public let isDistrust: Bool
  /// Whether this machine had no means to connect, so that nothing is said of the server.
  public let isGeneratorLimit: Bool
}
