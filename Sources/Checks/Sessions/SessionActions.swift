internal import Deployment
internal import HTTP
internal import Load
internal import Platform
internal import Report

/// Has a manager stop, start and reload backends, with all visitors coming again after each.
final class SessionActions {
  private let settings: CheckSettings
  private let plan: SessionsPlan
  private let manager: any DeploymentManager
  private let watch: CheckWatch
  private let visitors: Visitors
  /// How many phases there are, and how many have begun.
  private var (phases, begun) = (0, 0)
  private(set) var notes: [String] = []
  /// Whether a backend had to be started again after an early end.
  private(set) var leftStopped = false

  init(
    _ settings: CheckSettings, _ plan: SessionsPlan, _ manager: any DeploymentManager, _ watch: CheckWatch,
    _ visitors: Visitors
  ) {
    self.settings = settings
    self.plan = plan
    self.manager = manager
    self.watch = watch
    self.visitors = visitors
  }

  /// How many phases actions make: a stop, a start and a reload.
  static func phases(of actions: Set<ManagerAction>) -> Int {
    (actions.contains(.stop) ? 2 : 0) + (actions.contains(.reload) ? 1 : 0)
  }

  /// - Throws: ``CheckError`` where the backend to stop is not there.
  func act(_ actions: Set<ManagerAction>, _ findings: inout SessionsFindings) throws(CheckError) {
    phases = Self.phases(of: actions)
    if actions.contains(.stop) { try stopAndStart(&findings) }
    guard actions.contains(.reload), !watch.stop.isStopped else { return }
    go(through: .reload, &findings) { self.manager.reload(stop: $0) }
  }

  private func stopAndStart(_ findings: inout SessionsFindings) throws(CheckError) {
    let names = findings.backends
    let homes = Staying(findings).homes.compactMap(\.self)
    let busiest = Dictionary(homes.map { ($0, 1) }, uniquingKeysWith: +).max { ($0.value, $1.key) < ($1.value, $0.key) }
    guard let busiest else { throw .unmeasurable("no backend has named itself, so none can be stopped", advice: []) }
    let met = Set(homes).sorted().map { names[$0] }
    let found = FoundFingerprint(header: settings.backendHeader ?? "", in: Array(visitors.log.heads.values))
    let instances = try BackendInstances(met, found, settings, manager, stop: { self.watch.stop.isStopped })
    let backend = try plan.instance.map { (given) throws(CheckError) in try instances.backend(given, among: met) }
    let stopped = backend ?? names[busiest.key]
    findings.stopped = stopped
    let actors = StoppedBackends(manager, instances)
    go(through: .stop(stopped), &findings) { actors.stop([stopped], $0) }
    if !watch.stop.isStopped {
      go(through: .start(stopped), &findings) { _ in actors.start([stopped]) }
      // Where visitors do not come back, new ones show whether it is used again.
      findings.newcomers = visitors.come(with: .address, visitors.some(SessionsCheck.controlVisitors)).answers
    }
    leftStopped = actors.startAll()
    notes += instances.notes + actors.notes
  }

  /// Does one thing, has all visitors come at once and again once the balancer has settled.
  private func go(
    through phase: SessionsPhase, _ findings: inout SessionsFindings, _ act: (() -> Bool) -> ActionReport
  ) {
    begun += 1
    watch.report(.stage(CheckStage(phase.name, CheckStage.Place(begun, of: phases), lasts: plan.settle)))
    let report = act { watch.stop.isStopped }
    findings.actions.append(ActionSection(report, since: visitors.log.begun))
    notes += report.notes.map { "\(phase.name): \($0)" }
    findings.rounds.append(visitors.come(in: phase))
    let end = MonotonicClock.now() + plan.settle
    while MonotonicClock.now() < end, !watch.stop.isStopped { MonotonicClock.sleep(20_000_000) }
    if !watch.stop.isStopped { findings.rounds.append(visitors.come(in: phase)) }
  }
}

extension ActionSection {
  /// An action as its manager reports on it.
  ///
  /// - Parameter start: the clock's reading from which its times are counted.
  fileprivate init(_ report: ActionReport, since start: Nanoseconds) {
    self.init(
      command: report.command, exitStatus: report.exitStatus.map(Int.init),
      startSeconds: Double(report.startedAt - min(start, report.startedAt)) / 1e9,
      durationSeconds: Double(report.duration) / 1e9, claim: report.claim.isEmpty ? nil : report.claim,
      problem: report.problem, interrupted: report.wasStopped ? true : nil)
  }
}
