internal import HTTP
internal import Load
internal import Report
internal import Statistics

extension FairnessObservations {
  /// What a check found, as plain values.
  ///
  /// - Parameter unseen: the methods in whose place the serial stage sent GET.
  init(
    _ findings: CheckFindings, _ settings: CheckSettings, unseenMethods unseen: [String], unequal path: String? = nil
  ) {
    self.init()
    unequal = path.map { path in
      func stage(_ name: StageName) -> Measurements? { findings.stages.first { $0.name == name }?.measured }
      return UnequalLook(path: path, alone: stage(.unequalStage), mixed: stage(.mixedStage))
    }
    hasSerialStage = findings.stages.contains { $0.name == .serialStage } && unseen.isEmpty
    (samples, slowInSamples) = (findings.samples, findings.slowInSamples)
    isPart = findings.start != nil
    failedTries = findings.preparation.failedTries.keys.sorted()
    unseenMethods = unseen
    choice = findings.choice
    cookie = findings.cookie
    keepsCookies = settings.traffic.keepsCookies
    let expected = settings.expectedStatuses
    let serial = [findings.measured(.serialStage), findings.measured(.freshStage)]
    if unseen.isEmpty {
      answeredBefore = findings.preparation.answered?.keys.sorted() ?? []
      add(serial: serial[0], expecting: expected)
      add(fresh: serial[1], expecting: expected)
      let flights = Flights(findings.measured(.burstStage))
      burst = flights.requests.sorted { $0.sent < $1.sent }.map { flights.names[$0.backend] }
    } else {
      // What GETs met says nothing of whom other methods meet.
      serial.forEach { add(failuresOf: $0) }
    }
    guard findings.stages.contains(where: { $0.name == .concurrentStage }) else { return }
    let concurrent = findings.measured(.concurrentStage)
    add(concurrent: concurrent, expecting: expected)
    let shuffled = findings.stages.filter { $0.name == .shuffledStage }.map(\.measured)
    shuffled.forEach { add(shuffled: $0) }
    failuresInWords = (serial + [concurrent] + shuffled).failuresInWords(expecting: expected)
  }

  /// Takes over the serial stage: the order within each connection.
  mutating func add(serial stage: Measurements, expecting expected: StatusSet = .usual) {
    var connection: UInt32?
    for (name, record) in Self.answers(stage) {
      if record.connection != connection { serial.append([]) }
      connection = record.connection
      serial[serial.count - 1].append(name)
    }
    count(stage, expecting: expected)
  }

  /// Takes over the serial stage on fresh connections.
  mutating func add(fresh stage: Measurements, expecting expected: StatusSet = .usual) {
    fresh += Self.answers(stage).map(\.name)
    count(stage, expecting: expected)
  }

  /// Takes over the concurrent stage: who answered how often.
  mutating func add(concurrent stage: Measurements, expecting expected: StatusSet = .usual) {
    concurrent = stage.backends.map { ($0.name, $0.succeeded) }
    connections = stage.backends.map { ($0.name, $0.connections) }
    mixedConnections = stage.mixedConnections
    inFlight = Flights(stage).requests
    pinned = Self.pinned(stage)
    nobody = stage.nobodySection
    count(stage, expecting: expected)
  }

  private mutating func add(shuffled stage: Measurements) {
    hasShuffledStage = true
    shuffled = Self.pinned(stage, isShuffled: true)
    add(failuresOf: stage)
  }

  private static func pinned(_ stage: Measurements, isShuffled: Bool = false) -> PinnedConnections? {
    PinnedConnections(
      stage.records.lazy.compactMap { record in
        record.failure == nil ? record.backend.map { (record.connection, $0) } : nil
      }, isShuffled: isShuffled)
  }

  private static func answers(_ stage: Measurements) -> [(name: String, record: RequestRecord)] {
    stage.records.compactMap { record in
      guard record.failure == nil, let backend = record.backend else { return nil }
      return (stage.backends[backend].name, record)
    }
  }

  /// Takes over no more of a stage than how many of its requests failed.
  private mutating func add(failuresOf stage: Measurements) {
    requests += stage.completed
    failed += stage.failed
    failedAcrossPauses += stage.failedAcrossPauses
  }

  private mutating func count(_ stage: Measurements, expecting expected: StatusSet) {
    add(failuresOf: stage)
    namelessErrors += stage.namelessErrors(expecting: expected)
    nameless += stage.nobody[.noHeader] ?? 0
    if AnswerOrigins(stage).hideBackends { areBackendsHidden = true }
    for backend in stage.backends where backend.failedTries > 0 && !failedTries.contains(backend.name) {
      failedTries.append(backend.name)
    }
  }
}
