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
  /// Whether it is sent once more where a reused connection turns out to be closed.
  let mayBeRepeated: Bool
  /// How often it was sent, those sent again included.
  var sentCount = 0

  init(_ template: RequestTemplate, for plan: Plan) {
    bytes = PreparedRequest.copy(template.encoded(for: plan.target, closing: false))
    closingBytes = PreparedRequest.copy(template.encoded(for: plan.target, closing: true))
    body = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - template.body.count)...])
    fields =
      plan.traffic.http.allowsHTTP2(over: plan.target.scheme) ? PreparedFields(template, for: plan.target) : nil
    expectsNoContent = template.expectsNoContent
    mayBeRepeated = template.isIdempotent && plan.traffic.retriesClosedConnections
  }

  /// One for each template of a plan.
  static func all(of plan: Plan) -> UnsafeMutablePointer<PreparedRequest> {
    let all = UnsafeMutablePointer<PreparedRequest>.allocate(capacity: plan.templates.count)
    for (index, template) in plan.templates.enumerated() {
      (all + index).initialize(to: PreparedRequest(template, for: plan))
    }
    return all
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
