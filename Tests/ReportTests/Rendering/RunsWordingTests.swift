import Testing

@testable import Report

@Suite struct RunsWordingTests {
  private func figure(
    _ name: String, between: Double?, within: Double?, runs: Int = 3, interval: ClosedRange<Double>? = 9...11,
    deviation: Double = 0.4
  ) -> RunsFigure {
    RunsFigure(
      name: name, unit: name == "rate" ? .perSecond : .milliseconds, runs: runs, mean: 10, interval: interval,
      deviation: deviation, between: between, within: within)
  }

  private func section(_ figures: [RunsFigure], asked: Int = 3, made: Int = 3, problem: String? = nil) -> RunsSection {
    let rows = (1...made).map { run in
      RunSection(
        run: run, startedAt: "2026-11-25T06:45:2\(run % 10)Z", verdict: run == 20 ? .fail : .pass,
        traffic: TrafficSection(
          requests: RequestCounts(scheduled: 1_000, completed: 1_000, succeeded: 990, failed: 10),
          rate: RateSection(achieved: 99.5),
          latency: LatencySummary(min: 1, mean: 2, p50: 2, p90: 3, p99: 4.5, p999: 6, max: 7)))
    }
    return RunsSection(asked: asked, made: made, problem: problem, confidence: 0.95, rows: rows, figures: figures)
  }

  @Test(
    "What to do follows from where most of it varies",
    arguments: [
      (
        [("p50", 0.3, 0.1), ("p99", 0.4, 0.2)],
        "p50, p99: most of it varies between runs, so more runs tell more than longer ones."
      ),
      (
        [("p50", 0.1, 0.3), ("p999", 0, 0.2)],
        "p50, p99.9: most of it varies within a run, so longer runs tell as much as more."
      ),
      (
        [("rate", nil, nil), ("p50", 0.3, 0.1), ("p99", 0.1, 0.4)],
        "p50: most of it varies between runs, so more runs tell more than longer ones; "
          + "p99: most of it varies within a run, so longer runs tell as much as more."
      ),
      (
        [("rate", nil, nil)],
        "The runs are too short to show what varies within one: more runs make the figures surer, and longer ones would "
          + "show whether length does."
      ),
    ] as [([(String, Double?, Double?)], String)])
  func advice(figures: [(String, Double?, Double?)], expected: String) {
    let lines = RunsWording.lines(section(figures.map { figure($0.0, between: $0.1, within: $0.2) }))
    #expect(lines == [expected])
  }

  @Test("A figure has its mean, its interval and both parts, each or that it is not known")
  func row() {
    #expect(
      RunsWording.row(figure("p999", between: 0.3, within: 0.06))
        == ["p99.9", "10.0 ms", "9.00–11.0 ms", "± 3.0%", "± 0.6%"])
    #expect(
      RunsWording.row(figure("rate", between: nil, within: nil))
        == ["rate", "10/s", "9/s–11/s", "at most ± 4.0%", "not known"])
    #expect(
      RunsWording.row(figure("p50", between: 0, within: 4, interval: -2...22))
        == ["p50", "10.0 ms", "0–22.0 ms", "none seen", "± 40%"])
    #expect(
      RunsWording.row(figure("p50", between: nil, within: nil, interval: nil, deviation: 0))
        == ["p50", "10.0 ms", "not known", "none seen", "not known"])
  }

  @Test("What ended the runs early is said, and that one run shows nothing")
  func early() {
    let lines = RunsWording.lines(section([], asked: 5, made: 1, problem: "run 2 of 5: nothing answers"))
    #expect(
      lines == [
        "1 of 5 runs were made to their end. Run 2 of 5: nothing answers.",
        "One run does not show what varies between runs.",
      ])
  }

  @Test("A terminal lists sixteen runs, those that did not pass among them; a page lists all")
  func many() {
    var document = ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1"), check: .load, target: TargetSection(url: "http://a/"),
      startedAt: "2026-11-25T06:45:28Z", durationSeconds: 2)
    document.runs = section([figure("p50", between: 0.1, within: 0.3)], asked: 30, made: 30)
    let text = TextWriter().write(document)
    #expect(text.contains("  … and 14 more") && text.contains("\n  20   ✗ Fail"), "\(text)")
    let page = MarkdownWriter().write(document)
    #expect(page.contains("## Runs") && page.contains("| 30 | "), "\(page)")
  }
}
