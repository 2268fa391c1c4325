import HTTP
import Load
import Report
import Statistics
import Testing

@testable import Checks

/// Several addresses and kinds of requests, each judged by itself.
@Suite struct FairnessLanesTests {
  private func check(_ paths: [String]) throws -> FairnessCheck {
    let target = try Target("http://app.test:8080/")
    let templates = try paths.map { try RequestTemplate(method: "GET", path: $0, headers: [], body: [], weight: 1) }
    var settings = CheckSettings(target: target, templates: templates)
    settings.traffic.requests = 400
    return FairnessCheck(
      settings, expecting: FairnessExpectation(), watch: CheckWatch())
  }

  /// Who answers one request after another, and as many at a time.
  private func findings(_ order: [Int]) -> CheckFindings {
    var findings = CheckFindings()
    for name in [StageName.serialStage, .concurrentStage] {
      var measured = Measurements()
      measured.succeeded = order.count
      measured.mixedConnections = 1
      measured.backends = ["a", "b"].enumerated().map { index, name in
        var backend = Measurements.Backend(name: name)
        backend.requests = order.count { $0 == index }
        backend.succeeded = backend.requests
        return backend
      }
      measured.records = order.enumerated().map { index, backend in
        RequestRecord(
          due: UInt64(index) * 10, sent: UInt64(index) * 10, done: UInt64(index) * 10 + 5, connection: 0,
          backend: backend, status: 200)
      }
      findings.stages.append(CheckFindings.Stage(name: name, measured: measured))
    }
    return findings
  }

  @Test("A lane for each address with each request; one alone is none")
  func names() throws {
    let one = try #require(SocketAddress("127.0.0.1", port: 8080))
    let two = try #require(SocketAddress("127.0.0.2", port: 8080))
    #expect(try check(["/"]).lanes([one]).isEmpty)
    #expect(try check(["/"]).lanes([one, two]).map(\.name) == ["127.0.0.1:8080", "127.0.0.2:8080"])
    #expect(try check(["/", "/x?key=1", "/x?key=2"]).lanes([one]).map(\.name) == ["GET /", "GET /x #2", "GET /x #3"])
    #expect(try check(["/", "/x"]).lanes([one, two]).last?.name == "127.0.0.2:8080 GET /x")
    #expect(throws: CheckError.self) { try check((0...64).map { "/\($0)" }).lanes([one]) }
  }

  @Test("One that is no rotation fails the check by its name, and the other holds; each has its row")
  func rows() throws {
    let check = try check(["/", "/x"])
    let address = try #require(SocketAddress("127.0.0.1", port: 8080))
    var generator = SplitMix64(seed: 5)
    let rotation = (0..<400).map { $0 % 2 }
    for wrong in [rotation, (0..<400).map { _ in Int(generator.next() % 2) }] {
      var lanes = try check.lanes([address])
      lanes[0].findings = findings(rotation)
      lanes[1].findings = findings(wrong)
      var whole = findings(rotation)
      whole.lanes = lanes
      let report = check.report(on: whole)
      let isFair = wrong == rotation
      #expect(report.verdict == (isFair ? .pass : .fail))
      #expect(report.fairness?.rows?.map(\.verdict) == [.pass, isFair ? .pass : .fail])
      #expect(report.fairness?.policy == (isFair ? "round-robin" : "unknown"))
      #expect(report.assertions.first { $0.name == "policy(GET /)" }?.verdict == .pass)
      #expect(report.assertions.first { $0.name == "policy(GET /x)" }?.verdict == (isFair ? .pass : .fail))
      #expect(isFair || report.summary?.contains("GET /x") == true)
    }
  }

  @Test("Shards add up what they asked: what the sum does not decide is open, and said not to be judged")
  func pooled() throws {
    let check = try check(["/"])
    func report(_ order: [Int], addresses: [String]) -> ReportDocument {
      var whole = findings(order)
      whole.addresses = addresses
      return check.report(on: whole)
    }
    let rotation = (0..<400).map { $0 % 2 }
    #expect(report(rotation, addresses: ["127.0.0.1:80"]).verdict == .pass)
    let open = report(rotation, addresses: ["127.0.0.1:80", "127.0.0.2:80"])
    #expect(open.verdict == .inconclusive)
    #expect(open.assertions.filter(\.isOfSharing).allSatisfy { $0.verdict == .inconclusive })
    #expect(open.notJudged?.contains { $0.contains("2 addresses") } == true)
    // One backend of two at all of them is no sum's fault.
    let alone = report(Array(repeating: 0, count: 400), addresses: ["127.0.0.1:80", "127.0.0.2:80"])
    #expect(alone.verdict == .fail)
  }

  @Test("Without a serial stage each is judged by itself, too")
  func withoutProbes() throws {
    let address = try #require(SocketAddress("127.0.0.1", port: 8080))
    var settings = try check(["/", "/x"]).settings
    settings.probing = .none
    let check = FairnessCheck(settings, expecting: FairnessExpectation(), watch: CheckWatch())
    #expect(try check.lanes([address]).count == 2)
  }
}
