internal import HTTP
package import Load
package import Report
internal import Statistics

/// Asks whether a balancer shares the work as it is expected to.
///
/// Two stages: a serial one, on one keep-alive connection, where a rotation shows itself as a rotation, and a concurrent one,
/// where shares show. Shares and traffic in the report are the concurrent stage's.
package struct FairnessCheck: DivisibleCheck {
  private var settings: CheckSettings
  private let expectation: FairnessExpectation
  private let watch: CheckWatch

  /// The concurrent stage's requests, unless the user says otherwise.
  package static let defaultRequests = 3000
  /// Where chance is meant: enough to show a deviation of two points for any share.
  static let defaultRandomRequests = 5000
  /// The serial stage's requests: enough to see a period of up to 133 three times.
  static let serialRequests = 400

  package init(_ settings: CheckSettings, expecting expectation: FairnessExpectation, watch: CheckWatch) {
    self.settings = settings
    Self.complete(&self.settings.traffic, expecting: expectation)
    self.expectation = expectation
    self.watch = watch
  }

  /// Chooses how many requests to make where nothing says so.
  package static func complete(_ traffic: inout TrafficOptions, expecting expectation: FairnessExpectation) {
    guard traffic.isUnbounded else { return }
    traffic.requests = expectation.judgedPolicy == .random ? defaultRandomRequests : defaultRequests
  }

  package func measure() throws(CheckError) -> CheckFindings {
    try validate()
    var findings = CheckFindings()
    let ledger = TargetProbeLedger()
    var targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    findings.take(ready)
    let header = try header(ready, targetProbe)
    findings.backendHeader = header
    targetProbe = TargetProbe(settings: settings.naming(header), watch: watch, ledger: ledger)

    let shardStart = ShardStart(sharding: settings.sharding, watch: watch)
    // Others' requests in between would break the order, so the first shard makes the serial stage while they wait.
    findings.start = try shardStart.agree { () throws(CheckError) in
      try makeSerialStage(targetProbe, ready, header, &findings)
    }
    defer { shardStart.cleanUp(findings.start) }

    findings.preparation = ledger.findings(header: header)
    var plan = concurrentPlan(ready.addresses, header)
    if let start = findings.start { plan.start = try shardStart.wait(for: start) }
    watch.report(.stage("concurrent stage"))
    let before = findings.stages
    // One sample in a thousand of an honest random balancer fails; two in a row are one in a million.
    let mostSamples = settings.probing == .none ? 1 : 2
    var samples = 0
    repeat {
      samples += 1
      guard !watch.stop.isStopped else { break }
      let stage = try watch.traffic(.concurrentStage, plan)
      if case .tooManyBackends = stage.measured.error { throw CheckError(stage.measured.error!) }
      if samples > 1, let first = findings.stages.last {
        ledger.note(first.measured, of: plan.templates, for: .discardedSample, expecting: plan.expectedStatuses)
      }
      findings.stages = before + [stage]
      findings.samples = samples
    } while samples < mostSamples && plan.shard.count == 1 && !watch.stop.isStopped
      && FairnessJudgement(observations(findings), against: expectation).wantsAnotherSample
    findings.end(isInterrupted: watch.stop.isStopped, ledger)
    return findings
  }

  /// The header to read; `nil` where the site is down, so that it can be reported as such.
  private func header(_ ready: ReadyTarget, _ targetProbe: TargetProbe) throws(CheckError) -> String? {
    do throws(CheckError) {
      return try targetProbe.fingerprint(ready).header
    } catch {
      guard case .down = error else { throw error }
      return settings.backendHeader
    }
  }

  private func makeSerialStage(
    _ targetProbe: TargetProbe, _ ready: ReadyTarget, _ header: String?, _ findings: inout CheckFindings
  ) throws(CheckError) {
    guard let plan = targetProbe.unshown(serialPlan(ready, header)) else { return }
    watch.report(.stage("serial stage"))
    let serial = try watch.traffic(.serialStage, plan)
    targetProbe.ledger.note(serial.measured, of: plan.templates, for: .serialStage)
    if case .tooManyBackends = serial.measured.error { throw CheckError(serial.measured.error!) }
    findings.stages = [serial]
    // What GETs met says nothing of whom other methods meet.
    guard unseenMethods.isEmpty else { return }
    let seen = observations(findings)
    if let header, seen.answered.isEmpty, serial.measured.succeeded > 0, !watch.stop.isStopped {
      if let (reason, advice) = AnswerOrigins(serial.measured).insteadOfBackends(settings) {
        throw .unmeasurable(reason, advice: advice)
      }
      throw targetProbe.missing(header, in: ready.attempts.compactMap { try? $0.outcome.get().head })
    }
    guard Set(seen.answered).count == 1, !seen.areBackendsHidden, !watch.stop.isStopped else { return }
    watch.report(.stage("finding out what the choice depends on"))
    guard let header else { return }
    let probe = StickinessProbe(targetProbe: targetProbe, header: header, address: ready.addresses[0])
    let (key, backends) = probe.find(watch: watch)
    findings.choice = BackendChoice(stickyBy: key?.rawValue, backends: backends)
  }

  private func concurrentPlan(_ addresses: [SocketAddress], _ header: String?) -> Plan {
    var plan = settings.naming(header).plan(addresses)
    plan.recordLimit = max(100_000 / plan.shard.count, 1)
    return plan
  }

  /// The methods in whose place the serial stage sends GET.
  private var unseenMethods: [String] {
    var methods: [String] = []
    for template in settings.templates where settings.probing.replaces(template) && !methods.contains(template.method) {
      methods.append(template.method)
    }
    return methods
  }

  /// Both stages as plain values.
  private func observations(_ findings: CheckFindings) -> FairnessObservations {
    var seen = FairnessObservations()
    seen.hasSerialStage = findings.stages.contains { $0.name == .serialStage }
    seen.failedTries = findings.preparation.failedTries.keys.sorted()
    let serial = findings.measured(.serialStage)
    seen.unseenMethods = unseenMethods
    if unseenMethods.isEmpty {
      seen.answeredBefore = findings.preparation.answered?.keys.sorted() ?? []
      seen.add(serial: serial, expecting: settings.expectedStatuses)
    } else {
      seen.hasSerialStage = false
      seen.add(failuresOf: serial)
    }
    seen.stickyBy = findings.choice?.stickyBy
    seen.otherwise = findings.choice?.backends ?? []
    guard findings.stages.contains(where: { $0.name == .concurrentStage }) else { return seen }
    let concurrent = findings.measured(.concurrentStage)
    seen.add(concurrent: concurrent, expecting: settings.expectedStatuses)
    seen.failuresInWords = [serial, concurrent].failuresInWords(expecting: settings.expectedStatuses)
    return seen
  }

  private func validate() throws(CheckError) {
    if let sharding = settings.sharding, sharding.start == .none {
      throw .usage(
        "a part of fairness needs --start-file or --start-at: its first part makes the serial stage alone while the others wait"
      )
    }
    guard (0...1).contains(expectation.tolerance) else { throw .usage("--tolerance must be from 0 to 1") }
    guard expectation.policy != .unknown else { throw .usage("--policy unknown cannot be expected") }
    let names = expectation.backends.map(\.name)
    if let double = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw .usage("backend '\(double)' is given twice")
    }
    guard names.isEmpty || !expectation.backends.primaries.isEmpty else {
      throw .usage("at least one expected backend must not be a backup")
    }
  }

  private func serialPlan(_ ready: ReadyTarget, _ header: String?) -> Plan {
    var plan = settings.naming(header).plan([ready.addresses[0]])
    plan.connections = 1
    plan.pacer = .closedLoop
    plan.freshShare = 0
    plan.workers = 1
    plan.shard = .whole
    plan.duration = 60_000_000_000
    // Four whole periods of the expected weights, as far as that is bearable.
    let period = expectation.backends.compactMap(\.weight).reduce(0, +)
    plan.requests = max(Self.serialRequests, min(4 * period, 4_000))
    plan.recordLimit = plan.requests!
    plan.recordSink = nil
    return plan
  }

  package func report(on findings: CheckFindings) -> ReportDocument {
    let serial = findings.measured(.serialStage)
    let concurrent = findings.measured(.concurrentStage)
    let header = findings.backendHeader ?? "none"
    let judgement = FairnessJudgement(observations(findings), against: expectation)
    let isInterrupted = findings.isInterrupted
    var notes = judgement.notes + concurrent.remarks()
    if !concurrent.backends.isEmpty { notes.insert("Backends by \(header).", at: 0) }
    if !findings.stages.contains(where: { $0.name == .serialStage }) {
      notes.append("Without a serial stage (--no-probe) the order of the answers is not judged.")
    }
    if serial.upstreamRetried > 0 {
      notes.append(
        "In the serial stage, \(serial.upstreamRetried) answers came only after a failed try of another backend.")
    }
    if serial.connectionsOpened > 1 + serial.retried {
      notes.append(
        "The serial stage needed \(serial.connectionsOpened) connections, since the server closes them; the order is judged within each."
      )
    }
    if let error = serial.error { notes.append("The serial stage ended early: \(error).") }
    if !serial.pauses.isEmpty { notes.append("In the serial stage \(serial.pauses.inWords).") }
    var assertions = judgement.assertions
    // Too few requests show what is there, and nothing of what is not.
    if serial.error != nil || concurrent.error != nil {
      assertions = assertions.map { Self.withoutAbsence($0, since: "The stage ended early.") }
    }
    let origins = AnswerOrigins(unseenMethods.isEmpty ? Self.heavier(serial, concurrent) : concurrent)
    if observations(findings).areBackendsHidden {
      assertions = assertions.map { Self.withoutAbsence($0, since: "Too many answers are no backend's.") }
    }
    assertions += origins.assertions(settings)
    if findings.shards != nil, judgement.wantsAnotherSample,
      let index = assertions.firstIndex(where: { $0.kind == .sharing(.chance) })
    {
      assertions[index].verdict = .inconclusive
      assertions[index].detail = "One sample in a thousand of an honest random balancer looks like this: run it again."
    }
    if settings.pacer.isOpenLoop, !isInterrupted { assertions.append(concurrent.everyRequestSent) }
    let whole = concurrent.error == nil ? serial : concurrent
    assertions += whole.completion(
      isInterrupted: isInterrupted,
      detail: "\(serial.completed) serial and \(concurrent.completed) concurrent requests had their outcome.")
    assertions += findings.shardAssertions
    var document = ReportDocument(
      check: .fairness, settings, findings,
      summary: "",
      assertions: assertions,
      notes: notes,
      traffic: concurrent.trafficSection(pacer: settings.pacer, shareMade: findings.shareMade),
      backends: backends(concurrent, judgement))
    document.fairness = judgement.section
    if findings.samples > 1 { document.fairness?.samples = findings.samples }
    document.generatorPauses = concurrent.pauses.sections
    // A balancer leaves a dead server out without a word.
    document.conclude(
      finding: finding(judgement, concurrent),
      notJudged: expectation.backends.isEmpty
        ? ["whether there are more backends than answered; name them with --backend"] : [],
      down: origins.down(settings))
    return document
  }

  /// Assertions that fail since something was not seen, or not often enough.
  private static let aboutAbsence: Set<AssertionKind> = [
    .sharing(.policy), .sharing(.everyBackendAnswered), .sharing(.oneBackendAnswered), .sharing(.maxDeviation),
    .sharing(.chance), .sharing(.rotationScore),
  ]

  /// The stage of which more was a cache's or a redirect: both are asked the same.
  private static func heavier(_ serial: Measurements, _ concurrent: Measurements) -> Measurements {
    AnswerOrigins(concurrent).hideBackends || !AnswerOrigins(serial).hideBackends ? concurrent : serial
  }

  private static func withoutAbsence(_ assertion: Assertion, since reason: String) -> Assertion {
    guard assertion.verdict == .fail, let kind = assertion.kind, aboutAbsence.contains(kind) else { return assertion }
    var undecided = assertion
    undecided.verdict = .inconclusive
    undecided.detail = reason
    return undecided
  }

  private func backends(_ concurrent: Measurements, _ judgement: FairnessJudgement) -> [BackendSection] {
    let total = concurrent.backends.reduce(0) { $0 + $1.succeeded }
    let backups = expectation.backends.backups.map(\.name)
    let silent = Set(judgement.expectedShares.keys).union(backups).subtracting(concurrent.backends.map(\.name))
    let all = concurrent.backends + silent.map { Measurements.Backend(name: $0) }
    return all.sorted { $0.name < $1.name }.map { backend in
      let isBackup = backups.contains(backend.name)
      return BackendSection(
        backend, of: total, expectedShare: judgement.expectedShares[backend.name] ?? (isBackup ? 0 : nil),
        role: isBackup ? "backup" : nil)
    }
  }

  private func finding(_ judgement: FairnessJudgement, _ concurrent: Measurements) -> String {
    let answering = concurrent.backends.count { $0.succeeded > 0 }
    guard answering > 0 else { return "no answer came from a backend" }
    let who = answering == 1 ? "One backend answered" : "\(answering) backends answered"
    let how =
      switch judgement.policy {
      case .roundRobin: "in rotation"
      case .weightedRoundRobin: "in a weighted rotation"
      case .random: "in random order"
      case .sticky: "by \(judgement.section.stickyBy ?? "connection"), not in rotation"
      case .single: "every request"
      case .unknown: "in an order without a known pattern"
      }
    return "\(who) \(how)"
  }
}

extension CheckSettings {
  func naming(_ header: String?) -> CheckSettings {
    var settings = self
    settings.backendHeader = header
    return settings
  }
}

extension FairnessObservations {
  /// Takes over the serial stage: the order within each connection.
  mutating func add(serial: Measurements, expecting expected: StatusSet = .usual) {
    var connection: UInt32?
    for record in serial.records where record.failure == nil {
      guard let backend = record.backend else { continue }
      if record.connection != connection { self.serial.append([]) }
      connection = record.connection
      self.serial[self.serial.count - 1].append(serial.backends[backend].name)
    }
    // A server that closes after every response leaves no order within connections, only one across them.
    if self.serial.allSatisfy({ $0.count == 1 }) { self.serial = [self.serial.flatMap { $0 }] }
    count(serial, expecting: expected)
  }

  /// Takes over the concurrent stage: who answered how often.
  mutating func add(concurrent: Measurements, expecting expected: StatusSet = .usual) {
    self.concurrent = concurrent.backends.map { ($0.name, $0.succeeded) }
    var backendOf: [UInt32: Int] = [:]
    isConstantByConnection = concurrent.records.allSatisfy { record in
      guard let backend = record.backend else { return true }
      return backendOf.updateValue(backend, forKey: record.connection).map { $0 == backend } ?? true
    }
    if isConstantByConnection, stickyBy == nil, self.serial.allSatisfy({ Set($0).count == 1 }),
      Set(concurrent.backends.map(\.name)).count > 1, backendOf.count > 1
    {
      stickyBy = StickyKey.connection.rawValue
    }
    nobody = concurrent.nobodySection
    count(concurrent, expecting: expected)
  }

  /// Takes over no more of a stage than how many of its requests failed.
  mutating func add(failuresOf stage: Measurements) {
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
