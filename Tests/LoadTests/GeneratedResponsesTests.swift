import HTTP
import Load
import Support
import Synchronization
import Testing

/// Generated responses through the whole worker: each request comes to the one end that was generated for it.
@Suite struct GeneratedResponsesTests {
  /// What was served, in a run's own words.
  private struct Served: Equatable {
    var statuses: [Int: Int] = [:]
    var failures: [FailureKind: Int] = [:]
    var backends: [String: Int] = [:]
    var upstreamRetried = 0
    var succeeded = 0
  }

  @Test("Every request has exactly the outcome of the response that it got", arguments: [1, 2] as [UInt64])
  func outcomes(lot: UInt64) throws {
    let requests = 200
    let turn = Atomic<UInt64>(lot * 1_000_000)
    let served = Mutex(Served())
    let server = try ScriptedServer { connection in
      while let head = connection.readHead() {
        var random = SeededGenerator(seed: turn.wrappingAdd(1, ordering: .relaxed).oldValue)
        // Bytes behind a response would race with the next request for its answer.
        let response = ResponseGenerator.response(
          &random, expectsNoContent: head.hasPrefix("HEAD "), mayFollow: false)
        served.withLock { add(response, to: &$0) }
        guard send(response.bytes, to: connection, &random), response.ending == .complete,
          response.head?.keepsAlive == true
        else { return }
      }
    }
    defer { server.stop() }
    var plan = try Plan.toLoopback(server.port, requests: requests, connections: 4)
    plan.templates = [
      try RequestTemplate(path: "/", weight: 3), try RequestTemplate(method: "HEAD", path: "/", weight: 1),
    ]
    plan.responseTimeout = 20_000_000_000
    plan.connectTimeout = 20_000_000_000
    plan.retriesClosedConnections = false
    plan.backendList = .tries
    plan.seed = lot
    let measured = try Run(plan).measure()

    #expect(measured.error == nil)
    #expect(measured.scheduled == requests && measured.completed == requests)
    #expect(measured.succeeded + measured.failures.values.reduce(0, +) == requests)
    let seen = Served(
      statuses: measured.statuses, failures: measured.failures,
      backends: Dictionary(uniqueKeysWithValues: measured.backends.map { ($0.name, $0.requests) }),
      upstreamRetried: measured.upstreamRetried, succeeded: measured.succeeded)
    var expected = served.withLock(\.self)
    // Beside addresses, of which every lot has some, other names are no backends.
    expected.backends = expected.backends.filter { $0.key.contains(":") }
    #expect(seen == expected)
    #expect(seen.failures.count >= 4, "lots that all ended alike would try nothing")
  }

  private func add(_ response: GeneratedResponse, to served: inout Served) {
    let failure: FailureKind?
    switch response.ending {
    case .complete, .closed:
      let status = response.head?.status ?? 0
      served.statuses[status, default: 0] += 1
      failure = StatusSet.usual.contains(status) ? nil : .status
    case .truncated: failure = response.bytes.isEmpty ? .closed : .truncated
    case .malformed: failure = .malformed
    case .oversized: failure = .oversized
    }
    if let failure { served.failures[failure, default: 0] += 1 } else { served.succeeded += 1 }
    if let backend = response.head?.backend { served.backends[backend, default: 0] += 1 }
    // Those tried before count with none of the requests that they lost.
    for name in response.head?.earlierBackends ?? [] { served.backends[name, default: 0] += 0 }
    if response.head?.earlierBackends.isEmpty == false { served.upstreamRetried += 1 }
  }

  /// Sends in up to four pieces; `false` once the client has gone.
  private func send(_ bytes: [UInt8], to connection: ScriptedConnection, _ random: inout SeededGenerator) -> Bool {
    let cuts = (0..<random.number(0...3)).map { _ in random.number(0...bytes.count) }.sorted()
    var start = 0
    for end in cuts + [bytes.count] {
      guard connection.send(Array(bytes[start..<end])) else { return false }
      start = end
    }
    return true
  }
}
