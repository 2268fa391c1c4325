/// One stretch of a shard's traffic. Times are whole nanoseconds, so that adding parts rounds nothing.
public struct PartLook: Codable, Sendable, Equatable {
  /// What it was for, such as `load` or `step 2`.
  public var name: String
  /// When it began by the shard's own clock, in nanoseconds since 1970.
  public var startedNanoseconds: Int64
  /// How much later than the common start the shard was ready.
  public var startLatenessNanoseconds: UInt64
  /// From its start to the last answer or, if later, to the end of the schedule.
  public var durationNanoseconds: UInt64
  /// The processor time that it took.
  public var processorNanoseconds: UInt64
  /// Why it was ended early by the shard itself; left out if it was not.
  public var cutShort: String?
  public var counts: PartCounts
  /// Answers by status, keyed by the number as text ("200").
  public var statuses: [String: Int]
  /// Failed requests by failure kind.
  public var failures: [String: Int]
  /// Answers taken only since browsers take them, by the form that they had; left out if none.
  public var leniencies: [String: Int]?
  /// Answers that no backend gave, by reason as ``NobodySection`` names them; left out if there were none.
  public var nobody: [String: Int]?
  /// Where redirects led; left out if there were none.
  public var locations: [String: Int]?
  public var latency: PartHistogram
  public var serviceTime: PartHistogram
  public var lateness: PartHistogram
  /// In order of appearance.
  public var backends: [PartBackend]
  /// In order of appearance.
  public var generations: [PartGeneration]
  /// Requests by second; left out where nothing was kept.
  public var timeline: TimelineSection?
  /// Single requests in order of completion, packed, in base64; left out where the check's verdict needs none.
  public var records: String?
  /// When those requests were due that have no outcome, packed as the records are; left out if none.
  public var openDues: String?
  /// A few reasons behind failures.
  public var faults: [String]
  public var tls: PartHandshakes?
  /// When the shard itself stood still; left out if it did not.
  public var pauses: [PartPause]?
  /// Why the run ended early by itself; left out if it did not.
  public var error: String?

  public init(
    name: String, startedNanoseconds: Int64, startLatenessNanoseconds: UInt64, durationNanoseconds: UInt64,
    processorNanoseconds: UInt64, cutShort: String? = nil, counts: PartCounts, statuses: [String: Int],
    failures: [String: Int], leniencies: [String: Int]? = nil, nobody: [String: Int]? = nil,
    locations: [String: Int]? = nil, latency: PartHistogram, serviceTime: PartHistogram, lateness: PartHistogram,
    backends: [PartBackend], generations: [PartGeneration], timeline: TimelineSection? = nil, records: String? = nil,
    faults: [String] = [], tls: PartHandshakes? = nil,
    pauses: [PartPause]? = nil, error: String? = nil, openDues: String? = nil
  ) {
    self.openDues = openDues
    self.name = name
    self.startedNanoseconds = startedNanoseconds
    self.startLatenessNanoseconds = startLatenessNanoseconds
    self.durationNanoseconds = durationNanoseconds
    self.processorNanoseconds = processorNanoseconds
    self.cutShort = cutShort
    self.counts = counts
    self.statuses = statuses
    self.failures = failures
    self.leniencies = leniencies
    self.nobody = nobody
    self.locations = locations
    self.latency = latency
    self.serviceTime = serviceTime
    self.lateness = lateness
    self.backends = backends
    self.generations = generations
    self.timeline = timeline
    self.records = records
    self.faults = faults
    self.tls = tls
    self.pauses = pauses
    self.error = error
  }
}

/// Requests and connections counted.
public struct PartCounts: Codable, Sendable, Equatable {
  public var succeeded: Int
  /// Due or asked for, but not sent.
  public var unsent: Int
  /// Sent, but not waited for.
  public var abandoned: Int
  public var retried: Int
  /// Requests that went over a connection, by the kinds of requests in their order; left out if none.
  public var sent: [Int]?
  public var upstreamRetried: Int
  /// Successful answers that named no backend although a header was looked for.
  public var unattributed: Int
  /// Answers of a generation that was one too many to be told apart; left out if none.
  public var untrackedGenerations: Int?
  public var connectionsOpened: Int
  public var waitedForConnection: Int
  /// Failures of requests that were under way while the shard itself stood still; left out if none.
  public var failedAcrossPauses: Int?
  /// Connections that got their timeout once more, since the shard was busy; left out if none.
  public var postponed: Int?

  public init(
    succeeded: Int, unsent: Int, abandoned: Int, retried: Int, sent: [Int]? = nil, upstreamRetried: Int,
    unattributed: Int,
    untrackedGenerations: Int? = nil, connectionsOpened: Int, waitedForConnection: Int, failedAcrossPauses: Int? = nil,
    postponed: Int? = nil
  ) {
    self.succeeded = succeeded
    self.unsent = unsent
    self.abandoned = abandoned
    self.retried = retried
    self.sent = sent
    self.upstreamRetried = upstreamRetried
    self.unattributed = unattributed
    self.untrackedGenerations = untrackedGenerations
    self.connectionsOpened = connectionsOpened
    self.waitedForConnection = waitedForConnection
    self.failedAcrossPauses = failedAcrossPauses
    self.postponed = postponed
  }
}

/// A distribution of nanoseconds, complete: HdrHistogram's counts with what its format does not carry.
public struct PartHistogram: Codable, Sendable, Equatable {
  /// HdrHistogram V2, compressed and in base64; left out if nothing was recorded, as is all else.
  public var counts: String?
  public var min: UInt64?
  public var max: UInt64?
  /// The exact sum in digits, which may be more than other readers of JSON keep of a number.
  public var sum: String?
  /// Values beyond five minutes, which are counted there.
  public var saturated: UInt64?

  public init(
    counts: String? = nil, min: UInt64? = nil, max: UInt64? = nil, sum: String? = nil, saturated: UInt64? = nil
  ) {
    self.counts = counts
    self.min = min
    self.max = max
    self.sum = sum
    self.saturated = saturated
  }
}

/// One backend as a shard saw it.
public struct PartBackend: Codable, Sendable, Equatable {
  public var name: String
  public var requests: Int
  public var succeeded: Int
  public var triedInVain: Int
  public var latency: PartHistogram

  public init(name: String, requests: Int, succeeded: Int, triedInVain: Int, latency: PartHistogram) {
    self.name = name
    self.requests = requests
    self.succeeded = succeeded
    self.triedInVain = triedInVain
    self.latency = latency
  }
}

/// One life of a backend.
public struct PartGeneration: Codable, Sendable, Equatable {
  /// The backend's place in the list, from 0.
  public var backend: Int
  public var name: String

  public init(backend: Int, name: String) {
    self.backend = backend
    self.name = name
  }
}

/// TLS handshakes counted.
public struct PartHandshakes: Codable, Sendable, Equatable {
  public var full: Int
  public var resumed: Int
  public var kinds: [String]

  public init(full: Int, resumed: Int, kinds: [String]) {
    self.full = full
    self.resumed = resumed
    self.kinds = kinds
  }
}
