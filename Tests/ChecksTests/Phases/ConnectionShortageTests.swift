import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct ConnectionShortageTests {
  /// A baseline of 5 s and a reload of 5 s at 200 a second over some connections, each kept until its answer is there.
  ///
  /// - Parameter service: how long a request takes in milliseconds, by its number and when it is sent, in seconds.
  private func measured(connections: Int, service: (Int, Double) -> Nanoseconds) -> Measurements {
    var free = [Nanoseconds](repeating: 0, count: connections)
    var measured = Measurements()
    for index in 0..<2000 {
      let due = Nanoseconds(index) * 5_000_000
      let place = free.indices.min { free[$0] < free[$1] }!
      let sent = max(due, free[place])
      free[place] = sent + service(index, Double(sent) / 1e9) * 1_000_000
      measured.records.append(
        RequestRecord(
          due: due, sent: sent, done: free[place], connection: UInt32(place), status: 200))
    }
    return measured
  }

  private func verdicts(_ measured: Measurements) -> (gap: Verdict?, isShort: Bool) {
    let spans = [
      PhaseSpan(name: "baseline", start: 0, end: 5_000_000_000, action: nil),
      PhaseSpan(
        name: "reload", start: 5_000_000_000, end: 10_000_000_000,
        action: ActionSection(command: ["x"], startSeconds: 5, durationSeconds: 0.1)),
    ]
    let phases = PhaseAnalysis.all(spans, of: measured, staleAfter: 1)
    let judgement = ReloadJudgement(phases, of: measured, plan: ReloadPlan(), hasGenerations: false)
    return (
      judgement.assertions.first { $0.name == "reloadLeftNoGap" }?.verdict,
      phases[1].isShortOfConnections
    )
  }

  @Test(
    "Where slow answers hold all connections nobody knows what the others met; where the site stands still it is plain"
  )
  func table() {
    // Every fifth takes 2.5 s from 6 s on: the rest would have been answered.
    func slow(_ index: Int, _ sent: Double) -> Nanoseconds {
      sent > 6 && sent < 8 && index % 5 == 0 ? 2500 : 2
    }
    let few = verdicts(measured(connections: 20, service: slow))
    #expect(few.gap == .inconclusive && few.isShort)
    let enough = verdicts(measured(connections: 500, service: slow))
    #expect(enough.gap == .pass && !enough.isShort)
    // Nothing sent from 6 s on is answered before 8 s, whether or not more could have been sent.
    func still(_ index: Int, _ sent: Double) -> Nanoseconds {
      sent >= 6 && sent < 8 ? Nanoseconds((8 - sent) * 1000) + 2 : 2
    }
    for connections in [20, 50, 500] {
      let stopped = verdicts(measured(connections: connections, service: still))
      #expect(stopped.gap == .fail && !stopped.isShort, "\(connections)")
    }
    #expect(!verdicts(measured(connections: 50) { _, _ in 2 }).isShort)
  }
}
