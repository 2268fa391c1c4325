import Foundation
import FoundationXML
import Testing

@testable import Report

@Suite struct HTMLWriterTests {
  /// A document with every section there is.
  private static var everything: ReportDocument {
    var document = Example.full
    document.inspection = Example.inspection.inspection
    document.assertions[1].advice = "Ask `10.0.0.3` less."
    document.phases = [
      PhaseSection(
        name: "reload", startSeconds: 0, durationSeconds: 5,
        action: ActionSection(
          command: ["pm2", "reload", "shop"], exitStatus: 0, startSeconds: 0, durationSeconds: 0.5, claim: "[shop](0) ✓"
        ),
        traffic: TrafficSection(
          requests: RequestCounts(scheduled: 1000, completed: 1000, succeeded: 950, failed: 50),
          rate: RateSection(achieved: 200)),
        longestGapSeconds: 0.25,
        outages: [OutageSection(startSeconds: 1.2, durationSeconds: 0.25, failed: 50, kinds: ["refused": 50])],
        generations: [
          GenerationSection(backend: "a", generation: "1", firstSeenSeconds: 0, lastSeenSeconds: 4.9, requests: 500)
        ], staleGenerations: ["a 1"], verdict: .fail)
    ]
    return document
  }

  private static func hostile(_ text: String) -> ReportDocument {
    var document = Example.hostile(text)
    document.phases = everything.phases
    document.phases?[0].name = text
    document.phases?[0].action?.command = [text, text]
    document.phases?[0].action?.claim = text + "."
    document.phases?[0].action?.problem = text
    document.phases?[0].outages[0].kinds = [text: 1]
    document.phases?[0].generations[0].backend = text
    document.phases?[0].generations[0].generation = text
    document.phases?[0].failureMarks = [FailureMark(seconds: 1, kind: text, count: 1)]
    return document
  }

  @Test("The page says what the Markdown page says, in the same order")
  func content() throws {
    let page = HTMLWriter(tolerance: 0.01).write(Self.everything)
    let tree = try Tree(page)
    #expect(tree.texts(of: "title").first == "Fail – Fairness: alvin.xyz")
    #expect(tree.texts(of: "h1") == ["Fairness: alvin.xyz"])
    let markdown = MarkdownWriter().write(Self.everything).split(separator: "\n")
    for level in ["h2", "h3"] {
      let mark = level == "h2" ? "## " : "### "
      #expect(tree.texts(of: level) == markdown.filter { $0.hasPrefix(mark) }.map { String($0.dropFirst(mark.count)) })
    }
    // Each cell of each table, in order, apart from what is Markdown's own; what is said of a row is a row in one, columns in the
    // other.
    func bare(_ cell: some StringProtocol) -> String {
      cell.replacingOccurrences(of: "`", with: "").replacingOccurrences(of: "\\", with: "")
        .replacingOccurrences(of: "&lt;", with: "<").trimmingCharacters(in: .whitespaces)
    }
    let kinds = PageTable.Remark.Kind.allCases.map(\.rawValue)
    var remarked: [String] = []
    var cells: [String] = []
    var remarks: [String] = []
    for line in markdown where !line.hasPrefix("|") || !line.hasPrefix("| ---") {
      guard line.hasPrefix("|") else {
        remarked = []
        continue
      }
      let row = line.dropFirst(2).dropLast(2).components(separatedBy: " | ").map(bare)
      if row.contains(where: kinds.contains) { remarked = row.filter(kinds.contains) }
      cells += row.dropLast(remarked.count)
      let said = zip(remarked, row.suffix(remarked.count)).filter { !$1.isEmpty && $0 != $1 }.map { "\($0): \($1)" }
      if !said.isEmpty { remarks.append(said.joined()) }
    }
    let all = tree.elements.filter { ["th", "td"].contains($0.name) }
    #expect(all.filter { $0.attributes["colspan"] == nil }.map { bare($0.text) } == cells)
    #expect(all.filter { $0.attributes["colspan"] != nil }.map { bare($0.text) } == remarks)
    #expect(
      remarks == [
        "Why: 10.0.0.3:3001 got 12.50% instead of 15.00%What to do: Ask 10.0.0.3 less.",
        "Why: requests that failed interrupt the sequence",
      ])
    for text in [
      "2,990 requests · 239/s of 240/s offered", "a a b a c a a", "p < 0.001", "at 1.20 s for 250 ms: 50 failed",
      "--header 'Cookie: it'\\''s=a \"test\"'", "Measured by lbcheck 1.0.0, begun 2026-11-25T06:45:28Z.",
    ] {
      #expect(tree.text.contains(text), "\(text)")
    }
    #expect(tree.elements.filter { $0.attributes["class"] == "badge fail" }.map(\.text) == ["✗ Fail"])
  }

  @Test("What is said of an assertion is why it does not pass, or a detail of why it does")
  func remarks() {
    var document = Example.full
    document.assertions = [
      Assertion(name: "a", verdict: .pass, expected: "x", actual: "x", detail: "first"),
      Assertion(name: "b", verdict: .fail, expected: "x", actual: "y", detail: "second"),
    ]
    let page = HTMLWriter().write(document)
    #expect(page.contains("<strong>Detail:</strong> first") && page.contains("<strong>Why:</strong> second"))
    #expect(MarkdownWriter().write(document).contains("| Expected | Actual | Why | Detail |"))
  }

  @Test("The page loads nothing, runs nothing and links nowhere", arguments: [Self.everything, Example.inspection])
  func selfContained(document: ReportDocument) throws {
    let page = HTMLWriter().write(document)
    for element in try Tree(page).elements {
      #expect(
        !["script", "link", "img", "iframe", "object", "embed", "base", "a", "form", "use"].contains(element.name))
      for (name, value) in element.attributes {
        #expect(!["src", "srcset", "href", "xlink:href", "action", "style", "background"].contains(name))
        #expect(!name.hasPrefix("on") && !value.contains("url("))
      }
    }
    for load in ["@import", "url(", "@font-face", "javascript:"] { #expect(!page.contains(load)) }
    #expect(page.contains(#"content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>"#))
  }

  @Test("Two charts of one page share no name")
  func scopes() throws {
    let tree = try Tree(HTMLWriter(tolerance: 0.01).write(Self.everything))
    let ids = tree.elements.compactMap { $0.attributes["id"] }
    #expect(Set(ids).count == ids.count)
    // Three charts, each for a page and for a phone, each with a title and a description.
    #expect(ids.filter { $0.hasPrefix("chart-") }.count == 18)
    for labels in tree.elements.compactMap({ $0.attributes["aria-labelledby"] }) {
      #expect(labels.split(separator: " ").allSatisfy { ids.contains(String($0)) })
    }
    // Every rule of a chart is under its id, and the page's own rules name no class of a chart.
    let styles = tree.texts(of: "style")
    #expect(styles.count == 7)
    let names = ["shares", "timeline", "histogram"].flatMap { ["#chart-\($0) .", "#chart-\($0)-phone ."] }
    for (style, id) in zip(styles.dropFirst(), names) {
      let rules = style.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
      #expect(rules.allSatisfy { $0.isEmpty || $0 == "}" || $0.hasPrefix("@media") || $0.hasPrefix(id) }, "\(style)")
    }
    let drawn = tree.elements.filter { ["rect", "line", "text", "tspan"].contains($0.name) }
    let classes = Set(drawn.flatMap { ($0.attributes["class"] ?? "").split(separator: " ") })
    #expect(classes.count > 10)
    for name in classes {
      #expect(styles[0].range(of: "\\.\(name)\\b", options: .regularExpression) == nil, "\(name)")
    }
  }

  @Test("A gate's page leads to its checks' own, shows their main figure and chart, and what failed first")
  func gate() throws {
    let passed = GateCheck(
      check: .fairness, profile: "a", verdict: .pass, exitStatus: 0, folder: "1-fairness", report: Example.full)
    let failed = GateCheck(
      check: .load, profile: "a", verdict: .fail, exitStatus: 1, folder: "../x",
      thresholds: [Assertion(name: "p99 < 1ms", verdict: .fail, expected: "< 1 ms", actual: "9 ms")])
    var document = ReportDocument(
      tool: .lbcheck, check: .gate, target: TargetSection(url: "http://a/"), startedAt: "2026-11-25T06:45:28Z",
      durationSeconds: 1)
    document.gate = GateSection(checks: [passed, failed])
    let tree = try Tree(HTMLWriter().write(document))
    // A folder's name that could lead elsewhere is no link.
    let links = tree.elements.filter { $0.name == "a" }.map { $0.attributes["href"] }
    #expect(links == ["1-fairness/report.html", "1-fairness/report.html"])
    #expect(tree.texts(of: "h3") == ["load", "fairness"])
    #expect(tree.texts(of: "td").contains("largest deviation 2.50 pp"))
    #expect(tree.elements.contains { $0.attributes["id"] == "chart-1-fairness-shares" })
    let markdown = MarkdownWriter().write(document)
    #expect(markdown.contains("[fairness](1-fairness/report.md)") && markdown.contains("(1-fairness/shares.svg)"))
    #expect(!markdown.contains("../x/"))
  }

  @Test("A reader by ear gets heads, labels and words")
  func semantics() throws {
    let tree = try Tree(HTMLWriter().write(Self.everything))
    let tables = tree.elements.filter { $0.name == "table" }
    #expect(tables.count == tree.texts(of: "caption").filter { !$0.isEmpty }.count)
    #expect(tree.elements.filter { $0.name == "th" }.allSatisfy { ["col", "row"].contains($0.attributes["scope"]) })
    #expect(tree.elements.filter { $0.name == "figure" }.allSatisfy { $0.attributes["aria-label"]?.isEmpty == false })
    #expect(tree.elements.filter { $0.name == "svg" }.allSatisfy { $0.attributes["role"] == "img" })
    #expect(tree.elements.first { $0.name == "html" }?.attributes["lang"] == "en")
    #expect(tree.elements.filter { $0.name == "main" }.count == 1)
  }

  @Test("No text becomes markup, whatever it is", arguments: HostileTextTests.texts)
  func hostileTexts(text: String) throws {
    func shape(_ text: String) throws -> [String] {
      try Tree(HTMLWriter(tolerance: 0.01).write(Self.hostile(text))).elements
        .map { "\($0.name) \($0.attributes.keys.filter { $0 != "class" }.sorted())" }
    }
    // An empty text and a blank one leave out elements for code; no other changes any.
    if !text.isEmpty { #expect(try shape(text) == shape("x")) }
    let page = HTMLWriter().write(Self.hostile(text))
    #expect(
      !page.unicodeScalars.contains {
        ($0.value < 0x20 && $0 != "\n") || (0x7F...0x9F).contains($0.value) || (0x202A...0x202E).contains($0.value)
      })
    let visible = Escaping.visible(text, width: 300)
    #expect(try text.isEmpty || Tree(page).texts(of: "td").contains(visible))
  }
}

/// The elements of a well-formed page in document order, each with all the text in it.
private final class Tree: NSObject, XMLParserDelegate {
  struct Element {
    let name: String
    let attributes: [String: String]
    var text = ""
  }

  private(set) var elements: [Element] = []
  private var open: [Int] = []

  init(_ page: String) throws {
    super.init()
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = self
    try #require(parser.parse(), "not well-formed: \(parser.parserError.map { "\($0)" } ?? "") \(parser.lineNumber)")
  }

  var text: String { elements.first?.text ?? "" }

  func texts(of name: String) -> [String] { elements.filter { $0.name == name }.map(\.text) }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    open.removeLast()
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    for element in open { elements[element].text += text }
  }
}
