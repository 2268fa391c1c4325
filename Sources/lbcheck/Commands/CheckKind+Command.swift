internal import Checks
internal import Deployment
internal import HTTP
internal import Load
internal import Report
internal import Testbed

// What the compiler requires of a new kind of check.

extension CheckKind {
  /// The command that runs it.
  var command: Command {
    switch self {
    case .fairness: .fairness
    case .sessions: .sessions
    case .reloadTest: .reloadTest
    case .watch: .watch
    case .failover: .failover
    case .capacity: .capacity
    case .gate: .gate
    case .compare: .compare
    case .load: .load
    case .inspect: .inspect
    }
  }
}

extension Request {
  /// With everything filled in that a check chooses where the user does not.
  func completed(for check: CheckKind) -> Request {
    var request = self
    request.target.complete()
    request.post.complete()
    // A resumed session shows the certificate of an earlier handshake.
    if fingerprint.generationCertificate { request.target.tls.resumes = false }
    request.traffic.askedHTTP = traffic.askedHTTP ?? (target.call == nil ? .http1 : .http2)
    if traffic.askedStatuses == .usual { request.traffic.askedStatuses = nil }
    switch check {
    case .load: LoadCheck.complete(&request.traffic)
    case .fairness where split.isUsed:
      request.split.complete()
      // The header of a split is the one that names backends.
      if let header = split.header { (request.fingerprint.backendHeader, request.split.header) = (header, nil) }
      SplitCheck.complete(&request.traffic, expecting: split)
    case .fairness:
      request.expectation.complete()
      FairnessCheck.complete(&request.traffic, expecting: expectation)
    case .capacity: request.capacity.complete()
    case .reloadTest:
      request.reload.restarts =
        reload.restarts && (manager.actions.contains(.restart) || !manager.actions.contains(.reload))
      if testbed.isUsed { request.reload.slowPath = reload.slowPath ?? "/slow?ms=150" }
      request.reload.timing.allow(commandsOf: manager.timeout)
    case .failover:
      request.failover.timing.settle = failover.usualSettle(onTestbed: testbed.isUsed)
      request.failover.settle = request.failover.timing.settle
      request.failover.timing.allow(commandsOf: manager.timeout)
    case .sessions: request.sessions.complete(expecting: expectation.backends)
    case .watch, .inspect, .gate, .compare: break
    }
    return request
  }

  /// What each of several repetitions of a check is called; `nil` for a check that is made once.
  func repeated(_ check: CheckKind) -> String? {
    switch check {
    case .load: load.runs.map { _ in "run" }
    case .reloadTest: reload.rounds.map { _ in "round" }
    case .failover: failover.rounds.map { _ in "round" }
    case .inspect, .fairness, .sessions, .watch, .capacity, .gate, .compare: nil
    }
  }

  /// Makes the check of this kind; `nil` for one that cannot be divided.
  func divisible(_ check: CheckKind) -> CheckMaker<any DivisibleCheck>? {
    switch check {
    case .load: { LoadCheck($1, watch: $2) }
    case .fairness: split.isUsed ? nil : { FairnessCheck($1, expecting: $0.expectation, watch: $2) }
    case .capacity:
      capacity.ladder.map { steps in { CapacityLadder($1, plan: $0.capacity, steps: steps, watch: $2) } }
    // The manager is known only where it is measured; judging needs none.
    case .reloadTest: { ReloadCheck($1, manager: nil, plan: $0.reload, watch: $2) }
    case .inspect, .sessions, .watch, .failover, .gate, .compare: nil
    }
  }
}
