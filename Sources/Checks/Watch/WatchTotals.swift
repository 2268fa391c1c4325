internal import Load
internal import Platform
internal import Report
internal import Statistics

/// What a watch has measured so far, for a report before its end; the run itself has the whole only then.
struct WatchTotals {
  private(set) var measured = Measurements()
  private var backends: [String: Int] = [:]
  /// By template.
  private var templates: [MethodSection]

  init(methods: [String] = ["GET"]) { templates = methods.map { MethodSection(method: $0) } }

  /// The requests by method; `nil` where all have the same.
  var methods: [MethodSection]? {
    let sums = templates.added
    return sums.count > 1 ? sums : nil
  }

  mutating func take(_ request: WatchedRequest) {
    let record = request.record
    templates[min(Int(record.template), templates.count - 1)].count(record.failure?.name)
    let latency = record.done - min(record.due, record.done)
    if let failure = record.failure {
      measured.failures[failure, default: 0] += 1
    } else {
      measured.counters.succeeded += 1
      measured.latency.record(latency)
      measured.latencies.append(latency)
      measured.serviceTime.record(record.done - min(record.sent, record.done))
    }
    if let status = record.status { measured.statuses[status, default: 0] += 1 }
    measured.counters.retried += record.isRetry ? 1 : 0
    measured.counters.upstreamRetried += record.isUpstreamRetried ? 1 : 0
    measured.duration = max(measured.duration, record.done)
    guard let backend = request.backend else { return }
    if backends[backend] == nil {
      guard measured.backends.count < FindingsLimits.backends else { return }
      backends[backend] = measured.backends.count
      measured.backends.append(Measurements.Backend(name: backend))
    }
    guard let index = backends[backend] else { return }
    measured.backends[index].requests += 1
    guard record.failure == nil else { return }
    measured.backends[index].succeeded += 1
    measured.backends[index].latency.record(latency)
  }

  mutating func note(_ pauses: [GeneratorPause]) { measured.pauses += pauses }
}
