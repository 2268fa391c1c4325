/// A response built once and sent often, as it is with and without its body and with either connection.
struct CannedAnswer: Sendable {
  private let open: [UInt8]
  private let closing: [UInt8]
  private let bodyCount: Int
  let status: Int

  init(_ status: String, _ fields: [(name: String, value: String)], _ contentType: String, _ body: String) {
    func bytes(connection: String) -> [UInt8] {
      var text = "HTTP/1.1 \(status)\r\n"
      for field in fields { text += "\(field.name): \(field.value)\r\n" }
      text += "Content-Type: \(contentType)\r\nContent-Length: \(body.utf8.count)\r\n"
      text += "Connection: \(connection)\r\n\r\n\(body)"
      return Array(text.utf8)
    }
    open = bytes(connection: "keep-alive")
    closing = bytes(connection: "close")
    bodyCount = body.utf8.count
    self.status = Int(status.prefix(3)) ?? 0
  }

  /// Sends the answer; to a HEAD request without the body.
  func send(to stream: ByteStream, isHead: Bool, closes: Bool) -> Bool {
    (closes ? closing : open).withUnsafeBytes { bytes in
      stream.send(UnsafeRawBufferPointer(rebasing: bytes.dropLast(isHead ? bodyCount : 0)))
    }
  }

  /// The short answer to a request that is refused or that no backend could answer.
  static func refusal(_ status: Int, _ fields: [(name: String, value: String)] = []) -> CannedAnswer {
    let reason =
      switch status {
      case 400: "Bad Request"
      case 408: "Request Timeout"
      case 431: "Request Header Fields Too Large"
      case 501: "Not Implemented"
      case 502: "Bad Gateway"
      case 504: "Gateway Timeout"
      case 505: "HTTP Version Not Supported"
      default: "Internal Server Error"
      }
    return CannedAnswer("\(status) \(reason)", fields, "text/plain", "\(status) \(reason)\n")
  }
}
