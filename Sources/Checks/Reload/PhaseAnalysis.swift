internal import Load
internal import Report
internal import Statistics

/// One stretch of a run, in nanoseconds from its start.
struct PhaseSpan {
  let name: String
  let start: Nanoseconds
  let end: Nanoseconds
  let action: ActionSection?

  func contains(_ time: Nanoseconds) -> Bool { time >= start && time < end }

  /// Whether the generator stood still in it, or was still catching up.
  func isTouched(by pauses: [GeneratorPause]) -> Bool { pauses.contains { $0.start < end && $0.caughtUp >= start } }
}

/// What a run's records say of one phase: values in, values out.
struct PhaseAnalysis {
  var section: PhaseSection
  /// Requests that had been sent before the action was over and got no whole answer, by kind.
  let cutInFlight: [String: Int]
  /// Successful requests' latency.
  let latency: Histogram
  /// Failures of requests that were under way while the generator itself stood still.
  let failedAcrossPauses: Int
  /// Whether the generator stood still in the phase.
  let isPaused: Bool

  /// - Parameters:
  ///   - previous: the generations that answered before the phase, as indices into the measurements' generations.
  ///   - staleAfter: seconds before the phase's end from which an earlier generation's answer is stale.
  init(_ span: PhaseSpan, of measured: Measurements, previous: Set<Int>, staleAfter: Double) {
    func seconds(_ time: Nanoseconds) -> Double { Double(time) / 1e9 }
    let records = measured.records.filter { span.contains(Self.moment(of: $0)) }
    var latency = Histogram()
    var service = Histogram()
    var statuses: [String: Int] = [:]
    var failures: [String: Int] = [:]
    var lives: [Int: (first: Double, last: Double, requests: Int)] = [:]
    for record in records {
      if let status = record.status { statuses["\(status)", default: 0] += 1 }
      if let failure = record.failure {
        failures[failure.name, default: 0] += 1
      } else {
        latency.record(record.done - record.due)
        service.record(record.done - min(record.sent, record.done))
      }
      guard record.failure == nil, let life = record.generation else { continue }
      let time = seconds(record.done)
      let known = lives[life] ?? (time, time, 0)
      lives[life] = (min(known.first, time), max(known.last, time), known.requests + 1)
    }
    let end = seconds(span.end)
    let outages = Outage.find(
      in: records.map { Outage.Observation(due: seconds($0.due), failed: $0.failure != nil) }, until: end)
    let outageSections = outages.map { outage in
      let kinds = records.filter { record in
        record.failure != nil && seconds(record.due) >= outage.start && seconds(record.due) <= outage.end
      }
      return OutageSection(
        startSeconds: outage.start, durationSeconds: outage.duration, failed: outage.failed,
        kinds: Dictionary(kinds.map { ($0.failure!.name, 1) }, uniquingKeysWith: +))
    }
    let acted = span.action.map { (from: $0.startSeconds, to: $0.startSeconds + $0.durationSeconds) }
    let cut = measured.records.filter { record in
      guard let acted, let failure = record.failure, record.sent > 0 else { return false }
      guard seconds(record.done) >= acted.from, seconds(record.done) < end else { return false }
      // What a balancer answers for a backend that cut it; later ones may as well be refused connections.
      let isGatewayError = record.status == 502 || record.status == 504
      return Self.cutKinds.contains(failure.name) && seconds(record.sent) < acted.to
        || isGatewayError && seconds(record.sent) < acted.from
    }
    cutInFlight = Dictionary(cut.map { ($0.failure!.name, 1) }, uniquingKeysWith: +)
    let succeeded = records.count { $0.failure == nil }
    let length = seconds(span.end - span.start)
    func name(_ life: Int) -> String {
      "\(measured.backends[measured.generations[life].backend].name) \(measured.generations[life].name)"
    }
    let stale =
      span.action == nil
      ? [] : lives.filter { previous.contains($0.key) && $0.value.last > end - staleAfter }.map { name($0.key) }
    section = PhaseSection(
      name: span.name, startSeconds: seconds(span.start), durationSeconds: length, action: span.action,
      traffic: TrafficSection(
        requests: RequestCounts(
          scheduled: records.count, completed: records.count, succeeded: succeeded, failed: records.count - succeeded,
          retried: records.count(where: \.isRetry),
          upstreamRetried: measured.canShowTries ? records.count(where: \.isUpstreamRetried) : nil),
        statuses: statuses, failures: failures,
        rate: RateSection(achieved: length > 0 ? Double(records.count) / length : 0), latency: LatencySummary(latency),
        serviceTime: LatencySummary(service)),
      longestGapSeconds: Outage.longestGap(
        between: seconds(span.start), and: end, successes: records.filter { $0.failure == nil }.map { seconds($0.done) }
      ),
      outages: outageSections,
      generations: lives.sorted { (name($0.key), $0.key) < (name($1.key), $1.key) }.map { life, seen in
        GenerationSection(
          backend: measured.backends[measured.generations[life].backend].name,
          generation: measured.generations[life].name, firstSeenSeconds: seen.first, lastSeenSeconds: seen.last,
          requests: seen.requests)
      },
      staleGenerations: stale.sorted(), failureMarks: Self.marks(records.filter { $0.failure != nil }, in: span))
    self.latency = latency
    isPaused = span.isTouched(by: measured.pauses)
    failedAcrossPauses = records.count { record in
      record.failure != nil && measured.pauses.contains { $0.covers(due: record.due, done: record.done) }
    }
  }

  /// The time that decides to which phase a request belongs: when it was due; when it ended for one that broke off, since
  /// an action breaks off what had been due before it.
  private static func moment(of record: RequestRecord) -> Nanoseconds {
    guard let failure = record.failure else { return record.due }
    return cutKinds.contains(failure.name) || failure.name == "status" ? max(record.due, record.done) : record.due
  }

  /// Failures that a request can meet only once it was sent.
  private static let cutKinds: Set = ["reset", "closed", "truncated"]

  /// Failures of the same kind within a two-hundredth of the phase as one mark.
  private static func marks(_ failed: [RequestRecord], in span: PhaseSpan) -> [FailureMark]? {
    guard !failed.isEmpty else { return nil }
    let width = max((span.end - span.start) / 200, 1)
    var marks: [String: FailureMark] = [:]
    for record in failed {
      let kind = record.failure!.name == "status" ? "status \(record.status ?? 0)" : record.failure!.name
      let moment = moment(of: record)
      let place = "\((moment - span.start) / width) \(kind)"
      let time = Double(moment) / 1e9
      var mark = marks[place] ?? FailureMark(seconds: time, kind: kind, count: 0)
      mark.seconds = min(mark.seconds, time)
      mark.count += 1
      marks[place] = mark
    }
    return marks.values.sorted { ($0.seconds, $0.kind) < ($1.seconds, $1.kind) }
  }
}
