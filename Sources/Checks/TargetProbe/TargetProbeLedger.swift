internal import HTTP
internal import Load
internal import Platform
internal import Report

/// Counts what a check sends beside the traffic that it reports, and keeps what the answers said. One for each check.
final class TargetProbeLedger {
  /// The clock's reading at the check's beginning.
  let begun = MonotonicClock.now()

  /// What became of a request.
  enum Outcome {
    /// With why it is no success; `nil` for one.
    case answered(ResponseHead, FailureKind?)
    case failed(FailureKind)
    /// Interrupted, out of the check's time, or this machine had no means to ask: nothing is said of the server.
    case notAsked
  }

  private var counted = TargetProbeFindings()
  /// The heads of answers that may name backends and list tries, until it is known which header does.
  private var heads: [ResponseHead] = []
  /// Those of answers to other requests than the user's, whose backends need not answer the user's.
  private var variedHeads: [ResponseHead] = []

  /// What is to be said of what was sent.
  private(set) var notes: [String] = []

  private static let mostHeads = 2_000

  /// Notes a request that a probe sent, or failed to send.
  ///
  /// - Parameter count: how often it went over a connection.
  func note(_ outcome: Outcome, sent count: Int, for purpose: PreparationPurpose, method: String) {
    counted.sent.add(count, for: purpose, method: method)
    switch outcome {
    case .notAsked: return
    case .answered(let head, let failure):
      if purpose.isJudged { judge(failure.map { $0 == .status ? "status \(head.status)" : $0.name }) }
      if purpose.showsTries { keep(head, isVaried: purpose == .stickyProbe) }
    case .failed(let kind):
      // Why an address does not answer is said where the target's addresses are.
      if purpose.isJudged, purpose != .reachability { judge(kind.name) }
    }
  }

  /// Notes what was sent before the check until the target answered.
  func note(waited sent: PreparationSection, _ note: String) {
    counted.sent.add(sent)
    notes.append(note)
  }

  /// Notes the requests of a whole run that the report's traffic does not show.
  ///
  /// - Parameter expected: the statuses that count as success where failures count; `nil` where they are judged elsewhere.
  func note(
    _ measured: Measurements, of templates: [RequestTemplate], for purpose: PreparationPurpose,
    expecting expected: StatusSet? = nil
  ) {
    if let expected { note(failuresOf: measured, expecting: expected) }
    for (template, count) in zip(templates, measured.sent) {
      counted.sent.add(count, for: purpose, method: template.method)
    }
    guard purpose.showsTries else { return }
    for backend in measured.backends where backend.requests > 0 {
      counted.answered = (counted.answered ?? [:]).merging([backend.name: backend.requests], uniquingKeysWith: +)
    }
    for backend in measured.backends where backend.failedTries > 0 {
      counted.failedTries[backend.name, default: 0] += backend.failedTries
    }
  }

  /// Judges requests that the report does not show otherwise.
  func note(failuresOf measured: Measurements, expecting expected: StatusSet) {
    let failed = counted.failed
    for (kind, count) in measured.failures where kind != .status {
      counted.failures[kind.name, default: 0] += count
    }
    for (status, count) in measured.statuses where !expected.contains(status) {
      counted.failures["status \(status)", default: 0] += count
    }
    counted.judged += measured.completed
    counted.succeeded += measured.completed - (counted.failed - failed)
  }

  /// Notes that something else is sent in place of a request.
  func note(replaced request: RequestTemplate) {
    if !counted.replaced.contains(request.verb) { counted.replaced.append(request.verb) }
  }

  private func keep(_ head: ResponseHead, isVaried: Bool) {
    if isVaried, variedHeads.count < Self.mostHeads { variedHeads.append(head) }
    if !isVaried, heads.count < Self.mostHeads { heads.append(head) }
  }

  private func judge(_ failure: String?) {
    counted.judged += 1
    if let failure { counted.failures[failure, default: 0] += 1 } else { counted.succeeded += 1 }
  }

  var requests: Int { counted.sent.requests }

  /// All of it.
  ///
  /// - Parameter header: the one that lists tries; `nil` where none is known.
  func findings(header: String?) -> TargetProbeFindings {
    var findings = counted
    guard let header else { return findings }
    for (name, count) in FoundFingerprint.answers(in: heads, by: header) {
      findings.answered = (findings.answered ?? [:]).merging([name: count], uniquingKeysWith: +)
    }
    for head in heads + variedHeads {
      for name in head.value(of: header).map({ Fingerprint.tried(in: $0) }) ?? [] {
        findings.failedTries[name, default: 0] += 1
      }
    }
    return findings
  }
}

extension PreparationPurpose {
  /// Whether the requests have to be answered as the traffic's have to.
  fileprivate var isJudged: Bool {
    switch self {
    case .reachability, .headerSearch, .discovery, .inspection: true
    // Judged where they are shown, or sent to find out what fails.
    case .unknownPath, .serialStage, .freshStage, .burst, .shuffledLook, .unequalLook, .stickyProbe, .discardedSample,
      .startRate, .capacityStep,
      .scaling, .recovery, .waiting:
      false
    }
  }

  /// Whether the tries that answers list say something of the balancer as it is; not while backends are stopped on purpose, and
  /// not where they are counted with the traffic.
  fileprivate var showsTries: Bool {
    switch self {
    case .reachability, .headerSearch, .discovery, .inspection, .unknownPath, .stickyProbe, .discardedSample,
      .startRate,
      .capacityStep:
      true
    case .serialStage, .freshStage, .burst, .shuffledLook, .unequalLook, .scaling, .recovery, .waiting: false
    }
  }
}
