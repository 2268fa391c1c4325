import HTTP
import Load
import Platform
import Report
import Testing

@testable import Checks

@Suite("The verdict of a watch")
struct WatchReportTests {
  private static let second: Nanoseconds = 1_000_000_000

  /// What a site did in one second of a simulated watch.
  enum Doing: Sendable {
    case fine, down, away, backup, new
    /// The new generation answers GETs, but no POSTs.
    case losingPosts
  }

  /// The report on a watch of so many seconds, 20 requests in each.
  private static func report(
    _ seconds: [Doing], backups: [String] = ["spare"], header: String? = "X-Backend", pause: GeneratorPause? = nil,
    unsent: Int = 0, problems: [String] = [], withPost: Bool = false
  ) throws -> ReportDocument {
    var settings = CheckSettings(target: try Target("http://127.0.0.1/"), templates: [try RequestTemplate(path: "/")])
    settings.pacer = .constant(rate: 20)
    var post = PostTraffic()
    post.path = withPost ? "/orders" : nil
    settings.withPost = try post.added(to: settings.templates)
    let recorder = WatchRecorder(
      backups: Set(backups), namesVersions: false, mostGap: nil, methods: settings.deployMethods,
      outlets: WatchRecorder.Outlets())
    recorder.begin()
    recorder.began(at: GoldenFindings.began)
    for (number, doing) in seconds.enumerated() {
      let records = (number * 20..<number * 20 + 20).map { index in
        let due = Nanoseconds(index) * second / 20
        let backend: Int? =
          switch doing {
          case .fine, .new: 0
          case .losingPosts: index % 5 == 4 ? nil : 0
          case .backup: 1
          case .down, .away: nil
          }
        let failure: FailureKind? = doing == .down ? .refused : doing == .losingPosts && backend == nil ? .closed : nil
        return RequestRecord(
          due: due, sent: due, done: due + 1_000_000, connection: UInt32(index), backend: backend,
          generation: backend.map { _ in doing == .new || doing == .losingPosts ? 1 : 0 },
          status: failure == nil ? 200 : nil, failure: failure,
          template: withPost && index % 5 == 4 ? 1 : 0)
      }
      recorder.take(
        RecordChunk(
          records: records, backends: ["a", "spare"], generations: ["1", "2"],
          open: Nanoseconds(number + 1) * second, pauses: number == 0 ? [pause].compactMap(\.self) : []))
    }
    let seen = recorder.finish()
    var check = CheckFindings(startedAt: 0)
    check.backendHeader = header
    check.generationHeader = header.map { _ in "X-Pid" }
    var measured = recorder.measured
    measured.counters.unsent = unsent
    check.stages = [CheckFindings.Stage(name: .traffic, measured: measured)]
    return WatchCheck(settings, plan: WatchPlan(), journal: nil, watch: CheckWatch())
      .report(on: WatchFindings(check: check, seen: seen, problems: problems))
  }

  private static func fine(_ seconds: Int) -> [Doing] { Array(repeating: .fine, count: seconds) }
  private static func all(_ doing: Doing, _ seconds: Int) -> [Doing] { Array(repeating: doing, count: seconds) }

  static let cases: [(String, [Doing], Verdict, String?)] = [
    ("quiet", fine(30), .pass, nil),
    ("a clean deploy", fine(30) + all(.new, 30), .pass, nil),
    ("a deploy in the last second", fine(30) + all(.new, 1), .inconclusive, "deployLostNoRequest(deploy 1)"),
    ("an outage in the middle", fine(30) + all(.down, 2) + fine(30), .fail, "deployLostNoRequest(deploy 1)"),
    ("an outage at the end", fine(30) + all(.down, 2), .fail, "siteUpAtTheEnd"),
    ("a maintenance page at the end", fine(30) + all(.away, 20), .fail, "siteUpAtTheEnd"),
    ("a maintenance page in between", fine(30) + all(.away, 5) + fine(30), .fail, "deployServedByBackends(deploy 1)"),
    ("a backup that serves for good", fine(30) + all(.backup, 20), .fail, "backupSilent"),
    ("a site that is down from the start", all(.down, 30), .inconclusive, "noRequestFailed"),
    ("one second", fine(1), .inconclusive, "noRequestFailed"),
    ("nothing at all", [], .inconclusive, "noRequestFailed"),
  ]

  @Test("What must not pass does not, whatever else holds", arguments: cases)
  func verdicts(name: String, seconds: [Doing], verdict: Verdict, decisive: String?) throws {
    let report = try Self.report(seconds)
    #expect(report.verdict == verdict, "\(name): \(report.summary ?? "")")
    if let decisive { #expect(report.assertions.first { $0.name == decisive }?.verdict == verdict) }
    if verdict == .pass { #expect(report.assertions.allSatisfy { $0.verdict == .pass }) }
  }

  @Test("A deploy that loses only POSTs fails by them, in the whole report as it is written")
  func posts() throws {
    var report = try Self.report(Self.fine(30) + Self.all(.losingPosts, 2) + Self.all(.new, 40), withPost: true)
    #expect(report.verdict == .fail)
    let lost = report.assertions.first { $0.name == "deployLostNoRequest(deploy 1)" }
    #expect(lost?.verdict == .fail && lost?.actual == "8 (all POST)")
    #expect(report.summary?.hasPrefix("Deploy 1 lost 8 requests (all POST).") == true, "\(report.summary ?? "")")
    let methods = try #require(report.traffic?.methods)
    #expect(methods.map(\.method) == ["GET", "POST"] && methods.map(\.failed) == [0, 8])
    #expect(methods[1].failures == ["closed": 8] && methods.map(\.requests) == [1152, 288])
    var settings = try GoldenFindings.settings()
    settings.pacer = .constant(rate: 20)
    report.list(settings)
    try GoldenFile.compare(report, with: "watch")
  }

  @Test("A deploy in which too few POSTs were made does not show that none is lost")
  func fewPosts() throws {
    let report = try Self.report(Self.fine(30) + Self.all(.new, 1), withPost: true)
    #expect(report.verdict == .inconclusive)
  }

  @Test("A watch that saw nothing says that no deploy was judged")
  func quiet() throws {
    let report = try Self.report(Self.fine(30))
    #expect(report.notJudged == ["what a deploy does (none was seen)"])
    #expect(report.summary?.hasPrefix("No request was lost of 600 requests; nothing was deployed") == true)
    #expect(report.phases == nil && report.watch?.events == [])
    let blind = try Self.report(Self.fine(30), header: nil)
    #expect(blind.notJudged?.contains("who answered (no header names backends)") == true)
  }

  @Test("Requests that were not sent, a pause of lbcheck and what could not be written keep it from passing")
  func doubts() throws {
    #expect(try Self.report(Self.fine(30), unsent: 3).verdict == .fail)
    let pause = GeneratorPause(.stopped, start: 0, end: Self.second, length: Self.second)
    #expect(try Self.report(Self.fine(30), pause: pause).verdict == .inconclusive)
    let unwritten = try Self.report(Self.fine(30), problems: ["/dev/full could not be written: full."])
    #expect(unwritten.verdict == .inconclusive)
    #expect(unwritten.assertions.contains { $0.detail?.contains("/dev/full") == true })
  }

  @Test("The failures of deploys and those outside of them are all that failed")
  func sums() throws {
    let report = try Self.report(
      Self.fine(30) + Self.all(.down, 2) + Self.fine(40) + Self.all(.down, 1) + Self.fine(30))
    #expect(report.traffic?.requests.failed == 60)
    #expect(report.phases?.reduce(0) { $0 + $1.traffic.requests.failed } == 60)
    #expect(report.watch?.deploysSeen == 2)
    #expect(report.assertions.first { $0.kind == .traffic(.noRequestFailed) }?.verdict == .pass)
    #expect(report.summary?.hasPrefix("Deploy 1 lost 40 requests; deploy 2 lost 20 requests") == true)
  }
}
