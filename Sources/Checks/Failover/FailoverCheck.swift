package import Deployment
internal import HTTP
internal import Load
package import Platform
package import Report
internal import Statistics

/// What a failover check does.
package struct FailoverPlan: Sendable, Equatable {
  /// The backend to stop, by the name in its header or by the manager's name of its instance; `nil` takes the first.
  package var instance: String?
  /// Whether each primary backend is stopped and started in turn.
  package var takesAllInTurn = false
  /// How long each phase is watched; `nil` for 15 s, which is longer than nginx's fail_timeout of 10 s, or for 3 s on the
  /// testbed, where that is 1 s.
  package var settle: Nanoseconds?
  package var timing = PhaseTiming(settle: 15_000_000_000)
  /// How many rounds are made, 2…100; `nil` for one.
  package var rounds: Int?
  package var takeover = TakeoverDemand()

  package init() {}

  /// How long each phase is watched: as given, else as long as the balancer and the takeover need.
  package func usualSettle(onTestbed: Bool) -> Nanoseconds {
    let usual = onTestbed ? 3_000_000_000 : timing.settle
    return settle ?? (takeover.share == nil ? usual : max(usual, takeover.within + 2_000_000_000))
  }
}

/// Finds out what visitors notice when a backend goes down and comes back.
///
/// Under open-loop traffic one backend, or each in turn, is stopped and started again. Where a backup server is expected, all
/// primaries are then stopped as well: the backup has to take over, and to fall silent when a primary is back.
package struct FailoverCheck: RepeatablePhases {
  private let settings: CheckSettings
  private let manager: any DeploymentManager
  private let plan: FailoverPlan
  private let watch: CheckWatch

  /// What its manager will be asked to do.
  package static let actions: Set<ManagerAction> = [.stop, .start]

  package init(_ settings: CheckSettings, manager: any DeploymentManager, plan: FailoverPlan, watch: CheckWatch) {
    self.settings = settings
    self.manager = manager
    self.plan = plan
    self.watch = watch
  }

  /// The actions, the traffic, and the backends.
  package struct Findings {
    var common = CheckFindings()
    let found: FoundFingerprint
    let stack: FailoverStack
    let outcome: ActionRun.Outcome
    /// What each phase's action stops or starts, by the phase's name.
    let steps: [String: Step]
    let lists: [InstanceList]
    /// Whether the target answered once everything left stopped was started; `nil` where nothing was.
    let answersAgain: Verdict?
    let site: SiteState
    /// The backends that had to be started again at the end.
    let notes: [String]

    /// The backends that are stopped in each phase.
    var away: [Set<String>] { outcome.spans.map { steps[$0.name]?.away ?? [] } }
  }

  /// One action, and the state that it leaves.
  struct Step {
    let phase: FailoverPhase
    let touched: Set<String>
    let away: Set<String>
    let act: (StoppedBackends, () -> Bool) -> ActionReport
  }

  /// - Throws: ``CheckError`` where there is nothing to report on, or no instance to stop.
  package func measure() throws(CheckError) -> Findings {
    try manager.preflight(for: Self.actions, watch)
    var common = CheckFindings()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    common.take(ready)
    let found = try targetProbe.meetingAllBackends(try backends(targetProbe, ready), ready)
    common.backendHeader = found.header
    let stack = try FailoverStack(settings.expectedBackends, found, settings, manager, plan, watch)
    common.notes = stack.instances.notes + common.notes

    let log = InstanceLog(manager)
    let actors = StoppedBackends(manager, stack.instances)
    var actions = ActionRun(
      settings: settings, ready: ready, header: found.header, timing: plan.timing, watch: watch)
    actions.traffic.generationHeader =
      settings.generationHeader ?? (settings.fingerprint.readsGenerationElsewhere ? nil : found.generationHeader)
    actions.add(.baseline)
    let steps = steps(stack)
    for step in steps {
      actions.add(step.phase.name, isRepair: step.phase.isRepair) {
        [log.note(step.act(actors, $0), as: step.phase.name)]
      }
    }
    log.begin { watch.stop.isStopped }
    let outcome: ActionRun.Outcome
    do throws(CheckError) {
      outcome = try actions.measure()
    } catch {
      actors.startAll()
      throw error
    }
    log.end()
    let answersAgain = actors.startAll() ? targetProbe.answersAgain(ready) : nil
    let site = outcome.site { answersAgain ?? targetProbe.answersAgain(ready) }
    common.stages = [outcome.stage]
    common.end(isInterrupted: watch.stop.isStopped, ledger)
    return Findings(
      common: common, found: found, stack: stack, outcome: outcome,
      steps: Dictionary(steps.map { ($0.phase.name, $0) }) { _, last in last }, lists: log.lists,
      answersAgain: answersAgain, site: site, notes: actors.notes)
  }

  /// All that is done after the baseline: each backend stopped and started, and then all, where there are backups.
  func steps(_ stack: FailoverStack) -> [Step] {
    var steps = stack.stopped.flatMap { backend in
      [
        Step(phase: .stop(backend), touched: [backend], away: [backend]) { $0.stop([backend], $1) },
        Step(phase: .start(backend), touched: [backend], away: []) { actors, _ in
          actors.start([backend])
        },
      ]
    }
    guard !stack.backups.isEmpty else { return steps }
    let primaries = stack.primaries
    steps.append(
      Step(phase: .stopAllPrimaries, touched: Set(primaries), away: Set(primaries)) { $0.stop(primaries, $1) })
    for backup in stack.testedAlone {
      steps.append(
        Step(phase: .leaveOnly(backup), touched: Set(stack.backups), away: Set(primaries)) {
          $0.leave(only: backup, of: stack.backups, $1)
        })
    }
    steps.append(
      Step(
        phase: .startFirst(primaries[0]), touched: [primaries[0]], away: Set(primaries.dropFirst())
      ) { actors, _ in actors.start([primaries[0]]) })
    let others = primaries.dropFirst() + stack.testedAlone
    if !others.isEmpty {
      steps.append(
        Step(phase: .startOthers, touched: Set(others), away: []) { actors, _ in
          // The backups that are already running are left alone.
          let left = others.filter(actors.stopped.contains)
          return actors.start(left.isEmpty ? Array(others.prefix(1)) : left)
        })
    }
    return steps
  }

  package func round() throws(CheckError) -> (judged: JudgedReport, findings: CheckFindings) {
    let findings = try measure()
    return (judged(findings), findings.common)
  }

  package func hasToLoseNothing(_ phase: PhaseSection) -> Bool { phase.kind != .baseline }

  package func judged(_ findings: Findings) -> JudgedReport {
    let (outcome, stack) = (findings.outcome, findings.stack)
    let (measured, spans) = (outcome.stage.measured, outcome.spans)
    let phases = PhaseAnalysis.all(
      spans, of: measured, staleAfter: nil, methods: settings.deployMethods, began: outcome.stage.started)
    var judgement = FailoverJudgement(
      measured, spans, phases, timing: plan.timing, plan.takeover, Interruption(findings.common, settings.traffic))
    judgement.judgeBaseline(settings.deployMethods)
    for (index, backend) in stack.stopped.enumerated() {
      judgement.judge(stopOf: backend, at: 1 + 2 * index, isOneOfMany: stack.stopped.count > 1)
    }
    judgement.judgeTakeover(from: stack.primaries, at: 1 + 2 * stack.stopped.count, hasBackups: !stack.backups.isEmpty)
    judgement.judge(backups: stack.backups, testedAlone: stack.testedAlone, at: 1 + 2 * stack.stopped.count)
    let stops = stack.stopped.enumerated().filter { index, _ in
      spans.indices.contains(1 + 2 * index) && spans[1 + 2 * index].action?.problem == nil
    }
    let coverage = FailoverCoverage(
      stack, stopped: stops.map(\.element), answered: spans.map(measured.backendsNamed), away: findings.away,
      failedTries: measured.onlyFailedTries)
    judgement.judge(coverage: coverage)
    judgement.judge(silent: silent(measured, spans, findings.found), away: findings.away)
    judgement.judge(
      UnaskedChanges(
        in: judgement.phases, of: measured, InstanceHistory(findings.lists),
        touching: { findings.steps[spans[$0].name]?.touched.contains($1) == true }))
    judgement.judgeActions(answersAgain: findings.answersAgain)
    judgement.judgeEnd(planned: outcome.planned, site: findings.site)
    let lost = phases.dropFirst().reduce(0) { $0 + $1.section.traffic.requests.failed }
    var document = ReportDocument(
      check: .failover, settings, findings.common, summary: "",
      assertions: judgement.assertions + AnswerOrigins(measured).assertions(settings)
        + measured.completion,
      notes: measured.remarks() + outcome.remarks + findings.notes + settings.unseenContents,
      traffic: measured.trafficSection(pacer: settings.pacer), backends: measured.backendSections)
    document.phases = judgement.phases
    document.traffic?.methods = measured.byMethod(settings.deployMethods)
    document.manager = manager.name
    document.nobody = measured.nobodySection
    return JudgedReport(
      document: document,
      finding:
        "stopping and starting \(coverage.inWords) lost \(lost == 0 ? "no request" : Formatting.count(lost, "request"))",
      down: AnswerOrigins(measured).down(settings))
  }

  /// Which backends fell silent in a run's phases.
  private func silent(_ measured: Measurements, _ spans: [PhaseSpan], _ found: FoundFingerprint) -> SilentBackends {
    let ranges = spans.map { $0.start..<max($0.start, $0.end) }
    let backups = Set(settings.expectedBackends.backups.map(\.name))
    let answers = FoundFingerprint.answers(in: found.heads, by: found.header)
    let total = Double(max(answers.reduce(0) { $0 + $1.answers }, 1))
    return SilentBackends(
      measured, in: ranges, expected: settings.expectedBackends,
      primaries: (spans.first.map(measured.backendsAnswering) ?? []).subtracting(backups),
      met: Dictionary(answers.map { ($0.name, Double($0.answers) / total) }, uniquingKeysWith: +))
  }

  /// The backends that can be stopped: those that a few answers show or, where probing is not allowed, the expected ones.
  private func backends(_ targetProbe: TargetProbe, _ ready: ReadyTarget) throws(CheckError) -> FoundFingerprint {
    if settings.probing == .none, let header = settings.backendHeader, !settings.expectedBackends.isEmpty {
      return FoundFingerprint(header: header, backends: settings.expectedBackends.map(\.name), heads: [])
    }
    guard settings.probing != .none else {
      throw .usage(
        "failover --no-probe cannot find the backends: name the header with --backend-header and each --backend")
    }
    return try targetProbe.discover(ready)
  }
}

extension Measurements {
  /// The backends that answered requests due in a phase, whatever the answer.
  fileprivate func backendsNamed(in span: PhaseSpan) -> Set<String> {
    Set(records.lazy.filter { span.contains($0.due) }.compactMap(\.backend).map { backends[$0].name })
  }

  /// Those that gave a successful answer.
  fileprivate func backendsAnswering(in span: PhaseSpan) -> Set<String> {
    Set(
      records.lazy.filter { span.contains($0.due) && $0.failure == nil }.compactMap(\.backend).map {
        backends[$0].name
      })
  }

  /// The backends that the balancer tried, and that never answered.
  fileprivate var onlyFailedTries: Set<String> {
    Set(backends.filter { $0.failedTries > 0 && $0.requests == 0 }.map(\.name))
  }
}
