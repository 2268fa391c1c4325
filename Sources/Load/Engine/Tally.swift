internal import HTTP
internal import Statistics

/// What one worker has counted; the histograms are in nanoseconds.
struct Tally {
  struct Backend {
    var requests = 0
    var succeeded = 0
    /// How often the balancer tried it in vain before another one answered.
    var triedInVain = 0
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
  var upstreamRetried = 0
  /// Complete, expected responses that named no backend although a header was looked for.
  var unattributed = 0
  var connectionsOpened = 0
  /// Requests that were due while all connections were busy.
  var waitedForConnection = 0
  var latency = Histogram()
  var serviceTime = Histogram()
  var lateness = Histogram()
  var backends: [Backend] = []
  var firstFaults: [String] = []
  var tls = TLSHandshakes()
  var usesRing = false
  var ringUnavailable: String?

  var failed: Int { failures.reduce(0, +) }
}
