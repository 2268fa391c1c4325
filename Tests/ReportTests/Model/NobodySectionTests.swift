import Report
import Testing

@Suite("Answers that no backend gave, in a report")
struct NobodySectionTests {
  @Test("The sum is that of the reasons, and there is no section without any")
  func sum() {
    #expect(NobodySection(because: [:]) == nil)
    #expect(NobodySection(because: ["cache": 0]) == nil)
    #expect(NobodySection(because: ["502": 3, "redirect": 1, "cache": 0])?.requests == 4)
    #expect(NobodySection(because: ["502": .max, "redirect": 1])?.requests == .max)
  }

  @Test("One row in the table of backends, also where it is the only one; never a backend")
  func row() throws {
    var document = Example.full
    document.fairness = nil
    document.backends = nil
    document.nobody = NobodySection(because: ["502": 1234, "redirect": 1, "cache": 3, "noHeader": 2])
    let text = TextWriter().write(document)
    let reasons = "1,234 × 502, 3 out of a cache, 2 without a backend's name, 1 redirect"
    #expect(text.contains("  nobody      1,240\n"))
    #expect(text.contains("nobody: \(reasons)"))
    let page = MarkdownWriter().write(document)
    #expect(page.contains("| nobody | 1,240 |"))
    #expect(page.contains(reasons))
    let read = try ReportDocument(json: try JSONWriter().write(document))
    #expect(read == document && read.answeredByNobody == document.nobody)
  }
}
