import HTTP
import Load
import Platform
import Report
import Statistics
import Testing

@testable import Checks

@Suite struct RepeatedLoadTests {
  /// What one run of a load is like.
  private struct Course {
    /// How much slower than the first run, in milliseconds.
    var slower = 0.0
    var seconds = 20
    var failed = 0
    var step = 0.0
    var isInterrupted = false
    var error: CheckError?
  }

  /// A load of 200 requests a second over 10 connections whose course is known.
  private struct Run: RepeatableCheck {
    let course: Course
    let number: Int
    let settings: CheckSettings

    func measure() throws(CheckError) -> CheckFindings {
      if let error = course.error { throw error }
      var random = SplitMix64(seed: UInt64(number))
      let count = course.seconds * 200
      let records = GoldenFindings.requests(seconds: course.seconds, rate: 200) { index in
        if index < course.failed { return RequestRecord.Outcome(backend: 0, status: 503, failure: .status) }
        let delay =
          8 + course.slower + Double.random(in: 0..<4, using: &random) + (index > count / 2 ? course.step : 0)
        return RequestRecord.Outcome(latency: Nanoseconds(delay * 1e6), backend: index % 2)
      }
      var stage = GoldenFindings.stage(.load, records, ["127.0.0.1:3001", "127.0.0.1:3002"])
      stage.started += Int64(number - 1) * 60_000_000_000
      var findings = GoldenFindings.findings([stage])
      findings.startedAt += Double(number - 1) * 60
      findings.isInterrupted = course.isInterrupted
      return findings
    }

    private var check: LoadCheck { LoadCheck(settings, watch: CheckWatch()) }

    func judged(_ findings: CheckFindings) -> JudgedReport { check.judged(findings) }

    func round() throws(CheckError) -> (judged: JudgedReport, findings: CheckFindings) {
      let findings = try measure()
      return (judged(findings), findings)
    }
  }

  private static func settings() throws -> CheckSettings {
    var settings = try GoldenFindings.settings()
    settings.pacer = .constant(rate: 200)
    settings.duration = 20 * GoldenFindings.second
    return settings
  }

  private func report(
    _ courses: [Course], asked: Int? = nil, pacer: Pacer = .constant(rate: 200)
  ) throws -> ReportDocument {
    let stop = StopSignal()
    var made = 0
    var settings = try Self.settings()
    settings.pacer = pacer
    return try RepeatedLoad(runs: asked ?? courses.count, settings, watch: CheckWatch(stop: stop)) { settings, _ in
      made += 1
      if courses[made - 1].isInterrupted { stop.stop() }
      return Run(course: courses[made - 1], number: made, settings: settings)
    }.run()
  }

  private func figure(_ name: String, _ report: ReportDocument) throws -> RunsFigure {
    try #require(report.runs?.figures.first { $0.name == name })
  }

  @Test("Runs that differ vary between them, with the mean and its interval; all counts are added up")
  func between() throws {
    let report = try report([Course(), Course(slower: 2), Course(slower: 1)])
    let runs = try #require(report.runs)
    #expect(report.verdict == .pass, "\(report.summary ?? "")")
    #expect(report.summary?.hasPrefix("12,000 requests in 3 runs at 200/s; none failed.") == true)
    #expect(runs.asked == 3 && runs.made == 3 && runs.rows.map(\.run) == [1, 2, 3])
    #expect(runs.rows.map(\.traffic.requests.completed).reduce(0, +) == report.traffic?.requests.completed)
    #expect(report.backends?.map(\.requests) == [6_000, 6_000])
    // Of p50s of about 10, 12 and 11 ms: s = 1, t(0.975, 2)/√3 = 2.484.
    let p50 = try figure("p50", report)
    #expect(abs(p50.mean - 11) < 0.1 && abs(p50.deviation - 1) < 0.1)
    let interval = try #require(p50.interval)
    #expect(abs((interval.upperBound - interval.lowerBound) / 2 - 2.484 * p50.deviation) < 0.01)
    let (own, within) = (try #require(p50.between), try #require(p50.within))
    #expect(within > 0 && within < 0.1 && own > 0.9)
    #expect(abs(own * own + within * within - p50.deviation * p50.deviation) < 1e-9)
    // The rate is that of the traffic, without the time between runs.
    #expect(abs((report.traffic?.rate.achieved ?? 0) - 200) < 1 && report.traffic?.rate.offered == 200)
    #expect(!runs.figures.contains { $0.name == "rate" })
  }

  @Test("In closed loop the rate is a figure over runs, too, whose own precision is not known")
  func rate() throws {
    let report = try report([Course(), Course(seconds: 10), Course()], pacer: .closedLoop)
    let rate = try figure("rate", report)
    #expect(abs(rate.mean - 200) < 1 && rate.unit == .perSecond && rate.runs == 3)
    #expect(rate.interval != nil && rate.between == nil && rate.within == nil)
  }

  @Test("Runs that are alike vary no more than each within itself, and their traffic has no interval of one sequence")
  func within() throws {
    let report = try report(Array(repeating: Course(), count: 4))
    let p50 = try figure("p50", report)
    #expect(p50.deviation < 0.1 && (p50.between ?? 1) < 0.1)
    #expect(report.traffic?.latency?.intervals == nil && report.traffic?.latency?.precision == nil)
    #expect(report.runs?.rows.allSatisfy { $0.traffic.latency?.intervals != nil && $0.traffic.series == nil } == true)
    #expect(report.traffic?.latency?.histogram.isEmpty == false)
  }

  @Test("A run in which everything fails is a failure, and has no part in the latency over runs")
  func failing() throws {
    let report = try report([Course(), Course(failed: 4_000), Course(slower: 1)])
    #expect(report.verdict == .fail && report.runs?.rows.map(\.verdict) == [.pass, .fail, .pass])
    let failed = try #require(report.assertions.first { $0.kind == .traffic(.noRequestFailed) })
    #expect(failed.expected == "0 of 12,000 failed")
    #expect(failed.actual == "4,000 failed: 4,000 status 503 in run 2 of 3")
    #expect(try figure("p50", report).runs == 2)
    #expect(TextWriter().write(report).contains("The latency is that of 2 of 3 runs"))
  }

  @Test("Runs too short for their own precision show their deviation whole, and no percentile that is a longest time")
  func short() throws {
    let report = try report([Course(seconds: 1), Course(seconds: 1), Course(slower: 1, seconds: 2)])
    let p50 = try figure("p50", report)
    #expect(p50.interval != nil && p50.within == nil && p50.between == nil && p50.deviation > 0.3)
    #expect(report.runs?.figures.map(\.name) == ["p50", "p90", "p95", "p99"])
    #expect(report.runs?.rows.map(\.traffic.requests.completed) == [200, 200, 400])
  }

  @Test("A run that was not steady leaves its note, and the figures of all are not judged")
  func unsteady() throws {
    let report = try report([Course(), Course(step: 20), Course()])
    #expect(report.steadiness?.isSteady == false && report.steadiness?.changes.count == 1)
    #expect(report.notes.contains { $0.hasPrefix("run 2: Not steady: ") }, "\(report.notes)")
    #expect(report.notJudged?.first?.hasPrefix("in run 2 figures that changed: ") == true)
    let threshold = try Threshold("p99 < 100ms").assertion(on: report, baseline: nil)
    #expect(threshold?.verdict == .inconclusive)
  }

  @Test("Interrupted in the first run it has that run alone; in a later one the means are of the whole runs")
  func interrupted() throws {
    let first = try report([Course(seconds: 3, isInterrupted: true)], asked: 5)
    #expect(first.interrupted == true && first.verdict == .inconclusive)
    #expect(first.runs?.made == 0 && first.runs?.rows.count == 1 && first.runs?.figures.isEmpty == true)
    let third = try report([Course(), Course(slower: 2), Course(slower: 50, isInterrupted: true)], asked: 5)
    #expect(third.runs?.made == 2 && third.runs?.rows.count == 3)
    #expect(abs(try figure("p50", third).mean - 11) < 0.1)
    #expect(third.assertions.first { $0.kind == .evidence(.everyRunMade) }?.actual == "2 of 5 runs")
  }

  @Test("A run that cannot be measured ends it: the first with an error, a later one with what was measured before")
  func unmeasurable() throws {
    let error = CheckError.unmeasurable("nothing answers", advice: [])
    #expect(throws: error) { try self.report([Course(error: error), Course()]) }
    let report = try report([Course(), Course(error: error), Course()])
    #expect(report.verdict == .inconclusive && report.interrupted == nil)
    #expect(report.runs?.problem == "run 2 of 3: nothing answers" && report.runs?.made == 1)
    #expect(report.runs?.figures.isEmpty == true)
  }

  @Test("Each run draws arrivals of its own, the first one those of a single run")
  func arrivals() throws {
    var settings = try Self.settings()
    settings.pacer = .poisson(rate: 200, seed: settings.traffic.seed)
    let seeds = (1...3).map { run -> UInt64? in
      if case .poisson(200, let seed) = settings.drawn(by: run).pacer { seed } else { nil }
    }
    #expect(seeds[0] == settings.traffic.seed && Set(seeds).count == 3)
    #expect(settings.drawn(by: 2).traffic.seed == seeds[1])
    // Nor the same ones a little later.
    let drawn = seeds.map { seed -> Set<UInt64> in
      var random = SplitMix64(seed: seed ?? 0)
      return Set((0..<100).map { _ in random.next() })
    }
    #expect(drawn[0].isDisjoint(with: drawn[1]) && drawn[1].isDisjoint(with: drawn[2]))
  }

  @Test("A report of runs on known findings")
  func golden() throws {
    var report = try report([Course(), Course(slower: 2, failed: 3), Course(slower: 1)])
    report.durationSeconds = 61
    report.list(try Self.settings())
    try GoldenFile.compare(report, with: "load-runs")
  }
}
