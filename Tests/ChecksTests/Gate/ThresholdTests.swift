import Report
import Statistics
import Testing

@testable import Checks

@Suite struct ThresholdTests {
  private func document(p99: Double = 120, failed: Int = 0, histogram: String = "") -> ReportDocument {
    let latency = LatencySummary(
      min: 1, mean: 20, p50: 15, p90: 60, p99: p99, p999: 180, max: 200, histogram: histogram)
    func traffic(_ failed: Int) -> TrafficSection {
      TrafficSection(
        requests: RequestCounts(scheduled: 1000, completed: 1000, succeeded: 1000 - failed, failed: failed),
        statuses: ["200": 1000 - failed, "502": failed], rate: RateSection(achieved: 500), latency: latency)
    }
    return ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1"), check: .reloadTest, target: TargetSection(url: "http://a/"),
      startedAt: "", durationSeconds: 1, traffic: traffic(failed),
      backends: [
        BackendSection(name: "app-1", requests: 360, succeeded: 360, failed: 0, share: 0.36, expectedShare: 0.33),
        BackendSection(name: "10.0.0.1:80 (b)", requests: 640, succeeded: 640, failed: 0, share: 0.64),
      ],
      phases: [
        PhaseSection(
          name: "broken reload", startSeconds: 0, durationSeconds: 5, traffic: traffic(7), longestGapSeconds: 0.8,
          outages: [OutageSection(startSeconds: 1, durationSeconds: 0.75, failed: 7)])
      ])
  }

  private func verdict(_ text: String, baseline: ReportDocument? = nil) throws -> Verdict? {
    try Threshold(text).assertion(on: document(failed: 2), baseline: baseline)?.verdict
  }

  @Test(
    "Figures are compared in their own units",
    arguments: [
      ("p99 < 200ms", true), ("p99<0.1s", false), ("p99 >= 120ms", true), ("p99 == 120000us", true),
      ("p50 != 15ms", false), ("max <= 200ms", true), ("mean < 0.02s", false), ("p999 > 100ms", true),
      ("p99.9 > 100ms", true), ("failed == 0", false), ("failed <= 2", true), ("failed < 0.2%", false),
      ("failed <= 0.2%", true), ("requests >= 1000", true), ("rate > 499/s", true), ("rate > 500", false),
      ("share(app-1) within 3%", true), ("share(app-1) within 2.9%", false), ("share(app-1) <= 36%", true),
      ("share(app-2) > 0", false), ("status(502) == 2", true), ("status(5xx) < 0.1%", false),
      ("status(4xx) == 0", true), ("outage(broken reload) == 0", false), ("outage( broken reload ) <= 750ms", true),
      ("gap(broken reload) < 1s", true), ("failed(broken reload) == 7", true), ("p99(broken reload) < 200ms", true),
      ("reload-test: p99 < 200ms", true), ("  p99   <   200ms  ", true),
    ])
  func compares(text: String, holds: Bool) throws {
    #expect(try verdict(text) == (holds ? .pass : .fail))
  }

  @Test(
    "A run that was not steady decides nothing about its times and its rate, in either direction; its counts stand",
    arguments: [
      ("p99 < 200ms", Verdict.inconclusive), ("p99 < 1ms", .inconclusive), ("mean < 1s", .inconclusive),
      ("max < 1s", .inconclusive), ("min > 0ms", .inconclusive), ("rate > 1", .inconclusive),
      ("failed == 0", .fail), ("failed <= 2", .pass), ("p99(broken reload) < 200ms", .pass),
    ])
  func unsteady(text: String, verdict: Verdict) throws {
    var document = document(failed: 2)
    document.steadiness = SteadinessSection(
      isSteady: false,
      changes: [SteadinessChange(quantity: .latency, figure: "p50", afterSeconds: 5.2, before: 2, after: 4, pValue: 0)])
    let judged = try #require(try Threshold(text).assertion(on: document, baseline: nil))
    #expect(judged.verdict == verdict)
    if verdict == .inconclusive {
      #expect(judged.detail?.contains("p50 went from 2.00 to 4.00 ms after about 5.20 s") == true)
    }
    document.steadiness = SteadinessSection(isSteady: true)
    #expect(try #require(try Threshold(text).assertion(on: document, baseline: nil)).verdict != .inconclusive)
  }

  @Test(
    "What holds only because nothing was seen is undecided, and says of whom; what does not hold even so fails",
    arguments: [
      ("share(app-2) == 0", Verdict.inconclusive, "app-2"), ("share(ap-1) <= 40%", .inconclusive, "ap-1"),
      ("share(app-2) within 50%", .inconclusive, "app-2"), ("share(app-2) >= 20%", .fail, "app-2"),
      ("stale(broken reload) == 0", .inconclusive, "broken reload"),
      ("stale(broken reload) > 0", .fail, "broken reload"),
    ])
  func nothing(text: String, verdict: Verdict, name: String) throws {
    let judged = try #require(try Threshold(text).assertion(on: document(), baseline: nil))
    #expect(judged.verdict == verdict && judged.detail?.contains(name) == true, "\(judged)")
  }

  @Test("Stale generations are counted where there were earlier ones to tell them from")
  func stale() throws {
    func life(_ generation: String) -> GenerationSection {
      GenerationSection(backend: "app-1", generation: generation, firstSeenSeconds: 0, lastSeenSeconds: 1, requests: 9)
    }
    var document = document()
    var reload = try #require(document.phases?.first)
    reload.name = "reload"
    reload.generations = [life("2")]
    var baseline = reload
    baseline.name = "baseline"
    baseline.generations = []
    let threshold = try Threshold("stale(reload) == 0")
    document.phases = [baseline, reload]
    #expect(threshold.assertion(on: document, baseline: nil)?.verdict == .inconclusive)
    baseline.generations = [life("1")]
    document.phases = [baseline, reload]
    #expect(threshold.assertion(on: document, baseline: nil)?.verdict == .pass)
    reload.generations.append(life("1"))
    reload.staleGenerations = ["app-1 1"]
    document.phases = [baseline, reload]
    #expect(threshold.assertion(on: document, baseline: nil)?.verdict == .fail)
  }

  @Test("In a run in which the generator was paused a threshold that does not hold is undecided")
  func paused() throws {
    var document = document()
    document.generatorPauses = [PauseSection(startSeconds: 1, durationSeconds: 2, cause: "stopped")]
    let broken = try #require(try Threshold("p99 < 100ms").assertion(on: document, baseline: nil))
    #expect(broken.verdict == .inconclusive && broken.detail == "The generator itself was paused meanwhile.")
    #expect(try Threshold("p99 < 200ms").assertion(on: document, baseline: nil)?.verdict == .pass)
  }

  @Test(
    "In an interrupted run a threshold that asks for more of what grows is undecided; a failure that was seen stays one",
    arguments: [
      ("requests >= 1000000", Verdict.inconclusive), ("requests == 1000000", .inconclusive), ("requests < 1", .fail),
      ("rate >= 1000000", .inconclusive), ("p99 < 1ms", .fail), ("failed < 0", .fail), ("requests > 0", .pass),
    ])
  func interrupted(_ text: String, _ verdict: Verdict) throws {
    var document = document()
    document.interrupted = true
    let judged = try #require(try Threshold(text).assertion(on: document, baseline: nil))
    #expect(judged.verdict == verdict)
    #expect((judged.detail?.contains("interrupted") == true) == (verdict == .inconclusive))
    document.interrupted = nil
    #expect(try Threshold(text).assertion(on: document, baseline: nil)?.verdict == (verdict == .pass ? .pass : .fail))
  }

  @Test(
    "The distance from the limit is shown where a threshold holds, too",
    arguments: [
      ("p99 < 200ms", "80.0 ms within the limit (40%)"), ("p99 < 100ms", "20.0 ms beyond the limit (20%)"),
      ("p99 <= 120ms", "at the limit"), ("p99 < 120ms", "at the limit"),
      ("p99 < 120.0001ms", "0.0001 ms within the limit (< 0.1%)"),
      ("p99 >= 110ms", "10.0 ms within the limit (9.1%)"), ("p99 != 110ms", "10.0 ms away from the limit (9.1%)"),
      ("failed == 0", "10 beyond the limit"), ("failed < 1%", "at the limit"),
      ("failed < 2%", "1.00 pp within the limit"),
      ("failed < 1.00001%", "0.00001 pp within the limit"), ("requests >= 1000", "at the limit"),
      ("p99 <= 1.5 * baseline", "30.0 ms within the limit (20%)"),
      ("p99 within 10% of baseline", "10.0 ms beyond the limit (100%)"),
      ("share(app-1) within 5%", "2.00 pp within the limit"), ("share(app-1) within 3%", "at the limit"),
      ("share(app-1) within 1%", "2.00 pp beyond the limit"),
    ])
  func distance(text: String, distance: String) throws {
    let judged = try #require(
      try Threshold(text).assertion(on: document(failed: 10), baseline: document(p99: 100)))
    #expect(judged.distance == distance)
  }

  @Test("What was not seen, or is not finite, is at no distance from a limit")
  func noDistance() throws {
    #expect(try Threshold("share(app-9) < 5%").assertion(on: document(), baseline: nil)?.distance == nil)
    #expect(try Threshold("p99 < 5ms").assertion(on: document(p99: .infinity), baseline: nil)?.distance == nil)
    #expect(try Threshold("p99 <= baseline").assertion(on: document(), baseline: nil)?.distance == nil)
  }

  @Test(
    "A threshold as a sentence",
    arguments: [
      ("p99 < 200ms", "p99 of the latency is below 200ms"), ("failed == 0", "The number of failed requests is 0"),
      ("failed < 0.1%", "The share of failed requests is below 0.1%"),
      ("outage(broken reload) <= 1s", "The longest outage in broken reload is at most 1s"),
      ("status(5xx) != 3", "The number of answers with status 5xx is not 3"),
      ("firstByte.mean <= 1.2 * baseline", "The mean time to the first byte is at most 1.2 times the baseline's"),
      ("p50 <= baseline", "p50 of the latency is at most the baseline's"),
      ("rate within 5% of baseline", "The rate is within 5% of the baseline's"),
      ("fairness: share(app-1) within 5%", "The share of app-1 is within 5 pp of the expected one"),
      ("kept >= 99%", "The share of visitors who stayed is at least 99%"),
      ("capacity > 500/s", "The capacity is above 500/s"),
    ])
  func sentence(text: String, sentence: String) throws { #expect(try Threshold(text).sentence == sentence) }

  @Test(
    "Every figure that is not met has advice, but for one on which nothing is known",
    arguments: Threshold.names.map(\.name) + ["p99"])
  func advice(name: String) throws {
    var document = document(failed: 10)
    document.traffic?.failures = ["reset": 10]
    let quantity = try #require(
      ["", "(reload)", "(app-1)", "(502)"].lazy.compactMap { try? Threshold("\(name)\($0) within 0% of baseline") }
        .first)
    #expect(quantity.advice(on: document)?.hasSuffix(".") == true, "\(name)")
    let failed = try #require(try Threshold("failed == 0").assertion(on: document, baseline: nil))
    #expect(
      failed.advice
        == NextStep.line(
          for: Assertion(.traffic(.noRequestFailed), verdict: .fail, expected: "", actual: ""), in: document))
    #expect(try Threshold("failed < 20").assertion(on: document, baseline: nil)?.advice == nil)
  }

  @Test(
    "Figures of fairness and of a capacity",
    arguments: [
      ("rotationScore >= 95%", true), ("rotationScore > 0.99", false), ("maxDeviation <= 2%", false),
      ("maxDeviation < 0.04", true), ("capacity >= 500/s", true), ("capacity > 500", false),
      ("upstreamRetried == 0", false), ("unsent == 0", true), ("retried <= 1%", true), ("min > 0ms", true),
    ])
  func sections(text: String, holds: Bool) throws {
    var document = document()
    document.traffic?.requests.upstreamRetried = 3
    document.fairness = FairnessSection(policy: "round-robin", rotationScore: 0.99, maxDeviation: 0.03)
    document.capacity = CapacitySection(
      rate: 500, isLowerBound: false, limitedBy: .percentile(99), objectives: [], precision: 0.05, isConfirmed: true,
      steps: [])
    #expect(try Threshold(text).assertion(on: document, baseline: nil)?.verdict == (holds ? .pass : .fail))
  }

  @Test(
    "First bytes, connecting, handshakes and bytes have figures of their own",
    arguments: [
      ("firstByte.p99 < 41ms", true), ("firstByte.p99 < 40ms", false), ("firstByte.max <= 50ms", true),
      ("firstByte.p95 < 36ms", true), ("firstByte.p9999 == 45ms", true), ("connect.mean < 1ms", false),
      ("connect.min >= 1ms", true), ("connect.p50 == 3ms", true), ("p95 < 200ms", true), ("p9999 <= 190ms", true),
      ("p99.99 < 190ms", false), ("bytesSent < 1kB", false), ("bytesSent <= 1000", true),
      ("bytesReceived < 21MB", true),
      ("bytesReceived < 0.02GB", false), ("load: firstByte.p90 < 31ms", nil), ("tls.p99 < 10s", nil),
    ] as [(String, Bool?)])
  func otherTimes(text: String, holds: Bool?) throws {
    var document = document()
    document.traffic?.latency?.p95 = 100
    document.traffic?.latency?.p9999 = 190
    document.traffic?.firstByte = LatencySummary(
      min: 1, mean: 9, p50: 8, p90: 30, p95: 35, p99: 40, p999: 44, p9999: 45, max: 50)
    document.traffic?.connect = LatencySummary(min: 1, mean: 2, p50: 3, p90: 4, p99: 5, p999: 6, max: 7)
    document.traffic?.bytes = ByteCounts(sent: 1000, received: 20_000_000)
    let threshold = try Threshold(text)
    guard threshold.isKnown(to: document.check) else { return #expect(holds == nil) }
    #expect(threshold.assertion(on: document, baseline: nil)?.verdict == holds.map { $0 ? .pass : .fail })
    #expect(threshold.isKnown(to: .load) && !threshold.isKnown(to: .inspect))
  }

  @Test("Bytes and first bytes against a baseline's")
  func otherBaseline() throws {
    var (document, baseline) = (document(), document())
    document.traffic?.bytes = ByteCounts(sent: 1300, received: 1)
    baseline.traffic?.bytes = ByteCounts(sent: 1000, received: 1)
    #expect(
      try Threshold("bytesSent <= 1.2 * baseline").assertion(on: document, baseline: baseline)?.verdict == .fail)
    #expect(
      try Threshold("bytesSent within 30% of baseline").assertion(on: document, baseline: baseline)?.verdict == .pass)
  }

  @Test(
    "A figure of a phase, a unit or a name that these do not have is refused",
    arguments: [
      "firstByte.p99(reload) < 1ms", "firstByte < 1ms", "firstByte.p0 < 1ms", "firstByte.q99 < 1ms",
      "latency.p99 < 1ms", "bytesSent < 5ms", "bytesSent < 5%", "bytesSent(reload) < 5", "bytes < 5",
    ])
  func refused(text: String) {
    #expect(throws: ThresholdError.self) { try Threshold(text) }
  }

  @Test("A figure that is not a number meets no threshold", arguments: ["p99 != 1ms", "p99 < 1ms", "p99 <= baseline"])
  func notANumber(text: String) throws {
    let threshold = try Threshold(text)
    #expect(threshold.assertion(on: document(p99: .nan), baseline: document()) == nil)
    let other = try #require(
      try Threshold("p99 != baseline").assertion(on: document(), baseline: document(p99: .nan)))
    #expect(other.verdict == .inconclusive)
  }

  @Test("Any percentile is read off the histogram")
  func anyPercentile() throws {
    var histogram = Histogram()
    for value in 1...1000 { histogram.record(UInt64(value) * 1_000_000) }
    let document = document(histogram: histogram.base64V2(valueToUnitRatio: 1e-6))
    #expect(try Threshold("p75 < 755ms").assertion(on: document, baseline: nil)?.verdict == .pass)
    #expect(try Threshold("p75 < 745ms").assertion(on: document, baseline: nil)?.verdict == .fail)
  }

  @Test(
    "p100 is the maximum, in a phase as well", arguments: ["p100", "p100.0", "firstByte.p100", "p100(broken reload)"])
  func hundredth(name: String) throws {
    let (hundredth, maximum) = (
      try Threshold("\(name) < 1s"), try Threshold("\(name.replacing(/p100(\.0)?/, with: "max")) < 1s")
    )
    #expect(hundredth.quantity == maximum.quantity)
    #expect(hundredth.text == "\(name) < 1s")
  }

  @Test(
    "A baseline scales the bound",
    arguments: [
      ("p99 <= 1.2 * baseline", true), ("p99 <= 1.1 * baseline", false), ("p99 <= baseline", false),
      ("p99 <= baseline * 1.2", true), ("p99 within 20% of baseline", true), ("p99 within 19% of baseline", false),
      ("failed <= baseline", false),
    ])
  func baseline(text: String, holds: Bool) throws {
    #expect(try Threshold(text).needsBaseline)
    #expect(try verdict(text, baseline: document(p99: 100)) == (holds ? .pass : .fail))
  }

  @Test("Without the figure in the baseline nothing is decided; without it in the report it does not apply")
  func missing() throws {
    #expect(try verdict("p99 <= baseline") == .inconclusive)
    #expect(try verdict("outage(reload) == 0") == nil)
    #expect(try verdict("capacity > 100") == nil)
  }

  @Test(
    "A wrong one is refused with a caret under the fault",
    arguments: [
      ("p99 < 200", "a time such as 200ms, or 1.2 * baseline", "        ^~~"),
      ("p98x < 1s", "a figure: p99 (any percentile above p0, up to p100), ", "^~~~"),
      ("p101 < 1s", "a figure: p99 (any percentile above p0, up to p100), ", "^~~~"),
      ("", "a figure: p99 (any percentile above p0, up to p100), ", "^"),
      ("p99", "<, <=, ==, !=, >=, > or within", "^"),
      ("p99 = 5ms", "<, <=, ==, !=, >=, > or within", "    ^"),
      ("p99 < 5 parsecs", "a time such as", "      ^"),
      ("p99 < 5ms now", "the end of the threshold; a second one goes into one of its own", "          ^~~"),
      ("share < 5%", "a backend, such as share(app-1)", "      ^"),
      ("share(app-1 < 5%", "a closing ')'", "^"),
      ("outage == 0", "a phase, such as outage(reload)", "        ^"),
      ("status(teapot) == 0", "a status such as 502 or 5xx", "       ^~~~~~"),
      ("status(777) == 0", "a status such as 502 or 5xx", "       ^~~"),
      ("capacity(x) > 1", "no parenthesis after 'capacity'", "          ^~"),
      ("p99 within 5%", "'of baseline': only a share has an expectation of its own", "^"),
      ("p99 within 5ms", "a share such as 5%", "           ^~~"),
      ("fair: p99 < 1s", "a check before the colon: fairness, sessions, reload-test", "^~~~"),
      ("p99 < 1.2 * base", "'baseline'", "^~~~"),
      ("requests > 5%", "a number such as 0", "           ^~"),
    ])
  func refused(text: String, expectation: String, caret: String) {
    do {
      _ = try Threshold(text)
      Issue.record("\(text) was read")
    } catch {
      #expect(error.expectation.hasPrefix(expectation), "\(error.expectation)")
      #expect(error.marked[1].hasSuffix(String(caret.split(separator: "|").last!)), "\(error.marked)")
    }
  }

  @Test("It is known before any traffic which checks can have a figure")
  func applicability() throws {
    #expect(try Threshold("outage(reload) == 0").isKnown(to: .reloadTest))
    #expect(try !Threshold("outage(reload) == 0").isKnown(to: .load))
    #expect(try Threshold("capacity > 10").isKnown(to: .capacity))
    #expect(try Threshold("p99 < 1s").isKnown(to: .load))
    #expect(try !Threshold("fairness: p99 < 1s").isKnown(to: .load))
  }
}
