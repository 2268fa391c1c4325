import Foundation
import Report
import Testing

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
    if let phases = document.phases {
      #expect(try TimelineChart().write(phases) == text("\(check.rawValue)/timeline.svg"))
    }
    guard check == .fairness, let backends = document.backends else { return }
    #expect(try SharesChart(tolerance: 0.02).write(backends) == text("\(check.rawValue)/shares.svg"))
  }
}
