import Deployment
import HTTP
import Load
import Report
import Statistics
import Support
import Testing

@testable import Checks

@Suite struct PartSeedTests {
  /// A part with a value in every field, and its check.
  private static func documents() throws -> [HostileJSON] {
    let parts = Parts(count: 2)
    var load = try parts.part(1)
    load.findings.stages[0].measured.pauses = [
      GeneratorPause(.stopped, start: 1_000_000, end: 2_000_000, length: 1_000_000, caughtUp: 3_000_000)
    ]
    for _ in 0..<4 { load.findings.stages[0].measured.handshake.record(2_000) }
    load.findings.stages[0].measured.tls = TLSHandshakes(full: 3, resumed: 1, kinds: ["TLSv1.3"])
    load.findings.stages[0].measured.faults = ["a fault"]
    load.findings.stages[0].measured.untrackedGenerations = 2
    load.findings.stages[0].measured.postponed = 1
    load.findings.stages[0].measured.failedAcrossPauses = 1
    load.findings.stages[0].measured.error = .unresolved(host: "a", reason: "b")

    var reload = try parts.part(1, check: .reloadTest)
    reload.findings = parts.findings(1, stage: .traffic)
    reload.findings.stages[0].measured.generations = [
      Generation(backend: 0, name: "1"), Generation(backend: 1, name: "1"),
    ]
    reload.findings.generationHeader = "X-Generation"
    let action = ActionSection(
      command: ["pm2", "reload", "app"], exitStatus: 0, startSeconds: 0.004, durationSeconds: 0.002, claim: "done")
    let instance = ManagedInstance(
      name: "0", slot: 0, pid: 7, status: "online", isClusterMode: true,
      settings: InstanceSettings(listenTimeout: 3_000, killTimeout: 1_600, waitsForReady: true, restartsBy: ["cron"]))
    reload.findings.actions = ManagerActions(
      manager: "pm2",
      phases: [
        PhaseSpan(name: "baseline", start: 0, end: 4_000_000, action: nil),
        PhaseSpan(name: "reload", start: 4_000_000, end: 10_000_000, action: action),
      ], remarks: ["a remark"], lists: [InstanceList(phase: "reload", moment: .before, instances: [instance])],
      answersAfterRepair: .pass, planned: ["baseline", "reload"], siteAtTheEnd: .answers)

    var fairness = try parts.part(1, check: .fairness)
    fairness.findings.stages =
      parts.findings(1, stage: .serialStage).stages + parts.findings(1, stage: .concurrentStage).stages
    var choice = BackendChoice()
    (choice.keys, choice.values, choice.backends) = ([.path, .query], ["a": 3], ["a", "c"])
    let ledger = TargetProbeLedger()
    ledger.note(
      .notAsked, sent: fairness.findings.stages[0].measured.sent[0], for: .serialStage, method: "GET")
    ledger.note(.notAsked, sent: 6, for: .stickyProbe, method: "GET")
    fairness.findings.preparation = ledger.findings(header: nil)
    fairness.findings.choice = choice
    fairness.findings.cookie = CookieAffinity(cookie: "SRV", visitors: 2, returns: 16, backends: ["a", "b"])
    return try [load, reload, fairness].map { part in
      #expect(try Parts.read(part) == part)
      return HostileJSON(try JSONWriter().write(part))
    }
  }

  @Test("2,500 seeds: changed parts make a report, or are refused with a reason")
  func seeds() throws {
    let documents = try Self.documents()
    var accepted = 0
    let seeds = FuzzSeeds(2_500, of: "PartSeedTests")
    let failures = seeds.failures(longest: 5) { random in
      let document = random.pick(documents)
      var merge = PartMerge()
      for _ in 0..<random.number(1...2) {
        do throws(ReportFormatError) {
          merge.add(try PartDocument(json: Array(document.changed(&random).utf8)), from: "part.json")
        } catch {
          if error.description.isEmpty { return "a refusal without a reason" }
          merge.refuse(error.description)
        }
      }
      let findings: CheckFindings
      do throws(PartMerge.Refusal) {
        findings = try merge.findings(allowMissing: true)
      } catch {
        return error.lines.isEmpty || error.lines.contains("") ? "a refusal without a reason" : nil
      }
      accepted += 1
      let report = try Self.report(on: findings, of: merge.reference?.check ?? .load)
      let json = try JSONWriter().write(report)
      guard try JSONWriter().write(ReportDocument(json: json)) == json else { return "a report that reads otherwise" }
      // Every writer takes it, but not with every seed: together they take the most time.
      if random.once(in: 10) {
        _ = (TextWriter().write(report), MarkdownWriter().write(report), HTMLWriter().write(report))
        _ = (
          JUnitWriter().write(report), PrometheusWriter().write(report, secondsSince1970: 0),
          GitHubWriter().annotations(report)
        )
      }
      return nil
    }
    #expect(failures.isEmpty, "\(failures.joined(separator: "\n"))")
    if seeds.count >= 2_500 { #expect((100...2_400).contains(accepted), "\(accepted) accepted") }
  }

  private static func report(on findings: CheckFindings, of check: CheckKind) throws -> ReportDocument {
    var settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    settings.pacer = .constant(rate: 100)
    settings.backendHeader = findings.backendHeader
    switch check {
    case .reloadTest:
      return ReloadCheck(settings, manager: nil, plan: ReloadPlan(), watch: CheckWatch()).report(on: findings)
    case .fairness:
      return FairnessCheck(settings, expecting: FairnessExpectation(), watch: CheckWatch()).report(on: findings)
    case .inspect, .sessions, .load, .watch, .failover, .capacity, .gate, .compare:
      return LoadCheck(settings, watch: CheckWatch()).report(on: findings)
    }
  }
}
