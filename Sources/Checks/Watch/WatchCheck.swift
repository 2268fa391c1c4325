internal import HTTP
internal import Load
package import Platform
package import Report
internal import Statistics

/// How long a watch goes on, and what it demands.
package struct WatchPlan: Sendable, Equatable {
  /// Ends the watch once something was seen, and then nothing for so long.
  package var stableAfter: Nanoseconds?
  /// The longest acceptable time without an answer in a deploy; `nil` for a second.
  package var mostGap: Nanoseconds?
  /// A file that gets the events as well.
  package var eventsFile: String?
  /// A command that gets each event.
  package var eventCommand: [String]?

  package init() {}
}

/// What a watch measured and saw.
package struct WatchFindings: Sendable {
  var check: CheckFindings
  var seen: WatchRecorder.Seen
  /// What could not be written or run, a sentence each.
  var problems: [String] = []
  /// Whether the watch goes on.
  var goesOn = false
  /// A header that names a version, and was not read because another one was.
  var unreadVersion: String?
}

/// Tells what visitors see of deploys that others make, by any means.
///
/// One open-loop run goes on until it is stopped. What happened is read off the answers alone.
package struct WatchCheck: Check {
  let settings: CheckSettings
  private let plan: WatchPlan
  private let journal: WatchJournal?
  private let watch: CheckWatch
  /// Whether a report is asked for meanwhile, and what becomes of it.
  private let isReportWanted: () -> Bool
  private let show: (ReportDocument) -> Void

  /// How long an outcome may wait until it is looked at.
  private static let delay: Nanoseconds = 50_000_000

  package init(
    _ settings: CheckSettings, plan: WatchPlan, journal: WatchJournal?, watch: CheckWatch,
    isReportWanted: @escaping () -> Bool = { false }, show: @escaping (ReportDocument) -> Void = { _ in }
  ) {
    self.settings = settings
    self.plan = plan
    self.journal = journal
    self.watch = watch
    self.isReportWanted = isReportWanted
    self.show = show
  }

  package func measure() throws(CheckError) -> WatchFindings {
    var findings = CheckFindings()
    let ledger = TargetProbeLedger()
    let targetProbe = TargetProbe(settings: settings, watch: watch, ledger: ledger)
    let ready = try targetProbe.reachEvenIfDown()
    findings.take(ready)
    let isUp = ready.attempts.contains { (try? $0.outcome.get()) != nil }
    let found =
      isUp
      ? try targetProbe.whoAnswers(ready, &findings.notes, takesSite: .whereVersioned)
      : settings.backendHeader.map { FoundFingerprint(header: $0, in: []) }
    findings.notes += [found?.siteNote].compactMap(\.self)
    findings.backendHeader = found?.site == nil ? found?.header : nil
    let elsewhere = settings.fingerprint.readsGenerationElsewhere
    findings.generationHeader = settings.generationHeader ?? (elsewhere ? nil : found?.generationHeader)
    let unread = elsewhere ? nil : found?.versionHeader(beside: findings.generationHeader)
    let journal = journal
    let recorder = WatchRecorder(
      backups: Set(settings.expectedBackends.backups.map(\.name)),
      namesVersions: elsewhere || findings.generationHeader.flatMap(FoundFingerprint.versionHeader) != nil,
      mostGap: plan.mostGap,
      methods: settings.deployMethods, isSite: found?.site != nil,
      outlets: WatchRecorder.Outlets(
        event: { journal?.add($0) }, minute: { journal?.add($0) }, records: settings.recordSink))
    var traffic = settings.plan(ready.addresses)
    traffic.templates = settings.deployTemplates
    traffic.fingerprint.backendHeader = findings.backendHeader
    (traffic.fingerprint.generationHeader, traffic.fingerprint.site) = (findings.generationHeader, found?.site)
    traffic.traffic.requests = nil
    traffic.traffic.duration = settings.traffic.duration ?? .max
    traffic.recordSink = recorder
    traffic.recordDelay = Self.delay
    let book = AddressBook(ready.addresses)
    traffic.addressBook = book
    let resolving = try lookUps(into: book, recorder)
    defer { resolving?.stop() }
    watch.report(.takes(ExpectedTime(least: settings.traffic.duration)))
    watch.report(.stage(CheckStage("watch", lasts: settings.traffic.duration, followed: 0)))
    var told = 0
    let stage = try run(traffic, recorder, &told) { findings.soFar(ledger) }
    if stage.measured.completed == 0, let error = stage.measured.error { throw CheckError(error) }
    findings.stages = [stage]
    findings.end(isInterrupted: false, ledger)
    let seen = recorder.finish()
    tell(seen, &told)
    return WatchFindings(
      check: findings, seen: seen, problems: journal?.close() ?? [], unreadVersion: unread)
  }

  /// Sends the traffic until the watch is over.
  private func run(
    _ traffic: Plan, _ recorder: WatchRecorder, _ told: inout Int, findings: () -> CheckFindings
  ) throws(CheckError) -> CheckFindings.Stage {
    let end = FinishSignal()
    var began: Int64?
    var (count, lastJudged) = (told, 0)
    defer { told = count }
    // What is in flight when the watch is stopped is waited for: its outcome is the last that visitors see.
    return try watch.traffic(.traffic, traffic, stop: StopSignal(), finish: end) { snapshot in
      if began == nil, snapshot.start > 0 {
        began = WallClock.time(atMonotonic: snapshot.start)
        recorder.began(at: began ?? 0)
      }
      let seen = recorder.soFar
      tell(seen, &count)
      judge(seen, &lastJudged)
      if watch.stop.isStopped || isStable(seen, at: snapshot.elapsed) { end.finish() }
      if isReportWanted() {
        var check = findings()
        check.stages = [
          CheckFindings.Stage(name: .traffic, measured: recorder.measured, started: began ?? WallClock.now())
        ]
        show(report(on: WatchFindings(check: check, seen: seen, goesOn: true)))
      }
      return nil
    }
  }

  /// Reports on the verdicts of deploys that are over.
  private func judge(_ seen: WatchRecorder.Seen, _ last: inout Int) {
    for deploy in seen.deploys where deploy.number > last {
      let failed = deploy.assertions.first { $0.verdict == deploy.verdict && $0.verdict != .pass }
      watch.report(.judged(EarlyVerdict("deploy \(deploy.number)", deploy.verdict, failed.map(PlainWords.clause))))
      last = deploy.number
    }
  }

  /// Whether something was seen, and then nothing for as long as was asked for.
  private func isStable(_ seen: WatchRecorder.Seen, at now: Nanoseconds) -> Bool {
    guard let stableAfter = plan.stableAfter, let last = seen.lastSeen, !seen.isUnderWay, !seen.isDown else {
      return false
    }
    return now - min(last, now) >= stableAfter
  }

  /// Reports the events that are new.
  private func tell(_ seen: WatchRecorder.Seen, _ told: inout Int) {
    for event in seen.events.suffix(seen.eventCount - told) { watch.report(.seen(event)) }
    told = seen.eventCount
  }

  /// Looks the target's name up again and again; `nil` for an address, and for a name whose addresses are given.
  private func lookUps(into book: AddressBook, _ recorder: WatchRecorder) throws(CheckError) -> AddressWatch? {
    let destination = settings.overrides.destination(for: settings.target)
    guard destination.addresses == nil, SocketAddress(destination.host, port: destination.port) == nil else {
      return nil
    }
    let start = MonotonicClock.now()
    let resolving = AddressWatch(book) {
      (try Resolver.addresses(of: destination), DNSLifetime.of(destination.host))
    } changed: { before, now in
      recorder.note(
        .addressesChanged(from: before.map(\.description), to: now.map(\.description)), at: MonotonicClock.now() - start
      )
    }
    do throws(SystemError) {
      try resolving.start()
    } catch {
      throw CheckError(.noThread(error.message))
    }
    return resolving
  }
}
