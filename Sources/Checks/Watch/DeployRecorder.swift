internal import Load
internal import Platform
internal import Report

/// A deploy as the answers showed it: a stretch of time around events, with the traffic before it.
struct SeenDeploy {
  /// From 1.
  let number: Int
  /// The quiet time before it, and the deploy.
  let spans: [PhaseSpan]
  /// The requests of both; nothing else is measured in it.
  let measured: Measurements
  /// Its requests that were not kept.
  let unkept: Int
  /// Whether it was quiet for long enough after it.
  let isOver: Bool
}

/// Finds deploys among the events of a watch, and keeps their requests and those just before: values in, values out, in bounded
/// memory.
///
/// A deploy begins with its first event, or with the earliest request that was in flight then. It ends once nothing was seen for
/// ``quiet``.
struct DeployRecorder {
  /// How long nothing may be seen at the end of a deploy.
  static let quiet: Nanoseconds = 10_000_000_000
  /// How much of the time before is kept.
  private static let before: Nanoseconds = 30_000_000_000
  /// The most requests that are kept before a deploy, and of one.
  private let most: (before: Int, during: Int)

  private struct Current {
    var start: Nanoseconds
    /// When something was last seen.
    var last: Nanoseconds
    var unkept = 0
  }

  private(set) var count = 0
  /// When the last deploy ended.
  private var ended: Nanoseconds = 0
  private var current: Current?
  private var records: [RequestRecord] = []
  private var names = NameTable()
  private var pauses: [GeneratorPause] = []
  private var lastDue: Nanoseconds = 0

  init(mostBefore: Int = 10_000, mostDuring: Int = 40_000) { most = (mostBefore, mostDuring) }

  /// How many requests and names are kept.
  var kept: Int { records.count + names.count }

  /// Whether one is under way.
  var isUnderWay: Bool { current != nil }

  mutating func note(_ noticed: [GeneratorPause]) {
    pauses += noticed
    if pauses.count > 1_000 { pauses.removeFirst(pauses.count - 1_000) }
  }

  /// Takes a request, in the order in which they were due.
  ///
  /// - Parameter goesOn: whether something that was seen is not over, such as an outage.
  /// - Returns: a deploy that is over by now.
  mutating func take(_ step: WatchDetector.Step, goesOn: Bool) -> SeenDeploy? {
    lastDue = step.request.due
    keep(step.request)
    note(step.seen, known: step.request.due)
    if goesOn { current?.last = step.request.due }
    guard let current, lastDue - min(lastDue, current.last) >= Self.quiet else {
      if self.current == nil { forget() }
      return nil
    }
    return close(at: current.last + Self.quiet, isOver: true)
  }

  /// Takes what was seen.
  ///
  /// - Parameter known: when the request was due that showed it.
  mutating func note(_ seen: [Sighting], known: Nanoseconds) {
    guard let first = seen.filter(\.kind.isOfDeploy).map(\.time).min() else { return }
    let inFlight = records.lazy.filter { $0.due < first && $0.done >= first }.map(\.due).min() ?? first
    let start = max(min(first, inFlight), ended)
    if let known = current?.start {
      // Failures are told a while after they happened.
      current?.start = min(known, start)
    } else {
      current = Current(start: start, last: known)
      count += 1
    }
    if let last = current?.last { current?.last = max(last, known) }
  }

  /// The deploy that the end of the watch cuts off; `nil` if none is under way.
  mutating func finish() -> SeenDeploy? {
    current == nil ? nil : close(at: lastDue + 1, isOver: false)
  }

  private mutating func keep(_ request: WatchedRequest) {
    if let current, records.count >= most.before + most.during {
      self.current?.unkept = current.unkept + 1
      return
    }
    records.append(names.record(request))
  }

  /// Drops what is no longer just before a deploy that may begin.
  private mutating func forget() {
    let from = max(ended, lastDue - min(lastDue, Self.before))
    let old = records.firstIndex { $0.due >= from } ?? records.count
    let drop = max(old, records.count - most.before)
    // In large pieces, since the rest moves.
    if drop > most.before / 4 || drop > 1_000 { records.removeFirst(drop) }
    if names.isLarge, records.count <= most.before { names.renew(&records) }
  }

  private mutating func close(at end: Nanoseconds, isOver: Bool) -> SeenDeploy? {
    guard let deploy = current else { return nil }
    current = nil
    let from = max(ended, deploy.start - min(deploy.start, Self.before))
    let kept = records.filter { $0.due >= from && $0.due < end }
    let last = deploy.unkept > 0 ? (kept.last?.due ?? end) : end
    var measured = Measurements()
    measured.records = kept.sorted { $0.done < $1.done }
    measured.backends = names.backends.map(Measurements.Backend.init(name:))
    measured.generations = names.generations
    measured.pauses = pauses.filter { $0.start < end && $0.end >= from }
    measured.upstreamRetried = kept.count(where: \.isUpstreamRetried)
    records.removeAll { $0.due < end }
    ended = end
    let first = min(kept.first?.due ?? deploy.start, deploy.start)
    return SeenDeploy(
      number: count,
      spans: [
        PhaseSpan(name: "before deploy \(count)", start: first, end: deploy.start),
        PhaseSpan(name: "deploy \(count)", start: deploy.start, end: max(last, deploy.start)),
      ], measured: measured, unkept: deploy.unkept, isOver: isOver)
  }
}

extension WatchEvent.Kind {
  /// Whether it may be part of a deploy: not what is the generator's own, nor a latency that many things cause.
  var isOfDeploy: Bool {
    switch self {
    case .generatorPaused, .latencyUp, .latencyOver: false
    case .outageBegan, .outageOver, .failures, .backendSilent, .backendBack, .newBackend, .newGeneration,
      .versionChanged,
      .backupServing, .backupSilent, .nobodyAnswering, .backendsAnswering, .stalled, .statusChanged, .statusBack,
      .addressesChanged:
      true
    }
  }
}

/// Numbers the names in kept requests.
private struct NameTable {
  private(set) var backends: [String] = []
  private(set) var generations: [Generation] = []
  private var backendNumbers: [String: Int] = [:]
  private var generationNumbers: [Generation: Int] = [:]

  var count: Int { backends.count + generations.count }

  /// More than the requests just before a deploy are likely to name.
  var isLarge: Bool { count > 4_096 }

  mutating func record(_ request: WatchedRequest) -> RequestRecord {
    let backend = request.backend.map { number($0) }
    return request.record.naming(
      backend: backend,
      generation: backend.flatMap { backend in request.generation.map { number(Generation(backend: backend, name: $0)) }
      })
  }

  /// Keeps only the names of some requests.
  mutating func renew(_ records: inout [RequestRecord]) {
    let old = self
    self = NameTable()
    for index in records.indices {
      let record = records[index]
      let request = WatchedRequest(
        record, backend: record.backend.map { old.backends[$0] },
        generation: record.generation.map { old.generations[$0].name })
      records[index] = self.record(request)
    }
  }

  private mutating func number(_ name: String) -> Int {
    if let known = backendNumbers[name] { return known }
    backendNumbers[name] = backends.count
    backends.append(name)
    return backends.count - 1
  }

  private mutating func number(_ generation: Generation) -> Int {
    if let known = generationNumbers[generation] { return known }
    generationNumbers[generation] = generations.count
    generations.append(generation)
    return generations.count - 1
  }
}

extension RequestRecord {
  fileprivate func naming(backend: Int?, generation: Int?) -> RequestRecord {
    RequestRecord(
      due: due, sent: sent, done: done, connection: connection, backend: backend, generation: generation,
      status: status,
      failure: failure, isRetry: isRetry, isUpstreamRetried: isUpstreamRetried, template: template)
  }
}
