import Foundation
import Statistics
import Testing

@testable import Report

/// That the parts of a report say the same: phases, backends, series and charts add up to the totals.
@Suite struct AgreementTests {
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  /// The reports that the repository has, by file, with those of a gate's checks.
  private static func documents() throws -> [(name: String, document: ReportDocument)] {
    let golden = root.appending(path: "Tests/ChecksTests/Golden")
    let files =
      try FileManager.default.contentsOfDirectory(at: golden, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "json" }
      + ["fairness", "inspect", "reload-test"].map { root.appending(path: "Reports/example/\($0)/report.json") }
    return try files.sorted { $0.path < $1.path }.flatMap { file -> [(String, ReportDocument)] in
      let document = try ReportDocument(json: try String(contentsOf: file, encoding: .utf8))
      let inner = (document.gate?.checks ?? []).compactMap(\.report).map {
        ("\(file.lastPathComponent) \($0.check)", $0)
      }
      return [(file.lastPathComponent, document)] + inner
    }
  }

  @Test("The counts of a report add up, and its phases, series, backends and charts to them")
  func counts() throws {
    let documents = try Self.documents()
    #expect(documents.count > 15)
    for (name, document) in documents {
      guard let traffic = document.traffic else { continue }
      let requests = traffic.requests
      #expect(requests.scheduled == requests.succeeded + requests.failed + requests.unsent, "\(name)")
      #expect(requests.completed == requests.succeeded + requests.failed, "\(name)")
      #expect(traffic.failures.values.reduce(0, +) == requests.failed, "\(name)")
      phases(of: document, name)
      runs(of: document, name)
      series(of: document, name)
      backends(of: document, name)
      if let latency = traffic.latency, !latency.histogram.isEmpty {
        let histogram = try Histogram(base64V2: latency.histogram)
        for bars in [6, 12, 24].map({ HistogramChart.bars(histogram, aDecade: $0) })
          + [HistogramChart.bars(histogram, count: 24)]
        {
          #expect(bars.reduce(0) { $0 + Int($1.count) } == requests.succeeded, "\(name)")
        }
      }
      if let capacity = document.capacity, let rate = capacity.rate {
        #expect(traffic.rate.offered == rate, "\(name) shows the traffic of another rate than the one that it reports")
        let steps = capacity.steps.filter { $0.offered == rate && $0.verdict == .pass }
        #expect(steps.contains { $0.requests == requests.scheduled }, "\(name)")
      }
    }
  }

  /// The assertions of a report and of its gate's checks.
  private func assertions(_ document: ReportDocument) -> [Assertion] {
    document.gate.map { $0.checks.flatMap(\.assertions) } ?? document.assertions
  }

  /// A text as its format writes it, and without how it is broken into lines.
  private func plain(_ text: String) -> String {
    text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
      .replacing("&#39;", with: "'").replacing("&apos;", with: "'").replacing("&amp;", with: "&")
      .replacing(/%25/, with: "%").replacing(/<\/?(code|strong)[^>]*>/, with: "").replacing("\\", with: "")
      .filter { $0 != "`" && $0 != "*" }.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test("Every output names each assertion by its name and its sentence, with what to do where it failed")
  func assertions() throws {
    var (sentences, advice, distances) = (0, 0, 0)
    for (name, document) in try Self.documents() {
      let (isGate, annotations) = (document.gate != nil, GitHubWriter().annotations(document).map(\.line))
      let outputs: [(name: String, text: String, hasPasses: Bool)] = [
        ("Markdown", MarkdownWriter().write(document), true), ("HTML", HTMLWriter().write(document), true),
        ("JUnit", JUnitWriter().write(document), true),
        ("GitHub's annotations", annotations.joined(separator: "\n"), false),
        ("GitHub's summary", GitHubWriter().summary(document), true),
        ("a terminal of any width", TextWriter().write(document), !isGate),
        ("a terminal of 80 columns", TextWriter(width: 80).write(document), !isGate),
        ("a terminal of 40 columns", TextWriter(width: 40).write(document), !isGate),
      ]
      let demanded = document.gate?.checks.flatMap(\.thresholds) ?? []
      for (output, text, hasPasses) in outputs {
        let text = plain(text)
        for assertion in assertions(document)
        where assertion.verdict != .pass || hasPasses || demanded.contains(assertion) {
          let place = "\(output) of \(name): \(assertion.name)"
          #expect(text.contains(plain(assertion.name)), "\(place)")
          #expect(text.contains(plain(assertion.actual)), "\(place): \(assertion.actual)")
          if let sentence = assertion.sentence {
            sentences += 1
            #expect(text.contains(plain(sentence)), "\(place): \(sentence)")
          }
          if let step = assertion.advice {
            advice += 1
            #expect(text.contains(plain(step)), "\(place): \(step)")
          }
          if let distance = assertion.distance {
            distances += 1
            #expect(text.contains(plain(distance)), "\(place): \(distance)")
          }
        }
      }
    }
    #expect(sentences > 500 && advice > 50 && distances > 20)
  }

  private func phases(of document: ReportDocument, _ name: String) {
    // A watch has phases around deploys only.
    guard let phases = document.phases, let total = document.traffic?.requests, document.check != .watch else { return }
    let counts = phases.map(\.traffic.requests)
    #expect(counts.reduce(0) { $0 + $1.scheduled } == total.scheduled, "\(name)")
    #expect(counts.reduce(0) { $0 + $1.failed } == total.failed, "\(name)")
    #expect(counts.reduce(0) { $0 + $1.retried } == total.retried, "\(name)")
    for phase in document.rounds == nil ? phases : document.rounds?.telling?.phases ?? [] {
      let place = "\(name), \(phase.name)"
      #expect((phase.failureMarks ?? []).reduce(0) { $0 + $1.count } == phase.traffic.requests.failed, "\(place)")
      #expect(phase.outages.reduce(0) { $0 + $1.failed } <= phase.traffic.requests.failed, "\(place)")
      #expect(phase.generations.reduce(0) { $0 + $1.requests } <= phase.traffic.requests.succeeded, "\(place)")
    }
    guard document.rounds == nil, phases.contains(where: { !$0.generations.isEmpty }) else { return }
    for backend in document.backends ?? [] {
      let lives = phases.flatMap(\.generations).filter { $0.backend == backend.name }
      #expect(lives.reduce(0) { $0 + $1.requests } == backend.succeeded, "\(name), \(backend.name)")
    }
  }

  private func runs(of document: ReportDocument, _ name: String) {
    guard let rows = document.runs?.rows, let total = document.traffic?.requests else { return }
    let counts = rows.map(\.traffic.requests)
    #expect(counts.reduce(0) { $0 + $1.scheduled } == total.scheduled, "\(name)")
    #expect(counts.reduce(0) { $0 + $1.succeeded } == total.succeeded, "\(name)")
    #expect(counts.reduce(0) { $0 + $1.failed } == total.failed, "\(name)")
  }

  private func series(of document: ReportDocument, _ name: String) {
    guard let traffic = document.traffic, let series = traffic.series else { return }
    #expect(series.reduce(0) { $0 + $1.requests } == traffic.requests.completed, "\(name)")
    #expect(series.reduce(0) { $0 + $1.failed } == traffic.requests.failed, "\(name)")
    guard series.contains(where: { $0.shares != nil }) else { return }
    for backend in document.backends ?? [] {
      #expect(series.reduce(0) { $0 + ($1.shares?[backend.name] ?? 0) } == backend.requests, "\(name), \(backend.name)")
    }
  }

  private func backends(of document: ReportDocument, _ name: String) {
    let backends = document.backends ?? []
    let all = backends.reduce(0) { $0 + $1.succeeded }
    for backend in backends where all > 0 {
      #expect(backend.requests == backend.succeeded + backend.failed, "\(name), \(backend.name)")
      #expect(abs(backend.share - Double(backend.succeeded) / Double(all)) < 1e-6, "\(name), \(backend.name)")
    }
  }
}
