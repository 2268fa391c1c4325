package import Deployment
internal import HTTP
package import Load
package import Platform
package import Report
internal import Statistics

/// What a failover check does.
package struct FailoverPlan: Sendable {
  /// The backend to stop, by the name in its header or by the manager's name of its instance; `nil` takes the first.
  package var instance: String?
  /// Whether each primary backend is stopped and started in turn.
  package var takesAllInTurn = false
  package var timing = PhaseTiming(settle: FailoverCheck.defaultSettle)

  package init() {}
}

/// Asks what visitors notice when a backend goes and comes back.
///
/// Under open-loop traffic one backend, or each in turn, is stopped and started again. Where a backup server is expected, all
/// primaries are then stopped as well: the backup has to take over, and to fall silent when a primary is back.
package struct FailoverCheck {
  private let settings: CheckSettings
  private let manager: any DeploymentManager
  private let plan: FailoverPlan
  private let watch: CheckWatch

  /// Longer than nginx's fail_timeout of 10 s, after which a backend is tried again.
  package static let defaultSettle: Nanoseconds = 15_000_000_000

  /// What its manager will be told.
  package static let actions: Set<ManagerAction> = [.stop, .start]

  package init(_ settings: CheckSettings, manager: any DeploymentManager, plan: FailoverPlan, watch: CheckWatch) {
    self.settings = settings
    self.manager = manager
    self.plan = plan
    self.watch = watch
  }

  /// - Throws: ``CheckError`` where there is nothing to report on, or no instance to stop.
  package func run() throws(CheckError) -> ReportDocument {
    try manager.preflight(for: Self.actions, watch)
    let begun = ReportClock()
    let ledger = PreparationLedger()
    let preparation = Preparation(settings: settings, watch: watch, ledger: ledger)
    let ready = try preparation.reach()
    let found = try preparation.meetingAllBackends(try backends(preparation, ready), ready)
    let stack = try FailoverStack(settings.expectedBackends, found, settings, manager, plan, watch)
    let (primaries, stopped, instances) = (stack.primaries, stack.stopped, stack.instances)

    let log = InstanceLog(manager)
    let actors = StoppedBackends(manager, instances)
    var actions = ActionRun(
      settings: settings, ready: ready, header: found.header, timing: plan.timing, watch: watch)
    actions.traffic.generationHeader = settings.generationHeader ?? found.generationHeader
    /// The backends that the action of each phase stops or starts, by its name.
    var touched: [String: Set<String>] = [:]
    /// The backends that are stopped in each phase, by its name.
    var away: [String: Set<String>] = [:]
    func add(
      _ name: String, _ backends: [String], leaving stopped: [String] = [], isRepair: Bool = false,
      _ act: @escaping ActionRun.Single
    ) {
      touched[name] = Set(backends)
      away[name] = Set(stopped)
      actions.add(name, isRepair: isRepair) { [log.note(act($0), as: name)] }
    }
    actions.add(.baseline)
    for backend in stopped {
      add("stop \(backend)", [backend], leaving: [backend]) { actors.stop([backend], $0) }
      // Whatever has happened, and not ended by Ctrl-C.
      add("start \(backend)", [backend], isRepair: true) { _ in actors.start([backend]) }
    }
    if !stack.backups.isEmpty {
      add("stop all primaries", primaries, leaving: primaries) { actors.stop(primaries, $0) }
      for backup in stack.testedAlone {
        add("leave only \(backup)", stack.backups, leaving: primaries) {
          actors.leave(only: backup, of: stack.backups, $0)
        }
      }
      add("start \(primaries[0]) first", [primaries[0]], leaving: Array(primaries.dropFirst()), isRepair: true) { _ in
        actors.start([primaries[0]])
      }
      let others = primaries.dropFirst() + stack.testedAlone
      if !others.isEmpty {
        add("start the others", Array(others), isRepair: true) { _ in
          // The backups that are already running are left alone.
          let left = others.filter(actors.stopped.contains)
          return actors.start(left.isEmpty ? Array(others.prefix(1)) : left)
        }
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
    let (measured, spans) = (outcome.look.measured, outcome.spans)
    let answersAgain = actors.startAll() ? preparation.answersAgain(ready) : nil
    let site = outcome.site { answersAgain ?? preparation.answersAgain(ready) }

    let phases = PhaseAnalysis.all(spans, of: measured, staleAfter: nil, began: outcome.look.started)
    let isInterrupted = watch.stop.isStopped
    var judgement = FailoverJudgement(measured, spans, phases, timing: plan.timing)
    judgement.judgeBaseline()
    for (index, backend) in stopped.enumerated() {
      judgement.judge(stopOf: backend, at: 1 + 2 * index, isOneOfMany: stopped.count > 1)
    }
    judgement.judge(backups: stack.backups, testedAlone: stack.testedAlone, at: 1 + 2 * stopped.count)
    let phasesAway = spans.map { away[$0.name] ?? [] }
    let stops = stopped.enumerated().filter { index, _ in
      spans.indices.contains(1 + 2 * index) && spans[1 + 2 * index].action?.problem == nil
    }
    let coverage = FailoverCoverage(
      stack, stopped: stops.map(\.element), answered: spans.map(measured.backendsNamed), away: phasesAway,
      triedInVain: measured.onlyTriedInVain)
    judgement.judge(coverage: coverage)
    judgement.judge(silent: silent(measured, spans, found), away: phasesAway)
    judgement.judge(
      UnaskedChanges(
        in: judgement.phases, of: measured, InstanceHistory(log.lists),
        touching: { touched[spans[$0].name]?.contains($1) == true }))
    judgement.judgeActions(answersAgain: answersAgain)
    judgement.judgeEnd(planned: outcome.planned, site: site, isInterrupted: isInterrupted)
    let sent = ledger.findings(header: found.header)
    let assertions =
      judgement.assertions + AnswerOrigins(measured).assertions(settings)
      + measured.completion(isInterrupted: isInterrupted) + sent.assertions
    let lost = phases.dropFirst().reduce(0) { $0 + $1.section.traffic.requests.failed }
    var document = ReportDocument(
      check: .failover, settings, ready, begun, outcome.look, actions.traffic, isInterrupted: isInterrupted,
      summary: "",
      assertions: assertions,
      notes: instances.notes + ready.notes + sent.notes + measured.remarks() + outcome.remarks + actors.notes
        + settings.unseenContents,
      method: [
        MeasuredBy(name: "Manager", value: manager.name),
        MeasuredBy(name: "Backend header", value: found.header),
      ], phases: judgement.phases)
    document.preparation = sent.sent
    document.nobody = measured.nobodySection
    document.conclude(
      finding: "stopping and starting \(coverage.inWords) lost \(lost == 0 ? "no request" : "\(lost) requests")",
      down: AnswerOrigins(measured).down(settings))
    return document
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

  /// Who can be stopped: what a few answers show or, where nothing may be asked, the backends that are expected.
  private func backends(_ preparation: Preparation, _ ready: ReadyTarget) throws(CheckError) -> FoundFingerprint {
    if settings.probing == .none, let header = settings.backendHeader, !settings.expectedBackends.isEmpty {
      return FoundFingerprint(header: header, backends: settings.expectedBackends.map(\.name), heads: [])
    }
    guard settings.probing != .none else {
      throw .usage(
        "failover --no-probe cannot look who there is: name the header with --backend-header and each --backend")
    }
    return try preparation.discover(ready)
  }
}

extension Measurements {
  /// The backends that requests due in a phase were answered by, whatever the answer.
  fileprivate func backendsNamed(in span: PhaseSpan) -> Set<String> {
    Set(records.lazy.filter { span.contains($0.due) }.compactMap(\.backend).map { backends[$0].name })
  }

  /// Those that gave an answer in order.
  fileprivate func backendsAnswering(in span: PhaseSpan) -> Set<String> {
    Set(
      records.lazy.filter { span.contains($0.due) && $0.failure == nil }.compactMap(\.backend).map {
        backends[$0].name
      })
  }

  /// The backends that the balancer tried, and that never answered.
  fileprivate var onlyTriedInVain: Set<String> {
    Set(backends.filter { $0.triedInVain > 0 && $0.requests == 0 }.map(\.name))
  }
}
