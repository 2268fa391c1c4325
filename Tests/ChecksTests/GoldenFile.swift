import FoundationEssentials
import Report
import Testing

/// The files in `Golden` that hold what whole reports come to. `LBCHECK_UPDATE_GOLDEN=1` writes them anew.
enum GoldenFile {
  /// Holds a report as JSON and as Markdown against its files.
  static func compare(_ report: ReportDocument, with name: String) throws {
    for (text, ending) in [(try JSONWriter().write(report), "json"), (MarkdownWriter().write(report), "md")] {
      let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).\(ending)")
      if ProcessInfo.processInfo.environment["LBCHECK_UPDATE_GOLDEN"] == "1" {
        try Data(text.utf8).write(to: path)
      }
      let golden = String(decoding: try Data(contentsOf: path), as: UTF8.self)
      #expect(text == golden, "\(name).\(ending) differs from its golden file")
    }
  }
}
