internal import Platform

/// Sends a request to a control port of this machine.
enum ControlClient {
  /// - Returns: nil when nothing answers there.
  static func ask(port: UInt16, _ method: String, _ target: String) -> ControlAnswer? {
    guard let address = System.socketAddress("127.0.0.1", port: port) else { return nil }
    let descriptor = System.makeSocket()
    guard descriptor >= 0 else { return nil }
    defer { System.close(descriptor) }
    guard System.connect(descriptor, to: address, timeout: .seconds(5)) == 0 else { return nil }
    System.setReceiveTimeout(.seconds(30), of: descriptor)
    let stream = ByteStream(descriptor)
    let request = "\(method) \(target) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n"
    guard stream.send(Array(request.utf8)), case .head(let length) = stream.readHead(limit: 16 << 10) else {
      return nil
    }
    let bytes = UnsafeRawBufferPointer(rebasing: stream.buffered.prefix(length))
    var head = MessageHead()
    do { try head.readResponse(bytes) } catch { return nil }
    guard let status = ControlAnswer.Status(rawValue: head.status), let count = head.contentLength else { return nil }
    let contentType = head.fields.first { equal(bytes, $0.name, "content-type") }.map {
      String(decoding: bytes[$0.value], as: UTF8.self)
    }
    stream.consume(length)
    if count > 4096 { stream.prepareForLongBody() }
    while stream.buffered.count < count { guard case .bytes = stream.fill() else { return nil } }
    return ControlAnswer(status, contentType: contentType ?? "text/plain", body: Array(stream.buffered.prefix(count)))
  }
}
