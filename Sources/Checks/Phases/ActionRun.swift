internal import Deployment
internal import HTTP
internal import Load
package import Platform
internal import Report
internal import Statistics

/// How long the phases of a run with actions last, and what they may cost.
package struct PhaseTiming: Sendable, Equatable {
  /// How long each phase is watched, at least, after its action.
  package var settle: Nanoseconds
  /// How long, beyond that, the next phase waits until the site has answered without failure for a second.
  package var recovery: Nanoseconds = 30_000_000_000
  /// How long an action may take: the manager's own limit, for all of its commands.
  package var longestAction: Nanoseconds = 600_000_000_000
  /// The longest acceptable time without an answer; `nil` for a second or, if that is more, three times the baseline's.
  package var mostGap: Nanoseconds?

  package init(settle: Nanoseconds) { self.settle = settle }

  /// Lets an action last as long as a manager's commands may: a list before and after each, for several backends at a time.
  package mutating func allow(commandsOf timeout: Nanoseconds) { longestAction = max(longestAction, 12 * timeout) }
}

/// One open-loop run with a manager's actions beside it, one after another, each watched for a while.
///
/// A phase begins with its action and ends where the next one begins: once it has settled and the site has answered without
/// failure for a second. A repair waits for nothing but the settling.
struct ActionRun {
  /// The action at the beginning of a phase; it is passed the check whether to stop. The last report is the action's own,
  /// earlier ones are of its preparation.
  typealias Action = (() -> Bool) -> [ActionReport]
  /// An action with one report.
  typealias Single = (() -> Bool) -> ActionReport

  private struct Step {
    let name: String
    let atLeast: Nanoseconds
    let isRepair: Bool
    let act: Action?
  }

  /// The result of a run.
  struct Outcome {
    let stage: CheckFindings.Stage
    /// The phases that were reached.
    let spans: [PhaseSpan]
    /// The names of all planned phases.
    let planned: [String]
    /// What the manager's own list showed of its actions.
    let remarks: [String]
    /// Whether the site answered without failure for a second in the end; `nil` if the end was early.
    let isWell: Bool?

    /// How the site was left.
    ///
    /// - Parameter answers: whether it answers single requests.
    func site(answers: () -> Verdict) -> SiteState {
      let from = (spans.last?.end ?? 0) - min(RecentRequests.stretch, spans.last?.end ?? 0)
      let last = stage.measured.records.filter { $0.due >= from }
      let failed = last.count { $0.failure != nil }
      return SiteState(wasWell: isWell, last: (last.count - failed, failed), answers: answers)
    }
  }

  /// The traffic that goes on throughout.
  var traffic: Plan
  private let timing: PhaseTiming
  private let watch: CheckWatch
  private var steps: [Step] = []

  /// How many requests are kept, of all shards together.
  static let mostRecords = RecordPacking.mostRows

  init(settings: CheckSettings, ready: ReadyTarget, header: String, timing: PhaseTiming, watch: CheckWatch) {
    traffic = settings.naming(header).plan(ready.addresses)
    traffic.templates = settings.deployTemplates
    traffic.requests = nil
    traffic.duration = 0
    traffic.recordLimit = max(Self.mostRecords / traffic.shard.count, 1)
    traffic.watchesRecentRequests = true
    self.timing = timing
    self.watch = watch
  }

  /// Adds a phase that begins with an action, or without one.
  ///
  /// - Parameters:
  ///   - atLeast: how long the phase lasts from its beginning, if its action and the settle time are shorter.
  ///   - isRepair: whether it puts right what the phase before has broken, so that it waits for no recovery.
  mutating func add(_ name: String, atLeast: Nanoseconds = 0, isRepair: Bool = false, _ act: Action? = nil) {
    steps.append(Step(name: name, atLeast: atLeast, isRepair: isRepair, act: act))
    // Only a fault lasts this long, such as a shard that does not learn of the end.
    let longest = max(timing.settle.saturatingAdd(act == nil ? 0 : timing.longestAction), atLeast)
    traffic.duration = traffic.duration?.saturatingAdd(longest).saturatingAdd(timing.recovery)
  }

  mutating func add(_ phase: PhaseKind, atLeast: Nanoseconds = 0, isRepair: Bool = false, _ act: Action? = nil) {
    add(phase.rawValue, atLeast: atLeast, isRepair: isRepair, act)
  }

  /// Bounds the traffic of a shard that does not act itself, in case it never learns of the end.
  mutating func bound(phases: Int) {
    for _ in 0..<phases {
      traffic.duration = traffic.duration?.saturatingAdd(timing.settle).saturatingAdd(timing.longestAction)
        .saturatingAdd(timing.recovery)
    }
  }

  /// Checks before any traffic that the phases' requests fit into the memory that they may take.
  ///
  /// - Throws: ``CheckError/usage(_:)``.
  func checkLength() throws(CheckError) {
    let shortest = steps.reduce(0) { $0 + Double(max(timing.settle, $1.atLeast)) / 1e9 }
    guard let rate = traffic.pacer.meanRate(over: shortest), rate * shortest > Double(Self.mostRecords) else { return }
    throw .usage(
      "\(steps.count) phases of \(Formatting.seconds(shortest, decimals: 1)) in all at \(Formatting.plannedRate(rate)) "
        + "exceed the \(Formatting.count(Self.mostRecords, "request")) that can be kept in memory: give a lower --rate or a shorter --settle"
    )
  }

  /// The settling of all phases, which actions and a site that does not recover prolong up to the run's bound.
  private var expectedTime: ExpectedTime {
    ExpectedTime(least: steps.reduce(0) { $0.saturatingAdd(usualTime(of: $1)) }, most: traffic.duration)
  }

  private func usualTime(of step: Step) -> Nanoseconds { max(timing.settle, step.atLeast) }

  private func begun(_ step: Step, before others: ArraySlice<Step>) -> CheckStage {
    CheckStage(
      step.name, CheckStage.Place(steps.count - others.count, of: steps.count), lasts: usualTime(of: step),
      followed: others.reduce(0) { $0.saturatingAdd(usualTime(of: $1)) })
  }

  /// Runs all phases.
  func measure() throws(CheckError) -> Outcome {
    try checkLength()
    var phases = RunningPhases(steps: steps.count, timing: timing)
    watch.report(.takes(expectedTime))
    var left = steps[...]
    let end = FinishSignal()
    var remarks: [String] = []
    // The traffic goes on in its own threads while an action blocks this one.
    let stage = try watch.traffic(.traffic, traffic, finish: end, every: 20_000_000) { snapshot in
      guard !end.isFinished else { return nil }
      guard !watch.stop.isStopped else {
        phases.close(at: snapshot.elapsed)
        end.finish()
        return nil
      }
      guard phases.mayGoOn(snapshot, toRepair: left.first?.isRepair == true) else { return nil }
      guard let step = left.popFirst() else {
        phases.close(at: snapshot.elapsed, isWell: phases.isWell(snapshot))
        end.finish()
        return nil
      }
      watch.report(.stage(begun(step, before: left)))
      let reports = step.act?({ watch.stop.isStopped }) ?? []
      remarks += reports.flatMap(\.notes).map { "\(step.name): \($0)" }
      phases.open(step.name, atLeast: step.atLeast, isRepair: step.isRepair, reports, snapshot)
      if let start = phases.start { watch.report(.phase(step.name, since: start)) }
      return nil
    }
    phases.close(at: stage.measured.duration)
    return Outcome(
      stage: stage, spans: PhaseSpan.aligned(phases.spans, to: stage.measured.records), planned: steps.map(\.name),
      remarks: remarks, isWell: phases.wasLeftWell)
  }
}

extension Nanoseconds {
  /// The sum, or the largest number on overflow.
  func saturatingAdd(_ other: Nanoseconds) -> Nanoseconds {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

extension CheckSettings {
  /// The note where the content of answers was not checked.
  var unseenContents: [String] {
    // Of a gRPC call grpc-status and the message's length are looked at.
    traffic.expectedBody != nil || templates.allSatisfy { $0.call != nil }
      ? []
      : [
        "The content of answers was not checked: an error page with status 200 counts as answered, and so does an answer cut "
          + "off behind a proxy that speaks HTTP/1.0 to its backends, as nginx does by default; see --expect-body."
      ]
  }
}
