import Deployment
import HTTP
import Load
import Platform
import Report
import Testing

@testable import Checks
@testable import Load

/// Whole reports of a failover and of an inspection on known findings.
@Suite struct GoldenActionTests {
  private typealias Outcome = RequestRecord.Outcome
  private let names = ["127.0.0.1:3001", "127.0.0.1:3002", "127.0.0.1:3003"]

  private func head(_ backend: String?, status: Int = 200) -> ResponseHead {
    ResponseHead(
      status: status,
      fields: [
        HeaderField(name: "Server", value: "nginx/1.24.0"), HeaderField(name: "Content-Type", value: "text/html"),
      ]
        + (backend.map { [HeaderField(name: "X-Backend", value: $0)] } ?? []))
  }

  private var found: FoundFingerprint { FoundFingerprint(header: "X-Backend", in: (names + names).map { head($0) }) }

  @Test(
    "A backend is stopped and started, behind a balancer that loses none and one that loses seven", arguments: [0, 7])
  func failover(losing lost: Int) throws {
    var settings = try GoldenFindings.settings()
    settings.traffic = .besideActions
    settings.pacer = try settings.traffic.pacer
    let manager = CommandManager(name: "systemd", timeout: .seconds(1))
    let plan = FailoverPlan()
    let check = FailoverCheck(settings, manager: manager, plan: plan, watch: CheckWatch())
    let stack = try FailoverStack([], found, settings, manager, plan, CheckWatch())
    let records = GoldenFindings.requests(seconds: 15) { index in
      if (500..<500 + lost).contains(index) { return Outcome(status: nil, failure: .refused) }
      let isAway = (500..<1000).contains(index)
      return Outcome(backend: isAway ? 1 + index % 2 : index % 3)
    }
    let second = GoldenFindings.second
    func span(_ phase: FailoverPhase, at start: Nanoseconds) -> PhaseSpan {
      PhaseSpan(
        name: phase.name, start: start * second, end: (start + 5) * second,
        action: ActionSection(
          command: ["systemctl", phase.isRepair ? "start" : "stop", "app@3001"], exitStatus: 0,
          startSeconds: Double(start), durationSeconds: 0.1))
    }
    let steps = check.steps(stack)
    let stage = GoldenFindings.stage(.traffic, records, names)
    let spans = [
      PhaseSpan(name: "baseline", start: 0, end: 5 * second, action: nil), span(steps[0].phase, at: 5),
      span(steps[1].phase, at: 10),
    ]
    let findings = FailoverCheck.Findings(
      common: GoldenFindings.findings([stage]), found: found, stack: stack,
      outcome: ActionRun.Outcome(stage: stage, spans: spans, planned: spans.map(\.name), remarks: [], isWell: true),
      steps: Dictionary(uniqueKeysWithValues: steps.map { ($0.phase.name, $0) }), lists: [], answersAgain: nil,
      site: .answers, notes: [])
    var report = check.report(on: findings)
    report.list(settings)
    #expect(report.verdict == (lost == 0 ? .pass : .fail))
    #expect(
      report.assertions.filter { $0.verdict == .fail }.map(\.name).contains { $0.hasPrefix("failoverLost") }
        == (lost > 0))
    try GoldenFile.compare(report, with: lost == 0 ? "failover" : "failover-lossy")
  }

  @Test("A target whose answers name a backend, and one whose answers name none", arguments: [true, false])
  func inspect(isNamed: Bool) throws {
    var settings = try GoldenFindings.settings()
    settings.backendHeader = isNamed ? "X-Backend" : "X-Served"
    let address = try #require(SocketAddress("127.0.0.1", port: 8080))
    let refused = try #require(SocketAddress("127.0.0.2", port: 8080))
    func answer(_ status: Int = 200, reused: Bool) -> ProbedResponse {
      ProbedResponse(
        version: .http1, head: head(isNamed ? names[0] : nil, status: status), content: Array("<html>".utf8),
        contentLength: 1234,
        keepsAlive: true, wasReused: reused, connectTime: reused ? nil : 150_000, serviceTime: 2_500_000,
        leniencies: LeniencySet(), callFailure: nil, tls: nil)
    }
    var common = GoldenFindings.findings([])
    common.addresses = ["127.0.0.1:8080", "127.0.0.2:8080"]
    common.backendHeader = isNamed ? "X-Backend" : nil
    let probe = TargetProbe(settings: settings, watch: CheckWatch(), ledger: TargetProbeLedger())
    let other = "X-Backend"
    let findings = InspectCheck.Findings(
      common: common,
      ready: ReadyTarget(
        addresses: [address, refused],
        attempts: [
          Attempt(address: address, outcome: .success(Attempt.Reached(connectTime: 150_000, head: head(nil)))),
          Attempt(address: refused, outcome: .success(Attempt.Reached(connectTime: nil, head: nil))),
        ], notes: []),
      distrust: nil, template: settings.templates[0], first: answer(reused: false), second: answer(reused: true),
      unknown: answer(404, reused: false),
      named: isNamed ? .success(found) : .failure(probe.missing("X-Served", in: (0..<24).map { head(names[$0 % 3]) })))
    let report = InspectCheck(settings, watch: CheckWatch()).report(on: findings)
    #expect(report.verdict == (isNamed ? .pass : .inconclusive))
    if !isNamed {
      // The header that would serve comes from the search, as data, and is suggested before the others.
      #expect(report.inspection?.advice.first?.lines == [Advice.instead(other)])
    }
    try GoldenFile.compare(report, with: isNamed ? "inspect" : "inspect-nameless")
  }
}
