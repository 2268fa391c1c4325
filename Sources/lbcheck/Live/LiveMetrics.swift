internal import Load
internal import Report
internal import Statistics

/// What a live page's server says to Prometheus, in its text format 0.0.4.
///
/// Counters begin at zero with the program, as those of any server do.
enum LiveMetrics {
  /// The upper bounds of the histograms' buckets, in seconds.
  static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  static func text(_ board: LiveBoard) -> String { text(board.figures, board.subject) }

  static func text(_ figures: LiveFigures, _ subject: (check: String, target: String)) -> String {
    var page = MetricsPage(common: [("check", subject.check), ("target", subject.target)])
    page.family(
      "lbcheck_requests_total",
      "Requests with an outcome, by the backend that answered; without one where none is known.",
      type: "counter")
    // Names that look the same count together, since a series may come once only.
    var backends: [String: (succeeded: Int, failed: Int)] = [:]
    for backend in figures.backends {
      let name = Escaping.visible(backend.name)
      let known = backends[name] ?? (0, 0)
      backends[name] = (known.succeeded + backend.succeeded, known.failed + backend.failed)
    }
    let named = backends.values.reduce((0, 0)) { ($0.0 + $1.succeeded, $0.1 + $1.failed) }
    let nobody = (succeeded: max(0, figures.succeeded - named.0), failed: max(0, figures.failed - named.1))
    backends["", default: (0, 0)].succeeded += nobody.succeeded
    backends["", default: (0, 0)].failed += nobody.failed
    for (name, counts) in backends.sorted(by: { $0.key < $1.key }) {
      for (outcome, count) in [("succeeded", counts.succeeded), ("failed", counts.failed)] {
        page.sample("lbcheck_requests_total", Double(count), [("backend", name), ("outcome", outcome)])
      }
    }
    page.family("lbcheck_failures_total", "Failed requests by kind of failure.", type: "counter")
    for kind in FailureKind.allCases {
      page.sample("lbcheck_failures_total", Double(figures.failures[kind.name] ?? 0), [("kind", kind.name)])
    }
    page.family(
      "lbcheck_latency_seconds", "From due to the last byte, of successful requests; at most 1.6 % too high.",
      type: "histogram")
    for bound in bounds {
      let count = figures.latency.count(upTo: UInt64(bound * 1e9))
      page.sample("lbcheck_latency_seconds_bucket", Double(count), [("le", "\(bound)")])
    }
    page.sample("lbcheck_latency_seconds_bucket", Double(figures.latency.count), [("le", "+Inf")])
    page.sample("lbcheck_latency_seconds_sum", figures.latencySum)
    page.sample("lbcheck_latency_seconds_count", Double(figures.latency.count))
    return page.text
  }
}
