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
  private let plan: ReloadPlan
  private let watch: CheckWatch

  package static let defaultConnections = 50

  package init(_ settings: CheckSettings, manager: any DeploymentManager, plan: ReloadPlan, watch: CheckWatch) {
    self.settings = settings
    self.manager = manager
    self.plan = plan
    self.watch = watch
  }

  /// - Throws: ``CheckError`` where there is nothing to report on.
  package func run() throws(CheckError) -> ReportDocument {
    let begun = ReportClock()
    let preparation = Preparation(settings: settings, watch: watch)
    watch.report(.stage("looking who answers"))
    let ready = try preparation.reach()
    var notes = ready.notes
    let found = try preparation.fingerprint(ready)
    let generationHeader = settings.generationHeader ?? Self.generationHeader(in: found)
    if generationHeader == nil, plan.demandsReplacement {
      notes.append(
        "No header tells one life of a backend from the next (X-Generation, X-Pid, X-Version), so replacing is not judged; "
          + "name one with --generation-header.")
    }

    var actions = ActionRun(settings: settings, ready: ready, header: found.header, settle: plan.settle, watch: watch)
    actions.traffic.generationHeader = generationHeader
    actions.add("baseline")
    actions.add("reload") { manager.reload(stop: $0) }
    if plan.restarts { actions.add("restart") { manager.restart(stop: $0) } }
    let traffic = actions.traffic
    let (measured, spans, remarks) = try actions.measure()
    return document(
      ready, found.header, generationHeader, traffic, measured, spans, notes + measured.remarks() + remarks, begun)
  }

  /// The usual names of a generation header, the most telling first, if the answers have one.
  private static func generationHeader(in found: FoundFingerprint) -> String? {
    ["X-Generation", "X-Pid", "X-Process-Id", "X-Version", "X-Build", "X-Release"].first { name in
      name.lowercased() != found.header.lowercased() && !found.generations(in: name).isEmpty
    }
  }

  private func document(
    _ ready: ReadyTarget, _ header: String, _ generationHeader: String?, _ traffic: Plan, _ measured: Measurements,
    _ spans: [PhaseSpan], _ notes: [String], _ begun: ReportClock
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
    var assertions = judge(phases.map(\.section), hasGenerations: generationHeader != nil && plan.demandsReplacement)
    assertions += measured.completion(isInterrupted: isInterrupted)
    let verdict: Verdict = isInterrupted ? .inconclusive : Verdict.worst(of: assertions.map(\.verdict))
    let total = measured.backends.reduce(0) { $0 + $1.succeeded }
    return ReportDocument(
      tool: .lbcheck, check: "reload-test",
      target: TargetSection(url: settings.target.url, addresses: ready.addresses.map(\.description)),
      startedAt: begun.startedAt, durationSeconds: begun.seconds, verdict: verdict,
      summary: summary(phases.map(\.section)), interrupted: isInterrupted ? true : nil, assertions: assertions,
      notes: notes, command: settings.command,
      method: [
        MeasuredBy(name: "Traffic", value: traffic.inWords),
        MeasuredBy(name: "Manager", value: manager.name),
        MeasuredBy(name: "Backend header", value: header),
        MeasuredBy(name: "Generation header", value: generationHeader ?? "none"),
      ], traffic: measured.trafficSection(pacer: traffic.pacer),
      backends: measured.backends.sorted { $0.name < $1.name }.map { BackendSection($0, of: total) },
      phases: phases.map(\.section))
  }

  private func judge(_ phases: [PhaseSection], hasGenerations: Bool) -> [Assertion] {
    guard let baseline = phases.first(where: { $0.name == "baseline" }),
      let reload = phases.first(where: { $0.name == "reload" })
    else { return [] }
    var assertions = [
      Assertion(
        name: "baselineWithoutFailure", verdict: baseline.traffic.requests.failed == 0 ? .pass : .inconclusive,
        expected: "0 failed before the reload", actual: "\(baseline.traffic.requests.failed)",
        detail: baseline.traffic.requests.failed == 0 ? nil : "What fails before cannot be held against the reload."),
      Assertion(
        name: "reloadLostNoRequest", verdict: reload.traffic.requests.failed == 0 ? .pass : .fail,
        expected: "0 of \(reload.traffic.requests.scheduled) failed", actual: "\(reload.traffic.requests.failed)",
        detail: reload.outages.map(\.durationSeconds).max().map {
          "Longest outage: \(Double(Int($0 * 1000)) / 1000) s."
        }),
    ]
    if let problem = reload.action?.problem {
      assertions.append(
        Assertion(
          name: "managerReloaded", verdict: .fail, expected: "the manager carries out a reload", actual: "it did not",
          detail: problem))
    }
    if hasGenerations { assertions += replacement(baseline, reload) }
    if let before = baseline.traffic.latency?.p99, let during = reload.traffic.latency?.p99 {
      // Below a millisecond the factor is noise.
      let limit = max(before * plan.p99Factor, 1)
      assertions.append(
        Assertion(
          name: "p99DuringReload", verdict: during <= limit ? .pass : .fail,
          expected: "≤ \(Double(Int(limit * 100)) / 100) ms (\(plan.p99Factor) × baseline)",
          actual: "\(Double(Int(during * 100)) / 100) ms"))
    }
    return assertions
  }

  /// Whether every generation of the baseline was replaced by another one of the same backend, and none lingers.
  private func replacement(_ baseline: PhaseSection, _ reload: PhaseSection) -> [Assertion] {
    let old = baseline.generations
    let missed = old.filter { before in
      !reload.generations.contains { $0.backend == before.backend && $0.generation != before.generation }
    }.map { "\($0.backend) \($0.generation)" }
    return [
      Assertion(
        name: "everyGenerationReplaced", verdict: old.isEmpty ? .inconclusive : missed.isEmpty ? .pass : .fail,
        expected: "a new generation of each of \(Set(old.map(\.backend)).count) backends",
        actual: missed.isEmpty ? "all replaced" : "not replaced: \(missed.prefix(8).joined(separator: ", "))"),
      Assertion(
        name: "noStaleGeneration", verdict: reload.staleGenerations.isEmpty ? .pass : .fail,
        expected: "no earlier generation answers at the end",
        actual: reload.staleGenerations.isEmpty
          ? "none" : "still answering: \(reload.staleGenerations.prefix(8).joined(separator: ", "))"),
    ]
  }

  private func summary(_ phases: [PhaseSection]) -> String {
    let parts = phases.filter { $0.action != nil }.map { phase in
      let failed = phase.traffic.requests.failed
      return "the \(phase.name) lost "
        + (failed == 0 ? "no request" : "\(failed) of \(phase.traffic.requests.scheduled)")
    }
    guard let first = parts.first else { return "Nothing was reloaded." }
    return first.prefix(1).uppercased() + ([String(first.dropFirst())] + parts.dropFirst()).joined(separator: ", ")
      + "."
  }
}
