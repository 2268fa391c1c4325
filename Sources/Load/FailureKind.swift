public import HTTP

/// What went wrong with one request; each failed request has exactly one kind.
public enum FailureKind: Sendable, Hashable {
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
  /// A complete response of an expected status that is no success of the gRPC call.
  case call(GRPCFailure)

  /// The name used in reports.
  public var name: String { if case .call(let failure) = self { failure.name } else { "\(self)" } }

  /// Whether it is one of a gRPC call.
  public var isOfCall: Bool { if case .call = self { true } else { false } }

  /// Whether a code of HTTP/2 says why.
  var hasErrorCode: Bool { self == .streamReset || self == .connectionError }

  /// Whether a response was complete.
  public var hasResponse: Bool {
    switch self {
    case .status, .body, .call: true
    case .resolve, .refused, .unreachable, .connectTimeout, .tls, .reset, .closed, .truncated, .timeout, .malformed,
      .oversized, .noHTTP2, .streamReset, .connectionError:
      false
    }
  }
}

extension FailureKind: CaseIterable {
  public static let allCases: [FailureKind] =
    [
      .resolve, .refused, .unreachable, .connectTimeout, .tls, .reset, .closed, .truncated, .timeout, .malformed,
      .oversized, .status, .body, .noHTTP2, .streamReset, .connectionError,
    ] + GRPCFailure.allCases.map(Self.call)

  /// Its place among ``allCases``, by which parts have it.
  public var rawValue: UInt8 {
    switch self {
    case .resolve: 0
    case .refused: 1
    case .unreachable: 2
    case .connectTimeout: 3
    case .tls: 4
    case .reset: 5
    case .closed: 6
    case .truncated: 7
    case .timeout: 8
    case .malformed: 9
    case .oversized: 10
    case .status: 11
    case .body: 12
    case .noHTTP2: 13
    case .streamReset: 14
    case .connectionError: 15
    case .call(let failure): 16 + failure.number
    }
  }

  init?(rawValue: UInt8) {
    guard Int(rawValue) < Self.allCases.count else { return nil }
    self = Self.allCases[Int(rawValue)]
  }
}
