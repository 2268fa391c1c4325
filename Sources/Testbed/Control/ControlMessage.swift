/// A request to a control port.
struct ControlRequest {
  let method: String
  /// The path's segments, not decoded.
  let path: [String]
  let query: [String: String]
  /// What follows the question mark.
  let queryText: String

  init(method: String, target: String) {
    self.method = method
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts[0].split(separator: "/").map(String.init)
    queryText = parts.count > 1 ? String(parts[1]) : ""
    var query: [String: String] = [:]
    for pair in queryText.split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query[String(halves[0])] = halves.count > 1 ? String(halves[1]) : ""
    }
    self.query = query
  }
}

/// A control port's answer.
struct ControlAnswer {
  enum Status: Int {
    case ok = 200
    case badRequest = 400
    case notFound = 404
    case wrongMethod = 405
    case conflict = 409
    case failed = 500
    case noBackend = 502

    var reason: String {
      switch self {
      case .ok: "OK"
      case .badRequest: "Bad Request"
      case .notFound: "Not Found"
      case .wrongMethod: "Method Not Allowed"
      case .conflict: "Conflict"
      case .failed: "Internal Server Error"
      case .noBackend: "Bad Gateway"
      }
    }
  }

  var status: Status
  var contentType = "text/plain; charset=utf-8"
  var body: [UInt8]

  /// A line of text.
  init(_ status: Status, _ line: String) {
    self.status = status
    body = Array("\(line)\n".utf8)
  }

  init(_ line: String) {
    self.init(.ok, line)
  }

  init(_ status: Status = .ok, contentType: String, body: [UInt8]) {
    self.status = status
    self.contentType = contentType
    self.body = body
  }

  var text: String { String(decoding: body, as: UTF8.self) }

  var head: [UInt8] {
    Array(
      """
      HTTP/1.1 \(status.rawValue) \(status.reason)\r
      Content-Type: \(contentType)\r
      Content-Length: \(body.count)\r
      Connection: close\r
      \r

      """.utf8)
  }
}
