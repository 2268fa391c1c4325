/// Why a stream or a connection of HTTP/2 was ended (RFC 9113 7).
public enum HTTP2ErrorCode: UInt8, Sendable, CaseIterable {
  case noError, protocolError, internalError, flowControlError, settingsTimeout, streamClosed, frameSizeError
  case refusedStream, cancel, compressionError, connectError, enhanceYourCalm, inadequateSecurity, http11Required
  /// A number that RFC 9113 does not define.
  case unknown

  /// - Parameter code: the number on the wire.
  public init(code: UInt32) { self = UInt8(exactly: code).flatMap { Self(rawValue: $0) } ?? .unknown }

  /// The name in the RFC.
  public var name: String {
    switch self {
    case .noError: "NO_ERROR"
    case .protocolError: "PROTOCOL_ERROR"
    case .internalError: "INTERNAL_ERROR"
    case .flowControlError: "FLOW_CONTROL_ERROR"
    case .settingsTimeout: "SETTINGS_TIMEOUT"
    case .streamClosed: "STREAM_CLOSED"
    case .frameSizeError: "FRAME_SIZE_ERROR"
    case .refusedStream: "REFUSED_STREAM"
    case .cancel: "CANCEL"
    case .compressionError: "COMPRESSION_ERROR"
    case .connectError: "CONNECT_ERROR"
    case .enhanceYourCalm: "ENHANCE_YOUR_CALM"
    case .inadequateSecurity: "INADEQUATE_SECURITY"
    case .http11Required: "HTTP_1_1_REQUIRED"
    case .unknown: "unknown code"
    }
  }
}
