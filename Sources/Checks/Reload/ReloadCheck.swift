package import Deployment
internal import HTTP
package import Load
package import Report
internal import Statistics

/// What a reload test does and demands.
package struct ReloadPlan: Sendable {
  /// How long each phase is watched, at least, after its action.
  package var settle: Nanoseconds = 5_000_000_000
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

  package init() {}
}

/// Asks what a reload, and a restart beside it, do to the visitors of a site.
///
/// One open-loop run goes on throughout, over kept and fresh connections; the manager acts in between, and each phase is judged
/// by the requests that were due in it. What the manager says of its actions is shown beside, and decides nothing.
package struct ReloadCheck {
  private let settings: CheckSettings
  private let manager: any DeploymentManager
  private let breaking: (any BuildSwitch)?
  private let plan: ReloadPlan
  private let watch: CheckWatch

  package static let defaultConnections = 50

  /// - Parameter breaking: adds a reload and a restart into a broken build, each repaired again.
  package init(
    _ settings: CheckSettings, manager: any DeploymentManager, breaking: (any BuildSwitch)? = nil, plan: ReloadPlan,
    watch: CheckWatch
  ) {
    self.settings = settings
    self.manager = manager
    self.breaking = breaking
    self.plan = plan
    self.watch = watch
  }

  /// - Throws: ``CheckError`` where there is nothing to report on.
  package func run() throws(CheckError) -> ReportDocument {
    let begun = ReportClock()
    let preparation = Preparation(settings: settings, watch: watch)
    let ready = try preparation.reach()
    var notes = ready.notes
    let found = try preparation.fingerprint(ready)
    let generationHeader = settings.generationHeader ?? found.generationHeader
    if generationHeader == nil, plan.demandsReplacement {
      notes.append(
        "No header tells one life of a backend from the next (X-Generation, X-Pid, X-Version), so replacing is not judged; "
          + "name one with --generation-header.")
    }

    var actions = ActionRun(settings: settings, ready: ready, header: found.header, settle: plan.settle, watch: watch)
    actions.traffic.generationHeader = generationHeader
    if let slowPath = plan.slowPath { try actions.traffic.askOnceInTen(slowPath) }
    actions.add("baseline")
    actions.add("reload") { manager.reload(stop: $0) }
    if plan.restarts { actions.add("restart") { manager.restart(stop: $0) } }
    let repair = breaking.map { BuildRepair($0) }
    if let repair { add(brokenPhases: repair, to: &actions, backends: found.backends.count) }
    let traffic = actions.traffic
    let measured: Measurements
    let spans: [PhaseSpan]
    let remarks: [String]
    do throws(CheckError) {
      (measured, spans, remarks) = try actions.measure()
    } catch {
      repair?.repairIfNeeded()
      throw error
    }
    let afterwards = repair?.repairIfNeeded() == true ? preparation.answersAgain(ready) : nil
    return document(
      ready, found.header, generationHeader, traffic, measured, spans,
      notes + measured.remarks() + remarks + (repair?.notes ?? []), answersAfterRepair: afterwards, begun)
  }

  /// Adds the reload and the restart into a broken build, each with the repair after it.
  private func add(brokenPhases repair: BuildRepair, to actions: inout ActionRun, backends: Int) {
    // A manager gives up only after it has waited for each instance in turn.
    let wait = manager.longestWait { watch.stop.isStopped } ?? .seconds(3) * backends
    let atLeast = (wait + .seconds(3)).nanoseconds
    for (name, act) in [("reload", manager.reload(stop:)), ("restart", manager.restart(stop:))] {
      guard name == "reload" || plan.restarts else { continue }
      actions.add("broken \(name)", atLeast: atLeast) { stop in
        if let problem = repair.breakBuild(stop) { return problem }
        return act(stop)
      }
      // Whatever has happened, and not ended by Ctrl-C.
      actions.add("repair after \(name)") { _ in repair.repair() }
    }
  }

  private func document(
    _ ready: ReadyTarget, _ header: String, _ generationHeader: String?, _ traffic: Plan, _ measured: Measurements,
    _ spans: [PhaseSpan], _ notes: [String], answersAfterRepair: Verdict?, _ begun: ReportClock
  ) -> ReportDocument {
    var previous: Set<Int> = []
    var phases: [PhaseAnalysis] = []
    // A generation is stale if it still answers in the last fifth of the settle time.
    let staleAfter = Double(plan.settle) / 5e9
    for span in spans {
      phases.append(PhaseAnalysis(span, of: measured, previous: previous, staleAfter: staleAfter))
      previous = Set(measured.records.filter { $0.due < span.end && $0.failure == nil }.compactMap(\.generation))
    }
    let isInterrupted = watch.stop.isStopped
    let judgement = ReloadJudgement(
      phases, plan: plan, hasGenerations: generationHeader != nil && plan.demandsReplacement,
      answersAfterRepair: answersAfterRepair, lateness: measured.lateness.value(atPercentile: 99) ?? 0)
    let assertions = judgement.assertions + measured.completion(isInterrupted: isInterrupted)
    return ReportDocument(
      check: "reload-test", settings, ready, begun, measured, traffic, isInterrupted: isInterrupted,
      summary: judgement.summary, assertions: assertions, notes: judgement.notes + notes,
      method: [
        MeasuredBy(name: "Manager", value: manager.name),
        MeasuredBy(name: "Backend header", value: header),
        MeasuredBy(name: "Generation header", value: generationHeader ?? "none"),
      ], phases: judgement.phases)
  }
}

/// The broken build of one check, and whether it still has to be repaired.
private final class BuildRepair {
  private let build: any BuildSwitch
  private var isBroken = false
  private(set) var notes: [String] = []

  init(_ build: any BuildSwitch) { self.build = build }

  /// - Returns: a report where the build could not be broken, so that there is nothing to reload into.
  func breakBuild(_ stop: () -> Bool) -> ActionReport? {
    isBroken = true
    let report = build.breakBuild(stop: stop)
    if let problem = report.problem { notes.append("The build could not be broken: \(problem).") }
    return report.problem == nil ? nil : report
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
  /// Has every tenth request ask a path of its own.
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
