import HTTP
import Platform
import Report
import Testing

@testable import Checks
@testable import Load

@Suite struct PostTrafficTests {
  @Test(
    "POSTs have their share, a fifth unless another is given, whatever the weights of the other requests",
    arguments: [
      ([1], nil, 0.2), ([1], 0.5, 0.5), ([3, 7], 0.25, 0.25), ([2, 2, 9], 0.001, 0.001), ([1], 0.9999, 0.999),
    ])
  func share(weights: [Int], share: Double?, expected: Double) throws {
    var post = PostTraffic()
    (post.path, post.share, post.body) = ("/orders?a=1", share, "x")
    let others = try weights.enumerated().map { try RequestTemplate(path: "/\($0.offset)", weight: $0.element) }
    let all = try #require(try post.added(to: others))
    #expect(all.map(\.method) == others.map(\.method) + ["POST"] && all.last?.path == "/orders?a=1")
    #expect(all.last?.body == [0x78])
    let total = Double(all.reduce(0) { $0 + $1.weight })
    #expect(abs(Double(all.last?.weight ?? 0) / total - expected) < 1e-9)
    for (own, other) in zip(all, others) {
      #expect(abs(Double(own.weight * weights.reduce(0, +)) / (total * (1 - expected)) - Double(other.weight)) < 1e-9)
    }
  }

  @Test("Without a path there is no POST, and what is said of POSTs is refused; so is a path that cannot be asked for")
  func refused() throws {
    let get = [try RequestTemplate(path: "/")]
    #expect(try PostTraffic().added(to: get) == nil)
    var post = PostTraffic()
    post.share = 0.5
    #expect(throws: CheckError.usage("--post-share needs --post-path")) { try post.added(to: get) }
    (post.share, post.body) = (nil, "x")
    #expect(throws: CheckError.usage("--post-body needs --post-path")) { try post.added(to: get) }
    post.path = "orders"
    do {
      _ = try post.added(to: get)
      Issue.record("a path without a slash was taken")
    } catch {
      #expect("\(error)".hasPrefix("--post-path: path 'orders'"), "\(error)")
    }
  }

  /// - Parameter losing: requests of the reload that fail, by their number in it, below 0 in the baseline.
  private func judged(_ count: Int, every posts: Int, losing: (Int) -> Bool = { _ in false }) -> PhaseVerdicts {
    var measured = Measurements()
    measured.backends = [Measurements.Backend(name: "a")]
    measured.records = (0..<2 * count).map { index in
      let due = Nanoseconds(index) * 10_000_000
      let isPost = index % posts == posts - 1
      let isLost = losing(index - count)
      return RequestRecord(
        due: due, sent: due, done: due + 1_000_000, connection: 0, backend: isLost ? nil : 0,
        status: isLost ? nil : 200,
        failure: isLost ? .closed : nil, template: isPost ? 1 : 0)
    }
    let middle = Nanoseconds(count) * 10_000_000
    let spans = [
      PhaseSpan(name: "baseline", start: 0, end: middle),
      PhaseSpan(
        name: "reload", start: middle, end: 2 * middle,
        action: ActionSection(command: ["x"], startSeconds: 0, durationSeconds: 0)),
    ]
    var verdicts = PhaseVerdicts(
      PhaseAnalysis.all(spans, of: measured, staleAfter: nil, methods: ["GET", "POST", "GET"]))
    verdicts.judgeBaseline()
    verdicts.demandNoLoss(by: .reload, in: [1])
    verdicts.judgeEnd(measured, planned: nil, site: .losesRequests)
    return verdicts
  }

  @Test("A loss names its method, and the phase has GET and POST apart")
  func apart() throws {
    let verdicts = judged(500, every: 5) { $0 >= 0 && $0 % 50 == 24 }
    #expect(verdicts.assertions.loss?.verdict == .fail && verdicts.assertions.loss?.actual == "10 (all POST)")
    #expect(PlainWords.clause(try #require(verdicts.assertions.loss)) == "the reload lost 10 requests (all POST)")
    let methods = try #require(verdicts.phases[1].traffic.methods)
    #expect(
      methods == [
        // All are on one connection, whose first request was before.
        MethodSection(method: "GET", requests: 400, fresh: .init()),
        MethodSection(method: "POST", requests: 100, failed: 10, failures: ["closed": 10], fresh: .init()),
      ])
    #expect(judged(500, every: 5) { (0..<5).contains($0) }.assertions.loss?.actual == "5 (4 GET, 1 POST)")
  }

  @Test("A path that takes no POST is named as such, and the site is not said to fail at the end")
  func refusedPath() throws {
    let verdicts = judged(500, every: 5) { ($0 + 500) % 5 == 4 }
    func assertion(_ kind: AssertionKind) -> Assertion? { verdicts.assertions.first { $0.kind == kind } }
    let baseline = try #require(assertion(.evidence(.baselineWithoutFailure)))
    #expect(baseline.verdict == .inconclusive && baseline.actual == "100 (all POST)")
    #expect(baseline.detail == "Every POST failed: name a path that takes them with --post-path.")
    #expect(PlainWords.clause(baseline) == "100 requests (all POST) failed before anything was done")
    #expect(assertion(.standing(.siteUpAtTheEnd))?.verdict == .inconclusive)
    // Where some POSTs were answered before, it is the site.
    let partly = judged(500, every: 5) { ($0 + 500) % 10 == 4 }
    #expect(partly.assertions.first { $0.kind == .standing(.siteUpAtTheEnd) }?.verdict == .fail)
  }

  @Test("The first request of a connection is told from those on a kept one, over the whole run and in sums")
  func fresh() throws {
    // The connections of the requests, in order; every second one is a POST, and those at 3 and 7 fail.
    let connections: [UInt32] = [1, 2, 1, 3, 1, 4, 2, 2]
    let records = connections.enumerated().map { index, connection in
      RequestRecord(
        due: 0, sent: Nanoseconds(index), done: 100, connection: connection,
        failure: [3, 7].contains(index) ? .reset : nil, template: UInt16(index % 2))
    }
    let beginnings = ConnectionBeginnings(records)
    let whole = try #require(records.shuffled().byMethod(["GET", "POST"], beginnings))
    #expect(whole[0].fresh == .init(requests: 1) && whole[0].requests == 4)
    #expect(whole[1].fresh == .init(requests: 3, failed: 1) && whole[1].failed == 2)
    // A phase that begins in the middle of a connection does not take its next request for the first.
    let late = try #require(records[4...].byMethod(["GET", "POST"], beginnings))
    #expect(late.map(\.fresh) == [.init(), .init(requests: 1)])
    #expect((whole + late).added.map(\.fresh) == [.init(requests: 1), .init(requests: 4, failed: 1)])
    // Where it is not known of one of them, it is not known of the sum.
    let unknown = try #require(records.byMethod(["GET", "POST"]))
    #expect(unknown.map(\.fresh) == [nil, nil] && (whole + unknown).added.map(\.fresh) == [nil, nil])
  }

  @Test("With fewer than 30 POSTs in a phase it is not shown that none is lost, however many GETs there were")
  func few() {
    #expect(judged(500, every: 5).assertions.loss?.verdict == .pass)
    let few = judged(580, every: 20).assertions.loss
    #expect(few?.verdict == .inconclusive && few?.detail?.contains("Too few POST requests (29 in reload)") == true)
  }
}

extension [Assertion] {
  fileprivate var loss: Assertion? { first { $0.kind == .lostNoRequest(.reload) } }
}
