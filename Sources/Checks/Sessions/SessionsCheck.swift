package import Deployment
internal import HTTP
internal import Load
internal import Platform
package import Report
internal import Statistics

/// Asks whether visitors stay with the backend that answered them first, by what, and what moves them.
///
/// Each visitor is a client of its own: a cookie jar, an address, and several visits, each over a connection of its own. Where a
/// manager is given, a backend is then stopped and started, and all are reloaded, and every visitor comes again after each.
package struct SessionsCheck: Check {
  private let settings: CheckSettings
  private let manager: (any DeploymentManager)?
  private let actions: Set<ManagerAction>
  private let plan: SessionsPlan
  private let watch: CheckWatch

  /// How many visitors show what they stay by.
  static let controlVisitors = 400

  /// - Parameters:
  ///   - manager: who acts on the backends; `nil` for nobody.
  ///   - actions: what it is to do: to stop and start a backend, to reload, or both.
  package init(
    _ settings: CheckSettings, manager: (any DeploymentManager)?, actions: Set<ManagerAction>, plan: SessionsPlan,
    watch: CheckWatch
  ) {
    self.settings = settings
    self.manager = manager
    self.actions = actions
    self.plan = plan
    self.watch = watch
  }

  /// What visitors met.
  package struct Findings {
    var common = CheckFindings()
    var sessions: SessionsFindings
    /// Whether the site answers once what was left stopped was started; `nil` where nothing was.
    var answersAgain: Verdict?
  }

  /// - Throws: ``CheckError`` where there is nothing to report on, or no instance to stop.
  package func measure() throws(CheckError) -> Findings {
    try manager?.preflight(for: actions, watch)
    var common = CheckFindings()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    common.take(ready)
    let found = try targetProbe.fingerprint(ready)
    common.backendHeader = found.header
    let settings = settings.naming(found.header)
    let started = WallClock.now()
    let processorTime = MonotonicClock.processorTime()
    let visitors = Visitors(settings, plan, at: ready.addresses, stop: watch.stop)
    var findings = Findings(
      common: common, sessions: SessionsFindings(visitors: plan.visitors, requestsPerVisit: plan.requestsPerVisit))
    if ready.addresses.count > 1 { findings.sessions.targets = ready.addresses.map(\.description) }
    watch.report(.takes(expectedTime))
    watch.report(
      .traffic(
        LiveFeed(since: MonotonicClock.now()) {
          var measured = visitors.measured()
          measured.setNobodiesApart()
          return measured
        }))
    if plan.newcomers > 0 {
      watch.report(.stage(CheckStage("new visitors")))
      findings.sessions.draws = visitors.draw(plan.newcomers)
    }
    for number in 1...max(1, plan.visits) {
      watch.report(.stage(CheckStage("visit", CheckStage.Place(number, of: plan.visits))))
      findings.sessions.rounds.append(visitors.come(in: .baseline))
    }
    findings.sessions.cookiesBefore = visitors.cookieNames
    findings.sessions.controls = controls(visitors, of: ready.addresses.count)
    if Staying(findings.sessions).stays { findings.sessions.rests = rests(visitors, of: ready.addresses.count) }
    findings.sessions.backends = visitors.log.backends
    findings.sessions.requestKeys = requestKeys(targetProbe, ready, found.header, findings.sessions)
    if let manager {
      let acting = SessionActions(settings, plan, manager, watch, visitors)
      try acting.act(actions, &findings.sessions)
      findings.common.notes += acting.notes
      findings.answersAgain = acting.leftStopped ? targetProbe.answersAgain(ready) : nil
    }
    visitors.describe(&findings.sessions)
    var measured = visitors.measured()
    measured.setNobodiesApart()
    measured.wasStopped = watch.stop.isStopped
    findings.sessions.setNobodiesApart(keeping: measured.backends.map(\.name))
    findings.common.stages = [
      CheckFindings.Stage(
        name: .traffic, measured: measured, started: started,
        processorTime: MonotonicClock.processorTime() - processorTime)
    ]
    if let error = measured.error, measured.completed == 0 { throw CheckError(error) }
    findings.common.end(isInterrupted: watch.stop.isStopped, ledger)
    return findings
  }

  private var expectedTime: ExpectedTime {
    let phases = manager == nil ? 0 : SessionActions.phases(of: actions)
    let requests = plan.visitors * plan.requestsPerVisit * (plan.visits + 2 * phases) + plan.newcomers
    return ExpectedTime(least: Nanoseconds(phases) * plan.settle, requests: requests)
  }

  /// What of a request decides, where nothing that visitors have seems to; empty for nothing.
  private func requestKeys(
    _ probe: TargetProbe, _ ready: ReadyTarget, _ header: String?, _ seen: SessionsFindings
  ) -> [AffinityKey] {
    let staying = Staying(seen)
    guard let header, !watch.stop.isStopped, staying.backends.count == 1 || Affinity(seen, staying) == .nothing else {
      return []
    }
    watch.report(.stage(CheckStage("finding out what the choice depends on")))
    // Whom an address leads to is asked with the visitors' own.
    let keys = KeyProbe(
      targetProbe: probe, header: header, address: ready.addresses[0], expectation: FairnessExpectation(),
      variesAddress: false)
    return keys.choice()?.keys ?? []
  }

  /// Some come with a part of what they have, to find out what they stay by.
  private func controls(_ visitors: Visitors, of addresses: Int) -> [SessionsFindings.ControlRound] {
    let some = visitors.some(Self.controlVisitors)
    let names = visitors.cookieNames
    watch.report(.stage(CheckStage("what visitors stay by")))
    var controls: [SessionsFindings.Control] = [.address]
    if addresses > 1 { controls.append(.otherAddress) }
    if !names.isEmpty { controls.append(.cookies) }
    if names.count > 1 { controls += names.map { .cookie($0) } }
    return controls.map { visitors.come(with: $0, some) }
  }

  /// Some visitors rest an eighth, some a quarter, half and all of the time.
  private func rests(_ visitors: Visitors, of addresses: Int) -> [SessionsFindings.Rest] {
    let (begun, count) = (MonotonicClock.now(), plan.restGroups)
    var rests: [SessionsFindings.Rest] = []
    guard plan.rest > 0 else { return rests }
    for group in 0..<count where !watch.stop.isStopped {
      let end = begun.addingSaturated(plan.rest >> (count - 1 - group))
      watch.report(
        .stage(CheckStage("rest", CheckStage.Place(group + 1, of: count), lasts: end - min(MonotonicClock.now(), end))))
      while MonotonicClock.now() < end, !watch.stop.isStopped { MonotonicClock.sleep(20_000_000) }
      guard !watch.stop.isStopped else { break }
      let some = (0..<plan.visitors).filter { plan.restGroup(of: $0, amongAddresses: addresses) == group }
      let seconds = Double(MonotonicClock.now() - begun) / 1e9
      rests.append(SessionsFindings.Rest(seconds: seconds, visitors: some, answers: visitors.come(rested: some)))
    }
    return rests
  }

  package func report(on findings: Findings) -> ReportDocument {
    let measured = findings.common.measured(.traffic)
    let judgement = SessionsJudgement(
      findings.sessions, expecting: settings.expectedBackends, tolerance: plan.tolerance,
      lasted: findings.common.durationSeconds)
    let origins = AnswerOrigins(measured)
    var assertions = judgement.assertions + [losses(measured, excused: judgement.excused)]
    assertions += measured.unnamed(by: findings.common.backendHeader, settings) + origins.assertions(settings)
    assertions += actionAssertions(findings) + measured.completion
    var document = ReportDocument(
      check: .sessions, settings, findings.common, summary: "", assertions: assertions,
      notes: judgement.notes + measured.remarks(),
      traffic: measured.trafficSection(pacer: .closedLoop), backends: measured.backendSections)
    document.sessions = judgement.section
    document.manager = manager?.name
    document.nobody = measured.nobodySection
    document.conclude(
      finding: judgement.finding,
      notJudged: (findings.sessions.actions.isEmpty ? ["what becomes of visitors whose backend goes"] : [])
        + (findings.sessions.rests.isEmpty ? ["whether visitors who rest for a while stay"] : [])
        + (findings.sessions.requestKeys.isEmpty ? [] : onlyFirst(findings.common))
        + (settings.templates.count > 1 ? ["how new visitors of other requests than the first are shared"] : []),
      demanding: findings.sessions.actions.isEmpty
        ? "Have a backend stopped and started: --stop-command and --start-command, or --pm2." : nil,
      down: origins.down(settings))
    return document
  }

  /// The keys of a request are those of the first one at the first address.
  private func onlyFirst(_ findings: CheckFindings) -> [String] {
    let others = [
      findings.addresses.count > 1 ? "at the other addresses" : nil,
      settings.templates.count > 1 ? "for other requests than the first" : nil,
    ].compactMap(\.self)
    return others.isEmpty ? [] : ["what decides \(others.joined(separator: " and "))"]
  }

  private func losses(_ measured: Measurements, excused: Int) -> Assertion {
    let failed = max(0, measured.failed - excused)
    return Assertion(
      .traffic(.noRequestFailed), verdict: failed == 0 ? .pass : .fail,
      expected: "0 of \(Formatting.count(measured.completed)) failed",
      actual: failed == 0
        ? "0" : "\(Formatting.count(failed)) failed: \(measured.failuresInWords(expecting: settings.expectedStatuses))",
      detail: excused == 0
        ? nil
        : "\(Formatting.count(excused)) of \(Formatting.count(measured.failed)) failures do not count: a stopped backend's visitors met them at once.",
      finding: failed == 0 ? nil : .labelled(measured.failuresInWords(expecting: settings.expectedStatuses)))
  }

  private func actionAssertions(_ findings: Findings) -> [Assertion] {
    var assertions: [Assertion] = []
    for action in findings.sessions.actions {
      guard let problem = action.problem else { continue }
      assertions.append(
        Assertion(
          .manager(.managerActed), verdict: action.verdictOnProblem, expected: "every action is carried out",
          actual: action.interrupted == true ? "lbcheck was asked to stop meanwhile" : "one was not", detail: problem))
    }
    if let answersAgain = findings.answersAgain {
      assertions.append(
        Assertion(
          .standing(.repaired), verdict: answersAgain, expected: "the site answers once all backends are started again",
          actual: answersAgain.ofRepair(else: "start them by hand")))
    }
    return assertions
  }
}
