import Foundation
import FoundationXML
import Testing

@testable import Report

@Suite struct ComparisonTests {
  private var section: ComparisonSection {
    ComparisonSection(
      base: ComparedRun(check: .load, startedAt: "2026-11-25T06:45:28Z", target: "http://127.0.0.1:8080/"),
      candidate: ComparedRun(check: .load, startedAt: "2026-11-25T07:45:28Z", target: "http://127.0.0.1:8080/"),
      level: 0.95, margin: 0.05,
      figures: [
        ComparedFigure(
          name: "p50", unit: .milliseconds, base: 10, candidate: 12,
          baseInterval: ComparedInterval(low: 9.9, high: 10.1),
          candidateInterval: ComparedInterval(low: 11.8, high: 12.2), change: 0.2,
          changeInterval: ComparedInterval(low: 0.17, high: 0.23), margin: 0.05, outcome: .worse,
          higherIsBetter: false),
        ComparedFigure(
          name: "p99.9", unit: .milliseconds, base: 20, candidate: 400, change: 19,
          changeInterval: ComparedInterval(low: 0.5, high: nil), margin: 0.05, outcome: .unsure, higherIsBetter: false,
          remark: "too few requests beyond it to bound it"),
        ComparedFigure(
          name: "failed", unit: .share, base: 0.02, candidate: 0.001, change: -0.019,
          changeInterval: ComparedInterval(low: -0.03, high: -0.01), margin: 0.001, outcome: .better,
          higherIsBetter: false),
        ComparedFigure(
          name: "rate", unit: .perSecond, base: 500, candidate: 501, change: 0.002, margin: 0.05, outcome: .same,
          higherIsBetter: true),
        ComparedFigure(
          name: "longest outage in <b>&\u{1B}[31m", unit: .milliseconds, base: 0, candidate: 3000, outcome: .unsure),
      ])
  }

  private var document: ReportDocument {
    ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1"), check: .compare,
      target: TargetSection(url: "http://127.0.0.1:8080/"), startedAt: "2026-11-25T08:00:00Z", durationSeconds: 0,
      verdict: .fail, summary: "1 of 5 figures worse.", comparison: section)
  }

  @Test("The text says each figure's change, between what it surely lies, and the outcome")
  func text() {
    let text = TextWriter().write(document)
    for part in [
      "✗ worse   p50", "+20.0%", "+17.0% and +23.0%", "+50.0% and more", "−1.90 pp", "−3.00 pp and −1.00 pp",
      "= same    rate", "95.00% confidence", "; too few requests beyond it to bound it",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
    #expect(!text.contains("\u{1B}"))
    #expect(TextWriter(colour: true).write(document).contains("\u{1B}[31m✗ worse\u{1B}[0m   p50"))
  }

  @Test(
    "A figure in words says which side of the margin it is on, and how long a run settles it",
    arguments: [
      (ComparedFigure.Outcome.same, 20.4, true, nil, nil, "0.400 ms longer, surely within the margin of 5.0%", nil),
      (.same, 20, false, nil, nil, "no different, within the margin of 5.0%", nil),
      (.worse, 24, true, nil, nil, "4.00 ms longer, surely by more than the margin of 5.0%", nil),
      (.better, 16, true, nil, nil, "4.00 ms shorter, surely by more than the margin of 5.0%", nil),
      (
        .unsure, 21.5, true, SettlingRun(times: 4.2, unit: .requests, count: 75_000, seconds: 249.1), nil,
        "1.50 ms longer, which may be within the margin of 5.0% or beyond it",
        "Two runs of 4 min 10 s or 75,000 requests each, 4.2 times as many, would settle it."
      ),
      (
        .unsure, 21.5, true, SettlingRun(times: 3, unit: .rounds), nil,
        "1.50 ms longer, which may be within the margin of 5.0% or beyond it",
        "Two runs with 3 times as many rounds would settle it."
      ),
      (
        .unsure, 21, true, nil, .atMargin, "1.00 ms longer, which may be within the margin of 5.0% or beyond it",
        "It is at the margin, so no longer runs would settle it."
      ),
      (
        .unsure, 21.01, true, nil, .tooMany, "1.01 ms longer, which may be within the margin of 5.0% or beyond it",
        "It is too near the margin: more than 100 times as many would be needed to settle it."
      ),
      (
        .unsure, 18, false, nil, .notByLength, "2.00 ms shorter",
        "Longer runs would not settle it."
      ),
    ]
      as [(ComparedFigure.Outcome, Double, Bool, SettlingRun?, Unsettled?, String, String?)])
  func words(
    outcome: ComparedFigure.Outcome, candidate: Double, hasInterval: Bool, run: SettlingRun?, unsettled: Unsettled?,
    finding: String, settling: String?
  ) throws {
    var figure = ComparedFigure(
      name: "p99", unit: .milliseconds, base: 20, candidate: candidate,
      changeInterval: hasInterval ? ComparedInterval(low: -0.1, high: 0.1) : nil, margin: 0.05, outcome: outcome)
    (figure.settledBy, figure.unsettled) = (run, unsettled)
    #expect(ComparisonWording.finding(figure) == finding)
    #expect(ComparisonWording.settling(figure) == settling)
    var section = section
    section.figures = [figure]
    var document = document
    document.comparison = section
    for text in [TextWriter().write(document), MarkdownWriter().write(document), HTMLWriter().write(document)] {
      #expect(text.contains(finding) && settling.map(text.contains) != false, "\(text)")
    }
    #expect(try ReportDocument(json: JSONWriter().write(document)).comparison == section)
  }

  @Test("The page holds the table, the runs and the chart")
  func page() {
    let page = MarkdownWriter().write(document)
    #expect(page.contains("comparison.svg"))
    #expect(page.contains("2026-11-25T07:45:28Z"))
    #expect(HTMLWriter().write(document).contains("too few requests beyond it to bound it"))
  }

  @Test("The chart is well-formed, tells outcomes by form and word, and escapes names")
  func chart() {
    let svg = ComparisonChart().write(section, .file)
    #expect(XMLParser(data: Data(svg.utf8)).parse())
    for word in ["✗ worse", "✓ better", "= same", "? unsure"] { #expect(svg.contains(">\(word)<")) }
    // A figure without a change has no place on the axis.
    #expect(!svg.contains("longest outage"))
    let scoped = ComparisonChart().write(section, ChartFrame(scope: "c"))
    #expect(scoped.contains("#c .margin"))
    #expect(XMLParser(data: Data(ComparisonChart().write(empty, .file).utf8)).parse())
  }

  private var empty: ComparisonSection {
    var section = section
    section.figures = []
    return section
  }

  @Test("The name of a header is the same in any case, a value is not")
  func headers() {
    for key in [FoundSetting.backendHeader, .generationHeader].map(\.rawValue) {
      let (own, other) = (Setting(key, .text("X-Backend")), Setting(key, .text("x-backend")))
      #expect(ComparedSetting.all([own], [other]).isEmpty)
      #expect(ComparedSetting.all([own], [Setting(key, .text("X-Other"))]).map(\.key) == [key])
    }
    #expect(ComparedSetting.all([Setting("body", .text("a"))], [Setting("body", .text("A"))]).map(\.key) == ["body"])
  }

  @Test("Figures that are not finite never reach the file")
  func finite() throws {
    var document = document
    document.comparison?.figures[0].change = .infinity
    document.comparison?.figures[0].changeInterval = ComparedInterval(low: .nan, high: 1)
    let read = try ReportDocument(json: try JSONWriter().write(document))
    let figure = try #require(read.comparison?.figures.first)
    #expect(figure.change == nil)
    #expect(figure.changeInterval == ComparedInterval(low: nil, high: 1))
  }
}
