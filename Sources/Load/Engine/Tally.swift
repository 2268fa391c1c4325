internal import HTTP
internal import Platform
internal import Statistics

/// What one worker has counted; the histograms are in nanoseconds.
struct Tally {
  struct Backend {
    var requests = 0
    var succeeded = 0
    /// The connections whose first successful answer it gave.
    var connections = 0
    /// How often the balancer's try of it failed before another one answered.
    var failedTries = 0
    var gatewayErrors = GatewayErrors()
    var latency = Histogram()
  }

  var counters = Counters()
  var failures = Array(repeating: 0, count: FailureKind.allCases.count)
  var statuses = Array(repeating: 0, count: 1000)
  /// Requests sent by template, those sent again included.
  var sent: [Int] = []
  /// Complete responses out of a cache.
  var cached = 0
  /// Complete responses that named no backend and came from no cache, by status.
  var unnamed = Array(repeating: 0, count: 1000)
  var locations = LocationTable()
  /// Answers accepted only because browsers accept them, by ``Leniency``.
  var leniencies = Array(repeating: 0, count: Leniency.allCases.count)
  var latency = Histogram()
  /// The latencies in the order of their answers.
  var latencies = LatencySequence()
  var serviceTime = Histogram()
  var lateness = Histogram()
  var connect = Histogram()
  var handshake = Histogram()
  var firstByte = Histogram()
  var readDelay = Histogram()
  /// When requests were sent, for a pace whose intervals can be tested.
  var sends: SendSample?
  var backends: [Backend] = []
  var firstFaults: [String] = []
  var tls = TLSHandshakes()
  /// Requests that a server's RST_STREAM or GOAWAY made fail, by ``HTTP2ErrorCode``.
  var resets = Array(repeating: 0, count: HTTP2ErrorCode.allCases.count)
  /// For the latency of backends that have not answered yet.
  private var spares: [Histogram] = []

  var failed: Int { failures.reduce(0, +) }

  /// An empty tally that counts the first answers as quickly as all others.
  ///
  /// The first use of memory takes time, a page at a time: with requests in flight, that would be taken for
  /// the target's.
  static func prepared(for plan: Plan) -> Tally {
    var tally = Tally()
    tally.latency.prepare(upTo: usual)
    tally.latencies.reserve()
    tally.serviceTime.prepare(upTo: usual)
    tally.firstByte.prepare(upTo: usual)
    if plan.readsKernelClock { tally.readDelay.prepare(upTo: usual) }
    tally.connect.prepare(upTo: usual)
    if plan.target.scheme == .https { tally.handshake.prepare(upTo: usual) }
    if plan.pacer.isOpenLoop { tally.lateness.prepare(upTo: usual) }
    tally.sends = SendSample(plan)
    tally.sends?.reserve()
    for _ in 0..<(!plan.fingerprint.namesBackends ? 0 : min(plan.backendLimit, 4)) {
      var spare = Histogram()
      spare.prepare(upTo: usual)
      tally.spares.append(spare)
    }
    return tally
  }

  /// Beyond 1 s an answer is so late that the cost of fresh memory does not matter.
  private static let usual: Nanoseconds = 1_000_000_000

  mutating func addBackend() {
    backends.append(Backend(latency: spares.popLast() ?? Histogram()))
  }
}
