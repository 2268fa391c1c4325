import HTTP
import Support

extension Observation {
  /// Where this is not what a generated response has to give; `nil` if it is.
  func difference(from response: GeneratedResponse) -> String? {
    let (ending, reason): (String, String?) =
      switch self.ending {
      case .complete: ("complete", nil)
      case .closed: ("closed", nil)
      case .truncated: ("truncated", nil)
      case .fault(let fault): ("\(fault.kind)", fault.reason)
      }
    let (expectedEnding, expectedReason): (String, String?) =
      switch response.ending {
      case .complete: ("complete", nil)
      case .closed: ("closed", nil)
      case .truncated: ("truncated", nil)
      case .malformed(let reason): ("malformed", reason)
      case .oversized(let reason): ("oversized", reason)
      }
    guard ending == expectedEnding, reason == expectedReason else {
      return "\(ending) (\(reason ?? "")) in place of \(expectedEnding) (\(expectedReason ?? ""))"
    }
    if let difference = difference(from: response.head) { return difference }
    guard !response.ending.isFault else { return nil }
    let overlooked = Set(Leniency.allCases.filter(leniencies.contains).map(\.name))
    if response.ending != .truncated, overlooked != response.leniencies {
      return "\(overlooked.sorted()) overlooked in place of \(response.leniencies.sorted())"
    }
    guard consumed == response.length else { return "\(consumed ?? -1) bytes used in place of \(response.length)" }
    guard content == response.content, contentLength == UInt64(content.count) else {
      return "\(contentLength) bytes of content, \(content), in place of \(response.content)"
    }
    return nil
  }

  private func difference(from expected: GeneratedResponse.Head?) -> String? {
    guard let head, let expected else { return head == nil && expected == nil ? nil : "a head where there is none" }
    func differs<Value: Equatable>(_ what: String, _ actual: Value, _ expected: Value) -> String? {
      actual == expected ? nil : "\(what) \(actual) in place of \(expected)"
    }
    let fields = expected.fields.map {
      HeaderField(name: $0.name, value: $0.value.withUnsafeBytes(Fingerprint.text))
    }
    let (backend, earlier): (String?, [String]) =
      head.backend?.withUnsafeBytes { value in
        let reading = Fingerprint.read(value, listing: .tries)
        return (reading.backend.map(Fingerprint.text), Fingerprint.failed(in: reading.earlier).map(Fingerprint.text))
      } ?? (nil, [])
    return differs("status", head.status, expected.status)
      ?? differs("minor version", head.minorVersion, expected.minorVersion)
      ?? differs("keeping alive", head.keepsAlive, expected.keepsAlive)
      ?? differs("backend's field", head.backend, expected.backendValue)
      ?? differs("backend", backend, expected.backend)
      ?? differs("backends tried before", earlier, expected.earlierBackends)
      ?? differs("generation", head.generation, expected.generation)
      ?? differs("fields", head.fields.fields, fields)
  }
}
