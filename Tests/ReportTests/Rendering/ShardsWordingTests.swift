import Testing

@testable import Report

@Suite struct ShardsWordingTests {
  private func document(_ shards: ShardsSection) -> ReportDocument {
    var document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1"), check: .load, target: TargetSection(url: "http://a/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 2)
    document.shards = shards
    document.traffic = TrafficSection(
      requests: RequestCounts(scheduled: 220, completed: 220, succeeded: 217, failed: 3),
      rate: RateSection(achieved: 110))
    document.traffic?.series = [
      SeriesPoint(second: 0, requests: 100, p50: 1, p99: 1.25, max: 1.5, shares: ["a": 100]),
      SeriesPoint(second: 1, requests: 120, failed: 3, p50: 1, p99: 2, max: 20),
    ]
    document.traffic?.seriesIntervalSeconds = 1
    return document
  }

  @Test("Every part has its row, with its clock or that it is unknown")
  func rows() throws {
    let parts = [
      ShardPart(
        number: 1, host: "a\u{1B}[2J", requests: 1_000, failed: 0, lateness: 0.05, startedAfter: 0, startLateness: 0,
        clockOffset: 0, clockUncertainty: 0),
      ShardPart(
        number: 3, requests: 900, failed: 2, startedAfter: 1, startLateness: 4, clockOffset: -12.5,
        clockUncertainty: 0.25, interrupted: true),
      ShardPart(number: 4, requests: 1, failed: 0, startedAfter: 7, startLateness: 0),
    ]
    let document = document(ShardsSection(count: 4, missing: [2], parts: parts))
    let text = TextWriter().write(document)
    #expect(!text.contains("\u{1B}[2J"))
    for expected in ["1,000", "3 (interrupted)", "−12.500 ± 0.250", "unknown", "+0.000 ± 0.000"] {
      #expect(text.contains(expected), "\(text)")
    }
    let page = MarkdownWriter().write(Page(document))
    #expect(page.contains("## Parts"))
    #expect(page.contains("course.svg"))
    #expect(HTMLWriter().write(Page(document)).contains("<svg"))
    #expect(try ReportDocument(json: try JSONWriter().write(document)) == document)
  }

  @Test("Of too many parts the worst are listed, in order")
  func many() {
    let parts = (1...1000).map { number in
      ShardPart(
        number: number, requests: 10, failed: number == 777 ? 1 : 0, lateness: Double(1000 - number), startedAfter: 0,
        startLateness: 0)
    }
    let shards = ShardsSection(count: 1000, parts: parts)
    let listed = ShardsWording.listed(shards).map(\.number)
    #expect(listed == Array(1...63) + [777])
    #expect(ShardsWording.more(shards) == "… and 936 more, none of which failed more or was later.")
    #expect(ShardsWording.more(ShardsSection(count: 2, parts: Array(parts.prefix(2)))) == nil)
  }
}
