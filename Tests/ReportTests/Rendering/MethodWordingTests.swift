import Testing

@testable import Report

@Suite struct MethodWordingTests {
  private func document(_ check: CheckKind, _ settings: [Setting]?) -> ReportDocument {
    var document = ReportDocument(
      tool: .lbcheck, check: check, target: TargetSection(url: "http://a/"), startedAt: "", durationSeconds: 1,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: 3000, completed: 3000, succeeded: 3000, failed: 0),
        rate: RateSection(achieved: 1)))
    document.settings = settings
    return document
  }

  private func text(_ name: String, _ document: ReportDocument) -> String? {
    document.methodRows.first { $0.name == name }?.value
  }

  private static let kept = [Setting("connections", .number(50)), Setting("workers", .number(2))]

  @Test(
    "The pace is told by the settings",
    arguments: [
      ([], "each sending as soon as it has its answer"),
      ([Setting("rate", .number(500), unit: "1/s")], "500 requests a second"),
      (
        [Setting("rate", .number(0.5), unit: "1/s"), Setting("poisson", .truth(true))],
        "0.5 requests a second on average, at random times (Poisson)"
      ),
      (
        [Setting("ramp", .text("10..100")), Setting("duration", .number(20), unit: "s")],
        "10..100 requests a second within 20 s"
      ),
      ([Setting("steps", .text("10:5s,20:5s"))], "in steps of 10:5s,20:5s"),
    ] as [([Setting], String)])
  func pace(settings: [Setting], words: String) {
    for check in [CheckKind.load, .reloadTest, .failover] {
      #expect(text("Pace", document(check, Self.kept + settings)) == words)
    }
    let stage = text("Concurrent stage", document(.fairness, Self.kept + settings))
    #expect(stage == "3,000 requests over 50 connections, \(words)")
  }

  @Test("A report that does not list its settings claims none of them", arguments: [nil, []] as [[Setting]?])
  func unknown(settings: [Setting]?) {
    #expect(document(.load, settings).methodRows.isEmpty)
    #expect(text("Concurrent stage", document(.fairness, settings)) == "3,000 requests")
  }

  @Test("What an earlier version wrote is shown as it is")
  func earlier() {
    var document = document(.load, Self.kept)
    document.method = [MeasuredBy(name: "Pace", value: "as it was")]
    #expect(document.methodRows == document.method)
    #expect(MarkdownWriter().write(document).contains("- **Pace:** as it was"))
  }

  @Test("Connections, handshakes, manager, headers and shards come from the report's figures")
  func figures() {
    var load = document(
      .load,
      Self.kept + [Setting("freshConnections", .number(0.25)), Setting(.backendHeader, .text("X-Backend"))])
    load.traffic?.connectionsOpened = 1234
    load.traffic?.handshakes = HandshakeCounts(kinds: ["1.3, A", "1.2, B"], full: 1000, resumed: 234)
    load.shards = ShardsSection(
      count: 2,
      parts: [ShardPart(number: 1, requests: 1, failed: 0, startedAfter: 0, startLateness: 0)])
    #expect(
      load.methodRows.map(\.value) == [
        "each sending as soon as it has its answer",
        "50, 1,234 opened in all, 25% of the requests on connections of their own",
        "2 in each part, at most one a connection", "1.3, A or 1.2, B, 1,234 handshakes, 234 resumed", "X-Backend",
        "1 of 2, each begun when it was ready; how far their clocks are apart is unknown",
      ])
    var failover = document(.failover, Self.kept)
    failover.manager = "pm2"
    #expect(text("Manager", failover) == "pm2")
    var fairness = document(.fairness, Self.kept)
    fairness.fairness = FairnessSection(policy: "random")
    #expect(text("Samples", fairness) == nil)
    fairness.fairness?.samples = 2
    fairness.preparation = PreparationSection()
    fairness.preparation?.add(400, for: .serialStage, method: "GET")
    #expect(text("Samples", fairness)?.contains("the second, shown here, decides") == true)
    var rotation = fairness
    rotation.fairness = FairnessSection(policy: "round-robin")
    rotation.fairness?.samples = 3
    #expect(text("Samples", rotation)?.hasPrefix("3, since the first may have met a backend that paused") == true)
    #expect(text("Serial stage", fairness)?.hasPrefix("400 requests") == true)
  }

  @Test("A capacity's search or ladder, with its objectives")
  func capacity() {
    var document = document(.capacity, [Setting("capacity.step", .number(3), unit: "s")])
    document.capacity = CapacitySection(
      isLowerBound: false, limitedBy: .percentile(99), objectives: ["p99 ≤ 200 ms", "failed ≤ 1%"], precision: 0.05,
      isConfirmed: false, steps: [])
    #expect(text("Objectives", document) == "p99 ≤ 200 ms, failed ≤ 1%")
    #expect(text("Search", document)?.hasPrefix("doubling, then halving to 5%; steps of 3 s or longer") == true)
    document.settings?.append(Setting("capacity.ladder", .text("50:10s,100:10s")))
    #expect(text("Steps", document) == "50:10s,100:10s" && text("Search", document) == nil)
  }
}
