import Load
import Report
import Testing

@testable import Checks

/// A part is refused where its findings are not those of its check, or its phases not those of a reload test.
@Suite struct PartPlanTests {
  private func refusal(_ part: PartDocument) -> String? {
    do throws(ReportFormatError) {
      _ = try PartDocument(json: Array((try? JSONWriter().write(part))?.utf8 ?? "".utf8))
      return nil
    } catch {
      return error.description
    }
  }

  private func reload(_ change: (inout ManagerActions) -> Void = { _ in }) throws -> PartDocument {
    var seeded = SeededFindings(seed: 7)
    var findings = seeded.findings(stages: [.traffic])
    change(&findings.actions!)
    return try Parts(count: 2).part(1, of: findings, check: .reloadTest)
  }

  @Test("Only the first part of a reload test has actions, and it has them")
  func actions() throws {
    #expect(refusal(try reload()) == nil)
    var part = try reload()
    let actions = part.findings.actions
    part.findings.actions = nil
    #expect(refusal(part)?.contains("actions is missing") == true)
    var load = try Parts(count: 2).part(1)
    load.findings.actions = actions
    #expect(refusal(load)?.contains("actions are the first part's alone") == true)
    var second = try Parts(count: 2).part(2, of: try reload().findings, check: .reloadTest)
    #expect(refusal(second)?.contains("actions are the first part's alone") == true)
    second.findings.actions = nil
    #expect(refusal(second) == nil)
  }

  @Test("A stage of another check, or one that the first part makes alone, is none of a part")
  func stages() throws {
    let names: [(StageName, CheckKind, part: Int, Bool)] = [
      (.load, .load, 2, true), (.traffic, .load, 2, false), (.concurrentStage, .load, 1, false),
      (.concurrentStage, .fairness, 2, true), (.step(1), .capacity, 1, true), (.step(1), .fairness, 1, false),
    ]
    for (name, check, number, belongs) in names {
      let part = try Parts(count: 2).part(number, of: Parts(count: 2).findings(number, stage: name), check: check)
      #expect((refusal(part) == nil) == belongs, "\(name) in part \(number) of \(check): \(refusal(part) ?? "read")")
    }
    var seeded = SeededFindings(seed: 7)
    let serial = seeded.findings(stages: [.serialStage, .concurrentStage])
    #expect(refusal(try Parts(count: 2).part(1, of: serial, check: .fairness)) == nil)
    #expect(refusal(try Parts(count: 2).part(2, of: serial, check: .fairness))?.contains("none of part 2") == true)
  }

  @Test("Phases are the planned ones from the first on, in their order, each but the baseline with its action")
  func phases() throws {
    let changes: [(String, (inout ManagerActions) -> Void)] = [
      ("no action", { $0.phases[1].action = nil }),
      ("an action", { $0.phases[0].action = $0.phases[1].action }),
      ("planned", { $0.planned = ["baseline"] }),
      ("planned", { $0.planned = ["reload", "baseline"] }),
      ("planned", { $0.planned = ["baseline", "reload", "broken reload", "restart"] }),
      ("planned", { $0.planned = ["baseline", "restart"] }),
      ("planned", { $0.planned = ["baseline", "nothing"] }),
      ("planned", { ($0.planned, $0.phases) = (["baseline", "reload"], [$0.phases[1]]) }),
      ("planned", { ($0.planned, $0.phases) = (nil, [$0.phases[0]]) }),
      ("its action's", { $0.phases[1].action?.startSeconds = 0.003 }),
      ("ends before its action", { $0.phases[1].action?.startSeconds = 3_000 }),
    ]
    for (words, change) in changes {
      let refused = refusal(try reload(change))
      #expect(refused?.contains(words) == true, "\(words): \(refused ?? "read")")
    }
    // An interruption leaves phases out at the end alone.
    #expect(refusal(try reload { $0.planned = ["baseline", "reload", "restart"] }) == nil)
    #expect(refusal(try reload { ($0.planned, $0.phases) = (["baseline", "reload"], [$0.phases[0]]) }) == nil)
  }
}
