internal import HTTP
package import Load
internal import Platform
package import Report
internal import Statistics

/// Asks whether a canary, or any other division of the traffic, gets the part of the answers that it should.
///
/// Each answer is a new visitor's, over a connection of its own; the test ends as soon as the answers seen allow it.
package struct SplitCheck: Check {
  private let settings: CheckSettings
  private let split: SplitExpectation
  private let watch: CheckWatch

  package init(_ settings: CheckSettings, expecting split: SplitExpectation, watch: CheckWatch) {
    self.settings = settings
    self.split = split
    self.watch = watch
  }

  /// Requests a second while a change of weights is waited for, unless the user says otherwise.
  private static let usualRate = 500.0

  /// Chooses what the user leaves open.
  package static func complete(_ traffic: inout TrafficOptions, expecting split: SplitExpectation) {
    if split.wait != nil, traffic.rate == nil { traffic.rate = usualRate }
    if traffic.requests == nil, traffic.duration == nil, let test = SplitTest(split) {
      traffic.requests = SplitDraws.usualBound(test, waits: split.wait != nil)
    }
  }

  /// What new visitors were answered.
  package struct Findings {
    var common = CheckFindings()
    let outcome: SplitDraws.Outcome
  }

  /// - Throws: ``CheckError`` where there is nothing to report on.
  package func measure() throws(CheckError) -> Findings {
    try split.validate()
    guard settings.traffic.ramp == nil, settings.traffic.steps == nil, !settings.traffic.isPoisson else {
      throw .usage("--split asks in a closed loop or at a --rate, and takes no --ramp, --steps or --poisson")
    }
    var common = CheckFindings()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reach()
    common.take(ready)
    let header = try targetProbe.fingerprint(ready).header
    common.backendHeader = header
    let (started, processorTime) = (WallClock.now(), MonotonicClock.processorTime())
    watch.report(.stage(CheckStage(split.wait == nil ? "draws" : "waiting for the split")))
    let lanes = FairnessLane.all(ready.addresses.map(\.description), settings.templates)
    guard lanes.count <= FairnessCheck.mostLanes else {
      throw .usage("\(lanes.count) addresses and requests are more than \(FairnessCheck.mostLanes) to judge")
    }
    guard let draws = SplitDraws(settings.naming(header), split, at: ready.addresses, lanes, stop: watch.stop) else {
      throw .usage("--split-margin leaves no test")
    }
    watch.report(
      .traffic(
        LiveFeed(since: MonotonicClock.now()) {
          var measured = draws.measured()
          measured.setNobodiesApart()
          return measured
        }))
    let outcome = draws.run()
    var measured = draws.measured()
    measured.setNobodiesApart()
    measured.wasStopped = watch.stop.isStopped
    if let error = measured.error, measured.completed == 0 { throw CheckError(error) }
    common.stages = [
      CheckFindings.Stage(
        name: .concurrentStage, measured: measured, started: started,
        processorTime: MonotonicClock.processorTime() - processorTime)
    ]
    common.end(isInterrupted: watch.stop.isStopped, ledger)
    return Findings(common: common, outcome: outcome)
  }

  package func report(on findings: Findings) -> ReportDocument {
    let measured = findings.common.measured(.concurrentStage)
    let header = findings.common.backendHeader ?? ""
    let judgement = SplitJudgement(findings.outcome, expecting: split, header: header)
    let origins = AnswerOrigins(measured)
    let losses = Assertion(
      .traffic(.noRequestFailed), verdict: measured.failed == 0 ? .pass : .fail,
      expected: "0 of \(Formatting.count(measured.completed)) failed",
      actual: measured.failed == 0
        ? "0"
        : "\(Formatting.count(measured.failed)) failed: \(measured.failuresInWords(expecting: settings.expectedStatuses))"
    )
    var document = ReportDocument(
      check: .fairness, settings, findings.common, summary: "",
      assertions: judgement.assertions + [losses] + origins.assertions(settings) + measured.completion,
      notes: judgement.notes + measured.remarks(),
      traffic: measured.trafficSection(pacer: settings.pacer), backends: measured.backendSections)
    document.split = judgement.section
    document.nobody = measured.nobodySection
    document.conclude(
      finding: judgement.finding, notJudged: [], down: origins.down(settings))
    return document
  }
}
