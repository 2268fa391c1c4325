import Foundation
import FoundationXML
import Report
import Testing

@Suite struct PhaseTests {
  private func phase(
    _ name: String, _ start: Double, action: Bool, generations: [(String, String, Double, Double)],
    stale: [String] = [],
    outages: [OutageSection] = []
  ) -> PhaseSection {
    let failed = outages.reduce(0) { $0 + $1.failed }
    return PhaseSection(
      name: name, startSeconds: start, durationSeconds: 5,
      action: action
        ? ActionSection(
          command: ["pm2", "reload", "shop"], exitStatus: 0, startSeconds: start, durationSeconds: 0.5,
          claim: "[shop](0) ✓")
        : nil,
      traffic: TrafficSection(
        requests: RequestCounts(scheduled: 1000, completed: 1000, succeeded: 1000 - failed, failed: failed),
        rate: RateSection(achieved: 200)),
      longestGapSeconds: 0.25, outages: outages,
      generations: generations.map {
        GenerationSection(backend: $0.0, generation: $0.1, firstSeenSeconds: $0.2, lastSeenSeconds: $0.3, requests: 500)
      }, staleGenerations: stale)
  }

  private func document(_ phases: [PhaseSection]) -> ReportDocument {
    ReportDocument(
      tool: ToolSection(name: "lbcheck", version: "1"), check: .reloadTest,
      target: TargetSection(url: "http://127.0.0.1/"), startedAt: "2026-11-25T00:00:00Z", durationSeconds: 10,
      phases: phases)
  }

  private var usual: [PhaseSection] {
    [
      phase("baseline", 0, action: false, generations: [("a", "1", 0, 4.99)]),
      phase(
        "reload", 5, action: true, generations: [("a", "1", 5, 9.9), ("a", "2", 6, 10)], stale: ["a 1"],
        outages: [
          OutageSection(startSeconds: 5.2, durationSeconds: 0.25, failed: 50, kinds: ["refused": 40, "reset": 10])
        ]),
    ]
  }

  @Test("Phases are compared in one table, with their action, outages and generations after it")
  func markdown() {
    let text = MarkdownWriter().write(document(usual))
    #expect(text.contains("| reload | loses requests | 1,000 | 50 | 0 | 1 | 250 ms | 250 ms | – | – |"))
    #expect(text.contains("- **Action:** `pm2 reload shop`, exit status 0 after 500 ms"))
    #expect(text.contains("- **The manager says:** `[shop](0) ✓`"))
    #expect(text.contains("- **Outage** at 5.20 s for 250 ms: 50 failed (40 refused, 10 reset)"))
    #expect(text.contains("| `a` | `1` | 500 | 5.00 | 9.90 | stale |"))
    #expect(text.contains("](timeline.svg)"))
    let plain = TextWriter().write(document(usual))
    #expect(plain.contains("reload: pm2 reload shop, exit status 0 after 500 ms"))
    #expect(plain.contains("still answering from before: a 1"))
  }

  @Test("JSON holds the phases as the contract names them, and reads them again")
  func json() throws {
    let text = try JSONWriter().write(document(usual))
    for key in ["longestGapSeconds", "staleGenerations", "firstSeenSeconds", "lastSeenSeconds", "exitStatus", "kinds"] {
      #expect(text.contains("\"\(key)\""))
    }
    #expect(try ReportDocument(json: text).phases == usual)
  }

  @Test(
    "The timeline has a lane for each backend with its generations, a mark for each outage and lines around the action")
  func timeline() {
    let chart = TimelineChart().write(usual)
    #expect(XMLParser(data: Data(chart.utf8)).parse())
    #expect(chart.components(separatedBy: ">a</text>").count - 1 == 1)
    #expect(chart.contains(">1</text>") && chart.contains(">2</text>"))
    // One in the legend beside those drawn.
    #expect(chart.components(separatedBy: "<rect class=\"outage\"").count - 1 == 2)
    #expect(chart.components(separatedBy: "<rect class=\"strayText\"").count - 1 == 2)
    #expect(chart.components(separatedBy: "<line class=\"actionLine\"").count - 1 == 2)
    #expect(chart.contains("prefers-color-scheme: dark"))
    #expect(XMLParser(data: Data(TimelineChart().write([]).utf8)).parse())
  }

  @Test("The legend names what is in the chart, no more")
  func legend() {
    let quiet = [phase("baseline", 0, action: false, generations: [("a", "1", 0, 4)])]
    #expect(TimelineChart().write(quiet).contains(">first generation<"))
    for word in [">later ones<", ">stale<", ">action<", ">outage<", ">failed<", ">generator paused<"] {
      #expect(!TimelineChart().write(quiet).contains(word))
    }
    for word in [">later ones<", ">stale<", ">action<", ">outage<"] {
      #expect(TimelineChart().write(usual).contains(word), "\(word)")
    }
  }

  @Test("Short phases keep their whole names, each where it hides no other")
  func names() {
    let starts = ["baseline": 0.0, "reload": 5, "restart": 5.2, "broken reload": 5.4, "repair after reload": 95]
    let phases = starts.map { phase($0.key, $0.value, action: false, generations: []) }.sorted {
      $0.startSeconds < $1.startSeconds
    }
    let chart = TimelineChart().write(phases)
    var places: [(x: Double, y: Double, end: Double)] = []
    for name in starts.keys {
      let element =
        chart.firstRange(of: "\">\(name)</text>").map { chart[..<$0.lowerBound] }?
        .split(separator: "<text ").last ?? ""
      let numbers = element.split(separator: "\"").compactMap { Double($0) }
      guard numbers.count >= 2 else {
        Issue.record("\(name) is not there")
        continue
      }
      let width = Double(name.count) * 7
      let x = element.contains("text-anchor=\"end\"") ? numbers[0] - width : numbers[0]
      places.append((x, numbers[1], x + width))
    }
    for (index, place) in places.enumerated() {
      #expect(place.end <= 720)
      for other in places[(index + 1)...] where other.y == place.y {
        #expect(other.x >= place.end || place.x >= other.end)
      }
    }
  }

  @Test("The generator's own pauses lie across the chart, with a word in the legend")
  func pauses() {
    let pause = PauseSection(startSeconds: 6, durationSeconds: 2, cause: "stopped")
    let before = PauseSection(startSeconds: -3, durationSeconds: 2, cause: "stopped")
    let chart = TimelineChart(pauses: [pause, before]).write(usual)
    #expect(chart.components(separatedBy: "<rect class=\"pause\"").count - 1 == 2)
    #expect(chart.contains(">generator paused</text>"))
    #expect(!TimelineChart().write(usual).contains("generator paused"))
    var whole = document(usual)
    whole.generatorPauses = [pause]
    #expect(HTMLWriter().write(whole).contains("generator paused"))
  }

  @Test("Hostile names and hundreds of generations leave page and chart whole")
  func hostile() {
    let names = [
      "<script>", "]]>", "a|b", "\u{1B}[31m", "`x`", String(repeating: "n", count: 4096), "&amp;", "\u{202E}evil",
    ]
    let generations = names.map { ($0, $0, 0.0, 4.0) } + (0..<300).map { ("b\($0)", "g", 1, 2) }
    let phases = [phase("<i>|", 0, action: true, generations: generations, stale: ["<script> <script>"])]
    let chart = TimelineChart().write(phases)
    #expect(XMLParser(data: Data(chart.utf8)).parse())
    #expect(!chart.contains("<script") && !chart.contains("\u{1B}") && chart.contains("more backends"))
    let page = MarkdownWriter().write(document(phases))
    for table in page.components(separatedBy: "\n\n") where table.hasPrefix("| ") {
      let columns = table.split(separator: "\n").map { $0.replacing("\\|", with: "").count { $0 == "|" } }
      #expect(Set(columns).count == 1, "\(table)")
    }
    let named = [phase("\u{1B}[31m\n::error::x", 0, action: true, generations: generations, stale: [])]
    for text in [TextWriter().write(document(phases)), TextWriter().write(document(named))] {
      #expect(!text.contains("\u{1B}"))
      #expect(!text.split(separator: "\n").contains { $0.hasPrefix("::") }, "\(text)")
    }
  }
}
