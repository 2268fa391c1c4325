import HTTP
import Load
import Platform
import Report
import Testing

@testable import Checks

@Suite struct ActionRunTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// A failover of so many backends in turn: a baseline, and a stop and a start each.
  private func run(backends: Int, settle: Nanoseconds, rate: Double? = nil, shards: Int = 1) throws -> ActionRun {
    var settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    settings.traffic = .besideActions
    settings.pacer = try rate.map { .constant(rate: $0) } ?? settings.traffic.pacer
    var run = ActionRun(
      settings: settings, ready: ReadyTarget(addresses: [], attempts: [], notes: []), header: "X-Backend",
      timing: PhaseTiming(settle: settle), watch: CheckWatch())
    run.add("baseline")
    for index in 0..<backends {
      run.add("stop \(index)") { _ in [] }
      run.add("start \(index)", isRepair: true) { _ in [] }
    }
    return run
  }

  @Test(
    "Twenty backends in turn are obeyed in bounded memory, or refused before any traffic",
    arguments: [
      (20, 15, nil, true), (20, 300, nil, false), (20, 300, 100.0, true), (1, 300, nil, true), (1, 3600, nil, false),
    ] as [(Int, Nanoseconds, Double?, Bool)])
  func length(backends: Int, settle: Nanoseconds, rate: Double?, isObeyed: Bool) throws {
    let run = try run(backends: backends, settle: settle * Self.second, rate: rate)
    var refusal: String?
    do throws(CheckError) { try run.checkLength() } catch { refusal = error.description }
    #expect((refusal == nil) == isObeyed, "\(refusal ?? "")")
    if let refusal {
      #expect(refusal.hasPrefix("\(2 * backends + 1) phases of ") && refusal.contains("give a lower --rate"))
    }
    #expect(run.traffic.recordLimit == ActionRun.mostRecords)
    // The traffic goes on for as long as all phases may take, with no ceiling of its own.
    #expect(try #require(run.traffic.duration) >= Nanoseconds(2 * backends + 1) * settle * Self.second)
  }

  @Test("A load of a day keeps no request of its own")
  func day() throws {
    var settings = CheckSettings(
      target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    settings.duration = 86_400 * Self.second
    let plan = settings.plan([])
    #expect(plan.duration == 86_400 * Self.second && plan.recordLimit == 0 && plan.requests == nil)
  }
}
