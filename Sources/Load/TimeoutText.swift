internal import HTTP
internal import Platform

/// What a reader is told of a timeout: how long it was, and what had come until then.
enum TimeoutText {
  static func connection(within limit: Nanoseconds) -> String { "no connection within \(seconds(limit))" }

  static func handshake(within limit: Nanoseconds) -> String {
    "no TLS handshake within \(seconds(limit)); the connection had been made"
  }

  static func request(within limit: Nanoseconds) -> String {
    "the request could not be sent within \(seconds(limit)); the server reads no more of it"
  }

  static func response(_ progress: ResponseParser.Progress, within limit: Nanoseconds) -> String {
    let until =
      switch progress {
      case .nothing: "nothing had come"
      case .head: "a head had begun"
      case .content(let status, let bytes): "a \(status) had begun, \(bytes) bytes of its body had come"
      }
    return "no complete response within \(seconds(limit)); \(until)"
  }

  /// As `2.0 s`, exact to a millisecond.
  private static func seconds(_ time: Nanoseconds) -> String {
    "\((Double(time) / 1e6).rounded() / 1e3) s"
  }
}
