import HTTP

/// libFuzzer's entry: an input is a response's bytes as they are, read with `observe` of the unit tests.
///
/// Beside what the address sanitizer finds, an input fails if its division into pieces changes what is read, if more of
/// it was used than there is, or if what a reader accepts is not what it says.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let message = Array(UnsafeBufferPointer(start: start, count: count))
  readResponse(message)
  readFingerprint(message)
  readTarget(String(decoding: message, as: UTF8.self))
  return 0
}

private func readResponse(_ message: [UInt8]) {
  for expectsNoContent in [false, true] {
    let whole = observe(message, expectsNoContent: expectsNoContent)
    let pieces = observe(message, cuts: cuts(of: message), expectsNoContent: expectsNoContent)
    precondition(pieces == whole, "\(pieces) when cut at \(cuts(of: message)), but \(whole)")
    if message.count < 512 {
      let bytes = observe(message, cuts: message.indices, expectsNoContent: expectsNoContent)
      precondition(bytes == whole, "\(bytes) when cut into bytes, but \(whole)")
    }
    var parser = ResponseParser()
    _ = observe(message, expectsNoContent: expectsNoContent, with: &parser)
    let again = observe(message, expectsNoContent: expectsNoContent, onSameConnection: true, with: &parser)
    precondition(whole.fault != nil || again == whole, "\(again) after \(whole)")
    precondition(whole.contentLength == UInt64(whole.content.count), "content that is counted is kept")
    precondition((whole.consumed ?? 0) <= message.count && whole.content.count <= message.count)
    if let head = whole.head { precondition((200...999).contains(head.status), "status \(head.status)") }
  }
}

/// A few places that depend on nothing but the message, so that an input fails again.
private func cuts(of message: [UInt8]) -> [Int] {
  // FNV-1a.
  var hash = message.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  return (0..<4).map { _ in
    hash = hash &* 0x100_0000_01B3 &+ 1
    return Int(hash >> 16) % (message.count + 1)
  }.sorted()
}

private func readFingerprint(_ value: [UInt8]) {
  value.withUnsafeBytes { value in
    let reading = Fingerprint.read(value)
    for name in Fingerprint.failed(in: reading.earlier) + (reading.backend.map { [$0] } ?? []) {
      precondition(!name.isEmpty && name.count <= Fingerprint.nameLimit)
      precondition(
        value.baseAddress! <= name.baseAddress! && name.count <= value.count - (name.baseAddress! - value.baseAddress!))
      _ = Fingerprint.text(name)
    }
  }
}

private func readTarget(_ text: String) {
  if let target = try? Target(text) {
    precondition((try? Target(target.url)) == target, "'\(text)' is \(target.url), which is another target")
  }
  var overrides = ConnectOverrides()
  try? overrides.addResolve(text)
  try? overrides.addConnectTo(text)
}
