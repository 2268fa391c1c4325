import Report
import Statistics
import Testing

@testable import Checks

/// Reports from before settings were data, which tell how they were measured in texts.
@Suite struct ComparedMethodsTests {
  private func report(offered: Double?, check: CheckKind) -> ReportDocument {
    var latency = Histogram()
    latency.record(10_000_000, count: 30_000)
    return ReportDocument(
      tool: .lbcheck, check: check, target: TargetSection(url: "http://127.0.0.1:8080/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: 30_000, completed: 30_000, succeeded: 30_000, failed: 0),
        rate: RateSection(offered: offered, achieved: 500), latency: LatencySummary(latency)))
  }

  /// A report as versions before settings were data wrote it.
  private func old(_ rows: [(String, String)], offered: Double? = nil, check: CheckKind = .load) -> ReportDocument {
    var document = report(offered: offered, check: check)
    document.method = rows.map { MeasuredBy(name: $0.0, value: $0.1) }
    return document
  }

  @Test(
    "Two reports without settings had another load where their methods tell of other connections in a closed loop",
    arguments: [
      (.load, "Connections", "%, 9 opened in all"), (.load, "Connections", "% at most"),
      (.fairness, "Concurrent look", "3000 requests over % connections, each sending as soon as it has its answer"),
      (.fairness, "Concurrent stage", "3,000 requests over % connections, each sending as soon as it has its answer"),
      (
        .reloadTest, "Traffic", "closed loop throughout, over % connections, a share of 0.0 on connections of their own"
      ),
    ] as [(CheckKind, String, String)])
  func oldLoads(_ check: CheckKind, _ row: String, _ text: String) throws {
    func with(_ connections: Int, offered: Double? = nil) -> ReportDocument {
      old([(row, text.replacing("%", with: "\(connections)"))], offered: offered, check: check)
    }
    let other = try ReportComparison(base: with(50), candidate: with(7))
    #expect(other.otherLoads == "the base closed its loop over 50 connections, the candidate over 7")
    #expect(other.document(startedAt: "2026-11-25T07:00:00Z", asserts: true).verdict == .inconclusive)
    #expect(try ReportComparison(base: with(50), candidate: with(50)).otherLoads == nil)
    #expect(try ReportComparison(base: with(50, offered: 500), candidate: with(7, offered: 500)).otherLoads == nil)
    // A newer report lists its settings.
    var listed = report(offered: nil, check: check)
    listed.settings = [Setting("connections", .number(7))]
    #expect(
      try ReportComparison(base: with(50), candidate: listed).otherLoads?.hasSuffix("the candidate over 7") == true)
    #expect(try ReportComparison(base: with(7), candidate: listed).otherLoads == nil)
  }

  @Test("An earlier version's names for what a method says are those of today")
  func oldNames() throws {
    func fairness(_ connections: Int) -> ReportDocument {
      old(
        [
          ("Backend header", "X-Backend"),
          ("Serial look", "400 requests one after another on one keep-alive connection"),
          (
            "Concurrent look",
            "30000 requests over \(connections) connections, each sending as soon as it has its answer"
          ),
        ], check: .fairness)
    }
    var new = report(offered: nil, check: .fairness)
    new.settings = [Setting("connections", .number(50)), Setting(.backendHeader, .text("X-Backend"))]
    var sent = PreparationSection()
    sent.add(400, for: .serialStage, method: "GET")
    new.preparation = sent
    func notes(_ base: ReportDocument, _ candidate: ReportDocument) throws -> [String] {
      try ReportComparison(base: base, candidate: candidate).notes.filter { !$0.hasPrefix("In a closed loop") }
    }
    #expect(
      try notes(fairness(50), new) == ["The base does not record all of its settings, so others may differ."])
    #expect(
      try notes(fairness(7), new).first
        == "The settings differ: Concurrent stage is 30000 requests over 7 connections in the base, "
        + "30,000 requests over 50 connections in the candidate.")
    // Of actions, the pace and the connections were one text.
    let traffic = "500.0 requests a second throughout, over 10 connections, a share of 0.0 on connections of their own"
    var reload = report(offered: 500, check: .reloadTest)
    reload.settings = [Setting("connections", .number(10)), Setting("rate", .number(500), unit: "1/s")]
    #expect(
      try notes(old([("Traffic", traffic)], offered: 500, check: .reloadTest), reload)
        == ["The base does not record all of its settings, so others may differ."])
  }

  @Test("A note on settings that differ is whole where one of their values is a credential")
  func credentials() throws {
    func with(_ fields: String...) -> ReportDocument {
      var document = report(offered: 100, check: .load)
      document.settings = [Setting("header", .list(fields.map { .text($0) }))]
      return document.withoutSecrets
    }
    let base = with("Authorization: Bearer abc123secret")
    let comparison = try ReportComparison(base: base, candidate: with("Authorization: Bearer other456", "X-A: 2"))
    let note = try #require(comparison.notes.first { $0.contains("header") })
    let shown = Secrets.text(note, .hashed)
    #expect(shown.hasPrefix("The settings differ: header is \"Authorization: …("), "\(shown)")
    #expect(shown.hasSuffix(", \"X-A: 2\" in the candidate.") && !shown.contains("abc123"), "\(shown)")
    #expect(shown.contains(base.settings?.first?.quoted ?? "none"), "\(shown)")
  }
}
