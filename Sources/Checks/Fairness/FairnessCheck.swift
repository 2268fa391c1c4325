internal import HTTP
package import Load
internal import Report
internal import Statistics

/// Asks whether a balancer shares the work as it is expected to.
///
/// First ``SerialStages``, one request after another, in which a rotation shows itself as a rotation, and in which it is found out
/// what else decides; then a concurrent stage, where shares show. Shares and traffic in the report are the concurrent stage's.
package struct FairnessCheck: DivisibleCheck {
  var settings: CheckSettings
  let expectation: FairnessExpectation
  let watch: CheckWatch

  /// The concurrent stage's requests, unless the user says otherwise.
  package static let defaultRequests = 3000
  /// Where the load decides: enough to see whether it does so throughout.
  static let defaultLoadRequests = 10_000
  /// Where new visitors may be dealt out by chance: enough to rule out a share that is four points off.
  static let defaultVisitorRequests = 5000

  package init(_ settings: CheckSettings, expecting expectation: FairnessExpectation, watch: CheckWatch) {
    self.settings = settings
    Self.complete(&self.settings.traffic, expecting: expectation)
    self.expectation = expectation
    self.watch = watch
  }

  /// Chooses how many requests to make where nothing says so.
  package static func complete(_ traffic: inout TrafficOptions, expecting expectation: FairnessExpectation) {
    guard traffic.isUnbounded else { return }
    let judged = expectation.judgedPolicy
    switch judged.shareRule {
    case .chance: traffic.requests = expectation.requestsForChance
    case .keys: traffic.requests = defaultVisitorRequests
    case .deviation, .busyTime, .none:
      traffic.requests = judged.heedsLoad ? defaultLoadRequests : defaultRequests
    }
  }

  package func measure() throws(CheckError) -> CheckFindings {
    try validate()
    var findings = CheckFindings()
    let ledger = TargetProbeLedger()
    var targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    findings.take(ready)
    let lanes = try lanes(ready.addresses)
    if !lanes.isEmpty { return try measure(lanes, after: findings, ledger) }
    let header = try header(ready, targetProbe)
    findings.backendHeader = header
    targetProbe = TargetProbe(settings: settings.naming(header), watch: watch, ledger: ledger)

    var plan = concurrentPlan(ready.addresses, header)
    let serial = SerialStages.requests
    let timed = plan.scheduledTime
    watch.report(
      .takes(ExpectedTime(least: timed, requests: timed == nil ? plan.shardRequests.map { $0 + serial } : serial)))
    let shardStart = ShardStart(sharding: settings.sharding, watch: watch)
    let stages = SerialStages(
      targetProbe: targetProbe, ready: ready, header: header, expectation: expectation, unseenMethods: unseenMethods)
    // Others' requests in between would break the order, so the first shard makes the serial stages while they wait.
    findings.start = try shardStart.agree { () throws(CheckError) in try stages.make(&findings) }
    defer { shardStart.cleanUp(findings.start) }

    findings.preparation = ledger.findings(header: header)
    if let start = findings.start { plan.start = try shardStart.wait(for: start) }
    watch.report(.demands(demands))
    watch.report(.stage(CheckStage("concurrent stage", lasts: plan.scheduledTime, followed: 0)))
    try makeConcurrentStage(plan, ledger, &findings)
    if plan.shard.count == 1, !watch.stop.isStopped,
      FairnessJudgement(observations(findings), against: expectation).wantsShuffledConnections
    {
      try stages.shuffleConnections(plan.connections, &findings)
    }
    findings.end(isInterrupted: watch.stop.isStopped, ledger)
    return findings
  }

  /// What the concurrent stage may show before its end.
  private var demands: [EarlyAssertion] {
    let (backends, judged) = (expectation.backends, expectation.judgedPolicy)
    let (names, backups) = (backends.map(\.name), backends.backups.map(\.name))
    // Where chance decides, a sample may be made once more in place of the first.
    var demands = [EarlyAssertion(.traffic(.noRequestFailed), judged.shareRule == .chance ? .atTheEnd : .noFailure)]
    if judged == .single {
      demands.append(EarlyAssertion(.sharing(.oneBackendAnswered), .atTheEnd))
    } else {
      let primaries = backends.primaries.map(\.name)
      demands.append(
        EarlyAssertion(.sharing(.everyBackendAnswered), primaries.isEmpty ? .atTheEnd : .everyBackend(primaries)))
    }
    if !names.isEmpty { demands.append(EarlyAssertion(.sharing(.noOtherBackend), .noBackendBut(names))) }
    if !backups.isEmpty { demands.append(EarlyAssertion(.sharing(.backupSilent), .silent(backups))) }
    return demands + [EarlyAssertion(.sharing(.policy), .atTheEnd)]
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

  private func makeConcurrentStage(
    _ plan: Plan, _ ledger: TargetProbeLedger, _ findings: inout CheckFindings
  ) throws(CheckError) {
    let before = findings.stages
    var (samples, judgement) = (0, nil as FairnessJudgement?)
    repeat {
      samples += 1
      guard !watch.stop.isStopped else { break }
      let stage = try watch.traffic(.concurrentStage, plan)
      if case .tooManyBackends = stage.measured.error { throw CheckError(stage.measured.error!) }
      if samples > 1, let first = findings.stages.last {
        if let slow = judgement?.slowInSample { findings.slowInSamples.append(slow) }
        ledger.note(first.measured, of: plan.templates, for: .discardedSample, expecting: plan.expectedStatuses)
      }
      findings.stages = before + [stage]
      findings.samples = samples
      judgement = FairnessJudgement(observations(findings), against: expectation)
    } while settings.probing != .none && plan.shard.count == 1 && !watch.stop.isStopped
      && judgement?.wantsAnotherSample == true
  }

  private func concurrentPlan(_ addresses: [SocketAddress], _ header: String?) -> Plan {
    var plan = settings.naming(header).plan(addresses)
    plan.recordLimit = max(100_000 / plan.shard.count, 1)
    return plan
  }

  /// The methods in whose place the serial stages send GET.
  var unseenMethods: [String] {
    var methods: [String] = []
    for template in settings.templates where settings.probing.replaces(template) && !methods.contains(template.verb) {
      methods.append(template.verb)
    }
    return methods
  }

  /// All stages as plain values.
  func observations(_ findings: CheckFindings) -> FairnessObservations {
    FairnessObservations(
      findings, settings, unseenMethods: unseenMethods, unequal: expectation.unequalPath)
  }

  private func validate() throws(CheckError) {
    if let sharding = settings.sharding, sharding.shard.count > 1, sharding.start == .none {
      throw .usage(
        "a part of fairness needs --start-file or --start-at: its first part makes the serial stage alone while the others wait"
      )
    }
    guard (0...1).contains(expectation.tolerance) else { throw .usage("--tolerance must be from 0 to 1") }
    guard expectation.policy != .unknown else { throw .usage("--policy unknown cannot be expected") }
    if let path = expectation.unequalPath {
      guard path.hasPrefix("/") else { throw .usage("--unequal takes a path such as /report, not '\(path)'") }
      guard settings.probing != .none else {
        throw .usage("--unequal asks beside the traffic, which --no-probe excludes")
      }
    }
    let names = expectation.backends.map(\.name)
    if let double = names.first(where: { name in names.count { $0 == name } > 1 }) {
      throw .usage("backend '\(double)' is given twice")
    }
    guard names.isEmpty || !expectation.backends.primaries.isEmpty else {
      throw .usage("at least one expected backend must not be a backup")
    }
  }
}

extension CheckSettings {
  func naming(_ header: String?) -> CheckSettings {
    var settings = self
    settings.backendHeader = header
    return settings
  }
}
