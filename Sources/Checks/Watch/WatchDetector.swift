internal import HTTP
internal import Load
internal import Platform
internal import Report

/// Reads off the outcomes of requests what happened to a site: values in, values out, in bounded memory.
///
/// Outcomes come in the order in which requests ended. They are looked at in the order in which the requests were due, each as soon
/// as every earlier one has ended too.
struct WatchDetector {
  /// One request, and what it showed.
  struct Step {
    let request: WatchedRequest
    let seen: [Sighting]
  }

  private let namesVersions: Bool
  private var failures = FailureWatch()
  private var attendance: AttendanceWatch
  private var stalls = StallWatch()
  private var nobody = UnusualAnswers()
  private var statuses = StatusWatch()
  private var latency = LatencyWatch()
  private var site = GenerationWatch(of: nil)
  private var backends: [String: GenerationWatch] = [:]
  /// Those that have ended, while earlier ones have not; in the order in which they were due.
  private var waiting: [WatchedRequest] = []
  /// Failures of requests that were due before this are not the site's.
  private var excusedUntil: Nanoseconds = 0

  private static let mostBackends = 512

  /// - Parameters:
  ///   - backups: the backends that serve only for others.
  ///   - namesVersions: whether a generation's name is that of a build, which several backends share.
  init(backups: Set<String> = [], namesVersions: Bool = false) {
    self.namesVersions = namesVersions
    attendance = AttendanceWatch(backups: backups)
  }

  /// What is not over.
  var isDown: Bool { failures.isDown }
  /// Whether something goes on, or will be told.
  var goesOn: Bool { failures.isDown || failures.isPending }
  var isServedByNobody: Bool { nobody.goOn }
  var servingBackups: [String] { attendance.servingBackups }

  /// Whether generations change with the answers.
  var generationsChangeByThemselves: Bool { site.changesByItself || backends.values.contains(where: \.changesByItself) }

  /// How many names and waiting requests it holds.
  var size: Int {
    waiting.count + stalls.size + attendance.size + site.size + backends.values.reduce(0) { $0 + $1.size }
  }

  /// Takes requests that have ended.
  ///
  /// - Parameters:
  ///   - pauses: those of the generator that were noticed meanwhile.
  ///   - open: when the earliest request was due that has not ended.
  mutating func take(_ requests: [WatchedRequest], pauses: [GeneratorPause] = [], open: Nanoseconds) -> [Step] {
    for request in requests {
      let place = (waiting.lastIndex { $0.due <= request.due } ?? -1) + 1
      waiting.insert(request, at: place)
    }
    let paused = pauses.map { pause in
      Sighting(pause.start, .generatorPaused(seconds: Double(pause.length) / 1e9))
    }
    excusedUntil = pauses.map(\.end).reduce(excusedUntil, max)
    let count = waiting.firstIndex { $0.due >= open } ?? waiting.count
    var steps = waiting[..<count].map { Step(request: $0, seen: look(at: $0)) }
    waiting.removeFirst(count)
    if !paused.isEmpty, let first = steps.first {
      steps[0] = Step(request: first.request, seen: paused + first.seen)
    }
    return steps
  }

  /// What the last requests showed, at the end of a watch.
  mutating func finish() -> (steps: [Step], seen: [Sighting]) {
    let steps = take([], open: .max)
    return (steps, stalls.finish(excused: excusedUntil) + failures.finish())
  }

  private mutating func look(at request: WatchedRequest) -> [Sighting] {
    let record = request.record
    var seen = stalls.take(record, excused: excusedUntil)
    if !request.hasFailed || request.due >= excusedUntil { seen += failures.take(request) }
    if !request.hasFailed {
      switch nobody.take(at: request.due, isUsual: request.backend != nil) {
      case nil: break
      case .began(let start): seen.append(Sighting(start, .nobodyAnswering))
      case .over(let end, let seconds): seen.append(Sighting(end, .backendsAnswering(afterSeconds: seconds)))
      }
      if let status = record.status { seen += statuses.take(status, at: request.due) }
      if request.due >= excusedUntil {
        seen += latency.take(due: request.due, latency: record.done - min(record.sent, record.done))
      }
    }
    guard let backend = request.backend, record.isAnswer else { return seen }
    seen += attendance.take(request)
    guard let generation = request.generation else { return seen }
    if namesVersions { return seen + site.take(generation, of: backend, at: request.due) }
    if backends[backend] == nil {
      if backends.count >= Self.mostBackends { backends = [:] }
      backends[backend] = GenerationWatch(of: backend)
    }
    return seen + (backends[backend]?.take(generation, of: backend, at: request.due) ?? [])
  }
}

extension RequestRecord {
  /// Whether the backend that is named gave it: a gateway's error names the one that did not answer.
  fileprivate var isAnswer: Bool {
    switch failure {
    case nil, .body: true
    case .call(let failure): failure != .status(.unavailable)
    case .status: status.map { !GatewayErrors.statuses.contains($0) } ?? false
    case .resolve, .refused, .unreachable, .connectTimeout, .tls, .reset, .closed, .truncated, .timeout, .malformed,
      .oversized, .noHTTP2, .streamReset, .connectionError:
      false
    }
  }
}
