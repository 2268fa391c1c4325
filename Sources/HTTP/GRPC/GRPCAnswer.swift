/// Reads the answer to a unary gRPC call, whose content may be split anywhere, and judges it.
///
///     answer.begin(isHealthCheck: true)
///     answer.take(head, of: assembly)           // the answer's head, and its trailers when they come
///     answer.take(bytes)                        // its content
///     answer.failure                            // nil for a success
public struct GRPCAnswer: Sendable {
  /// The longest answer of a health check that is read, in bytes; a usual one has two.
  static let longestHealth = 1_024
  /// How much of `grpc-message` is kept, in bytes.
  private static let longestReason = 200

  private var isHealthCheck = false
  private var statusInHead: GRPCStatus?
  private var statusInTrailers: GRPCStatus?
  private var isGRPC: Bool?
  private var hasHead = false
  private var hasTrailers = false
  /// The bytes of the message's prefix that have come, 5 in all, and what they say.
  private var prefixCount = 0
  private var flag: UInt8 = 0
  private var length: UInt32 = 0
  /// Bytes of the message still to come.
  private var left: UInt32 = 0
  private var messages = 0
  private var hasContent = false
  private var health: [UInt8] = []
  private var said: [UInt8] = []
  /// The generation of a head that names no backend, as it came; empty for none.
  public private(set) var generation: [UInt8] = []

  public init() {}

  /// Makes ready for the next answer.
  public mutating func begin(isHealthCheck: Bool) {
    self.isHealthCheck = isHealthCheck
    (statusInHead, statusInTrailers, isGRPC, hasHead, hasTrailers) = (nil, nil, nil, false, false)
    (prefixCount, flag, length, left, messages, hasContent) = (0, 0, 0, 0, 0, false)
    if !health.isEmpty { health.removeAll(keepingCapacity: true) }
    if !said.isEmpty { said.removeAll(keepingCapacity: true) }
    if !generation.isEmpty { generation.removeAll(keepingCapacity: true) }
  }

  /// Takes the answer's head, and its trailers, which have no status of HTTP.
  public mutating func take(_ head: HeadAssembly.Head, of assembly: borrowing HeadAssembly) {
    if hasHead {
      hasTrailers = true
      statusInTrailers = head.grpcStatus
    } else {
      hasHead = true
      isGRPC = head.isGRPC
      statusInHead = head.grpcStatus
    }
    if head.grpcStatus != .ok { said = assembly.grpcMessage(of: head, atMost: Self.longestReason) }
  }

  /// Keeps the generation that the head names until the trailers name the backend whose it is.
  public mutating func keep(generation name: UnsafeRawBufferPointer) {
    generation.append(contentsOf: name.prefix(Fingerprint.nameLimit))
  }

  /// Takes content.
  public mutating func take(_ bytes: UnsafeRawBufferPointer) {
    var rest = bytes[...]
    while let byte = rest.first {
      hasContent = true
      if left > 0 {
        let taken = rest.prefix(Int(left))
        if isHealthCheck, messages == 1, health.count <= Self.longestHealth {
          health += taken.prefix(Self.longestHealth + 1 - health.count)
        }
        left -= UInt32(taken.count)
        rest = rest[taken.endIndex...]
        continue
      }
      rest = rest.dropFirst()
      if prefixCount == 0 { flag |= byte } else { length = length << 8 | UInt32(byte) }
      prefixCount += 1
      guard prefixCount == 5 else { continue }
      messages += 1
      (left, length, prefixCount) = (length, 0, 0)
    }
  }

  /// What is wrong with an answer that is complete; `nil` for a success.
  public var failure: GRPCFailure? {
    // In a head the status counts only where nothing follows it (gRPC over HTTP/2, "Trailers-Only").
    guard let status = hasTrailers ? statusInTrailers : hasContent ? nil : statusInHead else { return .noStatus }
    guard status == .ok else { return .status(status) }
    guard messageFault == nil else { return .message }
    guard isHealthCheck else { return nil }
    guard let said = GRPCHealth(message: health) else { return .message }
    return said == .serving ? nil : .health(said)
  }

  /// ``failure`` in words, with what the server says of it.
  public var reason: String? {
    switch failure {
    case nil: nil
    case .status(let status)?: "gRPC \(status.name)" + (said.isEmpty ? "" : ": \(Self.decoded(said))")
    case .message?:
      GRPCFailure.message.name + ": "
        + (messageFault ?? "the answer to the health check is no HealthCheckResponse")
    case .noStatus?: hasTrailers ? "no grpc-status in the trailers" : "no grpc-status: the answer has no trailers"
    case let failure?: failure.name
    }
  }

  /// Whether a `Content-Type` is gRPC's: `application/grpc`, of any encoding of the message, but not that of gRPC-Web.
  static func isContent(type: UnsafeRawBufferPointer) -> Bool {
    let length = "application/grpc".utf8.count
    let start = UnsafeRawBufferPointer(rebasing: type.prefix(length))
    guard equals(start, lowercase: "application/grpc") else { return false }
    return type.count == length || type[length] == UInt8(ascii: "+") || type[length] == UInt8(ascii: ";")
  }

  private var messageFault: String? {
    if isGRPC != true {
      isGRPC == nil
        ? "the answer has no Content-Type, and gRPC's is application/grpc"
        : "the answer's Content-Type is not gRPC's application/grpc"
    } else if prefixCount > 0, messages > 0, left == 0 {
      "bytes that are no message follow it"
    } else if prefixCount > 0 || left > 0 {
      "it is cut short"
    } else if messages != 1 {
      messages == 0 ? "there is none" : "there are \(messages), and a unary call has one"
    } else if flag != 0 {
      flag == 1 ? "it is compressed, which was not asked for" : "its first byte is \(flag), not 0"
    } else if health.count > Self.longestHealth {
      "the answer to the health check is longer than \(Self.longestHealth) bytes"
    } else {
      nil
    }
  }

  /// A `grpc-message` without its percent-encoding, but for that of control characters, escaped as other values that come over the
  /// network.
  private static func decoded(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let pair = String(validating: rest.prefix(2), as: UTF8.self), pair.utf8.count == 2,
        let value = UInt8(pair, radix: 16), value >= 0x20, value != 0x7F
      {
        text.append(value)
        rest = rest.dropFirst(2)
      } else {
        text.append(byte)
      }
    }
    return text.withUnsafeBytes(Fingerprint.text)
  }
}
