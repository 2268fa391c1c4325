public import Statistics

/// The requests of a run: how many, with what outcome, how fast.
public struct TrafficSection: Codable, Sendable, Equatable {
  /// How many requests there were, by outcome.
  public var requests: RequestCounts
  /// Answers by status, keyed by the number as text ("200").
  public var statuses: [String: Int]
  /// Failed requests by failure kind ("refused", "timeout", …).
  public var failures: [String: Int]
  /// The requests by method, where they have several; left out otherwise.
  public var methods: [MethodSection]?
  /// Requests a second.
  public var rate: RateSection
  /// From the time a request was due to its last byte.
  public var latency: LatencySummary?
  /// From the time a request was sent to its last byte.
  public var serviceTime: LatencySummary?
  /// How far behind its due time a request was sent: the generator's own fault.
  public var lateness: LatencySummary?
  /// How long connections took to open, for successful ones.
  public var connect: LatencySummary?
  /// How long the TLS handshakes after that took.
  public var tls: LatencySummary?
  /// The TLS sessions that were made; left out in reports of earlier versions, and where there were none.
  public var handshakes: HandshakeCounts?
  /// Connections opened in all; left out in reports of earlier versions.
  public var connectionsOpened: Int?
  /// What was HTTP/2 in it; left out where none was.
  public var http2: HTTP2Section?
  /// From the time a request was sent to the first byte of its answer.
  public var firstByte: LatencySummary?
  /// From the coming of an answer's last byte to lbcheck's reading it: the generator's own delay, which is in no other time. Left out
  /// where the kernel's clock was not read.
  public var readDelay: LatencySummary?
  /// Successful answers that the kernel gave no usable time for, so that they end when they were read; left out where its clock
  /// was not read.
  public var unstamped: Int?
  /// Left out in reports of earlier versions, and where nothing was sent.
  public var bytes: ByteCounts?
  /// How the requests went over time, in intervals without a gap.
  public var series: [SeriesPoint]?
  /// The length of the series' intervals, in seconds: 1, or 60 in a run of more than an hour.
  public var seriesIntervalSeconds: Int?

  /// The traffic of a run.
  public init(
    requests: RequestCounts,
    statuses: [String: Int] = [:],
    failures: [String: Int] = [:],
    rate: RateSection,
    latency: LatencySummary? = nil,
    serviceTime: LatencySummary? = nil,
    lateness: LatencySummary? = nil
  ) {
    self.requests = requests
    self.statuses = statuses
    self.failures = failures
    self.rate = rate
    self.latency = latency
    self.serviceTime = serviceTime
    self.lateness = lateness
  }
}

extension TrafficSection {
  /// Whether the kernel's clock said when answers ended.
  public var hasKernelTimes: Bool { unstamped != nil }
}

/// Requests counted by outcome, each 0 or more; scheduled = succeeded + failed + unsent.
public struct RequestCounts: Codable, Sendable, Equatable {
  /// Requests that were due within the run.
  public var scheduled: Int
  /// Requests that ended, in success or failure.
  public var completed: Int
  /// Requests answered as expected.
  public var succeeded: Int
  /// Requests that failed, for whatever reason.
  public var failed: Int
  /// How often a request was sent again, because a reused connection had been closed, or a stream of HTTP/2 refused.
  public var retried: Int
  /// Requests that were due but never sent.
  public var unsent: Int
  /// Answers that the balancer got only after it had tried another backend first.
  public var upstreamRetried: Int?

  /// Counts of requests.
  public init(
    scheduled: Int,
    completed: Int,
    succeeded: Int,
    failed: Int,
    retried: Int = 0,
    unsent: Int = 0,
    upstreamRetried: Int? = nil
  ) {
    self.scheduled = scheduled
    self.completed = completed
    self.succeeded = succeeded
    self.failed = failed
    self.retried = retried
    self.unsent = unsent
    self.upstreamRetried = upstreamRetried
  }
}

/// Requests a second, wanted and got.
public struct RateSection: Codable, Sendable, Equatable {
  /// Requests a second that were due; none when each request waited for the one before.
  public var offered: Double?
  /// Requests a second that completed.
  public var achieved: Double

  /// Rates in requests a second.
  public init(offered: Double? = nil, achieved: Double) {
    self.offered = offered
    self.achieved = achieved
  }
}

/// A distribution of times in milliseconds, summarised by its percentiles.
public struct LatencySummary: Codable, Sendable, Equatable {
  /// The unit of every figure: always "ms".
  public var unit: String
  /// The shortest time, in milliseconds.
  public var min: Double
  /// The mean time, in milliseconds.
  public var mean: Double
  /// The median time, in milliseconds.
  public var p50: Double
  /// The time that 90 of 100 samples did not exceed, in milliseconds.
  public var p90: Double
  /// The time that 95 of 100 samples did not exceed, in milliseconds; left out in reports of earlier versions.
  public var p95: Double?
  /// The time that 99 of 100 samples did not exceed, in milliseconds.
  public var p99: Double
  /// The time that 999 of 1000 samples did not exceed, in milliseconds.
  public var p999: Double
  /// The time that 9,999 of 10,000 samples did not exceed, in milliseconds; left out in reports of earlier versions.
  public var p9999: Double?
  /// The longest time, in milliseconds.
  public var max: Double
  /// The whole distribution as HdrHistogram V2, compressed and in base64.
  public var histogram: String
  /// Between which values, in milliseconds, each percentile lies at a confidence of 95 %, by its key such as `p999`; left out
  /// for times whose order is not kept, and in reports of earlier versions.
  public var intervals: [String: ClosedRange<Double>]?
  /// Why the intervals of the other percentiles are not known.
  public var intervalsNotKnown: [String: PercentileShortage]?
  /// What the intervals at other confidences follow from.
  public var precision: [String: PercentilePrecision]?
  /// The percentiles of a summary, by their keys.
  public static let percentiles: [(key: String, percentile: Double)] = [
    ("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99), ("p999", 99.9), ("p9999", 99.99),
  ]

  /// A summary from figures in milliseconds.
  public init(
    min: Double,
    mean: Double,
    p50: Double,
    p90: Double,
    p95: Double? = nil,
    p99: Double,
    p999: Double,
    p9999: Double? = nil,
    max: Double,
    histogram: String = ""
  ) {
    self.unit = "ms"
    self.min = min
    self.mean = mean
    self.p50 = p50
    self.p90 = p90
    self.p95 = p95
    self.p99 = p99
    self.p999 = p999
    self.p9999 = p9999
    self.max = max
    self.histogram = histogram
  }
}

/// The TLS handshakes of a run, by how they went.
public struct HandshakeCounts: Codable, Sendable, Equatable {
  /// Protocol and cipher, such as `1.3, TLS_AES_256_GCM_SHA384`; several where they differed.
  public var kinds: [String]
  public var full: Int
  /// Handshakes that resumed an earlier session.
  public var resumed: Int

  public init(kinds: [String], full: Int, resumed: Int) {
    self.kinds = kinds
    self.full = full
    self.resumed = resumed
  }
}
