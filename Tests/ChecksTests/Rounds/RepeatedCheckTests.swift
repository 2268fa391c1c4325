import HTTP
import Load
import Platform
import Report
import Testing

@testable import Checks

@Suite struct RepeatedCheckTests {
  /// A reload test whose rounds are known.
  private struct Round: RepeatablePhases {
    typealias Findings = CheckFindings

    let number: Int
    let lost: Int
    var doubt = false
    var error: CheckError?
    var isInterrupted = false

    var doubtAbout = AssertionKind.evidence(.generatorOnTime)

    func measure() throws(CheckError) -> CheckFindings {
      if let error { throw error }
      var findings = try! RoundFindings.reload(losing: lost, round: number)
      findings.isInterrupted = isInterrupted
      return findings
    }

    private var check: ReloadCheck {
      var plan = ReloadPlan()
      plan.restarts = false
      return ReloadCheck(try! RoundFindings.settings(), manager: nil, plan: plan, watch: CheckWatch())
    }

    func judged(_ findings: CheckFindings) -> JudgedReport {
      var judged = check.judged(findings)
      if doubt {
        judged.document.assertions.append(
          Assertion(doubtAbout, verdict: .inconclusive, expected: "", actual: "9 ms"))
        judged.document.verdict = Verdict.worst(of: judged.document.assertions.map(\.verdict))
      }
      return judged
    }

    func round() throws(CheckError) -> (judged: JudgedReport, findings: CheckFindings) {
      let findings = try measure()
      return (judged(findings), findings)
    }

    func hasToLoseNothing(_ phase: PhaseSection) -> Bool { check.hasToLoseNothing(phase) }
  }

  private func report(
    _ rounds: [Int], asked: Int? = nil, doubtIn doubtful: Int? = nil,
    about doubtAbout: AssertionKind = .evidence(.generatorOnTime), error: (round: Int, CheckError)? = nil,
    stopIn interrupted: Int? = nil
  ) throws -> ReportDocument {
    let stop = StopSignal()
    var made = 0
    let check = RepeatedCheck(rounds: asked ?? rounds.count, watch: CheckWatch(stop: stop)) { _ in
      made += 1
      if made == interrupted { stop.stop() }
      return Round(
        number: made, lost: rounds[made - 1], doubt: made == doubtful, error: error?.round == made ? error?.1 : nil,
        isInterrupted: made == interrupted, doubtAbout: doubtAbout)
    }
    return try check.run()
  }

  @Test("No loss in four rounds passes, with the bound that four rounds give")
  func none() throws {
    let report = try report([0, 0, 0, 0])
    #expect(report.verdict == .pass, "\(report.summary ?? "")")
    let rounds = try #require(report.rounds)
    #expect(rounds.outcome == .noneSeen && rounds.made == 4 && rounds.lossy == 0 && rounds.lost == 0)
    #expect(rounds.requests == 4 * 500)
    // 1 − 0.05^(1/4) and 1 − 0.05^(1/2000).
    #expect(abs((rounds.lossyRounds?.high ?? 0) - 0.5271) < 0.0001)
    #expect(abs((rounds.lostRequests?.high ?? 0) - 0.001497) < 0.000001)
    #expect(report.phases?.map(\.name) == ["baseline", "reload"])
    #expect(report.phases?.map(\.traffic.requests.scheduled) == [2_000, 2_000])
    #expect(report.traffic?.requests.completed == 4_000)
    #expect(
      report.summary?.hasPrefix(
        "None of 4 rounds lost one of 2,000 requests; at 95% confidence, at most 52.71% of such rounds lose any.")
        == true,
      "\(report.summary ?? "")")
  }

  @Test("One round of three that loses fails, and the report says how many do")
  func varies() throws {
    let report = try report([0, 7, 0])
    #expect(report.verdict == .fail)
    let rounds = try #require(report.rounds)
    #expect(rounds.outcome == .varies && rounds.lossy == 1 && rounds.lost == 7)
    #expect(rounds.rows.map(\.lost) == [0, 7, 0] && rounds.rows.map(\.verdict) == [.pass, .fail, .pass])
    #expect(rounds.telling?.round == 2)
    #expect(report.summary?.hasPrefix("The reload lost requests in 1 of 3 rounds (7 of 1,500).") == true)
    #expect(report.phases?.last?.traffic.failures == ["status": 7])
    // Each round begins an hour after the one before.
    #expect(rounds.rows.map { $0.phases.first?.startSeconds } == [0, 3600, 7200])
    #expect(report.phases?.last?.outages.first.map { $0.startSeconds > 3600 } == true)
  }

  @Test("A round that is not decided leaves the whole open, whatever the others show")
  func open() throws {
    let report = try report([0, 0, 0], doubtIn: 2)
    #expect(report.verdict == .inconclusive)
    #expect(report.summary?.contains("lbcheck itself was late: p99 9 ms (in round 2 of 3)") == true)
  }

  @Test("What was lost before a round's action may be the last round's late loss: nothing is claimed of the rounds")
  func lateLoss() throws {
    let report = try report([0, 0, 0], doubtIn: 2, about: .evidence(.baselineWithoutFailure))
    let rounds = try #require(report.rounds)
    #expect(rounds.outcome == .undecided && rounds.lossy == 0)
    // 1 − 0.05^(1/2): of two rounds that are decided.
    #expect(abs((rounds.lossyRounds?.high ?? 0) - 0.7764) < 0.0001)
  }

  @Test("Interrupted in round 3 of 10, the two whole rounds and the third are written, and it is no pass")
  func interrupted() throws {
    let report = try report([0, 0, 0], asked: 10, stopIn: 3)
    #expect(report.verdict == .inconclusive && report.interrupted == true)
    let rounds = try #require(report.rounds)
    #expect(rounds.made == 2 && rounds.rows.count == 3 && rounds.outcome == .undecided)
    #expect(report.assertions.first { $0.kind == .evidence(.everyRoundMade) }?.actual == "2 of 10 rounds")
    // A loss before it stays a failure.
    #expect(try self.report([7, 0, 0], asked: 10, stopIn: 3).verdict == .fail)
  }

  @Test("A round that cannot be measured ends it: the first with an error, a later one with what was measured before")
  func failing() throws {
    let error = CheckError.unmeasurable("nothing answers", advice: [])
    #expect(throws: error) { try self.report([0, 0, 0], error: (1, error)) }
    let report = try self.report([0, 0, 0], error: (3, error))
    #expect(report.verdict == .inconclusive && report.interrupted == nil)
    #expect(report.rounds?.problem == "round 3 of 3: nothing answers" && report.rounds?.made == 2)
  }

  @Test("A report of rounds, one of which loses, on known findings")
  func golden() throws {
    var report = try report([0, 7, 0])
    report.durationSeconds = 36
    report.list(try RoundFindings.settings())
    try GoldenFile.compare(report, with: "reload-rounds")
  }
}

/// One round of a reload: a baseline of 5 s and 5 s of the reload, at 100 requests a second, an hour after the round before.
private enum RoundFindings {
  static func settings() throws -> CheckSettings {
    var settings = try GoldenFindings.settings()
    settings.traffic = .besideActions
    settings.pacer = try settings.traffic.pacer
    settings.generationHeader = "X-Pid"
    return settings
  }

  static func reload(losing lost: Int, round: Int) throws -> CheckFindings {
    let second = GoldenFindings.second
    let records = GoldenFindings.requests(seconds: 10) { index in
      (540..<540 + lost).contains(index)
        ? RequestRecord.Outcome(backend: 0, status: 502, failure: .status)
        : RequestRecord.Outcome(backend: 0, generation: index < 510 ? 0 : 1)
    }
    var stage = GoldenFindings.stage(
      .traffic, records, ["127.0.0.1:3001"],
      generations: (0..<2).map { Generation(backend: 0, name: "\(1000 * round + $0)") })
    stage.started += Int64(round - 1) * 3_600_000_000_000
    var findings = GoldenFindings.findings([stage])
    findings.startedAt += Double(round - 1) * 3600
    findings.generationHeader = "X-Pid"
    findings.actions = ManagerActions(
      manager: "pm2",
      phases: [
        PhaseSpan(name: "baseline", start: 0, end: 5 * second, action: nil),
        PhaseSpan(
          name: "reload", start: 5 * second, end: 10 * second,
          action: ActionSection(
            command: ["pm2", "reload", "dumbflix-frontend"], exitStatus: 0, startSeconds: 5, durationSeconds: 1)),
      ], siteAtTheEnd: .answers)
    return findings
  }
}
