internal import Load
internal import Platform
internal import Report
internal import Statistics

/// A deploy with its verdict.
struct JudgedDeploy: Sendable {
  let number: Int
  /// The quiet time before it, where there was any, and the deploy.
  let phases: [PhaseSection]
  let assertions: [Assertion]
  /// What was seen of it and is not judged, a clause each.
  let notJudged: [String]

  var verdict: Verdict { Verdict.worst(of: assertions.map(\.verdict)) }
  /// The deploy alone.
  var phase: PhaseSection? { phases.last }

  /// Judges a deploy as a reload is judged: losses, the longest time without an answer, and who gave the answers.
  ///
  /// - Parameters:
  ///   - mostGap: the longest acceptable time without an answer; `nil` for what ``PhaseVerdicts`` takes.
  ///   - namesVersions: whether a generation's name is that of a build.
  ///   - backups: the backends that serve only for others.
  ///   - methods: those of the plan's templates.
  ///   - began: when second 0 was, in nanoseconds since 1970.
  init(
    _ deploy: SeenDeploy, mostGap: Nanoseconds?, namesVersions: Bool, backups: Set<String> = [], methods: [String] = [],
    began: Int64?
  ) {
    number = deploy.number
    let name = "deploy \(deploy.number)"
    let analyses = PhaseAnalysis.all(
      deploy.spans, of: deploy.measured, staleAfter: nil, methods: methods, hasWholeRun: false, began: began)
    var verdicts = PhaseVerdicts(analyses)
    verdicts.demandNoLoss(by: .deploy, of: name, in: [1])
    verdicts.demandNoGap(by: .deploy, of: name, in: [1], most: mostGap)
    let staying = StayingGenerations(deploy, namesVersions: namesVersions)
    if let stale = staying.assertion(of: name) { verdicts.add(stale, about: [1]) }
    if let carried = Self.carried(deploy, by: backups, name) { verdicts.add(carried, about: [1]) }
    if !deploy.isOver {
      let rest = Formatting.seconds(Double(DeployRecorder.quiet) / 1e9)
      verdicts.leaveOpen(
        .passes, about: 1, because: "The watch ended before nothing had been seen for \(rest) after \(name).")
    }
    if deploy.unkept > 0 {
      verdicts.leaveOpen(
        .passes, about: 1,
        because:
          "Only the first requests of \(name) are kept: \(Formatting.count(deploy.unkept)) more were not looked at.")
    }
    assertions = verdicts.assertions
    phases = verdicts.phases.enumerated().filter { $0.offset == 1 || $0.element.traffic.requests.scheduled > 0 }
      .map(\.element)
    notJudged = [
      staying.unreplaced.isEmpty
        ? nil : "in \(name) not every backend changed: \(staying.unreplaced.prefix(8).joined(separator: ", "))",
      Self.slowness(analyses, name),
    ].compactMap(\.self)
  }

  /// That backups answered in place of all primaries; `nil` where they did not.
  private static func carried(_ deploy: SeenDeploy, by backups: Set<String>, _ name: String) -> Assertion? {
    guard !backups.isEmpty else { return nil }
    let (before, during) = (deploy.spans[0], deploy.spans[1])
    let duty = BackupDuty(deploy.measured, declared: backups, baseline: before.start..<max(before.start, before.end))
    let stretches = duty.stretches(in: during.start..<max(during.start, during.end))
    guard let longest = stretches.max(by: { $0.seconds < $1.seconds }) else { return nil }
    let names = longest.carriedBy.joined(separator: ", ")
    return Assertion(
      .sharing(.backupSilent), of: name, verdict: .fail, expected: "a primary answers throughout",
      actual: "\(names) alone for \(Formatting.seconds(longest.seconds))",
      detail: "A backup answers only when no primary does.", finding: .nothing)
  }

  /// That answers were slower by more than chance, as a clause; `nil` where they were not.
  private static func slowness(_ analyses: [PhaseAnalysis], _ name: String) -> String? {
    guard analyses.count == 2,
      let tail = TailComparison(
        before: analyses[0], during: analyses[1], factor: ReloadPlan().p99Factor, lateness: 0),
      tail.assertion.verdict != .pass
    else { return nil }
    return "how slow \(name) was (p99 \(tail.assertion.actual), wanted \(tail.assertion.expected))"
  }
}

/// The generations from before a deploy that still answered at its end: from records, no clock.
struct StayingGenerations {
  /// `backend generation` of backends that have a new one, whose old one answers on.
  let stale: [String]
  /// Backends that have no new one, though others have.
  let unreplaced: [String]
  /// Whether any backend had a single generation before and another one after: only then is staying a finding.
  private let isJudged: Bool
  /// Whether there was time for the old ones to go.
  private let isOver: Bool

  init(_ deploy: SeenDeploy, namesVersions: Bool) {
    let (start, end) = (deploy.spans[1].start, deploy.spans[1].end)
    // The last half of the quiet time.
    let late = max(start, end - min(end, DeployRecorder.quiet / 2))
    var before: [Int: Set<Int>] = [:]
    var after: [Int: Set<Int>] = [:]
    for record in deploy.measured.records where record.failure == nil {
      guard let backend = record.backend, let generation = record.generation else { continue }
      if record.done < start { before[backend, default: []].insert(generation) }
      if record.done >= late { after[backend, default: []].insert(generation) }
    }
    var (stale, unreplaced, replaced): ([String], [String], Int) = ([], [], 0)
    for (backend, old) in before {
      guard let now = after[backend] else { continue }
      let hasNew = !now.subtracting(old).isEmpty
      let staying = now.intersection(old)
      let name = deploy.measured.backends[backend].name
      if hasNew { replaced += 1 }
      // Of several processes that share a backend, one may be replaced as a matter of routine.
      if hasNew, old.count == 1 || namesVersions {
        stale += staying.map { "\(name) \(deploy.measured.generations[$0].name)" }
      } else if !hasNew, !staying.isEmpty {
        unreplaced.append(name)
      }
    }
    self.stale = stale.sorted()
    self.unreplaced = replaced > 0 ? unreplaced.sorted() : []
    isJudged = replaced > 0
    isOver = deploy.isOver
  }

  /// `nil` where no generation was replaced.
  func assertion(of deploy: String) -> Assertion? {
    guard isJudged else { return nil }
    let shown = stale.prefix(8).joined(separator: ", ")
    return Assertion(
      .generations(.noStaleGeneration), of: deploy, verdict: stale.isEmpty ? .pass : isOver ? .fail : .inconclusive,
      expected: "no earlier generation answers at the end",
      actual: stale.isEmpty ? "none" : "still answering: \(shown)", finding: stale.isEmpty ? nil : .labelled(shown))
  }
}
