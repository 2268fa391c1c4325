import HTTP
import Load
import Report
import Testing

@testable import Checks

@Suite struct TargetProbeLedgerTests {
  private func head(_ status: Int, _ backend: String? = nil) -> ResponseHead {
    ResponseHead(status: status, fields: backend.map { [HeaderField(name: "X-Backend", value: $0)] } ?? [])
  }

  @Test("What a dead backend's tries said before the traffic is kept, once it is known which header lists them")
  func tries() {
    let ledger = TargetProbeLedger()
    ledger.note(.answered(head(200, "10.0.0.1:80"), nil), sent: 1, for: .reachability, method: "GET")
    ledger.note(
      .answered(head(200, "10.0.0.3:80, 10.0.0.1:80"), nil), sent: 1, for: .headerSearch, method: "GET")
    #expect(ledger.findings(header: nil).failedTries.isEmpty)
    let findings = ledger.findings(header: "x-backend")
    #expect(findings.failedTries == ["10.0.0.3:80": 1])
    #expect(findings.notes.contains { $0.contains("10.0.0.3:80 (1×)") })
    #expect(findings.assertions.isEmpty)
    #expect(findings.sent.purposes == [.reachability: 1, .headerSearch: 1])
  }

  @Test("Who answered before the traffic is kept, without names for nobody and without what caches repeat")
  func answered() {
    let ledger = TargetProbeLedger()
    for name in ["f5/a", "f5/a", "f5/spare", "f5/<NOSRV>"] {
      ledger.note(.answered(head(200, name), nil), sent: 1, for: .headerSearch, method: "GET")
    }
    let stored = ResponseHead(
      status: 200, fields: [HeaderField(name: "X-Backend", value: "old"), HeaderField(name: "Age", value: "3")])
    ledger.note(.answered(stored, nil), sent: 1, for: .headerSearch, method: "GET")
    var sample = Measurements()
    sample.backends = [Measurements.Backend(name: "f5/b"), Measurements.Backend(name: "dead")]
    sample.backends[0].requests = 7
    ledger.note(sample, of: [], for: .discardedSample)
    #expect(ledger.findings(header: "x-backend").answered == ["f5/a": 2, "f5/spare": 1, "f5/b": 7])
  }

  @Test("A failure before the traffic fails, and is reported by what came instead")
  func failures() {
    let ledger = TargetProbeLedger()
    ledger.note(.answered(head(200), nil), sent: 1, for: .reachability, method: "GET")
    ledger.note(.answered(head(502), .status), sent: 1, for: .headerSearch, method: "GET")
    ledger.note(.answered(head(502), .status), sent: 1, for: .discovery, method: "GET")
    // One that was sent again on a fresh connection.
    ledger.note(.failed(.closed), sent: 2, for: .headerSearch, method: "GET")
    let findings = ledger.findings(header: "X-Backend")
    #expect(findings.judged == 4 && findings.failed == 3 && findings.sent.requests == 5)
    let assertion = findings.assertions.first
    #expect(assertion?.verdict == .fail)
    #expect(assertion?.actual == "3 failed: 2 status 502, 1 closed")
  }

  @Test("What is sent to see whether the target recovers may fail, and an unknown path is not expected to be there")
  func notJudged() {
    let ledger = TargetProbeLedger()
    for purpose in [PreparationPurpose.recovery, .unknownPath, .scaling, .stickyProbe] {
      ledger.note(
        .answered(head(404, "10.0.0.2:80, 10.0.0.1:80"), .status), sent: 1, for: purpose, method: "GET")
      ledger.note(.failed(.refused), sent: 0, for: purpose, method: "GET")
    }
    // Of several addresses one may be dead: that is said where the addresses are.
    ledger.note(.failed(.refused), sent: 0, for: .reachability, method: "GET")
    // Interrupted, or out of ports.
    ledger.note(.notAsked, sent: 1, for: .headerSearch, method: "GET")
    let findings = ledger.findings(header: "X-Backend")
    #expect(findings.assertions.isEmpty && findings.judged == 0)
    #expect(findings.sent.requests == 5)
    // Backends that are stopped on purpose are no finding.
    #expect(findings.failedTries == ["10.0.0.2:80": 2])
  }

  @Test("Which purposes are judged, and of which the tries say something", arguments: PreparationPurpose.allCases)
  func purposes(_ purpose: PreparationPurpose) {
    let ledger = TargetProbeLedger()
    ledger.note(
      .answered(head(502, "10.0.0.2:80, 10.0.0.1:80"), .status), sent: 1, for: purpose, method: "GET")
    let findings = ledger.findings(header: "X-Backend")
    let isJudged = [PreparationPurpose.reachability, .headerSearch, .discovery, .inspection].contains(purpose)
    #expect(findings.judged == (isJudged ? 1 : 0) && findings.failed == findings.judged)
    #expect(
      findings.failedTries.isEmpty
        == [.serialStage, .freshStage, .burst, .shuffledLook, .unequalLook, .scaling, .recovery, .waiting].contains(
          purpose))
  }

  @Test("Who answers another request than the user's need not answer his, and the tries count all the same")
  func varied() {
    let ledger = TargetProbeLedger()
    ledger.note(.answered(head(200, "10.0.0.1:80"), nil), sent: 1, for: .reachability, method: "GET")
    ledger.note(
      .answered(head(200, "10.0.0.2:80, 10.0.0.3:80"), nil), sent: 1, for: .stickyProbe, method: "GET")
    let findings = ledger.findings(header: "X-Backend")
    #expect(findings.answered == ["10.0.0.1:80": 1] && findings.failedTries == ["10.0.0.2:80": 1])
  }

  @Test("A whole run that the report does not show counts by the methods of its requests, and fails as it failed")
  func run() throws {
    var measured = Measurements()
    measured.sent = [70, 31]
    measured.succeeded = 97
    measured.statuses = [200: 97, 503: 1]
    measured.failures = [.status: 1, .reset: 2]
    var dead = Measurements.Backend(name: "c")
    dead.failedTries = 4
    measured.backends = [Measurements.Backend(name: "a"), dead]
    let templates = [try RequestTemplate(path: "/"), try RequestTemplate(method: "POST", path: "/")]
    let ledger = TargetProbeLedger()
    ledger.note(measured, of: templates, for: .capacityStep)
    #expect(ledger.findings(header: nil).assertions.isEmpty)
    ledger.note(measured, of: templates, for: .discardedSample, expecting: .usual)
    let findings = ledger.findings(header: nil)
    #expect(findings.sent.methods == ["GET": 140, "POST": 62])
    #expect(findings.sent.purposes == [.capacityStep: 101, .discardedSample: 101])
    #expect(findings.failedTries == ["c": 8])
    #expect(findings.assertions.first?.actual == "3 failed: 2 reset, 1 status 503")
  }

  @Test("That GET was sent in place of other methods is said once, with what to give to have it otherwise")
  func replaced() throws {
    let ledger = TargetProbeLedger()
    for method in ["POST", "DELETE", "POST"] { ledger.note(replaced: try RequestTemplate(method: method, path: "/")) }
    let note = ledger.findings(header: nil).notes.first ?? ""
    #expect(note.contains("GET was sent, since POST and DELETE are not safe (RFC 9110 9.2.1)"))
    #expect(note.contains("--probe-as-is") && note.contains("--no-probe"))
    let calls = TargetProbeLedger()
    calls.note(replaced: try RequestTemplate(calling: try #require(GRPCMethod("a.B/C"))))
    let ofCalls = calls.findings(header: nil).notes.first ?? ""
    #expect(ofCalls.contains("gRPC's health check was sent, since a.B/C is not safe; --probe-as-is"))
  }
}
