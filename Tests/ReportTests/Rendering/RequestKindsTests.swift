import Report
import Testing

@Suite struct RequestKindsTests {
  private func document(_ count: Int, list: String?) -> ReportDocument {
    var document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "0"), check: .load, target: TargetSection(url: "http://a/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: 1000, completed: 1000, succeeded: 1000, failed: 0),
        rate: RateSection(offered: 500, achieved: 500)))
    document.requestKinds = RequestKindsSection(
      (0..<count).map { .init(method: $0 == 1 ? "POST" : "GET", path: "/kind\($0)?token=planted9", sent: 1234 - $0) },
      from: list)
    return document
  }

  @Test("Where the requests are from is a sentence, and few kinds are rows, in every format")
  func rows() {
    let few = document(2, list: "a.txt").withoutSecrets
    for text in [TextWriter().write(few), MarkdownWriter().write(few), HTMLWriter().write(few)] {
      #expect(text.contains("2 kinds of request in turn, from a.txt"), "\(text)")
      #expect(text.contains("POST") && text.contains("/kind1?token=") && text.contains("1,233"), "\(text)")
      #expect(!text.contains("planted9"), "\(text)")
    }
    #expect(TextWriter().write(document(3, list: nil)).contains("3 kinds of request, drawn by chance and weight."))
  }

  @Test("Many are counted only")
  func many() throws {
    let many = document(21, list: "a.txt")
    let text = TextWriter().write(many)
    #expect(text.contains("21 kinds of request in turn, from a.txt.") && !text.contains("/kind"), "\(text)")
    let read = try ReportDocument(json: try JSONWriter().write(many))
    #expect(read.requestKinds == many.requestKinds && read.requestKinds?.kinds == nil)
  }
}
