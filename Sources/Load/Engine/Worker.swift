internal import Glibc
internal import HTTP
internal import Platform
internal import Statistics

/// One thread's part of a run: one event queue, its own connections and counters, no lock.
///
/// It is created on its thread from a ``Plan`` and owns its mutable state. The rules are those of ``ConnectionStateMachine`` and
/// ``Exchange``: `Worker+Launching.swift`, `Worker+Connections.swift`, `Worker+Responses.swift` and `Worker+Deadlines.swift` turn what
/// happens into their events and carry out their actions.
struct Worker: ~Copyable {
  static let bufferSize = 65_536
  /// What is read at first of an answer whose body will be discarded: most heads are shorter.
  static let headSize = 4_096

  let plan: Plan
  let stop: StopSignal
  let finish: FinishSignal
  let live: LiveCounters
  private let clock: TimeSource
  /// When what is received had come.
  var arrivals: KernelArrivals
  /// The clock's reading at which the run began.
  private(set) var start: Nanoseconds = 0
  /// The most requests that may be in flight at a time.
  let concurrency: Int
  /// As many as there are, or half of them where connections are chosen by chance.
  let mostInFlight: Int
  /// The lanes of connections that are used again; those of fresh ones are behind them.
  let keptLanes: Int
  let freshLanes: Int
  /// Which slots the lanes have; those in use are the first.
  var lanes: Lanes
  let queue: EventQueue
  let connections: UnsafeMutablePointer<Connection>
  /// As many as may be in flight.
  let exchanges: UnsafeMutablePointer<Exchange>
  let buffer: UnsafeMutableRawBufferPointer
  /// How much is read at a time.
  var readSize = bufferSize
  /// One for each template; the object holds them.
  let requests: UnsafePointer<PreparedRequest>
  private let prepared: PreparedRequests
  /// How often each was sent, those sent again included.
  let sentCounts: UnsafeMutablePointer<Int>
  let fields: FieldSelection
  /// Searches the contents of successful answers; `nil` where they may be anything.
  let body: BodyMatcher?
  /// Whether there is one: asking the matcher itself copies it.
  let expectsBody: Bool
  /// Reads generations off where no header names them; `nil` where a header does, or none counts.
  let elsewhere: GenerationElsewhere?
  let readsElsewhere: Bool
  let expectedStatuses: StatusSet
  /// The connections' cookies; `nil` where answers' cookies are not kept.
  let cookies: ConnectionCookies?
  /// Whether they are: asking for them copies a reference.
  let keepsCookies: Bool
  /// When latencies are handed over next; `.max` in a run whose end does not depend on them.
  var publishDue: Nanoseconds
  /// What all TLS connections share; `nil` for `http://`.
  let tls: TLSClient?
  /// What all connections of HTTP/2 share; `nil` where none may be spoken.
  let http2: HTTP2Client?
  /// The contents that come over HTTP/2, by exchange; empty where none is kept.
  var contents: [[UInt8]] = []
  /// The answers to gRPC calls, by exchange; empty where the plan has no call.
  var answers: [GRPCAnswer] = []

  /// The free exchanges.
  var spare: SlotStack
  /// The lanes that have room for an exchange, once for each: those that are used again, and those that are not.
  var kept: IdleRing
  var fresh: IdleRing
  /// The connections that wait for their next turn to read.
  var behind: IdleRing
  /// The connections that have frames of HTTP/2 to send.
  var dirty: IdleRing
  /// The connections that are not open yet.
  var connecting: DeadlineList
  /// The exchanges whose response is not complete.
  var responding: DeadlineList
  var table: BackendTable
  var generations: GenerationTable
  /// How many of them are named in the live figures.
  var liveGenerations = 0
  var tally: Tally
  var series: SeriesRecorder
  var records: [RequestRecord] = []
  var recording: RecordBuffer?
  var random: SplitMix64
  var inFlight = 0
  /// Where new connections go, as of a version of the plan's book.
  var addresses: [SocketAddress]
  var addressVersion = 0
  var addressTurn: Int
  var error: LoadError?
  /// Requests taken from the schedule that could not be sent, since this machine ran out of a resource.
  var withdrawn = 0
  var withdrawnDues: [Nanoseconds] = []
  /// How many records this worker keeps.
  let recordLimit: Int
  /// When those that wait for the sink have to be passed on; `.max` where none has.
  var recordsDue = Nanoseconds.max

  var schedule: Schedule
  /// When the next request of the schedule is due; `nil` in closed loop and after the last.
  var nextDue: Nanoseconds?
  var remaining: Int
  /// When a request could last begin again after all connections had been busy.
  var freeSince: Nanoseconds = 0
  var templates: TemplateChoice
  var lastActivity: Nanoseconds = 0
  /// When this worker was last seen running.
  var lastSeen: Nanoseconds = 0
  private var pauseWatch = PauseWatch(ClockReading(time: 0, worked: 0))
  private(set) var pauses: [GeneratorPause] = []
  /// Failures of requests that were due before this are not held against the target.
  var excusedUntil: Nanoseconds = 0
  private var isCatchingUp = false

  /// - Parameters:
  ///   - share: which of the plan's requests and connections are this worker's.
  ///   - prepared: the plan's requests, which workers may share.
  ///   - records: where requests with an outcome go, beside those that are kept.
  ///   - tls: this worker's own, for `https://`.
  ///   - clock: what all times are read from.
  init(
    _ plan: Plan, share: Shard, stop: StopSignal, finish: FinishSignal, live: LiveCounters,
    prepared: PreparedRequests? = nil, records queue: RecordQueue? = nil, tls: TLSClient? = nil,
    clock: TimeSource = .system
  ) throws(LoadError) {
    self.plan = plan
    self.stop = stop
    self.finish = finish
    self.live = live
    tally = Tally.prepared(for: plan)
    series = SeriesRecorder(
      backendLimit: !plan.fingerprint.namesBackends ? 0 : plan.backendLimit, isInMinutes: plan.recordDelay != .max)
    recording = queue.map { RecordBuffer(to: $0, worker: share.index, of: share.count, within: plan.recordDelay) }
    addresses = plan.addresses
    self.tls = tls
    self.clock = clock
    arrivals = KernelArrivals(plan, clock)
    keptLanes = share.part(of: plan.traffic.connections)
    concurrency = keptLanes * plan.traffic.multiplex
    self.queue = try EventQueue()
    mostInFlight = plan.shufflesConnections ? (concurrency + 1) / 2 : concurrency
    http2 = Self.http2Client(for: plan, exchanges: concurrency)
    freshLanes = plan.traffic.freshShare > 0 ? concurrency : 0
    let spares = plan.traffic.multiplex > 1 ? concurrency : 0
    let slots = keptLanes + freshLanes + spares
    lanes = Lanes(count: keptLanes + freshLanes, spares: spares)
    connections = .allocate(capacity: slots)
    exchanges = .allocate(capacity: concurrency)
    (keepsCookies, publishDue) = (plan.traffic.keepsCookies, plan.traffic.until == nil ? .max : 0)
    cookies = keepsCookies ? ConnectionCookies(plan, connections: keptLanes + freshLanes) : nil
    spare = SlotStack(capacity: concurrency)
    kept = IdleRing(capacity: concurrency)
    fresh = IdleRing(capacity: freshLanes)
    behind = IdleRing(capacity: slots)
    dirty = IdleRing(capacity: slots)
    connecting = DeadlineList(capacity: slots)
    responding = DeadlineList(capacity: concurrency)
    buffer = .allocate(byteCount: Worker.bufferSize, alignment: 64)
    self.prepared = prepared ?? PreparedRequests(plan)
    requests = self.prepared.first
    sentCounts = self.prepared.counters()
    templates = TemplateChoice(plan, share: share)
    fields = FieldSelection(backend: plan.fingerprint.backendHeader, generation: plan.fingerprint.generationHeader)
    body = plan.traffic.expectedBody?.matcher()
    expectsBody = plan.traffic.expectedBody != nil
    elsewhere = GenerationElsewhere(plan.fingerprint, connections: slots)
    readsElsewhere = elsewhere != nil
    expectedStatuses = plan.traffic.expectedStatuses
    generations = GenerationTable()
    table = BackendTable(limit: plan.backendLimit)
    random = SplitMix64(seed: plan.traffic.seed &+ UInt64(share.index) &* 0x1000_0001)
    addressTurn = share.index
    schedule = Schedule(plan.pacer, offset: share.index, stride: share.count)
    remaining = plan.traffic.requests.map(share.part) ?? .max
    nextDue = schedule.next()
    // Those of the plan are all workers' together.
    recordLimit = (plan.recordLimit + plan.usedWorkers - 1) / plan.usedWorkers
    records.reserveCapacity(min(recordLimit, plan.traffic.requests.map(share.part) ?? 0))
    prepareLanes()
  }

  /// Makes the lanes' own connections, and notes their room.
  private mutating func prepareLanes() {
    live.announce(next: nextDue ?? .max)
    exchanges.initialize(repeating: Exchange(), count: concurrency)
    if plan.makesCalls { answers = Array(repeating: GRPCAnswer(), count: concurrency) }
    if http2 != nil, plan.capturedContent > 0 { contents = Array(repeating: [], count: concurrency) }
    for lane in 0..<(keptLanes + freshLanes) { prepareConnection(lane, lane: lane) }
    for _ in 0..<plan.traffic.multiplex { for lane in 0..<keptLanes { kept.append(lane) } }
    for lane in 0..<freshLanes { fresh.append(keptLanes + lane) }
  }

  deinit {
    for connection in 0..<lanes.used {
      if let session = connections[connection].session { HTTP2Client.close(session) }
    }
    connections.deinitialize(count: lanes.used)
    connections.deallocate()
    http2?.deallocate()
    exchanges.deallocate()
    buffer.deallocate()
    sentCounts.deallocate()
  }

  /// Makes the traffic once all workers are at the gate; returns when every request is answered, failed or given up.
  consuming func run(from gate: WorkerGate) -> WorkerResult {
    var end = plan.end
    start = gate.arrive()
    while clock.now() < start { MonotonicClock.sleep(start - min(start, clock.now())) }
    var now = elapsed()
    lastSeen = now
    pauseWatch = PauseWatch(.now(since: start, by: clock))
    while true {
      end = min(end, finish.end(from: start))
      if !stop.isStopped, now < end || crosses(end, at: now) { launch(&now, before: end) }
      if dirty.count > 0 { sendFrames(&now) }
      if inFlight == 0, !hasMore(before: end, at: now) || stop.isStopped || error != nil { break }
      if stop.isStopped || error != nil, now > stopGrace(at: now) { break }
      let count = queue.wait(waitTime(at: now, end: end))
      now = elapsed()
      checkForPause(&now)
      for index in 0..<count {
        handle(queue.event(index), &now)
        checkForPause(&now)
        if plan.pacer == .closedLoop, now < end, !stop.isStopped { launch(&now, before: end) }
        if dirty.count > 0 { sendFrames(&now) }
      }
      if behind.count > 0 { catchUp(&now) }
      expire(&now)
      if now >= recordsDue { handOnRecords() }
    }
    notePause(at: &now)
    return result(end: stop.isStopped || error != nil ? min(now, end) : end)
  }

  @inline(__always)
  func elapsed() -> Nanoseconds {
    clock.now() - start
  }

  private var hasCrossedEnd = false

  /// Once: a wake-up behind the end still sends what was due before it, unless it comes so late that it is a pause.
  private mutating func crosses(_ end: Nanoseconds, at now: Nanoseconds) -> Bool {
    guard plan.pacer != .closedLoop, !hasCrossedEnd else { return false }
    hasCrossedEnd = true
    return now - end < PauseWatch.threshold
  }

  private var stopped: Nanoseconds = .max

  /// Answers that are out when the run is stopped get one second.
  private mutating func stopGrace(at now: Nanoseconds) -> Nanoseconds {
    if stopped == .max { stopped = now }
    return stopped + 1_000_000_000
  }

  /// Whether requests will still become due.
  private func hasMore(before end: Nanoseconds, at now: Nanoseconds) -> Bool {
    guard remaining > 0, now < end else { return false }
    return plan.pacer == .closedLoop || nextDue.map { $0 < end } ?? false
  }

  /// How long to wait for events: until the next request is due, a deadline or the end.
  private func waitTime(at now: Nanoseconds, end: Nanoseconds) -> Nanoseconds {
    // Looked at ten times a second, the stop signal needs no wake-up of its own.
    var wake = now + 100_000_000
    wake = min(wake, min(connecting.next, responding.next), recordsDue)
    if now < end {
      wake = min(wake, end)
      if let nextDue, inFlight < mostInFlight, remaining > 0 { wake = min(wake, nextDue) }
    }
    return wake > now && behind.count == 0 ? wake - now : 0
  }

  /// Records that the worker is running, and reads the other clocks once in a while.
  @inline(__always)
  mutating func checkForPause(_ now: inout Nanoseconds) {
    if now >= pauseWatch.next { notePause(at: &now) } else { lastSeen = now }
  }

  /// Checks whether the worker was paused since it was last seen; then requests in flight get that time back.
  @discardableResult
  mutating func notePause(at now: inout Nanoseconds) -> Bool {
    let reading = ClockReading.now(since: start, by: clock)
    now = reading.time
    // As long as the requests of a pause are sent late, in one burst, so are those behind them.
    if isCatchingUp {
      excusedUntil = now
      pauses[pauses.count - 1].caughtUp = now
      isCatchingUp = nextDue.map { $0 < now } ?? false && remaining > 0
    }
    let pause = pauseWatch.pause(since: lastSeen, at: reading)
    lastSeen = now
    guard let pause else { return false }
    pauses.append(pause)
    excusedUntil = pause.end
    isCatchingUp = plan.pacer.isOpenLoop
    connecting.extend(by: pause.end - pause.start)
    responding.extend(by: pause.end - pause.start)
    return true
  }

  private consuming func result(end: Nanoseconds) -> WorkerResult {
    var unsent = 0
    var openDues = withdrawnDues
    if recordLimit > 0, inFlight > 0 {
      for connection in 0..<lanes.used {
        for exchange in connections[connection].exchanges.all(in: exchanges) {
          openDues.append(exchanges[exchange].due)
        }
      }
    }
    if plan.pacer == .closedLoop {
      unsent = plan.traffic.requests == nil ? 0 : remaining
    } else {
      while let due = nextDue, due < end, unsent < remaining {
        unsent += 1
        if openDues.count < recordLimit { openDues.append(due) }
        nextDue = schedule.next()
      }
    }
    handOnRecords(open: .max)
    if let tls { tally.tls = tls.handshakes }
    tally.sent = plan.templates.indices.map { sentCounts[$0] }
    return WorkerResult(
      tally: tally,
      backendNames: table.names.map { $0.withUnsafeBytes(Fingerprint.text) }, generations: generations.all,
      series: series.take(),
      records: records, pauses: pauses, unsent: unsent + withdrawn, abandoned: inFlight, openDues: openDues.sorted(),
      lastActivity: lastActivity,
      error: error)
  }
}
