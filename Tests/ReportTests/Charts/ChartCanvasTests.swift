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
        "course",
        CourseChart(every: 1).write([SeriesPoint(second: 0, requests: 3, failed: 1, max: .nan, shares: ["a": 3])])
      ),
      ("histogram", HistogramChart().write(Example.summary(of: 1))),
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

  @Test("On a phone every chart is as wide as the phone, with no text beyond its edges or below 12 pixels")
  func narrow() throws {
    let frame = ChartFrame(scope: "x", isNarrow: true)
    let phases = (0..<3).map { number in
      PhaseSection(
        name: "phase \(number)", startSeconds: Double(number), durationSeconds: 1, traffic: Example.full.traffic!,
        longestGapSeconds: 0,
        outages: [OutageSection(startSeconds: Double(number), durationSeconds: 0.01, failed: 12_345)],
        generations: [
          GenerationSection(
            backend: "backend-with-a-long-name.example:8080", generation: "1", firstSeenSeconds: 0, lastSeenSeconds: 3,
            requests: 1)
        ])
    }
    let series = (0..<9).map {
      SeriesPoint(
        second: $0, requests: 123_456, failed: 1, p50: 1, p99: 900, max: 9_000,
        shares: ["first.example:8080": 4, "second.example:8080": 5, "third.example:8080": 6])
    }
    let charts = [
      SharesChart(tolerance: 0.02).write(Example.full.backends ?? [], frame), TimelineChart().write(phases, frame),
      CourseChart(every: 1).write(series, frame), HistogramChart().write(Example.summary(of: 1), frame),
    ]
    for chart in charts {
      #expect(chart.contains("viewBox=\"0 0 320 "))
      for text in chart.components(separatedBy: "<text ").dropFirst() {
        func number(_ name: String) -> Double? {
          text.components(separatedBy: " \(name)=\"").dropFirst().first.flatMap { Double($0.prefix { $0 != "\"" }) }
            ?? (text.hasPrefix("\(name)=\"") ? Double(text.dropFirst(name.count + 2).prefix { $0 != "\"" }) : nil)
        }
        let words = String(text.drop { $0 != ">" }.dropFirst().prefix { $0 != "<" })
        let size = try #require(number("font-size"))
        #expect(size >= 12, "\(words)")
        let width = ChartCanvas.width(of: words) * size / 12
        let x = try #require(number("x"))
        let start = text.contains("\"end\"") ? x - width : text.contains("\"middle\"") ? x - width / 2 : x
        #expect(start >= 0 && start + width <= 322, "\(words) from \(start) to \(start + width)")
      }
    }
  }

  @Test("Every class has its dark rule, and a chart for a page keeps it to itself")
  func rules() {
    let svg = SharesChart(tolerance: 0.02).write(Example.full.backends ?? [], ChartFrame(scope: "one"))
    let classes = svg.components(separatedBy: "class=\"").dropFirst().flatMap {
      $0.prefix { $0 != "\"" }.split(separator: " ")
    }
    #expect(Set(classes).count > 8)
    for name in Set(classes) { #expect(svg.contains("  #one .\(name) { "), "\(name)") }
  }
}
