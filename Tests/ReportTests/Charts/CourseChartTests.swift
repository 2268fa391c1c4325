import Foundation
import FoundationXML
import Testing

@testable import Report

@Suite struct CourseChartTests {
  private func lines(_ svg: String, _ ink: String) -> [[Substring]] {
    svg.components(separatedBy: "<polyline class=\"\(ink)Line\" points=\"").dropFirst().map {
      $0.prefix { $0 != "\"" }.split(separator: " ")
    }
  }

  @Test("A series of many intervals is drawn in fewer, and keeps its rate and its slowest")
  func many() {
    let series = (0..<5_000).map { second in
      SeriesPoint(second: second, requests: 50, p50: 1, p99: 1, max: second == 4_321 ? 900 : 1, shares: ["a": 50])
    }
    let svg = CourseChart(every: 1).write(series)
    #expect(svg.utf8.count < 100_000)
    #expect(svg.contains("250,000 requests, 0 failed"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    #expect(lines(svg, "middle").first?.count == 295)
    // 900 on an axis that ends at 1,000 is near its top.
    #expect(lines(svg, "kind2").first?.contains { $0.hasSuffix(",") == false } == true)
    #expect(CourseChart(every: 1).write([]).contains("0 requests"))
  }

  @Test("A line is broken where an interval has no success, and failures have a line only where there are some")
  func gaps() {
    var series = (0..<9).map { SeriesPoint(second: $0, requests: 10, p50: 2, p99: 3, max: 4) }
    #expect(lines(CourseChart(every: 1).write(series), "strong").count == 1)
    #expect(!CourseChart(every: 1).write(series).contains(">failed<"))
    series[4] = SeriesPoint(second: 4, requests: 10, failed: 10)
    let svg = CourseChart(every: 1).write(series)
    #expect(lines(svg, "strong").map(\.count) == [4, 4])
    #expect(svg.contains(">failed<"))
  }

  @Test("An interval that the run did not fill shows the rate while it lasted")
  func partial() {
    let series = [SeriesPoint(second: 0, requests: 100), SeriesPoint(second: 1, requests: 50)]
    func heights(_ lasted: Double) -> Set<Substring> {
      Set(
        lines(CourseChart(every: 1, lasted: lasted).write(series), "middle")[0].compactMap {
          $0.split(separator: ",").last
        })
    }
    #expect(heights(1.5).count == 1)
    #expect(heights(.infinity).count == 2)
  }

  @Test("Shares are stacked to all answers; beyond six backends the rest is one")
  func shares() {
    let names = (1...9).map { "b\($0)" }
    let point = SeriesPoint(
      second: 0, requests: 45, shares: Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0 + 1) }))
    let svg = CourseChart(every: 1).write([point, point])
    #expect(svg.contains(">others<") && svg.contains(">b4<") && !svg.contains(">b3<"))
    #expect(svg.components(separatedBy: "<rect class=\"kind7\"").count - 1 == 3)
    let without = CourseChart(every: 1).write([
      SeriesPoint(second: 0, requests: 1), SeriesPoint(second: 1, requests: 1),
    ])
    #expect(!without.contains("share of answers"))
  }

  @Test("Hostile names of backends stay text")
  func hostile() {
    let point = SeriesPoint(second: 0, requests: 1, shares: ["<script>\u{1B}]]>": 1])
    let svg = CourseChart(every: 1).write([point, point])
    #expect(XMLParser(data: Data(svg.utf8)).parse() && !svg.contains("<script") && !svg.contains("\u{1B}"))
  }
}
