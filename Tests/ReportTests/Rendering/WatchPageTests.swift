import Testing

@testable import Report

@Suite("A watch in reports")
struct WatchPageTests {
  private static func phase(_ name: String, from start: Double, for length: Double, failed: Int = 0) -> PhaseSection {
    PhaseSection(
      name: name, startSeconds: start, durationSeconds: length,
      traffic: TrafficSection(
        requests: RequestCounts(
          scheduled: 100, completed: 100, succeeded: 100 - failed, failed: failed, retried: 0, unsent: 0),
        statuses: [:], failures: [:], rate: RateSection(achieved: 20)),
      longestGapSeconds: 0.1, verdict: failed > 0 ? .fail : .pass)
  }

  private static var document: ReportDocument {
    var document = ReportDocument(
      tool: .lbcheck, check: .watch, target: TargetSection(url: "http://127.0.0.1/"), startedAt: "2026-11-25T06:45:00Z",
      durationSeconds: 100_000, summary: "Deploy 1 lost 2 requests.")
    document.phases = [
      phase("before deploy 1", from: 0, for: 30), phase("deploy 1", from: 30, for: 10, failed: 2),
      phase("before deploy 2", from: 90_000, for: 30), phase("deploy 2", from: 90_030, for: 10),
    ]
    document.watch = WatchSection(
      events: [
        WatchEvent(
          seconds: 30, at: "2026-11-25T06:45:30Z", .failures(seconds: 1, failed: 2, kinds: ["reset": 2])),
        WatchEvent(seconds: 90_030, at: "2026-11-26T07:45:30Z", .newBackend("<b>\u{1B}[31m")),
      ], eventsSeen: 12, deploysSeen: 2)
    return document
  }

  @Test("Events are lines of every form of the report, with names from elsewhere escaped")
  func events() {
    let text = TextWriter().write(Self.document)
    #expect(text.contains("06:45:30.000  2 requests failed within 1.00 s (2 reset)"))
    #expect(text.contains("10 earlier events are in events.jsonl."))
    #expect(!text.contains("\u{1B}[31m"))
    let page = HTMLWriter().write(Self.document)
    #expect(page.contains("What was seen") && !page.contains("<b>\u{1B}"))
    #expect(MarkdownWriter().write(Self.document).contains("2 requests failed within 1.00 s"))
  }

  @Test("The timeline shows the first deploy that did not pass, or else the latest, with the time before it")
  func charted() {
    var phases = Self.document.phases ?? []
    #expect(WatchWording.charted(phases).map(\.name) == ["before deploy 1", "deploy 1"])
    phases[1].verdict = .pass
    #expect(WatchWording.charted(phases).map(\.name) == ["before deploy 2", "deploy 2"])
    #expect(WatchWording.charted(Array(phases.suffix(1))).map(\.name) == ["deploy 2"])
    #expect(WatchWording.charted([]).isEmpty)
  }
}
