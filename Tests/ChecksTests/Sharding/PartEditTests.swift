import Deployment
import HTTP
import Load
import Platform
import Report
import Statistics
import Support
import Testing

@testable import Checks

/// One number changed alone, wherever it stands in a part.
@Suite struct PartEditTests {
  @Test("Whatever number is changed alone, the part is refused, but for those that nothing else tells of")
  func edits() throws {
    for (name, part) in try Self.parts() {
      let json = try JSONWriter().write(part)
      #expect(try PartDocument(json: Array(json.utf8)) == part, "\(name)")
      var accepted: [String] = []
      func note(_ edit: PartEdits.Edit) {
        if AcceptedEdits.reason(of: edit) == nil { accepted.append("\(edit.place): \(edit.change)") }
      }
      var count = 0
      PartEdits(json).forEach { edit in
        count += 1
        var merge = PartMerge()
        do throws(ReportFormatError) {
          merge.add(try PartDocument(json: Array(edit.json.utf8)), from: "part")
        } catch {
          return
        }
        if (try? merge.findings(allowMissing: false)) != nil { note(edit) }
      }
      #expect(count > 100)
      #expect(accepted.isEmpty, "\(name): \(accepted.prefix(20))")
    }
  }

  /// A part of each kind of check, each the only one of its whole, with failures and something in every field.
  private static func parts() throws -> [(name: String, part: PartDocument)] {
    let parts = Parts(count: 1)
    func part(_ check: CheckKind, _ change: (inout CheckFindings) -> Void) throws -> PartDocument {
      var findings = CheckFindings(startedAt: 1_795_589_127)
      findings.durationSeconds = 2.5
      findings.backendHeader = "X-Backend"
      change(&findings)
      return try parts.part(1, of: findings, check: check)
    }
    let all = Self.measured()
    return [
      ("load", try part(.load) { $0.stages = [stage(.load, all.withoutRecords)] }),
      (
        "fairness",
        try part(.fairness) { findings in
          findings.stages = [stage(.serialStage, all), stage(.concurrentStage, all)]
          let ledger = TargetProbeLedger()
          ledger.note(.notAsked, sent: all.sent.reduce(0, +), for: .serialStage, method: "GET")
          ledger.note(.notAsked, sent: 40, for: .stickyProbe, method: "GET")
          ledger.note(.failed(.reset), sent: 1, for: .headerSearch, method: "GET")
          ledger.note(
            .answered(ResponseHead(status: 200, fields: []), nil), sent: 1, for: .headerSearch,
            method: "GET")
          findings.preparation = ledger.findings(header: nil)
          var choice = BackendChoice()
          (choice.keys, choice.values, choice.backends) = ([.path], ["a": 12, "b": 8], ["a", "b"])
          findings.choice = choice
          findings.cookie = CookieAffinity(cookie: "SRV", visitors: 4, returns: 32, backends: ["a", "b"])
          var crowd = VisitorReturns(visitors: 5, visits: 4)
          (crowd.kept, crowd.moved, crowd.unclear) = (10, 2, 3)
          findings.cookie?.crowd = crowd
        }
      ),
      ("fairness without probe", try part(.fairness) { $0.stages = [stage(.concurrentStage, all)] }),
      ("ladder", try part(.capacity) { $0.stages = [stage(.step(1), all), stage(.step(2), all)] }),
      (
        "reload-test",
        try part(.reloadTest) { findings in
          findings.stages = [stage(.traffic, all)]
          findings.generationHeader = "X-Generation"
          let action = ActionSection(
            command: ["pm2", "reload", "app"], exitStatus: 0, startSeconds: 0.004, durationSeconds: 0.002,
            claim: "done")
          findings.actions = ManagerActions(
            manager: "pm2",
            phases: [
              PhaseSpan(name: "baseline", start: 0, end: 4_000_000, action: nil),
              PhaseSpan(name: "reload", start: 4_000_000, end: 10_000_000, action: action),
            ])
        }
      ),
    ]
  }

  private static func stage(_ name: StageName, _ measured: Measurements) -> CheckFindings.Stage {
    CheckFindings.Stage(name: name, measured: measured, started: 1_795_589_128_000_000_000, processorTime: 1_000_000)
  }

  /// Sixty requests over two backends, with a failure of each kind, retries, redirects and a pause.
  private static func measured() -> Measurements {
    let failures: [(FailureKind, Int?)] = FailureKind.allCases.map { kind in
      (kind, kind == .status ? 502 : kind.hasResponse ? 200 : nil)
    }
    let requests = (0..<60).map { index in
      let (kind, status): (FailureKind?, Int?) =
        index < failures.count ? (failures[index].0, failures[index].1) : (nil, index % 9 == 0 ? 301 : 200)
      let due = Nanoseconds(index) * 50_000_000
      let isNamed = status == 200
      return RequestRecord(
        due: due, sent: due + 500, done: due + 100_000 + Nanoseconds(index) * 7_000, connection: UInt32(index),
        backend: isNamed ? index % 2 : nil, generation: isNamed ? index % 2 : nil, status: status, failure: kind,
        isRetry: index % 11 == 0, isUpstreamRetried: isNamed && index % 8 == 0)
    }
    var measured = Measurements(counting: requests, backends: ["a", "b"])
    measured.backends[0].failedTries = 2
    measured.generations = [Generation(backend: 0, name: "1"), Generation(backend: 1, name: "1")]
    measured.locations = ["/a": 3]
    measured.leniencies = [.bareLineFeed: 2]
    measured.unsent = 2
    measured.openDues = [5, 6]
    measured.pauses = [GeneratorPause(.stopped, start: 1, end: 600_000_001, length: 600_000_000)]
    measured.failedAcrossPauses = 2
    return measured
  }
}

extension Measurements {
  fileprivate var withoutRecords: Measurements {
    var measured = self
    (measured.records, measured.openDues) = ([], [])
    return measured
  }
}
