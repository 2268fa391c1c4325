internal import Load
package import Report
internal import Statistics

extension FairnessCheck {
  package func report(on findings: CheckFindings) -> ReportDocument {
    let concurrent = findings.measured(.concurrentStage)
    let seen = observations(findings)
    let judgement = FairnessJudgement(seen, against: expectation)
    let lanes = findings.lanes.map { lane in
      let judged = judged(lane)
      return (lane: lane, judgement: judged.judgement, assertions: judged.assertions)
    }
    let all = assertions(judgement, seen, findings)
    let own = lanes.isEmpty ? all : lanes.flatMap(\.assertions) + all.filter { !$0.isOfSharing }
    let origins = AnswerOrigins(unseenMethods.isEmpty ? Self.heavier(findings) : concurrent)
    var document = ReportDocument(
      check: .fairness, settings, findings,
      summary: "",
      assertions: own + origins.assertions(settings) + running(findings),
      notes: lanes.isEmpty
        ? notes(judgement, findings)
        : lanes.flatMap { entry in entry.judgement.notes.map { "\(entry.lane.name): \($0)" } },
      traffic: concurrent.trafficSection(pacer: settings.pacer, shareMade: findings.shareMade),
      backends: backends(concurrent, lanes.isEmpty ? judgement.expectedShares : [:]))
    document.fairness = section(lanes) ?? judgement.section
    if findings.samples > 1 { document.fairness?.samples = findings.samples }
    document.generatorPauses = concurrent.pauses.sections
    // A balancer leaves a dead server out without a word.
    document.conclude(
      finding: finding(lanes.first?.judgement ?? judgement, concurrent),
      notJudged: (expectation.backends.isEmpty
        ? ["whether there are more backends than answered; name them with --backend"] : [])
        + [Pooled(findings, kinds: settings.templates.count)?.notJudged].compactMap(\.self),
      down: origins.down(settings))
    return document
  }

  // MARK: Assertions

  /// Those of the judgement, as far as the stages allow one.
  func assertions(
    _ judgement: FairnessJudgement, _ seen: FairnessObservations, _ findings: CheckFindings
  ) -> [Assertion] {
    var assertions = judgement.assertions
    // Too few requests show what is there, and nothing of what is not.
    if findings.stages.contains(where: { $0.measured.error != nil }) {
      assertions = assertions.map { Self.withoutAbsence($0, since: "The stage ended early.") }
    }
    if seen.areBackendsHidden {
      assertions = assertions.map { Self.withoutAbsence($0, since: "Too many answers are no backend's.") }
    }
    if let pool = Pooled(findings, kinds: settings.templates.count) {
      assertions = assertions.map { pool.withoutWhatTheSumHides($0, areBackendsNamed: !expectation.backends.isEmpty) }
    }
    if findings.shards != nil, judgement.wantsAnotherSample,
      let index = assertions.firstIndex(where: { $0.kind == .sharing(.chance) })
    {
      assertions[index].verdict = .inconclusive
      assertions[index].detail = "One sample in a thousand of an honest random balancer looks like this: run it again."
    }
    return assertions
  }

  /// Whether everything was carried out.
  private func running(_ findings: CheckFindings) -> [Assertion] {
    let serial = findings.measured(.serialStage)
    let concurrent = findings.measured(.concurrentStage)
    let whole = concurrent.error == nil ? serial : concurrent
    return (settings.pacer.isOpenLoop && !findings.isInterrupted ? [concurrent.everyRequestSent] : [])
      + whole.completion + PlannedTraffic.assertions(findings, settings) + findings.shardAssertions
  }

  private static func withoutAbsence(_ assertion: Assertion, since reason: String) -> Assertion {
    guard assertion.verdict == .fail, assertion.isOfSharing, assertion.needsWholeRun else { return assertion }
    var undecided = assertion
    undecided.verdict = .inconclusive
    undecided.detail = reason
    return undecided
  }

  /// The stage of which more was a cache's or a redirect: all are asked the same.
  private static func heavier(_ findings: CheckFindings) -> Measurements {
    let concurrent = findings.measured(.concurrentStage)
    let serial = findings.measured(.serialStage)
    return AnswerOrigins(concurrent).hideBackends || !AnswerOrigins(serial).hideBackends ? concurrent : serial
  }

  // MARK: Words

  private func notes(_ judgement: FairnessJudgement, _ findings: CheckFindings) -> [String] {
    let serial = findings.measured(.serialStage)
    let concurrent = findings.measured(.concurrentStage)
    var notes = judgement.notes + concurrent.remarks()
    if !concurrent.backends.isEmpty { notes.insert("Backends by \(findings.backendHeader ?? "none").", at: 0) }
    if !findings.stages.contains(where: { $0.name == .serialStage }) {
      notes.append("Without a serial stage (--no-probe) the order of the answers is not judged.")
    }
    if serial.upstreamRetried > 0 {
      notes.append(
        "In the serial stage, \(Formatting.count(serial.upstreamRetried, "answer")) came only after a failed try of another backend."
      )
    }
    if serial.connectionsOpened > 1 + serial.retried, settings.freshShare < 1 {
      notes.append(
        "The serial stage needed \(Formatting.count(serial.connectionsOpened, "connection")), since the server closes them; the order is judged within each."
      )
    }
    if let error = serial.error { notes.append("The serial stage ended early: \(error).") }
    if !serial.pauses.isEmpty { notes.append("In the serial stage \(serial.pauses.inWords).") }
    return notes
  }

  private func backends(_ concurrent: Measurements, _ shares: [String: Double]) -> [BackendSection] {
    let total = concurrent.backends.reduce(0) { $0 + $1.succeeded }
    let backups = expectation.backends.backups.map(\.name)
    let silent = Set(shares.keys).union(backups).subtracting(concurrent.backends.map(\.name))
    let all = concurrent.backends + silent.map { Measurements.Backend(name: $0) }
    return all.sorted { $0.name < $1.name }.map { backend in
      let isBackup = backups.contains(backend.name)
      return BackendSection(
        backend, of: total, expectedShare: shares[backend.name] ?? (isBackup ? 0 : nil),
        role: isBackup ? "backup" : nil)
    }
  }

  private func finding(_ judgement: FairnessJudgement, _ concurrent: Measurements) -> String {
    let answering = concurrent.backends.count { $0.succeeded > 0 }
    guard answering > 0 else { return "no answer came from a backend" }
    let who = answering == 1 ? "One backend answered" : "\(answering) backends answered"
    let section = judgement.section
    let how = judgement.policy.manner(stickyBy: section.stickyBy, per: section.per)
    // Where visitors are expected to stay, the policy says so.
    let stay = judgement.policy == .sticky ? nil : section.stickyBy.map { "; visitors stay by \($0)" }
    return "\(who) \(how)\(stay ?? "")"
  }
}
