internal import Load
internal import Platform
internal import Report
internal import Statistics

extension RequestRecord {
  /// How it failed, with its status if that was it.
  var failureName: String {
    guard let failure else { return "none" }
    return failure == .status ? "status \(status ?? 0)" : failure.name
  }
}

/// The requests of one phase, counted.
struct PhaseTally {
  /// Successful requests' latency and service time; those that were due in the phase.
  private(set) var latency = Histogram()
  private var serviceTime = Histogram()
  /// Successful requests: when each was due, and its latency.
  private(set) var answers: [(due: Nanoseconds, latency: Nanoseconds)] = []
  /// Their latencies in the order in which they were due.
  var sequence: LatencySequence {
    var sequence = LatencySequence()
    for answer in answers.sorted(by: { $0.due < $1.due }) { sequence.append(answer.latency) }
    return sequence
  }
  /// When each generation's answers came, in seconds.
  private(set) var generations: [Int: (first: Double, last: Double, requests: Int)] = [:]
  private var statuses: [String: Int] = [:]
  private(set) var failures: [String: Int] = [:]
  private var observations: [Outage.Observation] = []
  private var failed: [(time: Nanoseconds, record: RequestRecord)] = []
  private var retried = 0
  private var upstreamRetried = 0
  private let canShowTries: Bool
  private let unsent: Int
  private let span: PhaseSpan

  init(_ share: PhaseAttribution.Share, of measured: Measurements, in span: PhaseSpan) {
    self.span = span
    let records = measured.records
    canShowTries = measured.canShowTries
    unsent = share.open.count
    for index in share.due {
      add(records[index], dated: records[index].due)
      if records[index].failure == nil { time(records[index]) }
    }
    for index in share.cut { add(records[index], dated: span.start) }
  }

  private mutating func time(_ record: RequestRecord) {
    answers.append((record.due, record.done - min(record.due, record.done)))
    latency.record(record.done - min(record.due, record.done))
    serviceTime.record(record.done - min(record.sent, record.done))
  }

  /// - Parameter time: when it counts as due.
  private mutating func add(_ record: RequestRecord, dated time: Nanoseconds) {
    if let status = record.status { statuses["\(status)", default: 0] += 1 }
    retried += record.isRetry ? 1 : 0
    upstreamRetried += record.isUpstreamRetried ? 1 : 0
    observations.append(Outage.Observation(due: Double(time) / 1e9, failed: record.failure != nil))
    guard record.failure == nil else {
      failures[record.failure!.name, default: 0] += 1
      failed.append((time, record))
      return
    }
    guard let generation = record.generation else { return }
    let done = Double(record.done) / 1e9
    let known = generations[generation] ?? (done, done, 0)
    generations[generation] = (min(known.first, done), max(known.last, done), known.requests + 1)
  }

  var requests: RequestCounts {
    let completed = observations.count
    return RequestCounts(
      scheduled: completed + unsent, completed: completed, succeeded: completed - failed.count, failed: failed.count,
      retried: retried, unsent: unsent, upstreamRetried: canShowTries ? upstreamRetried : nil)
  }

  func traffic(within seconds: Double) -> TrafficSection {
    TrafficSection(
      requests: requests, statuses: statuses, failures: failures,
      rate: RateSection(achieved: seconds > 0 ? Double(observations.count) / seconds : 0),
      latency: LatencySummary(latency, in: sequence),
      serviceTime: LatencySummary(serviceTime))
  }

  func outages(until end: Double) -> [OutageSection] {
    Outage.find(in: observations, until: end).map { outage in
      let kinds = failed.filter { failure in
        let time = Double(failure.time) / 1e9
        return time >= outage.start && time <= outage.end
      }
      return OutageSection(
        startSeconds: outage.start, durationSeconds: outage.duration, failed: outage.failed,
        kinds: Dictionary(kinds.map { ($0.record.failure!.name, 1) }, uniquingKeysWith: +))
    }
  }

  /// Failures of the same kind within a two-hundredth of the phase as one mark.
  var marks: [FailureMark]? {
    guard !failed.isEmpty else { return nil }
    let width = max((span.end - span.start) / 200, 1)
    var marks: [String: FailureMark] = [:]
    for (time, record) in failed {
      let kind = record.failureName
      let key = "\((time - min(span.start, time)) / width) \(kind)"
      var mark = marks[key] ?? FailureMark(seconds: Double(time) / 1e9, kind: kind, count: 0)
      mark.seconds = min(mark.seconds, Double(time) / 1e9)
      mark.count += 1
      marks[key] = mark
    }
    return marks.values.sorted { ($0.seconds, $0.kind) < ($1.seconds, $1.kind) }
  }
}
