public import HTTP
public import Platform

/// All that a run needs to know, fixed before it begins.
///
///     var plan = Plan(target: target, addresses: addresses)
///     plan.requests = 3000
///     plan.backendHeader = "X-Backend"
///     let measurements = try Run(plan).measure()
public struct Plan: Sendable {
  public var target: Target
  /// Where connections go, each address in turn.
  public var addresses: [SocketAddress]
  /// The local address to connect from; `nil` leaves it to the system.
  public var source: SocketAddress?
  public var templates: [RequestTemplate]
  public var pacer = Pacer.closedLoop
  /// How many requests to make; `nil` for no such bound.
  public var requests: Int?
  /// How long requests become due; `nil` for no such bound. One of the two must be given.
  public var duration: Nanoseconds?
  /// Whether snapshots tell how the requests of the last while went, by due time.
  public var watchesRecentRequests = false
  /// How many requests may be in flight at a time, 1 to 100,000.
  public var connections = 50
  /// The share of requests that get a new connection of their own, 0 to 1.
  public var freshShare = 0.0
  /// How many threads make the traffic, 1 to 256; never more than connections.
  public var workers = 1
  public var connectTimeout: Nanoseconds = 5_000_000_000
  /// From sending a request to the last byte of its response.
  public var responseTimeout: Nanoseconds = 10_000_000_000
  /// Whether an idempotent request on a reused connection that closed before any byte of the response is sent once more
  /// on a new one (RFC 9110 9.2.2, RFC 9112 9.3.1).
  public var retriesClosedConnections = true
  public var expectedStatuses = StatusSet.usual
  /// What the content of a successful answer has to hold; `nil` for anything, and then contents are not kept.
  public var expectedBody: BodyExpectation?
  /// How `https://` is spoken; of no effect for `http://`.
  public var tls = TLSSettings()
  /// The header that names the backend; `nil` counts none.
  public var backendHeader: String?
  /// What a list in that header is.
  public var backendList = BackendList.automatic
  /// The header that names a backend's generation, one life of it: its pid or version; `nil` tells none apart.
  public var generationHeader: String?
  /// The most distinct backends before the run is given up.
  public var backendLimit = FingerprintDiscovery.backendLimit
  /// How many ``RequestRecord``s the run keeps, and as many due times of requests without an outcome; 0 keeps none.
  public var recordLimit = 0
  /// Takes every request with an outcome while the run goes on; `nil` for none.
  public var recordSink: (any RecordSink)?
  /// Fixes all random choices.
  public var seed: UInt64 = 1
  /// Which part of all this the run carries out; requests, connections and rates are those of all shards together.
  public var shard = Shard.whole
  /// The reading of ``MonotonicClock`` at which the run begins; `nil` for at once. What was due before the run was ready is
  /// sent late.
  public var start: Nanoseconds?

  /// The longest timeout and the largest value that the histograms hold: five minutes.
  public static let longestTimeout: Nanoseconds = 300_000_000_000

  public init(target: Target, addresses: [SocketAddress], templates: [RequestTemplate]) {
    self.target = target
    self.addresses = addresses
    self.templates = templates
  }

  /// - Throws: ``LoadError/plan(_:)`` naming the first part that is out of range.
  func validate() throws(LoadError) {
    func require(_ condition: Bool, _ message: String) throws(LoadError) {
      guard condition else { throw .plan(message) }
    }
    try require(!addresses.isEmpty, "a run needs an address to connect to")
    try require(!templates.isEmpty, "a run needs a request to send")
    try require(
      requests != nil || duration != nil || pacer.length != nil, "a run needs a number of requests or a duration")
    try require((requests ?? 1) >= 1, "the number of requests must be 1 or more")
    try require((duration ?? 1) >= 1, "the duration must be above 0")
    try require((1...100_000).contains(connections), "connections must be from 1 to 100,000, not \(connections)")
    try require((0...1).contains(freshShare), "the share of fresh connections must be from 0 to 1, not \(freshShare)")
    try require((1...256).contains(workers), "workers must be from 1 to 256, not \(workers)")
    try require(
      connections >= shard.count,
      "\(connections) connections are too few for \(shard.count) shards: each needs one")
    for timeout in [connectTimeout, responseTimeout] {
      try require((1...Plan.longestTimeout).contains(timeout), "a timeout must be above 0 and at most 5 minutes")
    }
    try require(
      expectedBody == nil || !templates.contains(where: \.expectsNoContent),
      "a body cannot be expected of answers to HEAD, which have none")
    try pacer.validate()
    if target.scheme == .https { try tls.check() }
  }

  /// The threads that a shard uses: each needs a connection.
  public var usedWorkers: Int { min(workers, max(connections / shard.count, 1)) }

  /// How many of the connections are the shard's.
  public var shardConnections: Int {
    (0..<usedWorkers).reduce(0) { $0 + shard.share(ofWorker: $1, of: usedWorkers).part(of: connections) }
  }

  /// How many of the requests are the shard's; `nil` if their number is not bounded.
  public var shardRequests: Int? {
    requests.map { all in
      (0..<usedWorkers).reduce(0) { $0 + shard.share(ofWorker: $1, of: usedWorkers).part(of: all) }
    }
  }

  /// How long requests become due: the duration or the pace's own end, whichever is first; `.max` where only their number, or a
  /// ``FinishSignal``, ends the run.
  var end: Nanoseconds {
    // A thousand years is as long as a schedule goes on.
    let paced = pacer.length.map { Nanoseconds(min($0, 3e10) * 1e9) } ?? .max
    return min(duration ?? .max, paced)
  }
}
