package import Deployment
internal import HTTP
package import Load
package import Report
internal import Statistics

/// Asks what visitors notice when one backend goes and comes back.
///
/// Under open-loop traffic one backend is stopped and started again; each phase is judged by the requests that were due in it.
package struct FailoverCheck {
  private let settings: CheckSettings
  private let manager: any DeploymentManager
  /// The backend to stop, by the name in its header; `nil` takes the first.
  private let backend: String?
  private let settle: Nanoseconds
  private let watch: CheckWatch

  /// Longer than nginx's fail_timeout of 10 s, after which a backend is tried again.
  package static let defaultSettle: Nanoseconds = 15_000_000_000

  package init(
    _ settings: CheckSettings, manager: any DeploymentManager, backend: String?, settle: Nanoseconds, watch: CheckWatch
  ) {
    self.settings = settings
    self.manager = manager
    self.backend = backend
    self.settle = settle
    self.watch = watch
  }

  /// - Throws: ``CheckError`` where there is nothing to report on.
  package func run() throws(CheckError) -> ReportDocument {
    let begun = ReportClock()
    let preparation = Preparation(settings: settings, watch: watch)
    watch.report(.stage("looking who answers"))
    let ready = try preparation.reach()
    let found = try preparation.fingerprint(ready)
    guard let stopped = backend ?? found.backends.sorted().first else {
      throw .unmeasurable("no backend has named itself, so none can be stopped", advice: [])
    }
    var actions = ActionRun(settings: settings, ready: ready, header: found.header, settle: settle, watch: watch)
    actions.add("baseline")
    let repair = Repair()
    actions.add("stop \(stopped)") { stop in
      repair.isNeeded = true
      return manager.stop(stopped, stop: stop)
    }
    // The backend is started again whatever has happened; Ctrl-C does not end that command.
    actions.add("start \(stopped)") { _ in
      repair.isNeeded = false
      return manager.start(stopped) { false }
    }
    let (measured, spans, remarks) = try actions.measure()
    var notes = ready.notes + measured.remarks() + remarks
    if repair.isNeeded {
      let report = manager.start(stopped) { false }
      notes.append(
        report.problem.map { "\(stopped) could not be started again: \($0)." }
          ?? "\(stopped) was started again after the interruption.")
    }

    let phases = spans.map { PhaseAnalysis($0, of: measured, previous: [], staleAfter: 0).section }
    let times = FailoverTimes(stopped: stopped, measured: measured, spans: spans)
    let isInterrupted = watch.stop.isStopped
    var assertions = judge(phases, times, stopped)
    assertions += measured.completion(isInterrupted: isInterrupted)
    let total = measured.backends.reduce(0) { $0 + $1.succeeded }
    let lost = phases.dropFirst().reduce(0) { $0 + $1.traffic.requests.failed }
    return ReportDocument(
      tool: .lbcheck, check: "failover",
      target: TargetSection(url: settings.target.url, addresses: ready.addresses.map(\.description)),
      startedAt: begun.startedAt, durationSeconds: begun.seconds,
      verdict: isInterrupted ? .inconclusive : Verdict.worst(of: assertions.map(\.verdict)),
      summary: "Stopping and starting \(stopped) lost \(lost == 0 ? "no request" : "\(lost) requests").",
      interrupted: isInterrupted ? true : nil, assertions: assertions, notes: notes, command: settings.command,
      method: [
        MeasuredBy(name: "Traffic", value: actions.traffic.inWords),
        MeasuredBy(name: "Manager", value: manager.name),
        MeasuredBy(name: "Backend header", value: found.header),
      ], traffic: measured.trafficSection(pacer: actions.traffic.pacer),
      backends: measured.backends.sorted { $0.name < $1.name }.map { BackendSection($0, of: total) }, phases: phases)
  }

  private func judge(_ phases: [PhaseSection], _ times: FailoverTimes, _ stopped: String) -> [Assertion] {
    guard phases.count == 3 else { return [] }
    let failed = phases[1].traffic.requests.failed + phases[2].traffic.requests.failed
    var assertions = [
      Assertion(
        name: "baselineWithoutFailure", verdict: phases[0].traffic.requests.failed == 0 ? .pass : .inconclusive,
        expected: "0 failed before", actual: "\(phases[0].traffic.requests.failed)"),
      Assertion(
        name: "failoverLostNoRequest", verdict: failed == 0 ? .pass : .fail,
        expected: "0 of \(phases[1].traffic.requests.scheduled + phases[2].traffic.requests.scheduled) failed",
        actual: "\(failed)"),
    ]
    for phase in phases {
      if let problem = phase.action?.problem {
        assertions.append(
          Assertion(
            name: "managerActed", verdict: .fail, expected: "\(phase.name) is carried out", actual: "it was not",
            detail: problem))
      }
    }
    guard times.answeredBefore else {
      return assertions + [
        Assertion(
          name: "backendAnsweredBefore", verdict: .inconclusive, expected: "\(stopped) answers before it is stopped",
          actual: "it did not")
      ]
    }
    assertions.append(
      Assertion(
        name: "othersTookOver", verdict: times.isSilentInTheEnd && times.othersAnswered ? .pass : .fail,
        expected: "\(stopped) falls silent and others answer",
        actual: times.isSilentInTheEnd
          ? "last answer \(seconds(times.lastAnswer)) after the stop"
          : "\(stopped) still answered at the end of the phase",
        detail: times.spread.isEmpty
          ? nil : "Meanwhile: \(times.spread); \(times.retried) answers came by way of a retry."))
    assertions.append(
      Assertion(
        name: "chosenAgain", verdict: times.backAfter != nil ? .pass : .fail,
        expected: "\(stopped) answers again within \(seconds(Double(settle) / 1e9))",
        actual: times.backAfter.map { "after \(seconds($0))" } ?? "it did not",
        detail: times.backAfter == nil ? "nginx tries again only after its fail_timeout; see --settle." : nil))
    return assertions
  }

  private func seconds(_ value: Double?) -> String {
    value.map { "\(($0 * 1000).rounded() / 1000) s" } ?? "never"
  }
}

/// Whether a backend was stopped and not yet started again.
private final class Repair {
  var isNeeded = false
}
