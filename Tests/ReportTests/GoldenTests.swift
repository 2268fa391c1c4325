import FoundationEssentials
import Report
import Testing

/// Compares what the writers write with files in `Golden`; `LBCHECK_UPDATE_GOLDEN=1` writes those files anew.
@Suite struct GoldenTests {
  @Test("A full document as JSON")
  func json() throws { try compare(try JSONWriter().write(Example.full), with: "full.json") }

  @Test("A full document as Markdown")
  func markdown() throws { try compare(MarkdownWriter().write(Example.full), with: "full.md") }

  @Test("A full document as plain text")
  func text() throws { try compare(TextWriter().write(Example.full), with: "full.txt") }

  @Test("The shares of a full document as a chart")
  func chart() throws {
    try compare(SharesChart(tolerance: 0.01).write(Example.full.backends ?? []), with: "full.svg")
  }

  @Test("An inspection as Markdown")
  func inspectionMarkdown() throws { try compare(MarkdownWriter().write(Example.inspection), with: "inspection.md") }

  @Test("An inspection as plain text")
  func inspectionText() throws { try compare(TextWriter().write(Example.inspection), with: "inspection.txt") }

  private func compare(_ text: String, with name: String, file: String = #filePath) throws {
    let path =
      file.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
      + "/Golden/" + name
    if ProcessInfo.processInfo.environment["LBCHECK_UPDATE_GOLDEN"] == "1" {
      try Data(text.utf8).write(to: URL(filePath: path))
    }
    let golden = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    #expect(text == golden, "\(name) differs from its golden file")
  }
}
