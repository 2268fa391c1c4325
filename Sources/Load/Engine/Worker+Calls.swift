internal import HTTP

/// The answers to gRPC calls, which are streams of HTTP/2.
extension Worker {
  /// Makes ready for the answer to a request that has been sent.
  mutating func beginAnswer(_ exchange: Int) {
    let request = requests + Int(exchanges[exchange].template)
    answers[exchange].begin(isHealthCheck: request.pointee.isHealthCheck)
  }

  /// Takes a final head, or the trailers behind it: they say the call's status, and may name who answered where the head did not.
  mutating func takeAnswer(
    _ head: HeadAssembly.Head, of exchange: Int, on connection: Int, _ inbox: UnsafeMutablePointer<HTTP2Inbox>
  ) {
    answers[exchange].take(head, of: inbox.pointee.assembly)
    guard head.status == 0, !exchanges[exchange].isFromCache else { return }
    connections[connection].parser.show(head, of: inbox.pointee.assembly)
    identifyByTrailers(exchange, on: connection)
  }

  /// Why the answer to a call is no success; `nil` for one that is, and for an answer to another request.
  @inline(never)
  func callFailure(_ exchange: Int) -> GRPCFailure? {
    guard requests[Int(exchanges[exchange].template)].isCall, let failure = answers[exchange].failure,
      plan.traffic.judgesCalls || failure == .status(.unavailable)
    else { return nil }
    return failure
  }
}
