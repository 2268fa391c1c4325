public import HTTP
public import Platform

/// The response to one request of a probe.
public struct ProbedResponse: Sendable {
  /// What the connection speaks.
  public let version: HTTPVersion
  public let head: ResponseHead
  /// The first bytes of the content, as many as were asked for.
  public let content: [UInt8]
  public let contentLength: UInt64
  /// Whether the server lets the connection go on.
  public let keepsAlive: Bool
  /// Whether the request went over a connection that had carried one before.
  public let wasReused: Bool
  /// How long the connection took to open, in nanoseconds; `nil` on a reused one.
  public let connectTime: Nanoseconds?
  /// Sent to last byte, in nanoseconds.
  public let serviceTime: Nanoseconds
  /// What had to be tolerated in the response.
  public let leniencies: LeniencySet
  /// Why the answer to a gRPC call is no success, whatever its status of HTTP; `nil` for one that is, and for another request's.
  public let callFailure: GRPCFailure?
  /// The result of the connection's TLS handshake; `nil` for `http://`.
  public let tls: TLSDescription?
}
