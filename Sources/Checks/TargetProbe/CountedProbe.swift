internal import HTTP
internal import Load
internal import Platform
internal import Report

/// Which answers of a probe count as success.
struct ProbeExpectation {
  let statuses: StatusSet
  /// See ``TrafficOptions/judgesCalls``.
  let judgesCalls: Bool

  /// Why an answer does not; `nil` where it does.
  func failure(of answer: ProbedResponse) -> FailureKind? {
    guard statuses.contains(answer.head.status) else { return .status }
    guard let failure = answer.callFailure, judgesCalls || failure == .status(.unavailable) else { return nil }
    return .call(failure)
  }
}

/// A probe whose every request is entered in its check's ledger.
struct CountedProbe: ~Copyable {
  private var probe: Probe
  private let ledger: TargetProbeLedger
  private let purpose: PreparationPurpose
  private let expected: ProbeExpectation
  private let stop: StopSignal

  /// - Parameter expected: what counts as success.
  init(
    _ probe: consuming Probe, _ ledger: TargetProbeLedger, for purpose: PreparationPurpose,
    expecting expected: ProbeExpectation, stop: StopSignal
  ) {
    self.probe = probe
    self.ledger = ledger
    self.purpose = purpose
    self.expected = expected
    self.stop = stop
  }

  /// Connects and sends nothing.
  mutating func open(to target: Target) throws(ProbeError) -> Nanoseconds? { try probe.open(to: target) }

  /// Whether the port speaks TLS, by a handshake over which nothing is asked.
  mutating func speaksTLS(for target: Target) -> Bool { probe.speaksTLS(for: target) }

  /// Whether HTTP/2 is spoken in clear text, by a beginning that other servers take for a request of the method PRI.
  mutating func speaksHTTP2(at target: Target) -> Bool {
    ledger.note(.notAsked, sent: 1, for: purpose, method: "PRI")
    return probe.speaksHTTP2(at: target)
  }

  /// What ALPN chooses, by a handshake over which nothing is asked.
  mutating func chosenProtocol(by target: Target) -> String? { probe.chosenProtocol(by: target) }

  /// Sends a request and waits for its response, as ``Probe`` does.
  mutating func send(
    _ template: RequestTemplate, to target: Target, closing: Bool = false, captureLimit: Int = 0
  ) throws(ProbeError) -> ProbedResponse {
    let before = probe.requestsSent
    do throws(ProbeError) {
      let exchange = try probe.send(template, to: target, closing: closing, captureLimit: captureLimit)
      note(.answered(exchange.head, expected.failure(of: exchange)), template, since: before)
      return exchange
    } catch {
      note(
        error.isGeneratorLimit || stop.isStopped || isCutShort(error) ? .notAsked : .failed(error.kind), template,
        since: before)
      throw error
    }
  }

  /// Whether the check's time was over before the request's.
  private func isCutShort(_ error: ProbeError) -> Bool {
    (error.kind == .timeout || error.kind == .connectTimeout) && probe.isPastEnd
  }

  private func note(_ outcome: TargetProbeLedger.Outcome, _ template: RequestTemplate, since before: Int) {
    ledger.note(outcome, sent: probe.requestsSent - before, for: purpose, method: template.method)
  }
}
