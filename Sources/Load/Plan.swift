public import HTTP
public import Platform

/// All parameters of a run, fixed before it begins.
///
///     var plan = Plan(target: target, addresses: addresses)
///     plan.requests = 3000
///     plan.backendHeader = "X-Backend"
///     let measurements = try Run(plan).measure()
///
/// Members of its groups are its own, too; a worker's hot loop names the group, which saves the look-up.
public struct Plan: Sendable, HoldsTrafficOptions {
  public var target: Target
  /// Where connections go, each address in turn.
  public var addresses: [SocketAddress]
  /// The local address to connect from; `nil` leaves it to the system.
  public var source: SocketAddress?
  public var templates: [RequestTemplate]
  /// Whether the templates are sent in their order, again from the first after the last, and not by chance and weight. The order
  /// is that of due times: several workers, and parts, take every so manieth each.
  public var takesTemplatesInTurn = false
  public var pacer = Pacer.closedLoop
  /// Whether snapshots include the outcomes of recent requests, by due time.
  public var watchesRecentRequests = false
  public var traffic = TrafficOptions()
  public var fingerprint = FingerprintOptions()
  /// TLS settings for `https://`; no effect for `http://`.
  public var tls = TLSSettings()
  /// The most distinct backends before the run is given up.
  public var backendLimit = FingerprintDiscovery.backendLimit
  /// How many ``RequestRecord``s the run keeps, and as many due times of requests without an outcome; 0 keeps none.
  public var recordLimit = 0
  /// Takes every request with an outcome while the run goes on; `nil` for none.
  public var recordSink: (any RecordSink)?
  /// How long an outcome may wait for others before the sink gets it; `.max` for as long as it takes to fill a chunk. With a
  /// limit the run may go on for weeks: generations are numbered from the beginning again once there are too many.
  public var recordDelay = Nanoseconds.max
  /// Where new connections go from now on, if that may change during the run; ``addresses`` are those at its beginning.
  public var addressBook: AddressBook?
  /// Whether each request goes over a connection chosen by chance among the free ones, of which half are at least. In closed loop
  /// a connection's next request otherwise follows its last answer, and may keep in step with a rotation.
  public var shufflesConnections = false
  /// Which part of the plan the run carries out; requests, connections and rates are those of all shards together.
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

  /// How many bytes of each answer's content have to be kept.
  var capturedContent: Int {
    max(
      traffic.expectedBody == nil ? 0 : BodyExpectation.limit,
      fingerprint.generationBody == nil ? 0 : BodyGeneration.limit)
  }

  /// Whether the kernel's clock says when answers are complete.
  var readsKernelClock: Bool { (traffic.clock ?? (pacer.isOpenLoop ? .kernel : .user)) == .kernel }

  /// Whether it has gRPC calls among its requests.
  var makesCalls: Bool { templates.contains { $0.call != nil } }

  /// - Throws: ``LoadError/plan(_:)`` naming the first part that is out of range.
  func validate() throws(LoadError) {
    func require(_ condition: Bool, _ message: String) throws(LoadError) {
      guard condition else { throw .plan(message) }
    }
    try require(!addresses.isEmpty, "a run needs an address to connect to")
    try require(!templates.isEmpty, "a run needs a request to send")
    try require(
      traffic.requests != nil || traffic.duration != nil || pacer.length != nil,
      "a run needs a number of requests or a duration")
    try require((traffic.requests ?? 1) >= 1, "the number of requests must be 1 or more")
    try require((traffic.duration ?? 1) >= 1, "the duration must be above 0")
    try require(
      (1...100_000).contains(traffic.connections),
      "connections must be from 1 to 100,000, not \(traffic.connections)")
    if let fault = traffic.multiplexFault { throw .plan(fault) }
    try require(traffic.http == .http2 || !makesCalls, "a gRPC call needs HTTP/2")
    try traffic.http.requireLibrary(for: target.scheme)
    try require(
      (0...1).contains(traffic.freshShare),
      "the share of fresh connections must be from 0 to 1, not \(traffic.freshShare)")
    try require((1...256).contains(traffic.workers), "workers must be from 1 to 256, not \(traffic.workers)")
    try require(
      traffic.connections >= shard.count,
      "\(traffic.connections) connections are too few for \(shard.count) parts: each needs one")
    for timeout in [traffic.connectTimeout, traffic.responseTimeout] {
      try require((1...Plan.longestTimeout).contains(timeout), "a timeout must be above 0 and at most 5 minutes")
    }
    try require(
      traffic.expectedBody == nil || !templates.contains(where: \.expectsNoContent),
      "a body cannot be expected of answers to HEAD, which have none")
    try pacer.validate()
    if target.scheme == .https { try tls.check() }
  }

  /// The threads that a shard uses.
  public var usedWorkers: Int { traffic.usedWorkers(shards: shard.count) }

  /// How many of the connections are the shard's.
  public var shardConnections: Int {
    (0..<usedWorkers).reduce(0) { $0 + shard.share(ofWorker: $1, of: usedWorkers).part(of: traffic.connections) }
  }

  /// How many sockets and event queues the shard may have at a time; those of HTTP/2 that drain may come on top.
  var shardDescriptors: Int {
    let fresh = traffic.freshShare > 0 ? shardConnections * traffic.multiplex : 0
    let draining = traffic.multiplex > 1 ? shardConnections : 0
    return shardConnections + fresh + draining + traffic.workers * (readsKernelClock ? 2 : 1)
  }

  /// How many of the requests are the shard's; `nil` if their number is not bounded.
  public var shardRequests: Int? {
    traffic.requests.map { all in
      (0..<usedWorkers).reduce(0) { $0 + shard.share(ofWorker: $1, of: usedWorkers).part(of: all) }
    }
  }

  /// How long requests become due: the duration or the pace's own end, whichever is first; `.max` where only their number, or a
  /// ``FinishSignal``, ends the run.
  var end: Nanoseconds {
    // A thousand years is as long as a schedule goes on.
    let paced = pacer.length.map { Nanoseconds(min($0, 3e10) * 1e9) } ?? .max
    return min(traffic.duration ?? .max, paced)
  }

  /// How long its requests become due; `nil` where only answers decide.
  public var scheduledTime: Nanoseconds? {
    let numbered: Double? =
      if case .poisson(let rate, _) = pacer { traffic.requests.map { Double($0) / rate } } else {
        traffic.requests.flatMap(pacer.due)
      }
    let bounds = [end < .max ? end : nil, numbered.map { Nanoseconds(min($0, 3e10) * 1e9) }]
    return bounds.compactMap(\.self).min()
  }
}
