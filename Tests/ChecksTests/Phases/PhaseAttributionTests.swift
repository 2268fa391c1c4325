import HTTP
import Platform
import Report
import Support
import Testing

@testable import Checks
@testable import Load

@Suite struct PhaseAttributionTests {
  private static let millisecond: Nanoseconds = 1_000_000

  /// A baseline until 1 s, a reload until 3 s whose action takes half a second, and a restart.
  private let spans = [
    PhaseSpan(name: "baseline", start: 0, end: 1000 * millisecond, action: nil),
    PhaseSpan(
      name: "reload", start: 1000 * millisecond, end: 3000 * millisecond,
      action: ActionSection(command: ["x"], startSeconds: 1, durationSeconds: 0.5)),
    PhaseSpan(
      name: "restart", start: 3000 * millisecond, end: 4000 * millisecond,
      action: ActionSection(command: ["x"], startSeconds: 3, durationSeconds: 0.1)),
  ]

  private func record(
    due: Nanoseconds, sent: Nanoseconds? = nil, done: Nanoseconds, _ failure: FailureKind? = nil, status: Int? = nil
  ) -> RequestRecord {
    RequestRecord(
      due: due * Self.millisecond, sent: (sent ?? due) * Self.millisecond, done: done * Self.millisecond, connection: 0,
      status: status ?? (failure == nil ? 200 : nil), failure: failure)
  }

  @Test("What a request belongs to, and whether it counts as cut")
  func table() {
    let cases: [(RequestRecord, phase: Int, isCut: Bool)] = [
      (record(due: 900, done: 950), 0, false), (record(due: 1000, done: 1001), 1, false),
      // Lost by the reload's new processes, and found out long after.
      (record(due: 1600, done: 11_600, .timeout), 1, false),
      (record(due: 1600, done: 4050, .status, status: 504), 1, false),
      (record(due: 2900, done: 3150, .reset), 2, true),
      // Cut in flight.
      (record(due: 900, done: 1200, .reset), 1, true), (record(due: 900, done: 1500, .closed), 1, true),
      (record(due: 900, done: 1200, .streamReset), 1, true), (record(due: 900, done: 1200, .connectionError), 1, true),
      (record(due: 900, done: 1200, .truncated), 1, true), (record(due: 900, done: 1200, .body), 1, true),
      (record(due: 900, done: 1200, .status, status: 502), 1, true),
      (record(due: 900, done: 3050, .reset), 2, true), (record(due: 2900, done: 3050, .reset), 2, true),
      // Neither: not cut, not before it, or not while it ran.
      (record(due: 900, done: 1200), 0, false), (record(due: 900, done: 1200, .timeout), 0, false),
      (record(due: 900, done: 1200, .status, status: 500), 0, false),
      (record(due: 900, sent: 1050, done: 1200, .reset), 0, false), (record(due: 900, done: 2501, .reset), 0, false),
      // The command has returned, and its work goes on for a second.
      (record(due: 900, done: 1501, .reset), 1, true), (record(due: 900, done: 2500, .closed), 1, true),
      (record(due: 900, done: 2400), 0, false), (record(due: 900, done: 2400, .timeout), 0, false),
      (record(due: 900, sent: 1050, done: 2400, .reset), 0, false),
      // Never beyond the phase's end.
      (record(due: 2900, done: 4000, .reset), 2, true), (record(due: 2900, done: 4001, .reset), 1, false),
      (record(due: 900, done: 999, .reset), 0, false),
      (record(due: 9000, done: 9001), 2, false),
      // At the very moment of the action's start: one was sent with it, one ended with it.
      (record(due: 900, sent: 1000, done: 1200, .reset), 0, false), (record(due: 900, done: 1000, .reset), 1, true),
      (record(due: 900, done: 1200, .status, status: 504), 1, true),
      (record(due: 1100, sent: 900, done: 1200, .reset), 1, false),
    ]
    for (index, (record, phase, isCut)) in cases.enumerated() {
      let shares = PhaseAttribution([record], over: spans).shares
      #expect(shares.map { $0.all.count } == [0, 1, 2].map { $0 == phase ? 1 : 0 }, "case \(index)")
      #expect(shares[phase].cut.count == (isCut ? 1 : 0), "case \(index)")
    }
    let open = PhaseAttribution([], open: [999, 1000, 2999, 9000].map { $0 * Self.millisecond }, over: spans).shares
    #expect(open.map { $0.open.map { $0 / Self.millisecond } } == [[999], [1000, 2999], [9000]])
    #expect(PhaseAttribution([record(due: 0, done: 1)], over: []).shares.isEmpty)
    let broken: [FailureKind] = [
      .reset, .closed, .truncated, .body, .streamReset, .connectionError, .call(.status(.unavailable)),
      .call(.noStatus),
      .call(.message),
    ]
    for kind in FailureKind.allCases where !broken.contains(kind) {
      let shares = PhaseAttribution([record(due: 900, done: 1200, kind)], over: spans).shares
      #expect(shares.map(\.cut.count) == [0, 0, 0], "\(kind)")
    }
    // Nobody cut it where nothing was done.
    let quiet = [spans[0], PhaseSpan(name: "quiet", start: spans[0].end, end: 2 * spans[0].end, action: nil)]
    let shares = PhaseAttribution([record(due: 900, done: 1200, .reset)], over: quiet).shares
    #expect(shares.map(\.due.count) == [1, 0] && shares.map(\.cut.count) == [0, 0])
  }

  @Test("A phase begins with the first request that met its action, though that was due up to 10 ms before")
  func aligned() {
    func starts(_ records: [RequestRecord]) -> [Nanoseconds] {
      let aligned = PhaseSpan.aligned(spans, to: records)
      #expect(zip(aligned, aligned.dropFirst()).allSatisfy { $0.end == $1.start })
      #expect(aligned.map(\.name) == spans.map(\.name) && aligned.last?.end == spans.last?.end)
      return aligned.map { $0.start / Self.millisecond }
    }
    #expect(starts([]) == [0, 1000, 3000])
    #expect(starts([record(due: 995, sent: 999, done: 1200, .reset)]) == [0, 1000, 3000])
    #expect(starts([record(due: 995, sent: 1000, done: 1200, .reset)]) == [0, 995, 3000])
    #expect(starts([record(due: 990, sent: 1000, done: 1001)]) == [0, 990, 3000])
    #expect(starts([record(due: 989, sent: 1000, done: 1001)]) == [0, 1000, 3000])
    let late = [2990, 2993, 2999].map { record(due: $0, sent: 3010, done: 3011) }
    #expect(starts(late.reversed()) == [0, 1000, 2990])
    // What was sent before it, and met it all the same, stays cut.
    let cut = [record(due: 2992, sent: 2999, done: 3005, .reset), record(due: 2996, sent: 3001, done: 3002)]
    let shares = PhaseAttribution(cut, over: PhaseSpan.aligned(spans, to: cut)).shares
    #expect(shares[2].cut == [0] && shares[2].due == [1])
    // A phase without an action has nothing to meet.
    let quiet = [spans[0], PhaseSpan(name: "quiet", start: spans[0].end, end: 2 * spans[0].end, action: nil)]
    #expect(PhaseSpan.aligned(quiet, to: [record(due: 995, sent: 1000, done: 1001)])[1].start == spans[0].end)
  }

  @Test("Over 10,000 generated runs each request is in one phase, counts add up, and no outage begins before its phase")
  func invariants() {
    var broken: [String] = []
    for seed in 0..<10_000 as Range<UInt64> {
      broken += violations(in: GeneratedRun(seed: seed)).map { "seed \(seed): \($0)" }
    }
    #expect(broken.isEmpty, "\(broken.count): \(broken.prefix(3))")
  }

  /// What a run's attribution gets wrong.
  private func violations(in run: GeneratedRun) -> [String] {
    var found: [String] = []
    func demand(_ holds: Bool, _ what: String) { if !holds { found.append(what) } }
    let records = run.measured.records
    let shares = PhaseAttribution(records, open: run.measured.openDues, over: run.spans).shares
    demand(shares.flatMap(\.all).sorted() == Array(records.indices), "a request is in no phase, or in two")
    var sum = RequestCounts(scheduled: 0, completed: 0, succeeded: 0, failed: 0)
    for (span, share) in zip(run.spans, shares) {
      for index in share.cut {
        let record = records[index]
        demand(record.sent < span.start && record.done >= span.start, "cut while no action ran")
        demand(record.failure != nil && record.failure != .timeout, "cut, and no connection broke off")
      }
      var measured = Measurements()
      measured.records = records
      let tally = PhaseTally(share, of: measured, in: span)
      let (requests, outages) = (tally.requests, tally.outages(until: Double(span.end) / 1e9))
      demand(requests.scheduled == requests.succeeded + requests.failed + requests.unsent, "counts that contradict")
      demand(tally.failures.values.reduce(0, +) == requests.failed, "failures without a kind")
      demand(outages.reduce(0) { $0 + $1.failed } == requests.failed, "failures outside of any outage")
      demand(outages.allSatisfy { $0.startSeconds >= Double(span.start) / 1e9 }, "an outage begins before its phase")
      demand((tally.marks ?? []).allSatisfy { $0.seconds >= Double(span.start) / 1e9 }, "a mark before its phase")
      sum.scheduled += requests.scheduled
      sum.completed += requests.completed
      sum.failed += requests.failed
      sum.unsent += requests.unsent
    }
    demand(sum.scheduled == run.measured.scheduled, "phases that do not add up")
    demand(sum.completed == run.measured.completed && sum.failed == run.measured.failed, "outcomes that do not add up")
    demand(sum.unsent == run.measured.unsent, "something sent is unsent, or the reverse")
    return found
  }
}

/// A run as it may have gone: phases of any length with actions of any length, requests of every outcome at a steady rate.
private struct GeneratedRun {
  var measured = Measurements()
  var spans: [PhaseSpan] = []

  init(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let unit: Nanoseconds = 1_000_000
    var start: Nanoseconds = 0
    for index in 0...random.number(0...4) {
      let length = Nanoseconds(random.number(1...3000)) * unit
      let taken = Double(random.number(0...2000)) / 1e3
      let action = ActionSection(
        command: ["x"], startSeconds: Double(start) / 1e9, durationSeconds: min(taken, Double(length) / 1e9))
      spans.append(
        PhaseSpan(name: "\(index)", start: start, end: start + length, action: index > 0 ? action : nil))
      start += length
    }
    let count = random.number(0...120)
    for index in 0..<count {
      // Some are due after the last phase's end, which the generator saw a moment later.
      let due = start * Nanoseconds(index) / Nanoseconds(max(count - 1, 1)) + Nanoseconds(random.number(0...50)) * unit
      if random.once(in: 20) {
        measured.openDues.append(due)
        measured.unsent += 1
        continue
      }
      let failure = random.once(in: 3) ? random.pick(FailureKind.allCases) : nil
      let sent = due + (random.once(in: 4) ? Nanoseconds(random.number(0...1500)) * unit : 0)
      let done = sent + Nanoseconds(random.number(0...(random.once(in: 5) ? 4000 : 20))) * unit
      let status = failure == nil ? 200 : failure == .status ? random.pick([404, 500, 502, 503, 504]) : nil
      measured.records.append(
        RequestRecord(due: due, sent: sent, done: done, connection: 0, status: status, failure: failure))
      if let failure { measured.failures[failure, default: 0] += 1 } else { measured.succeeded += 1 }
    }
    measured.records.sort { $0.done < $1.done }
  }
}
