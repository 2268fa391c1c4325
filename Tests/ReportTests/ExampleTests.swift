import Foundation
import Testing

@testable import Report

/// The example that the repository shows.
@Suite struct ExampleTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Reports/example")

  private func text(_ file: String) throws -> String {
    try String(contentsOf: Self.folder.appendingPathComponent(file), encoding: .utf8)
  }

  @Test(
    "The example's pages and chart are what its JSON gives today",
    arguments: [.inspect, .fairness, .reloadTest] as [CheckKind])
  func example(check: CheckKind) throws {
    let json = try text("\(check.rawValue)/report.json")
    let document = try ReportDocument(json: json)
    #expect(document.check == check && document.verdict == .pass)
    #expect(try JSONWriter().write(document) == json)
    #expect(try MarkdownWriter().write(document) == text("\(check.rawValue)/report.md"))
    let charts = Page(document, tolerance: check == .fairness ? 0.02 : nil).charts
    #expect(check == .inspect || !charts.isEmpty)
    for chart in charts { #expect(try chart.draw(.file) == text("\(check.rawValue)/\(chart.file)"), "\(chart.file)") }
  }
}
