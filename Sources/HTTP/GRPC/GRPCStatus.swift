/// The status of a gRPC call, by its number on the wire (gRPC documentation, "Status codes and their use in gRPC").
public enum GRPCStatus: UInt8, Sendable, CaseIterable {
  case ok, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
  case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, internalError, unavailable, dataLoss
  case unauthenticated

  /// - Parameter field: the value of `grpc-status`. What is none of the numbers counts as ``unknown``, as clients of gRPC have it.
  init(field: UnsafeRawBufferPointer) {
    let isNumber = (1...2).contains(field.count) && field.allSatisfy { $0 &- 0x30 < 10 }
    self = isNumber ? Self(rawValue: field.reduce(0) { $0 * 10 + ($1 - 0x30) }) ?? .unknown : .unknown
  }

  /// The name in gRPC's documentation.
  public var name: String {
    switch self {
    case .ok: "OK"
    case .cancelled: "CANCELLED"
    case .unknown: "UNKNOWN"
    case .invalidArgument: "INVALID_ARGUMENT"
    case .deadlineExceeded: "DEADLINE_EXCEEDED"
    case .notFound: "NOT_FOUND"
    case .alreadyExists: "ALREADY_EXISTS"
    case .permissionDenied: "PERMISSION_DENIED"
    case .resourceExhausted: "RESOURCE_EXHAUSTED"
    case .failedPrecondition: "FAILED_PRECONDITION"
    case .aborted: "ABORTED"
    case .outOfRange: "OUT_OF_RANGE"
    case .unimplemented: "UNIMPLEMENTED"
    case .internalError: "INTERNAL"
    case .unavailable: "UNAVAILABLE"
    case .dataLoss: "DATA_LOSS"
    case .unauthenticated: "UNAUTHENTICATED"
    }
  }
}

/// What a server says of its health (`grpc.health.v1.HealthCheckResponse.ServingStatus`), by its number on the wire.
public enum GRPCHealth: UInt8, Sendable, CaseIterable {
  case unknown, serving, notServing, serviceUnknown

  /// The name in the protocol's definition.
  public var name: String {
    switch self {
    case .unknown: "UNKNOWN"
    case .serving: "SERVING"
    case .notServing: "NOT_SERVING"
    case .serviceUnknown: "SERVICE_UNKNOWN"
    }
  }

  /// Reads a `HealthCheckResponse`: its first field is the status, others are passed over (Protocol Buffers, "Encoding").
  ///
  /// - Returns: `nil` for what is no message, or has another number there; without the field it is ``unknown``.
  init?(message: [UInt8]) {
    var rest = message[...]
    func number() -> UInt64? {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 70, by: 7) {
        guard let byte = rest.popFirst() else { return nil }
        value |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return value }
      }
      return nil
    }
    func skip(_ count: UInt64) -> Bool {
      guard count <= UInt64(rest.count) else { return false }
      rest = rest.dropFirst(Int(count))
      return true
    }
    var status: UInt64 = 0
    while !rest.isEmpty {
      guard let key = number(), key >> 3 > 0 else { return nil }
      switch key & 7 {
      case 0:
        guard let value = number() else { return nil }
        if key >> 3 == 1 { status = value }
      case 1: guard skip(8) else { return nil }
      case 2: guard let length = number(), skip(length) else { return nil }
      case 5: guard skip(4) else { return nil }
      default: return nil
      }
    }
    guard let health = UInt8(exactly: status).flatMap(Self.init) else { return nil }
    self = health
  }
}

/// Why a gRPC call whose answer is complete has failed.
public enum GRPCFailure: Sendable, Hashable, CaseIterable {
  /// `grpc-status` is other than ``GRPCStatus/ok``.
  case status(GRPCStatus)
  /// The answer ended without `grpc-status`.
  case noStatus
  /// The content is not one message of its own length.
  case message
  /// The health check was answered with other than ``GRPCHealth/serving``.
  case health(GRPCHealth)

  public static let allCases: [GRPCFailure] =
    GRPCStatus.allCases.filter { $0 != .ok }.map(Self.status) + [.noStatus, .message]
    + GRPCHealth.allCases.filter { $0 != .serving }.map(Self.health)

  /// The name used in reports.
  public var name: String {
    switch self {
    case .status(let status): "gRPC \(status.name)"
    case .noStatus: "no grpc-status"
    case .message: "gRPC message malformed"
    case .health(let health): "gRPC health \(health.name)"
    }
  }

  /// Its place among ``allCases``.
  public var number: UInt8 {
    switch self {
    case .status(let status): status.rawValue - 1
    case .noStatus: 16
    case .message: 17
    case .health(.unknown), .health(.serving): 18
    case .health(.notServing): 19
    case .health(.serviceUnknown): 20
    }
  }
}
