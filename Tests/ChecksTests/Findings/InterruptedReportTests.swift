import Load
import Platform
import Report
import Testing

@testable import Checks

/// What the report on an interrupted run decides: never a pass, and a failure only where the rest could not have mended it.
@Suite struct InterruptedReportTests {
  private typealias Outcome = RequestRecord.Outcome
  private let names = ["127.0.0.1:3001", "127.0.0.1:3002", "127.0.0.1:3003"]
  private static let whole = "the measurement was interrupted after 40 of 3,000 requests"

  /// A balancer that rotates, with a concurrent stage of 40 requests, most of them answered by the first backend.
  private func fairness(
    interrupted: Bool = true, expecting backends: [String] = [], away: ClosedRange<Int>? = nil, failing: Int? = nil
  ) throws -> ReportDocument {
    let settings = try GoldenFindings.settings()
    var expectation = FairnessExpectation()
    expectation.backends = backends.map { ExpectedBackend(name: $0, role: .primary(weight: 1)) }
    let serial = GoldenFindings.requests(seconds: 1, connections: 1) { Outcome(backend: $0 % 3) }
    let concurrent = GoldenFindings.requests(seconds: 1, rate: 40) { index in
      index == failing
        ? Outcome(status: nil, failure: .reset) : Outcome(backend: index % 4 == 3 ? 1 + index % 2 : 0)
    }
    var findings = GoldenFindings.findings([
      GoldenFindings.stage(.serialStage, serial, names), GoldenFindings.stage(.concurrentStage, concurrent, names),
    ])
    findings.isInterrupted = interrupted
    return FairnessCheck(settings, expecting: expectation, watch: CheckWatch()).report(on: findings)
  }

  private func assertion(_ report: ReportDocument, _ name: String) -> Assertion? {
    report.assertions.first { $0.name == name }
  }

  @Test("Shares that so few requests do not show are left open, and say after how many requests")
  func shares() throws {
    #expect(assertion(try fairness(interrupted: false), "maxDeviation")?.verdict == .fail)
    let report = try fairness()
    #expect(report.verdict == .inconclusive)
    #expect(!report.assertions.contains { $0.verdict == .fail })
    let open = try #require(assertion(report, "maxDeviation"))
    #expect(open.verdict == .inconclusive)
    #expect(open.detail == "Not decided: \(Self.whole).")
    #expect(report.summary == "Not decided: \(Self.whole).")
    #expect(report.advice == ["Repeat the check and let it run to its end."])
  }

  @Test("After a few serial requests, which show no order, nothing is said of one", arguments: 2...7)
  func fewSerial(_ count: Int) throws {
    let order = [0, 2, 2, 1, 0, 1, 1]
    let serial = GoldenFindings.requests(seconds: 1, rate: count, connections: 1) { Outcome(backend: order[$0]) }
    var findings = GoldenFindings.findings([GoldenFindings.stage(.serialStage, serial, names)])
    findings.isInterrupted = true
    let check = FairnessCheck(try GoldenFindings.settings(), expecting: FairnessExpectation(), watch: CheckWatch())
    let report = check.report(on: findings)
    let cut = "the measurement was interrupted after \(count) requests one after another"
    #expect(report.verdict == .inconclusive && report.summary == "Not decided: \(cut).", "\(report.summary ?? "")")
    let policy = try #require(assertion(report, "policy"))
    #expect(policy.detail == "Not decided: \(cut).")
    #expect(!(report.notes + report.assertions.compactMap(\.detail)).contains { $0.contains("other visitors") })
  }

  @Test("Of parts, those that were interrupted are named; where all were, how far they came")
  func parts() throws {
    func text(interrupting numbers: Set<Int>) throws -> String {
      let records = GoldenFindings.requests(seconds: 4) { Outcome(backend: $0 % 3) }
      var findings = GoldenFindings.findings([GoldenFindings.stage(.load, records, names)])
      findings.isInterrupted = true
      findings.shards = ShardsSection(
        count: 3,
        parts: (1...3).map { number in
          ShardPart(
            number: number, requests: 100, failed: 0, startedAfter: 0, startLateness: 0,
            interrupted: numbers.contains(number) ? true : nil)
        })
      var traffic = TrafficOptions()
      traffic.duration = 4 * GoldenFindings.second
      return try #require(Interruption(findings, traffic)).clause
    }
    #expect(try text(interrupting: [2]) == "the measurement was interrupted in part 2 of 3")
    #expect(try text(interrupting: [1, 3]) == "the measurement was interrupted in parts 1, 3 of 3")
    #expect(try text(interrupting: [1, 2, 3]) == "the measurement was interrupted after 3.99 s of 4.00 s")
  }

  @Test("A lost request and an unexpected backend stay failures")
  func definite() throws {
    let lossy = try fairness(failing: 7)
    #expect(lossy.verdict == .fail && lossy.interrupted == true)
    #expect(assertion(lossy, "noRequestFailed")?.verdict == .fail)
    #expect(lossy.summary?.hasPrefix("Requests failed: 1 reset.") == true)
    let strange = try fairness(expecting: Array(names.prefix(2)))
    #expect(strange.verdict == .fail)
    #expect(assertion(strange, "noOtherBackend")?.verdict == .fail)
  }

  @Test("A load test in which nothing failed is not a pass")
  func load() throws {
    var settings = try GoldenFindings.settings()
    settings.duration = 10 * GoldenFindings.second
    let records = GoldenFindings.requests(seconds: 2) { Outcome(backend: $0 % 3) }
    var findings = GoldenFindings.findings([GoldenFindings.stage(.load, records, names)])
    findings.isInterrupted = true
    let report = LoadCheck(settings, watch: CheckWatch()).report(on: findings)
    #expect(report.verdict == .inconclusive)
    #expect(report.summary == "Not decided: the measurement was interrupted after 1.99 s of 10.0 s.")
  }

  @Test(
    "What was seen stays a failure; what was not seen, or not often enough, is left open",
    arguments: [
      (.sharing(.splitArrived), true), (.sharing(.split), false), (.sharing(.noOtherPart), false),
      (.sharing(.everyBackendAnswered), true), (.sharing(.backupSilent), false), (.sharing(.busyShares), true),
      (.visitors(.newVisitorsSpread), true), (.visitors(.everyVisitorStays), false), (.takeover(.chosenAgain), true),
      (.takeover(.backupSilentBefore), false), (.lostNoRequest(.reload), false), (.leftNoGap(.failover), false),
      (.traffic(.noRequestFailed), false), (.standing(.siteUpAtTheEnd), false), (.sharing(.oneBackendAnswered), false),
      (.manager(.everyInstanceReplaced), true), (.manager(.managerReloaded), false),
    ] as [(AssertionKind, Bool)])
  func kinds(_ kind: AssertionKind, isOpen: Bool) throws {
    var findings = CheckFindings()
    #expect(Interruption(findings, TrafficOptions()) == nil)
    findings.isInterrupted = true
    let interruption = try #require(Interruption(findings, TrafficOptions()))
    let failed = Assertion(kind, verdict: .fail, expected: "1", actual: "0", detail: "It was 0.")
    #expect(failed.leftOpen(by: interruption).verdict == (isOpen ? .inconclusive : .fail))
    #expect(failed.leftOpen(by: nil) == failed)
    let held = Assertion(kind, verdict: .pass, expected: "1", actual: "1")
    #expect(held.leftOpen(by: interruption) == held)
  }

  /// A reload of one backend whose old process answers to the end of the phase.
  private func reload(_ planned: [String], reachedOnly count: Int) throws -> ReportDocument {
    var settings = try GoldenFindings.settings()
    settings.traffic = .besideActions
    settings.pacer = try settings.traffic.pacer
    let second = GoldenFindings.second
    let action = ActionSection(command: ["x"], exitStatus: 0, startSeconds: 2, durationSeconds: 0.1)
    let records = GoldenFindings.requests(seconds: 2 * count) { index in
      Outcome(backend: 0, generation: index % 2 == 0 || index < 200 ? 0 : 1)
    }
    var findings = GoldenFindings.findings([
      GoldenFindings.stage(
        .traffic, records, ["a"], generations: [Generation(backend: 0, name: "1"), Generation(backend: 0, name: "2")])
    ])
    findings.generationHeader = "X-Pid"
    findings.isInterrupted = true
    findings.actions = ManagerActions(
      manager: "commands",
      phases: planned.prefix(count).enumerated().map { index, name in
        PhaseSpan(
          name: name, start: Nanoseconds(2 * index) * second, end: Nanoseconds(2 * index + 2) * second,
          action: index == 0 ? nil : action)
      }, planned: planned, siteAtTheEnd: .answers)
    return ReloadCheck(settings, manager: nil, plan: ReloadPlan(), watch: CheckWatch()).report(on: findings)
  }

  @Test("Of phases, the last one alone was cut short: what an earlier one showed stays a failure")
  func phases() throws {
    let planned = ["baseline", "reload", "restart"]
    let cut = try reload(planned, reachedOnly: 2)
    #expect(assertion(cut, "noStaleGeneration")?.verdict == .inconclusive)
    #expect(cut.phases?.map(\.verdict) == [.pass, .inconclusive])
    #expect(cut.verdict == .inconclusive)
    let complete = try reload(planned, reachedOnly: 3)
    #expect(assertion(complete, "noStaleGeneration")?.verdict == .fail)
    #expect(complete.verdict == .fail)
  }
}
