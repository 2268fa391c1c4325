internal import HTTP
internal import Platform
internal import Statistics

/// The text of a timeout: how long it was, and what had been received until then.
enum TimeoutText {
  static func connection(within limit: Nanoseconds) -> String {
    "no connection within \(Formatting.seconds(Double(limit) / 1e9))"
  }

  static func handshake(within limit: Nanoseconds) -> String {
    "no TLS handshake within \(Formatting.seconds(Double(limit) / 1e9)); the connection had been made"
  }

  static func request(within limit: Nanoseconds) -> String {
    "the request could not be sent within \(Formatting.seconds(Double(limit) / 1e9)); the server reads no more of it"
  }

  /// Of a request over HTTP/2 of which nothing has left.
  static func stream(within limit: Nanoseconds) -> String {
    "the request could not be sent within \(Formatting.seconds(Double(limit) / 1e9)); its connection took no further stream"
  }

  static func response(_ progress: ResponseParser.Progress, within limit: Nanoseconds) -> String {
    let until =
      switch progress {
      case .nothing: "nothing had come"
      case .head: "a head had begun"
      case .content(let status, let bytes): "a \(status) had begun, \(bytes) bytes of its body had come"
      }
    return "no complete response within \(Formatting.seconds(Double(limit) / 1e9)); \(until)"
  }

  /// A text of either, with whose limit it is where a gRPC call told the server one, too.
  ///
  /// - Parameters:
  ///   - ofServer: whether the answer says that the time is over; else it is this side that waited no longer.
  ///   - told: the value of `grpc-timeout`; `nil` adds nothing.
  static func call(_ text: String, ofServer: Bool, told: String?) -> String {
    guard let told else { return text }
    let whose = ofServer ? "the answer's status, not lbcheck's time-out" : "lbcheck's time-out, no answer's status"
    return "\(text) (\(whose); the call said grpc-timeout: \(told))"
  }
}
