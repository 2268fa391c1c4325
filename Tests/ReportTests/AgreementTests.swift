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
      series(of: document, name)
      backends(of: document, name)
      if let latency = traffic.latency, !latency.histogram.isEmpty {
        for aDecade in [6.0, 12] {
          let bars = HistogramChart.bars(latency, aDecade: aDecade)
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
