internal import Deployment
internal import HTTP
internal import Load
internal import Report

/// One open-loop run with a manager's actions beside it, one after another, each watched for a while.
struct ActionRun {
  private typealias Step = (name: String, atLeast: Nanoseconds, act: ((() -> Bool) -> ActionReport)?)

  /// The traffic that goes on throughout.
  var traffic: Plan
  private let settle: Nanoseconds
  private let watch: CheckWatch
  private var steps: [Step] = []

  static let defaultRate = 200.0
  /// The share of requests on connections of their own, unless the user says otherwise.
  static let freshShare = 0.5

  /// - Parameter settle: how long each phase is watched after its action.
  init(settings: CheckSettings, ready: ReadyTarget, header: String, settle: Nanoseconds, watch: CheckWatch) {
    traffic = settings.naming(header).plan(
      ready.addresses, connections: settings.connections ?? ReloadCheck.defaultConnections)
    if traffic.pacer == .closedLoop { traffic.pacer = .constant(rate: Self.defaultRate) }
    if traffic.freshShare == 0 { traffic.freshShare = Self.freshShare }
    traffic.requests = nil
    traffic.duration = traffic.timeLimit
    traffic.recordLimit = 2_000_000
    self.settle = settle
    self.watch = watch
  }

  /// Adds a phase that begins with an action, or without one.
  ///
  /// - Parameters:
  ///   - atLeast: how long the phase lasts from its beginning, if its action and the settle time are shorter.
  ///   - act: is given the question whether to stop.
  mutating func add(_ name: String, atLeast: Nanoseconds = 0, _ act: ((() -> Bool) -> ActionReport)? = nil) {
    steps.append((name, atLeast, act))
  }

  /// What the traffic of all phases is called in the findings.
  static let look = "traffic"

  /// Runs all phases.
  ///
  /// - Returns: what was measured, the phases as far as they came, and what the manager's own list showed of its actions.
  func measure() throws(CheckError) -> (CheckFindings.Look, [PhaseSpan], [String]) {
    var left = steps[...]
    let end = StopSignal()
    var spans: [PhaseSpan] = []
    var remarks: [String] = []
    var current: (name: String, start: Nanoseconds, action: ActionSection?, until: Nanoseconds)?
    // The traffic goes on in its own threads while an action blocks this one.
    let look = try watch.look(Self.look, traffic, stop: end, every: 20_000_000) { snapshot in
      guard !end.isStopped else { return nil }
      guard snapshot.elapsed >= current?.until ?? 0 || watch.stop.isStopped else { return nil }
      if let open = current {
        spans.append(PhaseSpan(name: open.name, start: open.start, end: snapshot.elapsed, action: open.action))
        current = nil
      }
      guard !watch.stop.isStopped, let step = left.popFirst() else {
        end.stop()
        return nil
      }
      watch.report(.stage(step.name))
      var action: ActionSection?
      var length: Nanoseconds = 0
      if let act = step.act {
        let report = act { watch.stop.isStopped }
        remarks += report.notes.map { "\(step.name): \($0)" }
        length = report.duration
        action = ActionSection(
          command: report.command, exitStatus: report.exitStatus.map(Int.init),
          startSeconds: Double(snapshot.elapsed) / 1e9, durationSeconds: Double(report.duration) / 1e9,
          claim: report.claim.isEmpty ? nil : report.claim, problem: report.problem)
      }
      current = (step.name, snapshot.elapsed, action, snapshot.elapsed + max(length + settle, step.atLeast))
      return nil
    }
    return (look, spans, remarks)
  }
}

extension Plan {
  /// The traffic that goes on beside a manager's actions, in words.
  var inWords: String {
    "\(pacer.inWords) throughout, over \(connections) connections, a share of \(freshShare) on connections of their own"
  }
}

extension ReportDocument {
  /// The report on a run with a manager's actions beside it.
  init(
    check: String, _ settings: CheckSettings, _ ready: ReadyTarget, _ begun: ReportClock, _ measured: Measurements,
    _ traffic: Plan, isInterrupted: Bool, summary: String, assertions: [Assertion], notes: [String],
    method: [MeasuredBy], phases: [PhaseSection]
  ) {
    self.init(
      tool: .lbcheck, check: check,
      target: TargetSection(url: settings.target.url, addresses: ready.addresses.map(\.description)),
      startedAt: begun.startedAt, durationSeconds: begun.seconds,
      verdict: isInterrupted ? .inconclusive : Verdict.worst(of: assertions.map(\.verdict)), summary: summary,
      interrupted: isInterrupted ? true : nil, generatorPauses: measured.pauses.sections, assertions: assertions,
      notes: notes, command: settings.command,
      method: [MeasuredBy(name: "Traffic", value: traffic.inWords)] + measured.tlsMethod + method,
      traffic: measured.trafficSection(pacer: traffic.pacer),
      backends: measured.backendSections, phases: phases)
    nobody = measured.nobodySection
  }
}
