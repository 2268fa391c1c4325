/// Writes a document as `report.html`: the page of `report.md` with its charts, in one file for any browser.
///
/// The file loads nothing, runs nothing and links to nothing but the reports of a gate's checks: no script, no font, no picture and no style sheet besides its own, which
/// a content security policy states once more. It is well-formed XML too, so that any parser can check its nesting.
public struct HTMLWriter: Sendable {
  /// The tolerance to draw in the chart of shares, as a difference of shares, 0…1; none draws no band.
  public var tolerance: Double?

  /// A writer, with the tolerance to draw.
  public init(tolerance: Double? = nil) {
    self.tolerance = tolerance
  }

  /// The document as an HTML page.
  public func write(_ document: ReportDocument) -> String {
    write(Page(document, tolerance: tolerance))
  }

  func write(_ page: Page) -> String {
    var body = ""
    var inSection = false
    for block in page.blocks {
      // Each heading of level 2 begins a section, and the foot ends the last one.
      switch block {
      case .heading(2, _):
        body += (inSection ? "</section>\n" : "") + "<section>\n"
        inSection = true
      case .foot where inSection:
        body += "</section>\n"
        inSection = false
      default: break
      }
      body += self.block(block) + "\n"
    }
    if inSection { body += "</section>\n" }
    return head(title: title(of: page)) + body + "</main>\n</body>\n</html>\n"
  }

  // MARK: Head

  private func head(title: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta http-equiv="Content-Security-Policy" \
    content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <meta name="referrer" content="no-referrer"/>
    <title>\(title)</title>
    <style>
    \(HTMLStyle.sheet)
    </style>
    </head>
    <body>
    <main>

    """
  }

  /// The title without elements, with the verdict first: a tab shows little more.
  private func title(of page: Page) -> String {
    var verdict = ""
    var title = ""
    for block in page.blocks {
      switch block {
      case .verdict(let value, _): verdict = Wording.word(value) + " – "
      case .heading(1, let parts): title = parts.map(plain).joined()
      default: break
      }
    }
    return verdict + title
  }

  // MARK: Blocks

  private func block(_ block: Page.Block) -> String {
    switch block {
    case .heading(let level, let title): "<h\(level)>\(line(title))</h\(level)>"
    case .verdict(let verdict, let finding):
      "<p class=\"finding \(verdict.rawValue)\">\(badge(verdict)) <span>\(Escaping.xml(finding, width: 1000))</span></p>"
    case .warning(let term, let text):
      "<p class=\"warning\"><strong>\(Escaping.xml(term))</strong> \(Escaping.xml(text))</p>"
    case .paragraph(let parts): "<p>\(line(parts))</p>"
    case .list(let items): list(items)
    case .table(let content): table(content)
    case .chart(let chart): figure(chart)
    case .code(let lines, _): "<pre><code>\(lines.map(copyable).joined(separator: "\n"))</code></pre>"
    case .foot(let parts): "<footer><p>\(line(parts))</p></footer>"
    }
  }

  private func list(_ items: [Page.Item]) -> String {
    guard !items.isEmpty else { return "" }
    if items.contains(where: { $0.term == nil }) {
      return "<ul>\n\(items.map { "<li>\(termed($0))</li>\n" }.joined())</ul>"
    }
    let rows = items.map { item in
      "<div><dt>\(item.term.map(inline) ?? "")</dt><dd>\(line(item.body))</dd></div>\n"
    }
    return "<dl>\n\(rows.joined())</dl>"
  }

  private func termed(_ item: Page.Item) -> String {
    guard let term = item.term else { return line(item.body) }
    return "<strong>\(inline(term))\(item.colon ? ":" : "")</strong> \(line(item.body))"
  }

  private func table(_ table: PageTable) -> String {
    let heads = table.heads.enumerated().map { column, head in
      // A head of two words stands in two lines where its column is narrow, unless it is as short as a figure.
      let kind =
        table.rights[column] ? Escaping.columns(head) > 8 ? " class=\"figure\"" : " class=\"figure short\"" : ""
      return head.isEmpty ? "<td></td>" : "<th scope=\"col\"\(kind)>\(Escaping.xml(head))</th>"
    }
    let rows = table.rows.map { row in
      let cells = row.cells.enumerated().map { column, cell in
        let kind = table.rights[column] ? " class=\"figure\"" : size(of: cell)
        guard column != table.naming else { return "<th scope=\"row\"\(kind)>\(inline(cell))</th>" }
        let head = table.heads[column]
        // What a phone shows before the cell, where there are no columns.
        let label = head.isEmpty ? "" : " data-label=\"\(Escaping.xml(head))\""
        return "<td\(kind)\(label)>\(inline(cell))</td>"
      }
      return "<tr>\(cells.joined())</tr>\n" + remarks(row, columns: table.heads.count)
    }
    return """
      <div class="wide">
      <table\(shape(table))>
      <caption>\(Escaping.xml(table.caption, width: 100))</caption>
      <thead>
      <tr>\(heads.joined())</tr>
      </thead>
      <tbody>
      \(rows.joined())</tbody>
      </table>
      </div>
      """
  }

  private func remarks(_ row: PageTable.Row, columns: Int) -> String {
    guard !row.remarks.isEmpty else { return "" }
    let lines = row.remarks.map { "<p><strong>\($0.kind.rawValue):</strong> \(line($0.text))</p>" }
    return "<tr class=\"remark\"><td colspan=\"\(columns)\">\(lines.joined())</td></tr>\n"
  }

  /// A table of few short columns is as wide as they are; one for which a phone or a tablet has no room becomes a list there.
  private func shape(_ table: PageTable) -> String {
    let columns = table.heads.indices.map { column in
      let widest = table.rows.map { min(Escaping.columns(plain($0.cells[column])), 24) }.max() ?? 0
      return max(widest, min(Escaping.columns(table.heads[column]), 10))
    }
    let width = columns.reduce(0, +) + 2 * columns.count
    let names = [
      table.heads.count == 2 ? "small" : nil, width > 36 ? "listed" : nil, width > 68 ? "early" : nil,
    ].compactMap(\.self)
    return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
  }

  /// A long text gets lines, a short one stays in one.
  private func size(of cell: Page.Inline) -> String {
    switch cell {
    case .verdict: return " class=\"short\""
    case .words, .text, .code, .named, .report: break
    }
    return switch Escaping.columns(plain(cell)) {
    case ...20: " class=\"short\""
    case ...48: ""
    default: " class=\"long\""
    }
  }

  /// The picture as it is drawn for a page, and as for a phone; the style sheet shows one of them.
  private func figure(_ chart: PageChart) -> String {
    let name = "chart-" + chart.file.prefix { $0 != "." }.map { $0 == "/" ? "-" : $0 }
    return """
      <figure aria-label="\(Escaping.xml(chart.alternative))">
      <div class="on-page">
      \(chart.draw(ChartFrame(scope: name)))</div>
      <div class="on-phone">
      \(chart.draw(ChartFrame(scope: name + "-phone", isNarrow: true)))</div>
      </figure>
      """
  }

  private func copyable(_ text: String) -> String {
    Escaping.xml(Escaping.untabbed(text))
  }

  // MARK: Lines

  private func line(_ parts: [Page.Inline]) -> String {
    parts.map(inline).joined()
  }

  private func inline(_ part: Page.Inline) -> String {
    switch part {
    case .words, .text: plain(part)
    case .code: plain(part).isEmpty ? "" : "<code>\(plain(part))</code>"
    case .verdict(let verdict): mark(verdict)
    case .named(let sentence, let identifier):
      "\(Escaping.xml(sentence, width: 300)) <code class=\"identifier\">\(Escaping.xml(identifier, width: 300))</code>"
    case .report(let name, let folder):
      ReportLink.isSafe(folder)
        ? "<a href=\"\(folder)/report.html\">\(plain(part))</a>" : "<code>\(Escaping.xml(name))</code>"
    }
  }

  /// The escaped text without elements.
  private func plain(_ part: Page.Inline) -> String {
    switch part {
    case .words(let words): Escaping.xml(words)
    case .text(let text, let width): Escaping.xml(text, width: width)
    case .code(let text, let width): Escaping.xml(text, width: width)
    case .verdict(let verdict): "\(Wording.sign(verdict)) \(Wording.word(verdict))"
    case .named(let sentence, _): Escaping.xml(sentence, width: 300)
    case .report(let name, _): Escaping.xml(name, width: 100)
    }
  }

  private func badge(_ verdict: Verdict) -> String {
    "<strong class=\"badge \(verdict.rawValue)\">\(signed(verdict))</strong>"
  }

  private func mark(_ verdict: Verdict) -> String {
    "<span class=\"verdict \(verdict.rawValue)\">\(signed(verdict))</span>"
  }

  /// The sign is for the eye only: a voice reads the word.
  private func signed(_ verdict: Verdict) -> String {
    "<span aria-hidden=\"true\">\(Wording.sign(verdict))</span> \(Wording.word(verdict))"
  }
}
