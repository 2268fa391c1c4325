import Report
import Testing

@testable import Checks

@Suite struct EarlyAssertionTests {
  private func evidence(
    _ completed: Int = 1_200, failed: Int = 0, backends: [String] = [], phase: (String, UInt64)? = nil,
    due: UInt64? = nil
  ) -> EarlyAssertion.Evidence {
    var evidence = EarlyAssertion.Evidence()
    (evidence.completed, evidence.failed, evidence.backends) = (completed, failed, backends)
    (evidence.phase, evidence.lastFailureDue) = (phase.map { (name: $0.0, start: $0.1) }, due)
    return evidence
  }

  private func expect(
    _ rule: EarlyAssertion.Rule, _ evidence: EarlyAssertion.Evidence, _ state: EarlyAssertion.State,
    _ why: String? = nil, _ place: SourceLocation = #_sourceLocation
  ) {
    let found = EarlyAssertion(.traffic(.noRequestFailed), rule).soFar(evidence)
    #expect(found.state == state && found.why == why, "\(found)", sourceLocation: place)
  }

  @Test("One request that failed decides that none did")
  func failures() {
    expect(.noFailure, evidence(), .holds, "none of 1,200 requests failed")
    expect(.noFailure, evidence(failed: 3), .failed, "3 of 1,200 requests failed")
  }

  @Test("A failure is the phase's in which the request was due, and of no phase while that is not known")
  func phases() {
    let (reload, failed) = (EarlyAssertion.Rule.noFailureInPhase("reload"), "a request that was due in it failed")
    let none = "none that was due in it failed yet"
    expect(reload, evidence(failed: 1, due: 50), .open, "its phase does not go on")
    expect(reload, evidence(failed: 1, phase: ("baseline", 0), due: 50), .open, "its phase does not go on")
    expect(reload, evidence(phase: ("reload", 40)), .holds, none)
    expect(reload, evidence(failed: 1, phase: ("reload", 40), due: 39), .holds, none)
    expect(reload, evidence(failed: 1, phase: ("reload", 40), due: 40), .failed, failed)
  }

  @Test("Who answered decides who may not; who did not answer yet may still")
  func backends() {
    let both = ["app-1", "app-2"]
    expect(.everyBackend(both), evidence(backends: ["app-2", "x"]), .open, "1 of 2 answered")
    expect(.everyBackend(both), evidence(backends: ["app-2", "app-1"]), .holds, "2 of 2 answered")
    expect(.noBackendBut(both), evidence(backends: ["app-2"]), .holds)
    expect(.noBackendBut(both), evidence(backends: ["z", "app-2", "x"]), .failed, "answered: x, z")
    expect(
      .noBackendBut(both), evidence(backends: (1...9).map { "b\($0)" }), .failed,
      "answered: b1, b2, b3, b4, b5, b6, b7, b8 and 1 more")
    expect(.silent(both), evidence(backends: ["x"]), .holds)
    expect(.silent(both), evidence(backends: ["x", "app-2"]), .failed, "answered: app-2")
    expect(.atTheEnd, evidence(failed: 9, backends: ["x"]), .open)
  }
}
