internal import HTTP

/// A template's request as it goes over the wire, encoded once before the run.
struct PreparedRequest {
  let bytes: UnsafeRawBufferPointer
  /// The same with `Connection: close`.
  let closingBytes: UnsafeRawBufferPointer
  /// Its content alone.
  let body: UnsafeRawBufferPointer
  /// What HTTP/2 sends in place of a head; `nil` where only HTTP/1.1 is spoken.
  let fields: PreparedFields?
  let expectsNoContent: Bool
  /// Whether it is a gRPC call, and gRPC's health check.
  let isCall: Bool
  let isHealthCheck: Bool
  /// Whether it is sent once more where a reused connection turns out to be closed.
  let mayBeRepeated: Bool

  init(_ template: RequestTemplate, for plan: Plan) {
    bytes = PreparedRequest.copy(template.encoded(for: plan.target, closing: false))
    closingBytes = PreparedRequest.copy(template.encoded(for: plan.target, closing: true))
    body = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - template.body.count)...])
    fields =
      plan.traffic.http.allowsHTTP2(over: plan.target.scheme) ? PreparedFields(template, for: plan.target) : nil
    isCall = template.call != nil
    isHealthCheck = template.call?.isHealthCheck == true
    expectsNoContent = template.expectsNoContent
    mayBeRepeated = template.isIdempotent && plan.traffic.retriesClosedConnections
  }

  private static func copy(_ bytes: [UInt8]) -> UnsafeRawBufferPointer {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    copy.copyBytes(from: bytes)
    return UnsafeRawBufferPointer(copy)
  }

  func deallocate() {
    bytes.deallocate()
    closingBytes.deallocate()
    fields?.deallocate()
  }
}

/// The prepared requests of a plan, one for each template, which all workers read.
final class PreparedRequests: @unchecked Sendable {
  let first: UnsafePointer<PreparedRequest>
  private let all: UnsafeMutableBufferPointer<PreparedRequest>

  init(_ plan: Plan) {
    all = .allocate(capacity: plan.templates.count)
    for (index, template) in plan.templates.enumerated() {
      all.initializeElement(at: index, to: PreparedRequest(template, for: plan))
    }
    first = UnsafePointer(all.baseAddress!)
  }

  /// A counter for each of them, at 0, for the caller to deallocate.
  func counters() -> UnsafeMutablePointer<Int> {
    let counters = UnsafeMutablePointer<Int>.allocate(capacity: all.count)
    counters.initialize(repeating: 0, count: all.count)
    return counters
  }

  deinit {
    for request in all { request.deallocate() }
    all.deallocate()
  }
}
