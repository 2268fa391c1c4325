import Report
import Statistics
import Testing

@testable import Checks

/// The figures beside latency and losses, and the loads under which they are compared.
@Suite struct ComparedFiguresTests {
  private static let open = [
    Setting("rate", .number(500), unit: "1/s"), Setting("connections", .number(50)),
    Setting("freshConnections", .number(0)),
  ]
  private static let closed = [Setting("connections", .number(50)), Setting("freshConnections", .number(0))]

  /// A minute of 500 requests a second, each of so many milliseconds.
  private func report(
    milliseconds: Double = 10, count: Int = 30_000, settings: [Setting]? = open, offered: Double? = 500
  ) -> ReportDocument {
    func times(_ milliseconds: Double, count: Int) -> LatencySummary? {
      var histogram = Histogram()
      for number in 0..<count {
        histogram.record(UInt64((milliseconds + 0.5 * Double(number % 100) / 100) * 1e6))
      }
      return LatencySummary(histogram)
    }
    var traffic = TrafficSection(
      requests: RequestCounts(scheduled: count, completed: count, succeeded: count, failed: 0),
      rate: RateSection(offered: offered, achieved: 500), latency: times(10, count: count))
    traffic.firstByte = times(milliseconds, count: count)
    traffic.connect = times(milliseconds, count: count)
    traffic.tls = times(milliseconds, count: count)
    traffic.bytes = ByteCounts(sent: 100 * count, received: Int(milliseconds * 100) * count)
    var document = ReportDocument(
      tool: .lbcheck, check: .load, target: TargetSection(url: "http://127.0.0.1:8080/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass, traffic: traffic)
    document.settings = settings
    return document
  }

  private func outcomes(_ comparison: ReportComparison) -> [String: ComparedFigure.Outcome] {
    Dictionary(uniqueKeysWithValues: comparison.figures.map { ($0.name, $0.outcome) })
  }

  @Test("First bytes that come later are worse, whatever the latency")
  func firstByte() throws {
    let outcomes = outcomes(try ReportComparison(base: report(), candidate: report(milliseconds: 15)))
    #expect(outcomes["firstByte.p50"] == .worse && outcomes["firstByte.p99"] == .worse)
    #expect(outcomes["p50"] == .same && outcomes["p95"] == .same)
  }

  @Test("Connections that are kept meet one state of the machine: their times are never worse for sure")
  func connections() throws {
    let kept = try ReportComparison(base: report(), candidate: report(milliseconds: 15))
    for name in ["connect.p50", "connect.p99", "tls.p50", "tls.p99"] {
      let figure = try #require(kept.figures.first { $0.name == name })
      #expect(figure.outcome == .unsure && figure.changeInterval == nil && figure.remark != nil)
    }
    var fresh = Self.open
    fresh[2].value = .number(1)
    let each = try ReportComparison(
      base: report(settings: fresh), candidate: report(milliseconds: 15, settings: fresh))
    #expect(outcomes(each)["connect.p50"] == .worse && outcomes(each)["tls.p99"] == .worse)
    // One of the two alone, or reports without settings, do not show it.
    for base in [report(), report(settings: nil)] {
      let one = try ReportComparison(base: base, candidate: report(milliseconds: 15, settings: fresh))
      #expect(outcomes(one)["connect.p50"] == .unsure)
    }
  }

  @Test("Bytes are compared by the request, and nothing says which number is better")
  func bytes() throws {
    let comparison = try ReportComparison(base: report(), candidate: report(milliseconds: 15, count: 60_000))
    let received = try #require(comparison.figures.first { $0.name == "bytes received per request" })
    #expect(received.base == 1000 && received.candidate == 1500 && received.unit == .bytes)
    #expect(received.outcome == .unsure && received.remark?.contains("no expectation") == true)
    #expect(received.baseInWords == "1,000 B")
    let sent = try #require(comparison.figures.first { $0.name == "bytes sent per request" })
    #expect(sent.outcome == .same && sent.remark == nil)
  }

  @Test("That a request weighs the same does not decide a comparison in which no latency is sure")
  func undecided() throws {
    func few() -> ReportDocument {
      var few = report(count: 3)
      few.traffic?.rate.achieved = 1
      return few
    }
    let comparison = try ReportComparison(base: few(), candidate: few())
    #expect(outcomes(comparison)["bytes sent per request"] == .same)
    #expect(comparison.assertions().contains { $0.name == "figuresDecided" && $0.verdict == .inconclusive })
    #expect(comparison.verdict == .inconclusive)
  }

  @Test("p99.99 is compared where there are enough requests for an upper bound")
  func rare() throws {
    #expect(outcomes(try ReportComparison(base: report(), candidate: report()))["p99.99"] == nil)
    var long = report(count: 300_000)
    long.traffic?.rate.achieved = 80
    #expect(outcomes(try ReportComparison(base: long, candidate: long))["p99.99"] == .same)
    #expect(outcomes(try ReportComparison(base: long, candidate: report()))["p99.99"] == nil)
  }

  @Test("A damaged histogram is named with its place")
  func damaged() throws {
    var damaged = report()
    damaged.traffic?.firstByte?.histogram = "damaged"
    #expect(throws: ComparisonError.self) { try ReportComparison(base: damaged, candidate: report()) }
    do throws(ComparisonError) {
      _ = try ReportComparison(base: report(), candidate: damaged)
    } catch {
      #expect(error.side == .candidate && error.reason.contains("traffic.firstByte.histogram"))
    }
  }

  // MARK: Loads

  @Test("The settings decide whether a loop is open; the traffic's rate only where a report lists none")
  func loops() throws {
    let mixed = "one run was open loop and the other closed loop"
    func difference(_ base: ReportDocument, _ candidate: ReportDocument) throws -> String? {
      try ReportComparison(base: base, candidate: candidate).otherLoads
    }
    let closed = report(settings: Self.closed, offered: nil)
    #expect(try difference(report(), closed) == mixed)
    #expect(try difference(report(), report()) == nil)
    // What an open loop offered may be missing, as at steps that were cut short.
    #expect(try difference(report(offered: nil), report()) == nil)
    #expect(try difference(report(settings: nil, offered: nil), report()) == mixed)
    #expect(try difference(report(settings: nil), report()) == nil)
    // Settings that are only what the check found do not say how it loaded.
    let found = [Setting(.backendHeader, .text("X-Backend"))]
    #expect(try difference(report(settings: found), report(settings: found)) == nil)
    // A margin that is wider in a closed loop is a note.
    #expect(try ReportComparison(base: closed, candidate: closed).notes.contains { $0.hasPrefix("In a closed loop") })
    #expect(try !ReportComparison(base: report(), candidate: report()).notes.contains { $0.contains("closed loop") })
  }

  @Test("Other connections in a closed loop are another load, and are the same in an open one")
  func closedLoops() throws {
    func difference(_ settings: [Setting], _ offered: Double?, _ connections: Double) throws -> String? {
      try ReportComparison(
        base: report(settings: settings, offered: offered),
        candidate: report(settings: self.settings(settings, connections), offered: offered)
      ).otherLoads
    }
    #expect(
      try difference(Self.closed, nil, 100) == "the base closed its loop over 50 connections, the candidate over 100")
    #expect(try difference(Self.closed, nil, 50) == nil)
    #expect(try difference(Self.open, 500, 100) == nil)
  }

  private func settings(_ settings: [Setting], _ connections: Double) -> [Setting] {
    settings.map { $0.key == "connections" ? Setting("connections", .number(connections)) : $0 }
  }

  @Test("An achieved rate is compared only where both loops are closed by their settings")
  func rate() throws {
    let closed = report(settings: Self.closed, offered: nil)
    #expect(outcomes(try ReportComparison(base: closed, candidate: closed))["rate"] == .same)
    #expect(outcomes(try ReportComparison(base: closed, candidate: report()))["rate"] == nil)
    #expect(outcomes(try ReportComparison(base: report(offered: nil), candidate: report(offered: nil)))["rate"] == nil)
  }
}
