import Foundation
import FoundationXML
import Statistics
import Testing

@testable import Report

/// Backends name themselves, so every writer must carry any name without harm.
@Suite struct HostileTextTests {
  static let texts = [
    "a|b", #"a\|b\\|c"#, "|", "`", "``` `` `", "`|`", "<script>alert(1)</script>", "]]><b>", "--><svg onload=x>",
    "\u{1B}[2J\u{1B}]0;title\u{7}", "\u{9B}31m", String(repeating: "long|`<", count: 585), "a\u{202E}b\u{2066}c",
    "a\nb\r\n\r\n# heading\n| x |", "\n::error::x", "::error file=a::x", "##[error]x", "\u{FFFD}\u{FFFD}", "",
    " ", "\u{0}", "&amp;&#x3c;", "![x](http://evil.example/x.png)", "[x](javascript:alert(1))",
    "http://evil.example/|www.evil.example", "@everyone a@b.c", "<\u{301}|\u{301}`\u{301}", "'\"><!--", "```\n```",
    "a" + String(repeating: "\u{301}", count: 4096), "$(reboot) `reboot` ';reboot;'",
  ]

  @Test("Every row of a Markdown table has the columns of its head", arguments: texts)
  func markdownTables(text: String) {
    let page = MarkdownWriter().write(Example.hostile(text))
    var tables = 0
    var columns: Int?
    for line in outsideFences(page).lines {
      guard line.hasPrefix("|") else {
        columns = nil
        continue
      }
      if columns == nil { tables += 1 }
      // Whether a renderer counts a backslash before a backslash or not, the number of cells is the same.
      #expect(bars(line, paired: true) == (columns ?? bars(line, paired: true)), "\(line)")
      #expect(bars(line, paired: false) == bars(line, paired: true), "\(line)")
      columns = bars(line, paired: true)
    }
    #expect(tables == 6)
  }

  @Test("A Markdown page keeps its headings, fences and lack of HTML, whatever it shows", arguments: texts)
  func markdownStructure(text: String) {
    let page = MarkdownWriter().write(Example.hostile(text))
    let plain = MarkdownWriter().write(Example.hostile("x"))
    #expect(outsideFences(page).blocks == 2)
    let headings = [page, plain].map { outsideFences($0).lines.filter { $0.hasPrefix("#") }.count }
    #expect(headings[0] == headings[1])
    #expect(lines(page).count == lines(plain).count)
    #expect(!hasUnseen(page))

    // Outside code, nothing opens a tag and the two charts are the only pictures.
    let prose = withoutCode(page)
    #expect(!prose.unicodeScalars.contains("<"))
    #expect(!prose.contains("://") && !prose.contains("www.") && !prose.contains("@"))
    #expect(prose.split(separator: "![").count == 3)
  }

  @Test("A chart has the elements of a harmless one and no character XML forbids", arguments: texts)
  func chart(text: String) {
    func angles(_ svg: String) -> [Int] {
      ["<", ">"].map { angle in svg.unicodeScalars.filter { $0 == angle }.count }
    }
    let chart = SharesChart(tolerance: 0.01)
    let svg = chart.write(Example.hostile(text).backends ?? [])
    #expect(angles(svg) == angles(chart.write(Example.hostile("x").backends ?? [])))
    #expect(!hasUnseen(svg))
    for part in svg.split(separator: "&").dropFirst() {
      #expect(["amp;", "lt;", "gt;", "quot;", "#39;"].contains { part.unicodeScalars.starts(with: $0.unicodeScalars) })
    }
  }

  @Test("A terminal gets no escape sequence and a build log no command", arguments: texts)
  func terminal(text: String) {
    let output = TextWriter().write(Example.hostile(text))
    for output in [output, TextWriter(width: 40).write(Example.hostile(text))] {
      #expect(!hasUnseen(output))
      #expect(!output.contains("##["))
      for line in lines(output) {
        #expect(!line.drop { $0 == " " }.hasPrefix("::"), "\(line)")
      }
    }
    if !text.isEmpty {
      #expect(lines(output).count == lines(TextWriter().write(Example.hostile("x"))).count)
    }
    // The writer's own colours are all there are.
    let coloured = TextWriter(colour: true).write(Example.hostile(text))
    #expect(coloured.unicodeScalars.filter { $0 == "\u{1B}" }.count == 10)
  }

  @Test("JSON keeps the very text", arguments: texts)
  func json(text: String) throws {
    let document = Example.hostile(text)
    let json = try JSONWriter().write(document)
    let read = try ReportDocument(json: json)
    #expect(read == document)
    #expect(read.notes.first.map { Array($0.utf8) } == Array(text.utf8))
    #expect(!json.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
  }

  @Test("A row of a table has its twelve fields, and none is a formula or holds a control character", arguments: texts)
  func csv(text: String) {
    let row = RequestRow(
      due: 1, sent: 1, done: 2, connection: 0, backend: 0, generation: 1, status: 200, failure: text)
    let written = String(
      decoding: CSVWriter().write([row, row], backends: [text], generations: ["", text]), as: UTF8.self)
    let rows = csvRows(written)
    #expect(rows.count == 2)
    for row in rows {
      #expect(row.count == 12)
      #expect(row[6] == row[7] && row[6] == row[9])
      for field in row {
        #expect(!hasUnseen(field))
        let start = field.unicodeScalars.first { $0 != " " }
        #expect(!["=", "+", "-", "@", "\t"].contains(start))
      }
    }
  }

  @Test("An exposition has the lines of a harmless one, each of a form that Prometheus reads", arguments: texts)
  func prometheus(text: String) throws {
    let page = PrometheusWriter().write(Example.hostile(text), secondsSince1970: 0)
    #expect(!hasUnseen(page))
    if text != "b" {
      #expect(lines(page).count == lines(PrometheusWriter().write(Example.hostile("x"), secondsSince1970: 0)).count)
    }
    var series: Set<String> = []
    for line in lines(page) where !line.isEmpty && !line.hasPrefix("#") {
      let scalars = Array(line.unicodeScalars)
      let open = try #require(scalars.firstIndex(of: "{"))
      var isQuoted = false
      var end = open + 1
      while end < scalars.count, isQuoted || scalars[end] != "}" {
        if isQuoted, scalars[end] == "\\" {
          end += 1
          #expect(["\\", "\"", "n"].contains(scalars[end]))
        } else if scalars[end] == "\"" {
          isQuoted.toggle()
        }
        end += 1
      }
      #expect(!isQuoted && end < scalars.count)
      var value = String.UnicodeScalarView()
      value.append(contentsOf: scalars[(end + 2)...])
      #expect(Double(String(value)) != nil, "\(line)")
      var name = String.UnicodeScalarView()
      name.append(contentsOf: scalars[...end])
      #expect(series.insert(String(name)).inserted, "\(line)")
    }
  }

  @Test(
    "Percentiles come from the histogram alone; one that cannot be read gives an empty distribution", arguments: texts)
  func histogramText(text: String) throws {
    let path = NSTemporaryDirectory() + "/report-hostile-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: path) }
    var document = Example.hostile(text)
    document.traffic?.latency?.histogram = text
    try ReportFolder.prepare(path).write(document, formats: [.hgrm])
    let written = try String(contentsOfFile: path + "/latency.hgrm", encoding: .utf8)
    #expect(written == HistogramTextWriter().write(Histogram()))
  }

  private static func gate(_ text: String) -> ReportDocument {
    let report = Example.hostile(text)
    let thresholds = [Verdict.fail, .pass].map { verdict in
      var threshold = Assertion(
        name: text, verdict: verdict, expected: text, actual: text, detail: text, meaning: text)
      // Advice is of lbcheck alone: backticks in it are markup.
      (threshold.distance, threshold.advice) = (text, text.filter { $0 != "`" })
      return threshold
    }
    return ReportDocument(
      tool: report.tool, check: .gate, target: report.target, startedAt: report.startedAt, durationSeconds: 1,
      verdict: .fail,
      gate: GateSection(checks: [
        GateCheck(
          check: .fairness, profile: text, verdict: .fail, folder: text, problem: text, thresholds: thresholds,
          report: report),
        GateCheck(check: .load, profile: "other", verdict: .inconclusive, problem: text),
      ]))
  }

  @Test("JUnit's file has the elements of a harmless one and is well-formed", arguments: texts)
  func junit(text: String) {
    final class Elements: NSObject, XMLParserDelegate {
      var names: [String] = []
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
      ) { names.append(name) }
    }
    func elements(_ text: String) -> [String]? {
      let parser = XMLParser(data: Data(JUnitWriter().write(Self.gate(text)).utf8))
      let elements = Elements()
      parser.delegate = elements
      return parser.parse() ? elements.names : nil
    }
    #expect(elements(text) != nil && elements(text) == elements("x"))
    #expect(!hasUnseen(JUnitWriter().write(Self.gate(text))))
  }

  @Test("Annotations are commands of ours only, and the summary has no markup but ours", arguments: texts)
  func github(text: String) {
    let lines = GitHubWriter().annotations(Self.gate(text)).map(\.line)
    #expect(lines.count == GitHubWriter().annotations(Self.gate("x")).count)
    for line in lines {
      #expect(["error", "warning", "notice"].contains { line.hasPrefix("::\($0) title=lbcheck ") })
      #expect(!line.unicodeScalars.contains("\n") && !line.unicodeScalars.contains("\r") && !hasUnseen(line))
      // The title ends at the first two colons after it.
      let title = line.dropFirst(2).split(separator: "title=", maxSplits: 1)[1]
      #expect(title.firstRange(of: "::").map { !title[..<$0.lowerBound].contains(",") } == true)
    }
    let summary = GitHubWriter().summary(Self.gate(text))
    #expect(!withoutCode(summary).unicodeScalars.contains("<"))
    #expect(!hasUnseen(summary))
  }

  @Test("A gate's pages and a capacity's charts keep their structure", arguments: texts)
  func gateAndCapacity(text: String) {
    func angles(_ text: String) -> Int { text.unicodeScalars.count { $0 == "<" } }
    // Of no name at all there is no element to show; a folder of such a name has no link.
    let plain = ReportLink.isSafe(text) ? "x" : "/x"
    if !text.isEmpty {
      #expect(angles(HTMLWriter().write(Self.gate(text))) == angles(HTMLWriter().write(Self.gate(plain))))
    }
    func charts(_ text: String) -> String {
      let step = CapacityStep(
        purpose: .climb, startSeconds: 0, durationSeconds: 1, requests: 1, offered: 10, achieved: 10, p50: 1, p90: 2,
        p99: 3, objectives: [text: 5], failedShare: 0, generatorLimited: true, verdict: .fail, reason: text,
        shares: [text: 1])
      let capacity = CapacitySection(
        rate: 10, isLowerBound: false, limitedBy: .queue, objectives: ["\(text) ≤ 5 ms"], precision: 0.05,
        isConfirmed: true, steps: [step, step],
        scalability: ScalabilitySection(
          points: [ScalabilityPoint(backends: 1, rate: 10, isLowerBound: false, limitedBy: .queue)], remark: text))
      var document = Self.gate("x")
      document.capacity = capacity
      return CapacityChart().write(capacity) + ScalabilityChart().write(capacity.scalability!)
        + HTMLWriter().write(document)
    }
    // One objective in words more than three is none that a line is drawn for.
    if !text.contains(" "), !text.isEmpty { #expect(angles(charts(text)) == angles(charts("x"))) }
    #expect(!hasUnseen(charts(text)))
  }

  // MARK: Reading what was written

  /// The rows of comma-separated values, read as RFC 4180 has it.
  private func csvRows(_ text: String) -> [[String]] {
    var rows: [[String]] = [[""]]
    var isQuoted = false
    let scalars = Array(text.unicodeScalars)
    var position = 0
    while position < scalars.count {
      let scalar = scalars[position]
      let next = position + 1 < scalars.count ? scalars[position + 1] : nil
      if scalar == "\"", isQuoted, next == "\"" {
        rows[rows.count - 1][rows[rows.count - 1].count - 1].unicodeScalars.append(scalar)
        position += 1
      } else if scalar == "\"" {
        isQuoted.toggle()
      } else if scalar == ",", !isQuoted {
        rows[rows.count - 1].append("")
      } else if scalar == "\r", next == "\n", !isQuoted {
        rows.append([""])
        position += 1
      } else {
        rows[rows.count - 1][rows[rows.count - 1].count - 1].unicodeScalars.append(scalar)
      }
      position += 1
    }
    return rows.last == [""] ? rows.dropLast() : rows
  }

  private func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  private func hasUnseen(_ text: String) -> Bool {
    text.unicodeScalars.contains { scalar in
      switch scalar.value {
      case 0x0A: false
      case 0x00...0x1F, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF, 0xFFFE, 0xFFFF: true
      default: false
      }
    }
  }

  /// The bars of a line that end a cell.
  private func bars(_ line: Substring, paired: Bool) -> Int {
    var count = 0
    var escaped = false
    for scalar in line.unicodeScalars {
      if scalar == "|", !escaped { count += 1 }
      escaped = scalar == "\\" && !(paired && escaped)
    }
    return count
  }

  /// The lines of a page outside its fenced blocks, and how many blocks there are, read as CommonMark reads them.
  private func outsideFences(_ page: String) -> (lines: [Substring], blocks: Int) {
    var outside: [Substring] = []
    var blocks = 0
    var fence: Substring?
    for line in lines(page) {
      if let open = fence {
        if line == open { fence = nil }
      } else if line.hasPrefix("```") {
        fence = line.prefix { $0 == "`" }
        blocks += 1
      } else {
        outside.append(line)
      }
    }
    return (outside, blocks)
  }

  private func withoutCode(_ page: String) -> String {
    outsideFences(page).lines.map { withoutSpans(Array($0.unicodeScalars)) }.joined(separator: "\n")
  }

  private func withoutSpans(_ line: [Unicode.Scalar]) -> String {
    func run(at start: Int) -> Int { line[start...].prefix { $0 == "`" }.count }
    var prose = String.UnicodeScalarView()
    var position = 0
    while position < line.count {
      if line[position] == "\\" {
        position += 2
      } else if line[position] == "`" {
        let length = run(at: position)
        var end = position + length
        while end < line.count, line[end] != "`" || run(at: end) != length {
          end += line[end] == "`" ? run(at: end) : 1
        }
        position = end < line.count ? end + length : position + length
      } else {
        prose.append(line[position])
        position += 1
      }
    }
    return String(prose)
  }
}
