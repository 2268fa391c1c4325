internal import FoundationEssentials

/// The answers of a live page's server, each closing its connection.
enum LiveAnswer {
  /// Nothing is kept, guessed, framed by others, or told to them.
  private static let common = """
    Connection: close\r
    Cache-Control: no-store\r
    X-Content-Type-Options: nosniff\r
    Referrer-Policy: no-referrer\r
    Cross-Origin-Resource-Policy: same-origin\r

    """

  private static func answer(_ type: String, policy: String, _ body: String) -> String {
    "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n"
      + "Content-Security-Policy: \(policy)\r\n" + common + "\r\n" + body
  }

  /// An answer without its content.
  static func head(of answer: String) -> String {
    answer.firstRange(of: "\r\n\r\n").map { String(answer[..<$0.upperBound]) } ?? answer
  }

  static func refusal(_ refusal: LiveRequest.Refusal) -> String {
    let body = "\(refusal.rawValue) \(refusal.reason)\n"
    return "HTTP/1.1 \(refusal.rawValue) \(refusal.reason)\r\nContent-Type: text/plain; charset=utf-8\r\n"
      + "Content-Length: \(body.utf8.count)\r\n" + (refusal == .notReading ? "Allow: GET, HEAD\r\n" : "") + common
      + "\r\n" + body
  }

  /// The page: its own script and style, told by a number of one use, and nothing from elsewhere.
  static func page() -> String {
    let nonce = LiveToken().text
    return answer(
      "text/html; charset=utf-8",
      policy:
        "default-src 'none'; script-src 'nonce-\(nonce)'; style-src 'nonce-\(nonce)'; connect-src 'self'; img-src data:; "
        + "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      LivePage.html(nonce: nonce))
  }

  /// A report, which has no script, within the page.
  static func report(_ html: String) -> String {
    answer(
      "text/html; charset=utf-8",
      policy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
        + "frame-ancestors 'self'", html)
  }

  static func metrics(_ text: String) -> String {
    answer("text/plain; version=0.0.4; charset=utf-8", policy: "default-src 'none'", text)
  }

  /// The head before server-sent events.
  static let events =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Security-Policy: default-src 'none'\r\n" + common
    + "\r\nretry: 1000\n\n"

  /// One event; JSON has no line ends of its own.
  static func event(_ name: String, _ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Its figures are finite, so it always has a form.
    let json = (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    return "event: \(name)\ndata: \(json)\n\n"
  }
}
