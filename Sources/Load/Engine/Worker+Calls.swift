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

  /// Reads from trailers who answered, as far as the head did not name it.
  private mutating func identifyByTrailers(_ exchange: Int, on connection: Int) {
    guard exchanges[exchange].backend < 0 else {
      guard exchanges[exchange].generation < 0, let generation = connections[connection].parser.value(of: 1) else {
        return
      }
      return note(generation: generation, of: exchange)
    }
    guard let value = connections[connection].parser.value(of: 0) else { return }
    let kept = answers[exchange].generation
    if kept.isEmpty {
      identify(exchange, by: value, of: connections[connection].parser.value(of: 1))
    } else {
      kept.withUnsafeBytes { identify(exchange, by: value, of: $0) }
    }
    if readsElsewhere, exchanges[exchange].backend >= 0 { identifyByCertificate(exchange, on: connection) }
  }

  /// Keeps the generation that a head names without a backend: whose it is, the trailers may say.
  @inline(never)
  mutating func keepGeneration(_ exchange: Int, on connection: Int) {
    guard let generation = connections[connection].parser.value(of: 1) else { return }
    answers[exchange].keep(generation: generation)
  }

  /// The `grpc-timeout` that a request has sent; `nil` for none.
  func timeoutTold(by exchange: Int) -> String? { plan.templates[Int(exchanges[exchange].template)].callTimeout }

  /// Why a call has failed, in words.
  func reason(for failure: GRPCFailure, _ exchange: Int) -> String {
    let said = answers[exchange].reason ?? failure.name
    guard failure == .status(.deadlineExceeded) else { return said }
    return TimeoutText.call(said, ofServer: true, told: timeoutTold(by: exchange))
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
