import Foundation
import FoundationXML
import Testing

@testable import Report

/// What all charts have in common, since they are drawn on one canvas.
@Suite struct ChartCanvasTests {
  private var charts: [(name: String, svg: String)] {
    let phase = PhaseSection(
      name: "baseline", startSeconds: 0, durationSeconds: .infinity, traffic: Example.full.traffic!,
      longestGapSeconds: 0)
    return [
      ("shares", SharesChart(tolerance: 0.02).write(Example.full.backends ?? [])),
      ("timeline", TimelineChart().write([phase])),
      (
        "requests",
        RequestsChart().write([SeriesPoint(second: 0, requests: 3, failed: 1, max: .nan)], every: 1)
      ),
      ("scalability", ScalabilityChart().write(ScalabilitySection(points: [], fit: nil, remark: ""))),
    ]
  }

  @Test("Every chart is well-formed, has one dark page, and needs no style sheet to be seen")
  func base() {
    for (name, svg) in charts {
      #expect(XMLParser(data: Data(svg.utf8)).parse(), "\(name)")
      #expect(svg.contains(".page { fill: #14181f }") && svg.contains(".textLine") == false, "\(name)")
      #expect(svg.contains(##"rx="8" fill="#ffffff" stroke="#d8dee6"/>"##), "\(name)")
      #expect(!svg.contains("nan") && !svg.contains("inf"), "\(name)")
    }
  }

  @Test("Every class has its dark rule, and a chart for a page keeps it to itself")
  func rules() {
    let svg = SharesChart(tolerance: 0.02).write(Example.full.backends ?? [], scope: "one")
    let classes = svg.components(separatedBy: "class=\"").dropFirst().flatMap {
      $0.prefix { $0 != "\"" }.split(separator: " ")
    }
    #expect(Set(classes).count > 8)
    for name in Set(classes) { #expect(svg.contains("  #one .\(name) { "), "\(name)") }
  }
}
