import Report
import Statistics
import Testing

@testable import Checks
@testable import Load

@Suite struct ReportComparisonTests {
  /// A minute of 500 requests a second whose latency is so many milliseconds, with some spread.
  private func report(
    milliseconds: Double = 10, spread: Double = 0.5, count: Int = 30_000, failed: Int = 0, offered: Double? = 500,
    achieved: Double = 500, lateness: Double = 0.1, check: CheckKind = .load
  ) -> ReportDocument {
    var latency = Histogram()
    for number in 0..<count {
      latency.record(UInt64((milliseconds + spread * Double(number % 100) / 100) * 1e6))
    }
    var late = Histogram()
    late.record(UInt64(lateness * 1e6), count: UInt64(count))
    return ReportDocument(
      tool: .lbcheck, check: check, target: TargetSection(url: "http://127.0.0.1:8080/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass,
      traffic: TrafficSection(
        requests: RequestCounts(
          scheduled: count + failed, completed: count + failed, succeeded: count, failed: failed),
        rate: RateSection(offered: offered, achieved: achieved), latency: LatencySummary(latency),
        lateness: offered == nil ? nil : LatencySummary(late)))
  }

  private func outcomes(_ comparison: ReportComparison) -> [String: ComparedFigure.Outcome] {
    Dictionary(uniqueKeysWithValues: comparison.figures.map { ($0.name, $0.outcome) })
  }

  @Test("A run compared with itself is the same")
  func same() throws {
    var listed = report()
    listed.settings = []
    let comparison = try ReportComparison(base: listed, candidate: listed)
    let outcomes = outcomes(comparison)
    #expect(outcomes["p50"] == .same && outcomes["p90"] == .same && outcomes["failed"] == .same)
    #expect(comparison.worse.isEmpty)
    #expect(comparison.notes.isEmpty)
    #expect(comparison.assertions().allSatisfy { $0.verdict == .pass })
  }

  @Test("A fifth more is worse, a fifth less better, both with intervals that hold the truth")
  func shifted() throws {
    let comparison = try ReportComparison(base: report(), candidate: report(milliseconds: 12))
    let figure = try #require(comparison.figures.first { $0.name == "p50" })
    #expect(figure.outcome == .worse)
    #expect(figure.higherIsBetter == false)
    let (low, high) = (try #require(figure.changeInterval?.low), try #require(figure.changeInterval?.high))
    #expect(low < 0.195 && high > 0.195)
    #expect(Set(comparison.worse.map(\.name)) == ["p50", "p90", "p95", "p99", "p99.9"])
    let assertion = try #require(comparison.assertions().first { $0.name == "p50 against the baseline" })
    #expect(assertion.verdict == .fail)
    let back = try ReportComparison(base: report(milliseconds: 12), candidate: report())
    #expect(outcomes(back)["p50"] == .better)
  }

  @Test("What is within the margin counts as none")
  func margins() throws {
    let small = report(milliseconds: 10.4)
    #expect(try outcomes(ReportComparison(base: report(), candidate: small))["p50"] == .same)
    #expect(try outcomes(ReportComparison(base: report(), candidate: small, margin: 0.01))["p50"] == .worse)
    // 0.15 ms are half of 0.3 ms, and still the machine's.
    let fast = report(milliseconds: 0.3, spread: 0.01)
    let slower = report(milliseconds: 0.45, spread: 0.01)
    #expect(try outcomes(ReportComparison(base: fast, candidate: slower))["p50"] == .same)
    // A generator that is late itself proves nothing.
    let late = report(milliseconds: 12, lateness: 2)
    let disturbed = try ReportComparison(base: report(), candidate: late)
    #expect(disturbed.worse.isEmpty)
    #expect(outcomes(disturbed)["p50"] == .unsure)
    #expect(disturbed.figures.first?.remark?.contains("generator") == true)
  }

  @Test("A percentile that too few requests lie beyond is unsure, and says why")
  func few() throws {
    let comparison = try ReportComparison(
      base: report(count: 500), candidate: report(milliseconds: 20, count: 500))
    let figure = try #require(comparison.figures.first { $0.name == "p99.9" })
    #expect(figure.outcome == .unsure)
    #expect(figure.baseInterval?.high == nil)
    #expect(figure.remark?.contains("too few") == true)
    #expect(outcomes(comparison)["p50"] == .worse)
  }

  @Test("Where requests of the same moment leave too few, that is the reason, not their number")
  func fewMoments() throws {
    let crowded = report(count: 600, achieved: 30_000)
    let figure = try #require(
      ReportComparison(base: crowded, candidate: crowded).figures.first { $0.name == "p50" })
    #expect(figure.outcome == .unsure && figure.baseInterval?.high == nil)
    #expect(figure.remark == "requests within 10 ms count as one, which leaves 2 of 600: too few to bound it")
  }

  @Test("Requests of the same moment count as one")
  func moments() throws {
    // A second of 30,000 requests is a hundred moments.
    func width(_ document: ReportDocument) throws -> Double {
      let comparison = try ReportComparison(base: document, candidate: document)
      let interval = try #require(comparison.figures.first { $0.name == "p50" }?.baseInterval)
      let (low, high) = (try #require(interval.low), try #require(interval.high))
      return high - low
    }
    let crowded = try width(report(achieved: 30_000))
    let apart = try width(report())
    #expect(crowded > 3 * apart)
  }

  @Test("Lost requests are found, a few of them are not")
  func failures() throws {
    #expect(try outcomes(ReportComparison(base: report(), candidate: report(failed: 600)))["failed"] == .worse)
    #expect(try outcomes(ReportComparison(base: report(failed: 600), candidate: report()))["failed"] == .better)
    #expect(try ReportComparison(base: report(), candidate: report(failed: 2)).worse.isEmpty)
  }

  @Test("A rate is compared in closed loop only, and is never a regression")
  func rate() throws {
    #expect(try outcomes(ReportComparison(base: report(), candidate: report(achieved: 300)))["rate"] == nil)
    let comparison = try ReportComparison(
      base: report(offered: nil), candidate: report(offered: nil, achieved: 300))
    let figure = try #require(comparison.figures.first { $0.name == "rate" })
    #expect(figure.outcome == .unsure)
    #expect(figure.changeInterval == nil)
    #expect(figure.higherIsBetter == true)
    #expect(comparison.worse.isEmpty)
    #expect(comparison.notes.contains { $0.contains("closed loop") })
  }

  @Test("A backend's share is worse where it leaves its expectation, and only moves where there is none")
  func shares() throws {
    func with(_ counts: [Int], expected: Double?) -> ReportDocument {
      var document = report()
      let total = counts.reduce(0, +)
      document.backends = zip(["a", "b"], counts).map { name, count in
        BackendSection(
          name: name, requests: count, succeeded: count, failed: 0, share: Double(count) / Double(total),
          expectedShare: expected)
      }
      return document
    }
    let even = with([5000, 5000], expected: 0.5)
    let uneven = with([6000, 4000], expected: 0.5)
    #expect(try outcomes(ReportComparison(base: even, candidate: uneven))["share of a"] == .worse)
    #expect(try outcomes(ReportComparison(base: uneven, candidate: even))["share of a"] == .better)
    #expect(try outcomes(ReportComparison(base: even, candidate: even))["share of a"] == .same)
    let moved = try ReportComparison(
      base: with([5000, 5000], expected: nil), candidate: with([6000, 4000], expected: nil))
    let figure = try #require(moved.figures.first { $0.name == "share of a" })
    #expect(figure.outcome == .unsure)
    #expect(figure.remark?.contains("it changed") == true)
  }

  @Test("A capacity is known to the precision of its search")
  func capacity() throws {
    func found(_ rate: Double, isLowerBound: Bool = false) -> ReportDocument {
      var document = report(check: .capacity)
      document.traffic = nil
      document.capacity = CapacitySection(
        rate: rate, isLowerBound: isLowerBound, limitedBy: .percentile(99), objectives: [], precision: 0.05,
        isConfirmed: true,
        steps: [])
      return document
    }
    #expect(try outcomes(ReportComparison(base: found(500), candidate: found(400)))["capacity"] == .worse)
    #expect(try outcomes(ReportComparison(base: found(500), candidate: found(470)))["capacity"] == .unsure)
    #expect(try outcomes(ReportComparison(base: found(400), candidate: found(500)))["capacity"] == .better)
    #expect(
      try outcomes(ReportComparison(base: found(500), candidate: found(400, isLowerBound: true)))["capacity"]
        == .unsure)
  }

  @Test("Phases are compared by name")
  func phases() throws {
    func with(_ failed: Int) -> ReportDocument {
      var document = report(check: .reloadTest)
      document.phases = ["baseline", "reload"].map { name in
        PhaseSection(
          name: name, startSeconds: 0, durationSeconds: 10,
          traffic: TrafficSection(
            requests: RequestCounts(
              scheduled: 2000, completed: 2000, succeeded: name == "reload" ? 2000 - failed : 2000,
              failed: name == "reload" ? failed : 0), rate: RateSection(offered: 200, achieved: 200)),
          longestGapSeconds: 0.1,
          outages: failed > 0 && name == "reload"
            ? [OutageSection(startSeconds: 1, durationSeconds: Double(failed) / 200, failed: failed)] : [])
      }
      return document
    }
    let comparison = try ReportComparison(base: with(0), candidate: with(200))
    #expect(comparison.worse.map(\.name) == ["failed in reload"])
    let outage = try #require(comparison.figures.first { $0.name == "longest outage in reload" })
    #expect(outage.outcome == .unsure && outage.candidate == 1000 && outage.change == nil)
    #expect(outcomes(comparison)["failed"] == nil)
  }

  /// Latencies that wander as those of one machine: each follows the one before.
  private func wandering(_ random: inout SplitMix64, scale: Double = 1) -> ReportDocument {
    var document = report()
    var latency = Histogram()
    var state = 0.0
    for _ in 0..<1500 {
      let drawn = (0..<4).reduce(0.0) { sum, _ in sum + Double.random(in: -1...1, using: &random) }
      state = 0.7 * state + drawn
      latency.record(UInt64(max(0.1, 10 + 0.6 * state) * scale * 1e6))
    }
    document.traffic?.requests = RequestCounts(scheduled: 1500, completed: 1500, succeeded: 1500, failed: 0)
    document.traffic?.rate = RateSection(offered: 300, achieved: 300)
    document.traffic?.latency = LatencySummary(latency)
    document.traffic?.lateness = nil
    return document
  }

  @Test("Of equal runs that wander, without any margin, no more than a few are called different")
  func falseAlarms() throws {
    var random = SplitMix64(seed: 11)
    var alarms = 0
    for _ in 0..<20 {
      let (base, candidate) = (wandering(&random), wandering(&random))
      let comparison = try ReportComparison(base: base, candidate: candidate, margin: 0)
      if comparison.figures.contains(where: { $0.outcome == .worse || $0.outcome == .better }) { alarms += 1 }
    }
    // One or two of twenty is what the level allows.
    #expect(alarms <= 2, "\(alarms) of 20")
    var found = 0
    for _ in 0..<5 {
      let (base, candidate) = (wandering(&random), wandering(&random, scale: 1.2))
      if try ReportComparison(base: base, candidate: candidate).worse.contains(where: { $0.name == "p50" }) {
        found += 1
      }
    }
    #expect(found == 5)
  }

  @Test("What cannot be compared says which of the two, and what was expected")
  func errors() throws {
    func error(_ base: ReportDocument, _ candidate: ReportDocument) -> ComparisonError? {
      do throws(ComparisonError) {
        _ = try ReportComparison(base: base, candidate: candidate)
        return nil
      } catch {
        return error
      }
    }
    let check = error(report(), report(check: .fairness))
    #expect(check?.side == .candidate)
    #expect(check?.reason.contains("expected load") == true)
    var stopped = report()
    stopped.interrupted = true
    #expect(error(stopped, report())?.side == .base)
    #expect(error(report(), stopped)?.side == .candidate)
    var damaged = report()
    damaged.traffic?.latency?.histogram = "damaged"
    #expect(error(damaged, report())?.reason.contains("histogram") == true)
    var empty = report()
    empty.traffic = nil
    #expect(error(report(), empty)?.reason.contains("no figure") == true)
  }

  @Test("Another clock is a note", arguments: [false, true], [false, true])
  func clocks(ofBase: Bool, ofCandidate: Bool) throws {
    var (base, candidate) = (report(), report())
    base.traffic?.unstamped = ofBase ? 0 : nil
    candidate.traffic?.unstamped = ofCandidate ? 0 : nil
    let notes = try ReportComparison(base: base, candidate: candidate).notes.filter { $0.contains("clocks differ") }
    #expect(notes.count == (ofBase == ofCandidate ? 0 : 1))
    #expect(notes.allSatisfy { $0.contains("only in the \(ofBase ? "base" : "candidate") an answer ends when") })
  }

  @Test("Other targets and settings are a note")
  func notes() throws {
    var other = report(offered: 600)
    other.target.url = "http://127.0.0.1:9090/"
    other.method = [MeasuredBy(name: "Connections", value: "10, 10 opened in all")]
    var base = report()
    base.method = [MeasuredBy(name: "Connections", value: "50, 50 opened in all")]
    let notes = try ReportComparison(base: base, candidate: other).notes.joined(separator: "\n")
    #expect(notes.contains("targets differ"))
    #expect(notes.contains("The settings differ: Connections is 50 in the base, 10 in the candidate."))
  }

  @Test("Figures under loads of another kind or size are no verdict, and what does not depend on the load stays one")
  func loads() throws {
    func closed(_ connections: Double, milliseconds: Double = 10, share: Double = 0.5) -> ReportDocument {
      var document = report(milliseconds: milliseconds, offered: nil)
      document.settings = [Setting("connections", .number(connections))]
      document.backends = zip(["a", "b"], [share, 1 - share]).map { name, share in
        BackendSection(
          name: name, requests: Int(10_000 * share), succeeded: Int(10_000 * share), failed: 0, share: share,
          expectedShare: 0.5)
      }
      return document
    }
    func open(_ rate: Double, milliseconds: Double = 10) -> ReportDocument {
      report(milliseconds: milliseconds, offered: rate, achieved: rate)
    }
    let cases: [(ReportDocument, ReportDocument, String)] = [
      (closed(10), closed(20, milliseconds: 20), "the base closed its loop over 10 connections, the candidate over 20"),
      (report(offered: nil), open(500, milliseconds: 20), "one run was open loop and the other closed loop"),
      (open(500), open(250, milliseconds: 5), "the offered rates differ: 500/s in the base, 250/s in the candidate"),
    ]
    for (base, candidate, reason) in cases {
      let comparison = try ReportComparison(base: base, candidate: candidate)
      #expect(comparison.figures.filter { $0.name.hasPrefix("p") }.allSatisfy { $0.outcome == .unsure }, "\(reason)")
      #expect(comparison.figures.first?.remark == "the loads cannot be compared")
      let document = comparison.document(startedAt: "2026-11-25T07:00:00Z", asserts: true)
      #expect(document.verdict == .inconclusive)
      let line = try #require(document.assertions.first { $0.name == "sameLoad" })
      #expect(line.verdict == .inconclusive && line.actual == reason)
      #expect(document.summary?.hasPrefix("Not decided: \(reason)") == true, "\(document.summary ?? "")")
      #expect(!document.assertions.contains { $0.name == "figuresDecided" })
    }
    let uneven = try ReportComparison(base: closed(10), candidate: closed(20, share: 0.7))
    #expect(uneven.worse.map(\.name) == ["share of a", "share of b"])
    #expect(uneven.document(startedAt: "2026-11-25T07:00:00Z", asserts: true).verdict == .fail)
    let same = try ReportComparison(base: open(500), candidate: open(505))
    #expect(!same.assertions().contains { $0.name == "sameLoad" })
  }

  @Test("A capacity decides although the traffic at it was of another rate")
  func capacityLoads() throws {
    func found(_ rate: Double) -> ReportDocument {
      var document = report(milliseconds: rate / 50, offered: rate, achieved: rate, check: .capacity)
      document.capacity = CapacitySection(
        rate: rate, isLowerBound: false, limitedBy: .percentile(99), objectives: [], precision: 0.05,
        isConfirmed: true, steps: [])
      return document
    }
    let comparison = try ReportComparison(base: found(500), candidate: found(700))
    let document = comparison.document(startedAt: "2026-11-25T07:00:00Z", asserts: true)
    #expect(document.verdict == .pass && outcomes(comparison)["capacity"] == .better)
    #expect(outcomes(comparison)["p50"] == .unsure)
  }

  @Test(
    "A candidate that failed where the base passed is a regression, and a run that decided nothing leaves it open",
    arguments: [
      (.pass, .pass, .pass, nil), (.pass, .fail, .fail, .fail), (.fail, .fail, .pass, nil), (.fail, .pass, .pass, nil),
      (.pass, .inconclusive, .inconclusive, .inconclusive), (.inconclusive, .pass, .inconclusive, .inconclusive),
      (.inconclusive, .fail, .inconclusive, .inconclusive), (.fail, .inconclusive, .inconclusive, .inconclusive),
    ] as [(Verdict, Verdict, Verdict, Verdict?)])
  func ownVerdicts(_ base: Verdict, _ candidate: Verdict, _ verdict: Verdict, _ line: Verdict?) throws {
    var (own, other) = (report(), report())
    (own.verdict, own.summary) = (base, "The base's headline.")
    (other.verdict, other.summary) = (candidate, "The candidate's headline.")
    let document = try ReportComparison(base: own, candidate: other)
      .document(startedAt: "2026-11-25T07:00:00Z", asserts: true)
    #expect(document.verdict == verdict)
    let assertion = document.assertions.first { $0.name == "verdict" }
    #expect(assertion.map(\.verdict) == line)
    if candidate == .inconclusive || line == .fail {
      #expect(document.summary?.contains("the candidate's headline") == true, "\(document.summary ?? "")")
    }
    // What is worse for sure stays a regression.
    other.traffic = report(milliseconds: 12).traffic
    #expect(
      try ReportComparison(base: own, candidate: other).document(startedAt: "2026-11-25T07:00:00Z").verdict == .fail)
  }

  @Test("Figures that could be either pass nothing, and where all are the comparison is not decided")
  func unsure() throws {
    let comparison = try ReportComparison(base: report(count: 3, achieved: 1), candidate: report(count: 3, achieved: 1))
    #expect(comparison.figures.allSatisfy { $0.outcome == .unsure })
    let document = comparison.document(startedAt: "2026-11-25T07:00:00Z", asserts: true)
    #expect(document.verdict == .inconclusive)
    #expect(document.assertions.map(\.name) == ["figuresDecided"])
    #expect(document.assertions.first?.verdict == .inconclusive)
    #expect(document.summary?.hasPrefix("None of") == false, "\(document.summary ?? "")")
    // Beside others that are sure, one that is not is no line.
    let few = try ReportComparison(base: report(count: 500), candidate: report(count: 500))
    let names = few.assertions().map(\.name)
    #expect(few.figures.contains { $0.name == "p99.9" && $0.outcome == .unsure })
    #expect(!names.contains("p99.9 against the baseline") && names.contains("p50 against the baseline"))
    #expect(few.document(startedAt: "2026-11-25T07:00:00Z", asserts: true).verdict == .pass)
  }

  @Test("The comparison as a report survives the way through its file")
  func document() throws {
    let comparison = try ReportComparison(base: report(), candidate: report(milliseconds: 12))
    let document = comparison.document(startedAt: "2026-11-25T07:00:00Z", asserts: true)
    #expect(document.verdict == .fail)
    #expect(document.summary?.hasPrefix("5 of ") == true)
    let read = try ReportDocument(json: try JSONWriter().write(document))
    #expect(read == document)
  }
}
