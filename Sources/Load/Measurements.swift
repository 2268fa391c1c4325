public import HTTP
public import Platform
public import Statistics

/// What a run measured, of all workers together. Histograms are in nanoseconds.
public struct Measurements: Sendable {
  public struct Backend: Sendable {
    public let name: String
    /// Complete or broken-off responses that named it.
    public var requests = 0
    public var succeeded = 0
    public var failed: Int { requests - succeeded }
    /// How often the balancer tried it before another backend answered.
    public var triedInVain = 0
    /// Answers with 502, 503 or 504, among its requests; not carried in parts.
    var gatewayErrors = GatewayErrors()
    public var latency = Histogram()

    public init(name: String) { self.name = name }
  }

  public init() {}

  /// succeeded + failed + unsent + abandoned, always.
  public var scheduled: Int { succeeded + failed + unsent + abandoned }
  public var succeeded = 0
  public var failed: Int { failures.values.reduce(0, +) }
  /// Failures of requests that were under way while the generator stood still, or were sent in the burst after it.
  public var failedAcrossPauses = 0
  /// Requests with an outcome: succeeded or failed.
  public var completed: Int { succeeded + failed }
  /// Requests that were due, or asked for, but not sent when the run ended.
  public var unsent = 0
  /// Requests sent whose answer was not waited for, since the run was stopped.
  public var abandoned = 0
  /// Requests sent a second time after their connection had been closed; they count once above.
  public var retried = 0
  /// Requests that went over a connection, by the plan's templates; those sent again count twice.
  public var sent: [Int] = []
  /// Answers that the balancer got only after trying another backend.
  public var upstreamRetried = 0
  /// Successful answers without the name of a backend, although a header was looked for.
  public var unattributed = 0
  /// Complete answers that no backend is credited with. Without a backend header only those of caches, redirects and gateway
  /// errors are among them.
  public var nobody: [NobodyReason: Int] = [:]
  /// Where redirects lead, as far as it was counted.
  public var locations: [String: Int] = [:]
  /// Answers of a generation that was one too many to be told apart: ``Generation/limit`` are, for each worker.
  public var untrackedGenerations = 0
  /// Answers in forms that are taken only since browsers take them; one answer may be in several.
  public var leniencies: [Leniency: Int] = [:]
  public var failures: [FailureKind: Int] = [:]
  public var statuses: [Int: Int] = [:]
  public var connectionsOpened = 0
  /// Requests that were due, in open loop, while all connections were busy; their latency holds the wait.
  public var waitedForConnection = 0
  /// How often a connection was not there within its timeout although the server had done its part: the generator was busy.
  public var postponed = 0
  /// Due time to last byte of successful requests.
  public var latency = Histogram()
  /// Sent to last byte of successful requests.
  public var serviceTime = Histogram()
  /// How late the generator itself began requests, in open loop: from the due time or, where all connections were busy, from
  /// when one was free.
  public var lateness = Histogram()
  /// In order of appearance.
  public var backends: [Backend] = []
  /// In order of appearance.
  public var generations: [Generation] = []
  /// How long workers waited for the plan's sink to take records, all together.
  public var waitedForSink: Nanoseconds = 0
  /// In order of completion, as far as the plan kept them.
  public var records: [RequestRecord] = []
  /// When the requests without an outcome were due, unsent and abandoned ones alike, in order; as far as the plan kept them.
  public var openDues: [Nanoseconds] = []
  /// A few reasons behind malformed, oversized and late responses and failed TLS.
  public var faults: [String] = []
  public var tls = TLSHandshakes()
  /// When the generator itself stood still, in order of time.
  public var pauses: [GeneratorPause] = []
  /// The clock's reading from which times are counted.
  public var start: Nanoseconds = 0
  /// How much later than its plan's start the run could begin.
  public var startLateness: Nanoseconds = 0
  /// From the start to the last answer or, if later, to the end of the schedule.
  public var duration: Nanoseconds = 0
  /// Whether the run was stopped from outside.
  public var wasStopped = false
  /// Why the run ended early, if it did by itself.
  public var error: LoadError?

  /// Answered requests a second.
  public var rate: Double { duration > 0 ? Double(completed) / (Double(duration) / 1e9) : 0 }

  /// Of a run that could not begin.
  init(nothingSince error: LoadError) { self.error = error }

  /// What one worker counted.
  ///
  /// - Parameter readsNames: whether answers were looked through for a backend's name.
  init(_ result: WorkerResult, readsNames: Bool) {
    let tally = result.tally
    succeeded = tally.succeeded
    unsent = result.unsent
    abandoned = result.abandoned
    retried = tally.retried
    sent = tally.sent
    upstreamRetried = tally.upstreamRetried
    unattributed = tally.unattributed
    untrackedGenerations = tally.untrackedGenerations
    for kind in FailureKind.allCases where tally.failures[Int(kind.rawValue)] > 0 {
      failures[kind] = tally.failures[Int(kind.rawValue)]
    }
    for leniency in Leniency.allCases where tally.leniencies[Int(leniency.rawValue)] > 0 {
      leniencies[leniency] = tally.leniencies[Int(leniency.rawValue)]
    }
    for (status, count) in tally.statuses.enumerated() where count > 0 { statuses[status] = count }
    for (status, count) in tally.unnamed.enumerated() where count > 0 {
      let reason = NobodyReason(unnamed: status)
      if readsNames || reason == .redirect || GatewayErrors.statuses.contains(status) {
        nobody[reason, default: 0] += count
      }
    }
    if tally.cached > 0 { nobody[.cache] = tally.cached }
    locations = tally.locations.counts
    failedAcrossPauses = tally.failedAcrossPauses
    postponed = tally.postponed
    pauses = result.pauses
    latency = tally.latency
    serviceTime = tally.serviceTime
    lateness = tally.lateness
    for (name, counted) in zip(result.backendNames, tally.backends) {
      var backend = Backend(name: name)
      backend.requests = counted.requests
      backend.succeeded = counted.succeeded
      backend.triedInVain = counted.triedInVain
      backend.gatewayErrors = counted.gatewayErrors
      backend.latency = counted.latency
      backends.append(backend)
    }
    generations = result.generations
    records = result.records
    openDues = result.openDues
    connectionsOpened = tally.connectionsOpened
    waitedForConnection = tally.waitedForConnection
    faults = tally.firstFaults
    tls = tally.tls
    duration = result.lastActivity
    error = result.error
  }
}
