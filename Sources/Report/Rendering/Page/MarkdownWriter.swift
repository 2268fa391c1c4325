/// Writes a document as `report.md`: a page to understand in a minute.
///
/// The verdict comes first, then what it rests on, then how it was measured and how to repeat it. Every text in it is
/// escaped, so that no backend name can add markup, a table column or a link.
public struct MarkdownWriter: Sendable {
  /// A writer.
  public init() {}

  /// The document as Markdown text in GitHub's dialect.
  public func write(_ document: ReportDocument) -> String {
    write(Page(document))
  }

  func write(_ page: Page) -> String {
    page.blocks.map(block).joined(separator: "\n\n") + "\n"
  }

  // MARK: Blocks

  private func block(_ block: Page.Block) -> String {
    switch block {
    case .heading(let level, let title): String(repeating: "#", count: level) + " " + line(title)
    case .verdict(let verdict, let finding): "**\(mark(verdict)): \(Escaping.markdown(finding, width: 1000))**"
    case .warning(let term, let text): "> **\(term)** \(Escaping.markdown(text))"
    case .paragraph(let parts): line(parts)
    case .list(let items): items.map(item).joined(separator: "\n")
    case .table(let content): table(content)
    case .chart(let chart): "![\(chart.alternative)](\(chart.file))"
    case .code(let lines, let language): Escaping.markdownBlock(lines, language: language)
    case .foot(let parts): "---\n\n" + line(parts)
    }
  }

  private func item(_ item: Page.Item) -> String {
    guard let term = item.term else { return "- " + line(item.body) }
    return "- **\(inline(term))\(item.colon ? ":" : "")** \(line(item.body))"
  }

  private func table(_ table: PageTable) -> String {
    let remarked = table.remarked
    let rule = table.rights.map { $0 ? "---:" : "---" } + remarked.map { _ in "---" }
    let rows = table.rows.map { row in
      row.cells.map { inline($0, inTable: true) }
        + remarked.map { kind in
          row.remarks.filter { $0.kind == kind }.flatMap(\.text).map { inline($0, inTable: true) }.joined()
        }
    }
    return ([table.heads + remarked.map(\.rawValue), rule] + rows)
      .map { cells in "| " + cells.joined(separator: " | ") + " |" }
      .joined(separator: "\n")
  }

  // MARK: Lines

  private func line(_ parts: [Page.Inline]) -> String {
    parts.map { inline($0) }.joined()
  }

  private func inline(_ part: Page.Inline, inTable: Bool = false) -> String {
    switch part {
    case .words(let words): words
    case .text(let text, let width): Escaping.markdown(text, width: width)
    case .code(let text, let width): Escaping.markdownCode(text, inTable: inTable, width: width)
    case .verdict(let verdict): mark(verdict)
    case .named(let sentence, let identifier):
      Escaping.markdown(sentence, width: 300) + " "
        + Escaping.markdownCode(identifier, inTable: inTable, width: 300)
    case .report(let name, let folder):
      ReportLink.isSafe(folder)
        ? "[\(Escaping.markdown(name))](\(folder)/report.md)"
        : Escaping.markdownCode(name, inTable: inTable, width: 100)
    }
  }

  private func mark(_ verdict: Verdict) -> String {
    "\(Wording.sign(verdict)) \(Wording.word(verdict))"
  }
}
