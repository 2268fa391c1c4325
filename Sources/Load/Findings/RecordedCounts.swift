internal import Platform
internal import Statistics

/// What the requests that a run kept say of it, counted as a worker counts them.
struct RecordedCounts {
  private(set) var statuses: [Int: Int] = [:]
  private(set) var failures: [FailureKind: Int] = [:]
  private(set) var succeeded = 0
  private(set) var retried = 0
  private(set) var upstreamRetried = 0
  private(set) var latency = Histogram()
  private(set) var serviceTime = Histogram()
  private(set) var backends: [Measurements.Backend]
  /// Complete responses by the template of their request.
  private(set) var answers: [Int: Int] = [:]
  private(set) var series = TrafficSeries()
  private(set) var lastDone: Nanoseconds = 0
  /// Whether each request is one that a worker can have counted.
  private(set) var areGenuine = true

  init(of measurements: Measurements) {
    backends = measurements.backends.map { Measurements.Backend(name: $0.name) }
    guard !measurements.records.isEmpty else { return }
    var recorder = SeriesRecorder(backendLimit: backends.count)
    for record in measurements.records {
      count(record, &recorder)
      if let generation = record.generation {
        areGenuine = areGenuine && measurements.generations[generation].backend == record.backend
      }
    }
    series = recorder.take()
  }

  private mutating func count(_ record: RequestRecord, _ recorder: inout SeriesRecorder) {
    if let status = record.status {
      statuses[status, default: 0] += 1
      answers[Int(record.template), default: 0] += 1
    }
    if record.isRetry { retried += 1 }
    if record.isUpstreamRetried { upstreamRetried += 1 }
    lastDone = max(lastDone, record.done)
    if let backend = record.backend {
      backends[backend].requests += 1
    }
    if let failure = record.failure {
      failures[failure, default: 0] += 1
      // Only a complete response has a status, and only then is it judged.
      areGenuine = areGenuine && (record.status != nil) == failure.hasResponse
      recorder.failure(due: record.due, backend: record.backend ?? -1)
      return
    }
    areGenuine = areGenuine && record.status != nil && record.sent <= record.done
    succeeded += 1
    let taken = record.done - record.due
    let bucket = latency.record(taken)
    serviceTime.record(record.done - min(record.sent, record.done))
    if let backend = record.backend {
      backends[backend].succeeded += 1
      backends[backend].latency.record(taken)
    }
    recorder.success(due: record.due, latency: taken, bucket: bucket, backend: record.backend ?? -1)
  }
}
