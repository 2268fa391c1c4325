internal import HTTP
internal import Load
internal import Platform
internal import Report
internal import Synchronization

/// Takes the requests of a watch as they end, and keeps what was seen: events, judged deploys, and totals, in bounded memory.
///
/// It is called by the thread that takes records, and read by another.
final class WatchRecorder: RecordSink {
  /// What was seen so far.
  struct Seen: Sendable {
    /// The latest of them.
    var events: [WatchEvent] = []
    var eventCount = 0
    var deploys: [JudgedDeploy] = []
    var deployCount = 0
    /// Whether an outage goes on, nobody or backups serve.
    var isDown = false
    var isServedByNobody = false
    var servingBackups: [String] = []
    var generationsChangeByThemselves = false
    /// When something was last seen; `nil` if nothing was.
    var lastSeen: Nanoseconds?
    /// Whether something that was seen is not over.
    var isUnderWay = false
    /// All requests by method; `nil` where all have the same.
    var methods: [MethodSection]?
  }

  private struct State {
    var detector: WatchDetector
    var deploys = DeployRecorder()
    var totals: WatchTotals
    var minutes = MinuteSeries()
    var seen = Seen()
    /// When the watch began, in nanoseconds since 1970.
    var began: Int64 = 0
  }

  /// What becomes of events and of minutes that are over.
  struct Outlets: Sendable {
    var event: @Sendable (WatchEvent) -> Void = { _ in }
    var minute: @Sendable (MinuteSeries.Minute) -> Void = { _ in }
    /// Every chunk, for a table of all requests.
    var records: (any RecordSink)?
  }

  private let state: Mutex<State>
  private let outlets: Outlets
  private let mostGap: Nanoseconds?
  private let namesVersions: Bool
  private let backups: Set<String>
  private let methods: [String]
  private let isSite: Bool

  /// The most deploys that are kept.
  static let mostDeploys = 50

  /// - Parameters:
  ///   - methods: those of the plan's templates.
  ///   - isSite: whether all that answers counts as one backend.
  init(
    backups: Set<String>, namesVersions: Bool, mostGap: Nanoseconds?, methods: [String] = ["GET"], isSite: Bool = false,
    outlets: Outlets
  ) {
    self.isSite = isSite
    self.outlets = outlets
    self.mostGap = mostGap
    self.namesVersions = namesVersions
    self.backups = backups
    self.methods = methods
    state = Mutex(
      State(
        detector: WatchDetector(backups: backups, namesVersions: namesVersions), totals: WatchTotals(methods: methods)))
  }

  func begin() {
    outlets.records?.begin()
    state.withLock {
      $0 = State(
        detector: WatchDetector(backups: backups, namesVersions: namesVersions), totals: WatchTotals(methods: methods))
      $0.began = WallClock.now()
    }
  }

  /// The run's start by this machine's clock, once it is known.
  func began(at time: Int64) { state.withLock { $0.began = time } }

  func take(_ chunk: RecordChunk) {
    outlets.records?.take(chunk)
    let requests = chunk.records.map { record in
      // Of the whole site a page without its version is no answer of it.
      WatchedRequest(
        record, backend: isSite && record.generation == nil ? nil : record.backend.map { chunk.backends[$0] },
        generation: record.generation.map { chunk.generations[$0] })
    }
    tell { state in
      state.deploys.note(chunk.pauses)
      state.totals.note(chunk.pauses)
      let steps = state.detector.take(requests, pauses: chunk.pauses, open: chunk.open)
      return take(steps, &state)
    }
  }

  /// Takes what was seen otherwise than in the answers.
  func note(_ kind: WatchEvent.Kind, at time: Nanoseconds) {
    tell { state in
      let sighting = Sighting(time, kind)
      state.deploys.note([sighting], known: time)
      return ([event(sighting, state)], [])
    }
  }

  /// Judges what is left at the end of the watch.
  func finish() -> Seen {
    tell { state in
      let (steps, rest) = state.detector.finish()
      var (events, minutes) = take(steps, &state)
      if let last = steps.last?.request.due ?? state.seen.lastSeen { state.deploys.note(rest, known: last) }
      events += rest.map { event($0, state) }
      if let minute = state.minutes.finish() { minutes.append(minute) }
      if let deploy = state.deploys.finish() { judge(deploy, &state) }
      return (events, minutes)
    }
    return soFar
  }

  /// What has been measured so far.
  var measured: Measurements { state.withLock { $0.totals.measured } }

  /// What was seen so far.
  var soFar: Seen {
    state.withLock { state in
      var seen = state.seen
      seen.deployCount = state.deploys.count
      seen.isDown = state.detector.isDown
      seen.isServedByNobody = state.detector.isServedByNobody
      seen.servingBackups = state.detector.servingBackups
      seen.generationsChangeByThemselves = state.detector.generationsChangeByThemselves
      seen.isUnderWay = state.deploys.isUnderWay
      seen.methods = state.totals.methods
      return seen
    }
  }

  private func take(_ steps: [WatchDetector.Step], _ state: inout State) -> ([WatchEvent], [MinuteSeries.Minute]) {
    var events: [WatchEvent] = []
    var minutes: [MinuteSeries.Minute] = []
    for step in steps {
      state.totals.take(step.request)
      minutes += state.minutes.take(step.request)
      events += step.seen.map { event($0, state) }
      if let deploy = state.deploys.take(step, goesOn: state.detector.goesOn) { judge(deploy, &state) }
    }
    return (events, minutes)
  }

  private func judge(_ deploy: SeenDeploy, _ state: inout State) {
    state.seen.deploys.append(
      JudgedDeploy(
        deploy, mostGap: mostGap, namesVersions: namesVersions, backups: backups, methods: methods, began: state.began))
    guard state.seen.deploys.count > Self.mostDeploys else { return }
    // One that failed is kept as long as there are others.
    let dropped = state.seen.deploys.firstIndex { $0.verdict != .fail } ?? 0
    state.seen.deploys.remove(at: dropped)
  }

  private func event(_ sighting: Sighting, _ state: State) -> WatchEvent {
    let seconds = Double(sighting.time) / 1e9
    return WatchEvent(
      seconds: seconds, at: UTCTime.rfc3339(secondsSince1970: Double(state.began) / 1e9 + seconds), sighting.kind)
  }

  /// Keeps events and passes them on, without the lock, so that a slow disk holds nobody up who reads.
  private func tell(_ work: (inout State) -> ([WatchEvent], [MinuteSeries.Minute])) {
    let (events, minutes) = state.withLock { state in
      let (events, minutes) = work(&state)
      state.seen.events += events
      state.seen.eventCount += events.count
      let more = state.seen.events.count - WatchSection.mostEvents
      if more > 0 { state.seen.events.removeFirst(more) }
      if !events.isEmpty { state.seen.lastSeen = state.totals.measured.duration }
      return (events, minutes)
    }
    minutes.forEach(outlets.minute)
    events.forEach(outlets.event)
  }
}
