public import HTTP
public import Platform
public import Statistics

/// What a run measured, of all workers together. Histograms are in nanoseconds.
@dynamicMemberLookup
public struct Measurements: Sendable, Equatable {
  public struct Backend: Sendable, Equatable {
    public let name: String
    /// Complete or broken-off responses that named it.
    public var requests = 0
    public var succeeded = 0
    public var failed: Int { requests - succeeded }
    /// The connections whose first successful answer it gave.
    public var connections = 0
    /// How often the balancer tried it before another backend answered.
    public var failedTries = 0
    /// Answers with 502, 503 or 504, among its requests; not carried in parts, where names of nobody have been set apart.
    var gatewayErrors = GatewayErrors()
    public var latency = Histogram()

    public init(name: String) { self.name = name }
  }

  public init() {}

  /// All that is counted one by one; each counter is a property of the measurements, too.
  public var counters = Counters()

  public subscript(dynamicMember counter: WritableKeyPath<Counters, Int>) -> Int {
    get { counters[keyPath: counter] }
    set { counters[keyPath: counter] = newValue }
  }

  /// succeeded + failed + unsent + abandoned, always.
  public var scheduled: Int { counters.succeeded + failed + counters.unsent + counters.abandoned }
  public var failed: Int { failures.values.reduce(0, +) }
  /// Requests with an outcome: succeeded or failed.
  public var completed: Int { counters.succeeded + failed }
  /// Requests that went over a connection, by the plan's templates; those sent again count twice.
  public var sent: [Int] = []
  /// Complete answers that no backend is credited with. Without a backend header only those of caches, redirects and gateway
  /// errors are among them.
  public var nobody: [NobodyReason: Int] = [:]
  /// Where redirects lead, as far as it was counted.
  public var locations: [String: Int] = [:]
  /// Answers accepted only because browsers accept their form; one answer may count under several.
  public var leniencies: [Leniency: Int] = [:]
  public var failures: [FailureKind: Int] = [:]
  public var statuses: [Int: Int] = [:]
  /// Due time to last byte of successful requests.
  public var latency = Histogram()
  /// The same latencies in about the order of their answers; empty where it was not kept.
  public var latencies = LatencySequence()
  /// Sent to last byte of successful requests.
  public var serviceTime = Histogram()
  /// How late the generator itself began requests, in open loop: from the due time or, where all connections were busy, from
  /// when one was free.
  public var lateness = Histogram()
  /// From the beginning of a connection to its opening, for successful ones.
  public var connect = Histogram()
  /// The TLS handshake after that.
  public var handshake = Histogram()
  /// Sent to first byte of successful requests.
  public var firstByte = Histogram()
  /// From the coming of the last byte to this program's reading it, of successful requests: the generator's own delay. Empty where
  /// the kernel's clock was not read.
  public var readDelay = Histogram()
  /// When requests were sent, where the pace's intervals can be tested; not carried in parts.
  public var sends: SendSample?
  /// The requests with an outcome over time.
  public var series = TrafficSeries()
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
  /// Requests that failed by a server's RST_STREAM, or its GOAWAY with an error, by why.
  public var resets: [HTTP2ErrorCode: Int] = [:]
  /// When the generator itself was paused, in order of time.
  public var pauses: [GeneratorPause] = []
  /// The clock's reading from which times are counted; not carried in parts, since it means nothing on another machine.
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
    counters = tally.counters
    counters.unsent = result.unsent
    counters.abandoned = result.abandoned
    sent = tally.sent
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
    pauses = result.pauses
    latency = tally.latency
    serviceTime = tally.serviceTime
    lateness = tally.lateness
    connect = tally.connect
    handshake = tally.handshake
    firstByte = tally.firstByte
    readDelay = tally.readDelay
    series = result.series
    for (name, counted) in zip(result.backendNames, tally.backends) {
      var backend = Backend(name: name)
      backend.requests = counted.requests
      backend.succeeded = counted.succeeded
      backend.connections = counted.connections
      backend.failedTries = counted.failedTries
      backend.gatewayErrors = counted.gatewayErrors
      backend.latency = counted.latency
      backends.append(backend)
    }
    generations = result.generations
    records = result.records
    openDues = result.openDues
    faults = tally.firstFaults
    tls = tally.tls
    for code in HTTP2ErrorCode.allCases where tally.resets[Int(code.rawValue)] > 0 {
      resets[code] = tally.resets[Int(code.rawValue)]
    }
    duration = result.lastActivity
    error = result.error
  }
}

extension Measurements.Backend: Codable {
  private enum CodingKeys: String, CodingKey {
    case name, requests, succeeded, connections, failedTries, latency
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    name = try fields.decodeName(forKey: .name)
    requests = try fields.decodeCount(forKey: .requests)
    succeeded = try fields.decodeCount(forKey: .succeeded)
    connections = try fields.decodeCount(forKey: .connections)
    failedTries = try fields.decodeCount(forKey: .failedTries)
    latency = try fields.decode(Histogram.self, forKey: .latency)
  }
}
