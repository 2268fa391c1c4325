import HTTP
public import Load
import Platform
import Statistics

extension Measurements {
  /// What a run would have measured that made these requests, each on a connection of its own; it keeps all of them.
  ///
  /// - Parameters:
  ///   - requests: in any order; without a backend an answer is nobody's.
  ///   - backends: the names of their backends.
  ///   - isOpenLoop: whether each began punctually, by a schedule.
  public init(counting requests: [RequestRecord], backends: [String], isOpenLoop: Bool = true) {
    self.init()
    self.backends = backends.map { Backend(name: $0) }
    for request in requests { count(request, isOpenLoop) }
    records = requests.sorted { $0.done < $1.done }
    duration = records.last?.done ?? 0
  }

  private mutating func count(_ request: RequestRecord, _ isOpenLoop: Bool) {
    var point = TrafficSeries.Point()
    point.requests = 1
    if let backend = request.backend {
      point.answers = Array(repeating: 0, count: backend) + [1]
      backends[backend].requests += 1
    } else if let status = request.status {
      nobody[NobodyReason(unnamed: status), default: 0] += 1
    }
    if let failure = request.failure {
      point.failed = 1
      failures[failure, default: 0] += 1
      if [.streamReset, .connectionError].contains(failure) { resets[.internalError, default: 0] += 1 }
    } else {
      counters.succeeded += 1
      let taken = request.done - request.due
      point.slowest = taken
      point.latency.add(1, toBucket: latency.record(taken))
      latencies.append(taken)
      serviceTime.record(request.done - request.sent)
      firstByte.record((request.done - request.sent) / 2)
      if let backend = request.backend {
        backends[backend].succeeded += 1
        backends[backend].connections += 1
        backends[backend].latency.record(taken)
      } else {
        counters.unattributed += 1
      }
    }
    if let status = request.status { statuses[status, default: 0] += 1 }
    series.add(point, due: request.due)
    if isOpenLoop { lateness.record(0) }
    if request.isRetry { counters.retried += 1 }
    if request.isUpstreamRetried { counters.upstreamRetried += 1 }
    sent = [(sent.first ?? 0) + (request.isRetry ? 1 : 0)]
    let isSent = request.failure.map { ![.resolve, .refused, .unreachable, .connectTimeout].contains($0) } ?? true
    counters.connectionsOpened += 1
    guard isSent else { return }
    sent[0] += 1
    connect.record(1_000)
    counters.bytesSent += 100
    counters.bytesReceived += 200
  }
}
