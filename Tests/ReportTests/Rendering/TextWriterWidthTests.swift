import Support
import Testing

@testable import Report

@Suite struct TextWriterWidthTests {
  private func words(_ text: some StringProtocol) -> [Substring] {
    text.split { $0 == " " || $0 == "\n" }.map { Substring($0) }
  }

  @Test("A line that is too long is broken between words, and its rest is indented by two columns more")
  func broken() {
    let writer = TextWriter(width: 30)
    #expect(writer.fitting(["short enough"]) == ["short enough"])
    #expect(
      writer.fitting(["  stayed  1 of 1,500 visitors, 34.87% (30.60% to 39.39%)"]) == [
        "  stayed  1 of 1,500 visitors,", "    34.87% (30.60% to 39.39%)",
      ])
    // What is too long by itself is left to the terminal.
    #expect(
      writer.fitting(["  note: https://a.example/a/path/of/many/parts ends"]) == [
        "  note:", "    https://a.example/a/path/of/many/parts", "    ends",
      ])
    #expect(TextWriter().fitting([String(repeating: "a b ", count: 99)]).count == 1)
  }

  @Test("The last cells of a list are broken within their own column, where that leaves them half of the room")
  func lists() {
    var columns = Columns()
    columns.add(["policy", "round-robin, per request"])
    columns.add(["rotation", "ABC"])
    #expect(TextWriter(width: 36).list(columns) == ["  policy    round-robin, per request", "  rotation  ABC"])
    #expect(
      TextWriter(width: 28).list(columns) == [
        "  policy    round-robin, per", "              request", "  rotation  ABC",
      ])
    #expect(TextWriter(width: 20).list(columns) == columns.lines.map { "  " + $0 })
    #expect(TextWriter().list(columns) == columns.lines.map { "  " + $0 })
  }

  @Test("Colours take no columns")
  func colours() {
    let writer = TextWriter(colour: true, width: 20)
    let line = "  " + writer.coloured("✗ fail", .fail) + "  policy is x"
    #expect(TextWriter.columns(line) == 20 + 1)
    #expect(writer.fitting([line]).map(TextWriter.columns) == [19, 5])
  }

  @Test("No word or number is cut, whatever the width", arguments: [20, 40, 80, 132])
  func whole(width: Int) {
    let failures = FuzzSeeds(200, of: "TextWriterWidthTests").failures { random in
      let line = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        String(repeating: " ", count: Int.random(in: 1...4, using: &random))
          + String(repeating: "1", count: Int.random(in: 1...24, using: &random))
      }.joined()
      let lines = TextWriter(width: width).fitting([line])
      if words(lines.joined(separator: "\n")) != words(line) { return "words" }
      return lines.allSatisfy { $0.count <= width || words($0).count == 1 } ? nil : "too wide"
    }
    #expect(failures.isEmpty, "\(failures)")
  }

  @Test("Where the table of assertions is too wide, each has lines of its own, with all of its texts")
  func assertions() {
    let long = Assertion(
      name: "newVisitorsSpread", verdict: .pass, expected: "the same part of 1,500 new visitors each",
      actual: "127.0.0.1:43103: 523, 34.87% (between 30.60% and 39.39%), expected 33.33%", detail: "Each once.")
    #expect(
      TextWriter(width: 80).assertions([long]) == [
        "  ✓ pass  newVisitorsSpread: New visitors are shared as expected",
        "      expected  the same part of 1,500 new visitors each",
        "      actual    127.0.0.1:43103: 523, 34.87% (between 30.60% and 39.39%), expected 33.33%", "      Each once.",
      ])
    #expect(
      TextWriter().assertions([long])[1].hasSuffix(
        "34.87% (between 30.60% and 39.39%), expected 33.33%  New visitors are shared as expected"))
    let short = Assertion(name: "policy", verdict: .pass, expected: "sticky", actual: "sticky")
    #expect(TextWriter(width: 80).assertions([short]) == TextWriter().assertions([short]))
  }

  @Test("A sentence stands behind its row, or below it where there is no room; what to do is said once")
  func sentences() {
    var failed = Assertion(
      .lostNoRequest(.reload), verdict: .fail, expected: "0 of 500 failed", actual: "3", detail: "Three were lost.")
    failed.advice = "Drain."
    var threshold = Assertion(
      name: "p99 < 200ms", verdict: .pass, expected: "< 200ms", actual: "120 ms",
      meaning: "p99 of the latency is below 200ms")
    threshold.distance = "80.0 ms within the limit (40%)"
    #expect(
      TextWriter().assertions([threshold, failed]) == [
        "                               expected         actual  distance",
        "  ✗ fail  reloadLostNoRequest  0 of 500 failed  3                                       "
          + "No request lost during the reload",
        "            Three were lost.", "            next: Drain.",
        "  ✓ pass  p99 < 200ms          < 200ms          120 ms  80.0 ms within the limit (40%)  "
          + "p99 of the latency is below 200ms",
      ])
    #expect(
      TextWriter(width: 90).assertions([threshold, failed], beside: ["Drain."]) == [
        "                               expected         actual  distance",
        "  ✗ fail  reloadLostNoRequest  0 of 500 failed  3", "            No request lost during the reload",
        "            Three were lost.",
        "  ✓ pass  p99 < 200ms          < 200ms          120 ms  80.0 ms within the limit (40%)",
        "            p99 of the latency is below 200ms",
      ])
    #expect(
      TextWriter(width: 60).assertions([threshold]) == [
        "  ✓ pass  p99 < 200ms: p99 of the latency is below 200ms", "      expected  < 200ms", "      actual    120 ms",
        "      distance  80.0 ms within the limit (40%)",
      ])
  }

  @Test("Where a table is too wide, each row has its cells with their titles below its first, and none is cut")
  func tables() {
    var columns = Columns()
    columns.align(right: [1, 2])
    columns.add(["figure", "base", "surely between", ""])
    columns.add(["p99", "12.0 ms", "+20.1% and +33.3%", "███"])
    columns.add(["failed", "0.00%", "–"])
    #expect(
      TextWriter(width: 60).table(columns) == [
        "  figure     base     surely between", "  p99     12.0 ms  +20.1% and +33.3%  ███",
        "  failed    0.00%                  –",
      ])
    #expect(
      TextWriter(width: 40).table(columns, marks: ["✗ worse", "= same"]) == [
        "  ✗ worse  p99", "      base: 12.0 ms", "      surely between: +20.1% and +33.3%", "  = same   failed",
        "      base: 0.00%  surely between: –",
      ])
    #expect(
      TextWriter().table(columns, marks: ["✗ worse", "= same"])[1]
        == "  ✗ worse  p99     12.0 ms  +20.1% and +33.3%  ███")
  }

  /// A report whose every table is wider than a terminal.
  private func wide() -> ReportDocument {
    var document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "0"), check: .reloadTest, target: TargetSection(url: "http://a/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 60, verdict: .pass)
    let traffic = TrafficSection(
      requests: RequestCounts(scheduled: 1_234_567, completed: 1_234_567, succeeded: 1_234_000, failed: 567),
      rate: RateSection(achieved: 500))
    document.backends = (1...3).map { number in
      BackendSection(
        name: "dumbflix-frontend-\(number).internal:4310\(number)", requests: 411_522, succeeded: 411_400, failed: 122,
        share: 0.3333, expectedShare: 0.3333, role: "primary")
    }
    document.phases = ["reload of the broken build", "repair after the restart"].map {
      PhaseSection(name: $0, startSeconds: 0, durationSeconds: 10, traffic: traffic, longestGapSeconds: 12.3)
    }
    document.comparison = ComparisonSection(
      base: ComparedRun(check: .load, startedAt: "2026-11-25T06:45:28Z", target: "http://a/"),
      candidate: ComparedRun(check: .load, startedAt: "2026-11-25T06:45:28Z", target: "http://a/"), level: 0.95,
      margin: 0.05,
      figures: ["longest outage in repair after the restart", "p99"].map { name in
        ComparedFigure(
          name: name, unit: .milliseconds, base: 1234, candidate: 1500, change: 0.2,
          changeInterval: ComparedInterval(low: 0.12, high: 0.33), margin: 0.05, outcome: .worse)
      })
    document.inspection = InspectionSection(
      groups: [
        InspectionGroup(
          title: "Who answers",
          rows: [
            InspectionRow(name: "Header", value: "X-Backend", note: "Found by lbcheck."),
            InspectionRow(
              name: "Backends",
              value: (1...4).map { "dumbflix-frontend-\($0).internal:4310\($0)" }.joined(separator: ", "),
              note: "All of them."),
          ])
      ], advice: [])
    return document
  }

  @Test("On a terminal of 80 columns no table's cell is cut or broken, and no line is longer")
  func terminal() {
    let text = TextWriter(width: 80).write(wide())
    let lines = text.split(separator: "\n")
    #expect(lines.allSatisfy { TextWriter.columns($0) <= 80 }, "\(text)")
    for cell in [
      "dumbflix-frontend-3.internal:43103", "requests: 411,522", "expected: 33.33%", "deviation: 0.00 pp",
      "role: primary",
      "longest outage: none", "longest gap: 12.3 s", "surely between: +12.0% and +33.0%", "candidate: 1,500 ms",
      "margin: ±5.0%",
    ] {
      #expect(lines.contains { $0.contains(cell) }, "\(cell) in \(text)")
    }
    // Numbers stand under their titles, or beside them.
    #expect(!lines.contains { $0.contains("longest outage  longest gap") })
    for number in 1...4 { #expect(text.contains("dumbflix-frontend-\(number).internal:4310\(number)"), "\(text)") }
    #expect(!text.contains("…"), "\(text)")
  }
}
