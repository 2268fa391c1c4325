internal import HTTP
internal import Platform
internal import Statistics

/// What one worker has counted; the histograms are in nanoseconds.
struct Tally {
  struct Backend {
    var requests = 0
    var succeeded = 0
    /// How often the balancer tried it in vain before another one answered.
    var triedInVain = 0
    var gatewayErrors = GatewayErrors()
    var latency = Histogram()
  }

  var succeeded = 0
  var failures = Array(repeating: 0, count: FailureKind.allCases.count)
  /// Failures of requests that were under way while the generator itself stood still.
  var failedAcrossPauses = 0
  /// Connections that were not there in time only since this side was busy with others.
  var postponed = 0
  var statuses = Array(repeating: 0, count: 1000)
  var retried = 0
  /// Requests sent by template, those sent again included.
  var sent: [Int] = []
  var upstreamRetried = 0
  /// Complete, expected responses that named no backend although a header was looked for.
  var unattributed = 0
  /// Complete responses out of a cache.
  var cached = 0
  /// Complete responses that named no backend and came from no cache, by status.
  var unnamed = Array(repeating: 0, count: 1000)
  var locations = LocationTable()
  /// Answers whose generation was one too many for the table.
  var untrackedGenerations = 0
  /// Answers that were taken only since browsers take them, by ``Leniency``.
  var leniencies = Array(repeating: 0, count: Leniency.allCases.count)
  var connectionsOpened = 0
  /// Requests that were due while all connections were busy.
  var waitedForConnection = 0
  var latency = Histogram()
  var serviceTime = Histogram()
  var lateness = Histogram()
  var backends: [Backend] = []
  var firstFaults: [String] = []
  var tls = TLSHandshakes()
  /// For the latency of backends that have not answered yet.
  private var spares: [Histogram] = []

  var failed: Int { failures.reduce(0, +) }

  /// An empty tally that counts the first answers as quickly as all others.
  ///
  /// Memory that is used for the first time takes its time then, a page at a time: with answers in flight that would be taken for
  /// the target's.
  static func prepared(for plan: Plan) -> Tally {
    var tally = Tally()
    tally.latency.prepare(upTo: usual)
    tally.serviceTime.prepare(upTo: usual)
    if plan.pacer.isOpenLoop { tally.lateness.prepare(upTo: usual) }
    for _ in 0..<(plan.backendHeader == nil ? 0 : min(plan.backendLimit, 4)) {
      var spare = Histogram()
      spare.prepare(upTo: usual)
      tally.spares.append(spare)
    }
    return tally
  }

  /// Answers that take longer are late enough for the rest not to matter: 1 s.
  private static let usual: Nanoseconds = 1_000_000_000

  mutating func addBackend() {
    backends.append(Backend(latency: spares.popLast() ?? Histogram()))
  }
}
