package import Deployment
internal import HTTP
internal import Load
internal import Platform
package import Report
internal import Statistics

/// What a reload test does and demands.
package struct ReloadPlan: Sendable, Equatable {
  package var timing = PhaseTiming(settle: 5_000_000_000)
  /// Whether a reload and a restart into a build that does not start are measured too.
  package var breaksBuild = false
  /// Whether a restart is measured beside the reload.
  package var restarts = true
  /// Whether the reload has to replace every generation; a reload of the balancer itself replaces none.
  package var demandsReplacement = true
  /// Whether the restart, too, has to lose no request.
  package var demandsSurvivingRestart = false
  /// Whether a reload and a restart into a broken build have to lose no request.
  package var demandsSurvivingBrokenBuild = false
  /// A path whose answers take long, asked by every tenth request.
  package var slowPath: String?
  /// By which factor the p99 during the reload may exceed the baseline's, 1 or more.
  package var p99Factor = 5.0
  /// How many rounds are made, 2…100; `nil` for one.
  package var rounds: Int?

  package init() {}

  /// What its manager will be asked to do.
  package var actions: Set<ManagerAction> { restarts ? [.reload, .restart] : [.reload] }

  /// Baseline, reload and restart, and those into a broken build with their repairs.
  fileprivate var mostPhases: Int { 7 }
}

/// Finds out what a reload and a restart do to the visitors of a site.
///
/// One open-loop run goes on throughout, over kept and fresh connections; the manager acts in between, and each phase is judged
/// by the requests that were due in it. What the manager says about its actions is shown, and decides nothing.
package struct ReloadCheck: DivisibleCheck, RepeatablePhases {
  private let settings: CheckSettings
  private let manager: (any DeploymentManager)?
  private let breaking: (any BuildSwitch)?
  private let plan: ReloadPlan
  private let watch: CheckWatch

  /// - Parameters:
  ///   - manager: `nil` for one that only judges what others have measured.
  ///   - breaking: adds a reload and a restart into a broken build, each repaired again.
  package init(
    _ settings: CheckSettings, manager: (any DeploymentManager)?, breaking: (any BuildSwitch)? = nil, plan: ReloadPlan,
    watch: CheckWatch
  ) {
    self.settings = settings
    self.manager = manager
    self.breaking = breaking
    self.plan = plan
    self.watch = watch
  }

  package func measure() throws(CheckError) -> CheckFindings {
    guard let manager else { throw .usage("nothing to reload with") }
    if let sharding = settings.sharding, sharding.shard.count > 1 {
      guard case .file = sharding.start else {
        throw .usage(
          "a part of reload-test needs --start-file: the first part acts, and signals the others when it is done")
      }
    }
    if settings.sharding.map({ $0.shard.index == 0 }) ?? true {
      try manager.preflight(for: plan.actions, breaking: breaking, watch)
    }
    var findings = CheckFindings()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    // Parts agree on a header.
    let found = try targetProbe.fingerprint(
      ready, takesSite: settings.sharding == nil ? .whereGenerationIsNamed : .never)
    findings.take(ready)
    findings.notes += [found.siteNote].compactMap(\.self)
    // Nothing is reloaded for a header that no answer has.
    if let head = found.heads.first, targetProbe.expectedStatuses.contains(head.status), head.status / 100 == 2,
      found.backends.isEmpty
    {
      throw targetProbe.missing(found.header, in: found.heads)
    }
    findings.backendHeader = found.site == nil ? found.header : nil
    findings.generationHeader = generationHeader(found)
    if findings.generationHeader == nil, !settings.fingerprint.readsGenerationElsewhere, plan.demandsReplacement {
      findings.notes.append(
        "No header names the generation of a backend (X-Generation, X-Pid, X-Version), so replacement is not judged; "
          + "name one with --generation-header, or see --generation-body and --generation-certificate.")
    }

    var actions = actions(ready, found.header)
    (actions.traffic.generationHeader, actions.traffic.fingerprint.site) = (findings.generationHeader, found.site)
    if let slowPath = plan.slowPath { try actions.traffic.askOnceInTen(slowPath) }
    let shardStart = ShardStart(sharding: settings.sharding, watch: watch)
    findings.start = try shardStart.agree()
    defer { shardStart.cleanUp(findings.start) }
    if let start = findings.start { actions.traffic.start = try shardStart.wait(for: start) }
    if let start = findings.start, actions.traffic.shard.index > 0 {
      actions.bound(phases: plan.mostPhases)
      findings.stages = [try follow(actions.traffic, shardStart, start)]
    } else {
      defer {
        if let start = findings.start { shardStart.end(start) }
      }
      try act(manager, &actions, &findings, targetProbe, ready, backends: backends(found))
    }
    findings.end(isInterrupted: watch.stop.isStopped, ledger)
    return findings
  }

  /// The one that is given, or a usual one where nothing else is.
  private func generationHeader(_ found: FoundFingerprint) -> String? {
    settings.generationHeader ?? (settings.fingerprint.readsGenerationElsewhere ? nil : found.generationHeader)
  }

  /// How many backends there may be. Where a header is given only the traffic will show it: then four are assumed.
  private func backends(_ found: FoundFingerprint) -> Int {
    max(found.backends.count, settings.expectedBackends.count, settings.backendHeader == nil ? 1 : 4)
  }

  private func actions(_ ready: ReadyTarget, _ header: String) -> ActionRun {
    ActionRun(settings: settings, ready: ready, header: header, timing: plan.timing, watch: watch)
  }

  /// Sends traffic until the first shard has finished its actions.
  private func follow(
    _ traffic: Plan, _ shardStart: ShardStart, _ start: CommonStart
  ) throws(CheckError) -> CheckFindings.Stage {
    let end = FinishSignal()
    watch.report(.stage(CheckStage("traffic beside the first part's actions")))
    return try watch.traffic(.traffic, traffic, finish: end) { _ in
      if shardStart.hasEnded(start) { end.finish() }
      return nil
    }
  }

  /// What the phases may show before the end.
  private func demands(judgesReplacement: Bool) -> [EarlyAssertion] {
    let phases = [PhaseKind.reload, .restart, .brokenReload, .brokenRestart].filter { phase in
      guard phase == .reload || plan.demandsNoLoss(in: phase) else { return false }
      return phase.isIntoBrokenBuild ? breaking != nil : phase == .reload || plan.restarts
    }
    let survival = phases.flatMap { phase -> [EarlyAssertion] in
      guard let disturbance = phase.disturbance else { return [] }
      return [
        EarlyAssertion(.lostNoRequest(disturbance), .noFailureInPhase(phase.rawValue)),
        EarlyAssertion(.leftNoGap(disturbance), .atTheEnd),
      ]
    }
    let replacement: [EarlyAssertion] =
      judgesReplacement && plan.demandsReplacement
      ? [
        EarlyAssertion(.generations(.everyGenerationReplaced), .atTheEnd),
        EarlyAssertion(.generations(.noStaleGeneration), .atTheEnd),
      ] : []
    return survival + replacement + [
      EarlyAssertion(.figure(.p99DuringReload), .atTheEnd), EarlyAssertion(.standing(.siteUpAtTheEnd), .atTheEnd),
    ]
  }

  private func act(
    _ manager: any DeploymentManager, _ actions: inout ActionRun, _ findings: inout CheckFindings,
    _ targetProbe: TargetProbe, _ ready: ReadyTarget, backends: Int
  ) throws(CheckError) {
    let manager = InstanceLog(manager)
    manager.begin { watch.stop.isStopped }
    actions.add(.baseline)
    actions.add(.reload) { [manager.reload(stop: $0)] }
    if plan.restarts { actions.add(.restart) { [manager.restart(stop: $0)] } }
    let repair = breaking.map { BuildRepair(manager.watching($0)) }
    if let repair { add(brokenPhases: repair, by: manager, to: &actions, backends: backends) }
    watch.report(.demands(demands(judgesReplacement: findings.generationHeader != nil)))
    let outcome: ActionRun.Outcome
    do throws(CheckError) {
      outcome = try actions.measure()
    } catch {
      repair?.repairIfNeeded()
      throw error
    }
    manager.end()
    let afterwards = repair?.repairIfNeeded() == true ? targetProbe.answersAgain(ready) : nil
    findings.stages = [outcome.stage]
    let site = outcome.site { afterwards ?? targetProbe.answersAgain(ready) }
    findings.actions = ManagerActions(
      manager: manager.name, phases: outcome.spans, remarks: outcome.remarks + (repair?.notes ?? []),
      lists: manager.lists, answersAfterRepair: afterwards, planned: outcome.planned, siteAtTheEnd: site)
  }

  /// Adds the reload and the restart into a broken build, each with the repair after it.
  private func add(
    brokenPhases repair: BuildRepair, by manager: any DeploymentManager, to actions: inout ActionRun, backends: Int
  ) {
    // A manager gives up only after it has waited for each instance in turn.
    let wait = manager.longestWait { watch.stop.isStopped } ?? .seconds(3) * backends
    let atLeast = (wait + .seconds(3)).nanoseconds
    var rounds = [(PhaseKind.brokenReload, PhaseKind.repairAfterReload, manager.reload(stop:))]
    if plan.restarts { rounds.append((.brokenRestart, .repairAfterRestart, manager.restart(stop:))) }
    for (broken, repaired, act) in rounds {
      actions.add(broken, atLeast: atLeast) { stop in
        let broken = repair.breakBuild(stop)
        return broken.problem == nil ? [broken, act(stop)] : [broken]
      }
      // Done whatever has happened, and not ended by Ctrl-C.
      actions.add(repaired, isRepair: true) { _ in [repair.repair()] }
    }
  }

  package func round() throws(CheckError) -> (judged: JudgedReport, findings: CheckFindings) {
    var fold = FindingsFold()
    fold.add(try measure())
    return (judged(fold.whole), fold.whole)
  }

  package func hasToLoseNothing(_ phase: PhaseSection) -> Bool {
    phase.action != nil && phase.kind.map(plan.demandsNoLoss) == true
  }

  private func hasGenerations(_ findings: CheckFindings) -> Bool {
    findings.generationHeader != nil || settings.fingerprint.readsGenerationElsewhere
  }

  package func judged(_ findings: CheckFindings) -> JudgedReport {
    let measured = findings.measured(.traffic)
    let done = findings.actions
    // A generation is stale if it still answers in the last fifth of the settle time.
    let spans = done?.phases ?? []
    let duty = BackupDuty(
      measured, declared: Set(settings.expectedBackends.backups.map(\.name)),
      baseline: spans.first.map { $0.start..<max($0.start, $0.end) } ?? 0..<0)
    let phases = PhaseAnalysis.all(
      spans, of: measured, backups: duty.backups, staleAfter: Double(plan.timing.settle) / 5e9,
      methods: settings.deployMethods, began: findings.stages.first { $0.name == .traffic }?.started)
    let judgement = ReloadJudgement(
      phases, of: measured, methods: settings.deployMethods, plan: plan,
      hasGenerations: hasGenerations(findings) && plan.demandsReplacement,
      guessedVersion: settings.generationHeader == nil
        ? findings.generationHeader.flatMap(FoundFingerprint.versionHeader) : nil, done: done,
      Interruption(findings, settings.traffic))
    let managed = ManagerJudgement(
      judgement.verdicts, of: measured, lists: done?.lists ?? [],
      expected: settings.expectedBackends, duty: duty, plan: plan, manager: done?.manager)
    var document = ReportDocument(
      check: .reloadTest, settings, findings, summary: "",
      assertions: managed.assertions + AnswerOrigins(measured).assertions(settings)
        + (measured.backends.allSatisfy { $0.succeeded == 0 }
          ? measured.unnamed(by: findings.backendHeader, settings) : [])
        + measured.completion
        + findings.shardAssertions,
      notes: judgement.notes + managed.notes + measured.remarks() + (done?.remarks ?? []) + settings.unseenContents,
      traffic: measured.trafficSection(pacer: settings.pacer, shareMade: findings.shareMade),
      backends: measured.backendSections)
    document.phases = managed.phases
    document.traffic?.methods = measured.byMethod(settings.deployMethods)
    document.manager = done?.manager
    document.advice = managed.advice.isEmpty ? nil : managed.advice
    document.nobody = measured.nobodySection
    let losses = judgement.notJudged + managed.notJudged
    let replacement =
      !plan.demandsReplacement
      ? "whether anything was replaced (--no-replacement)"
      : !hasGenerations(findings) && !managed.showsReplacement
        ? "whether the processes were replaced (no generation header; see --generation-header)"
        : !hasGenerations(findings)
          ? "whether the processes that were replaced are those that answer (no generation header; see --generation-header)"
          : nil
    return JudgedReport(
      document: document, finding: judgement.finding,
      notJudged: losses + [replacement].compactMap(\.self),
      demand: losses.isEmpty
        ? nil : "To demand that these lose nothing: --survives-restart, --survives-broken-build.",
      down: AnswerOrigins(measured).down(settings))
  }
}

/// The broken build of one check, and whether it still has to be repaired.
private final class BuildRepair {
  private let build: any BuildSwitch
  private var isBroken = false
  private(set) var notes: [String] = []

  init(_ build: any BuildSwitch) { self.build = build }

  func breakBuild(_ stop: () -> Bool) -> ActionReport {
    isBroken = true
    let report = build.breakBuild(stop: stop)
    if let problem = report.problem { notes.append("The build could not be broken: \(problem).") }
    return report
  }

  func repair() -> ActionReport {
    let report = build.repair { false }
    // One that failed is tried once more in the end.
    isBroken = report.problem != nil
    return report
  }

  /// Repairs what an interruption or an error has left broken.
  ///
  /// - Returns: whether that was necessary.
  @discardableResult
  func repairIfNeeded() -> Bool {
    guard isBroken else { return false }
    let report = repair()
    notes.append(
      report.problem.map { "The repair failed: \($0)." } ?? "The good build was put back after the early end.")
    return true
  }
}

extension Plan {
  /// Sends every tenth request to a path of its own.
  fileprivate mutating func askOnceInTen(_ path: String) throws(CheckError) {
    do throws(TemplateError) {
      let slow = try RequestTemplate(path: path, weight: templates.reduce(0) { $0 + $1.weight })
      var weighted: [RequestTemplate] = []
      for each in templates {
        weighted.append(
          try RequestTemplate(
            method: each.method, path: each.path, headers: each.headers, body: each.body, weight: each.weight * 9))
      }
      templates = weighted + [slow]
    } catch {
      throw .usage("the slow path: \(error)")
    }
  }
}
