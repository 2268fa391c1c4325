import Statistics
import Testing

@testable import Load
@testable import lbcheck

@Suite struct LiveMetricsTests {
  @Test("Counters and the histogram are those of all requests, with label values escaped")
  func text() {
    var figures = LiveFigures()
    figures.succeeded = 5
    figures.failures = ["reset": 2, "status": 1]
    var histogram = Histogram()
    for milliseconds: UInt64 in [1, 3, 3, 700, 20_000] { histogram.record(milliseconds * 1_000_000) }
    figures.latency = CoarseHistogram(histogram)
    figures.latencySum = 20.707
    var backend = LiveFigures.Backend(name: "a\"b\\c")
    (backend.succeeded, backend.failed) = (4, 1)
    figures.backends = [backend]
    let lines = LiveMetrics.text(figures, ("load", "http://a/")).split(separator: "\n")
    func value(_ name: String, _ labels: String) -> String? {
      let start = "\(name){check=\"load\",target=\"http://a/\"\(labels)} "
      return lines.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
    }
    func requests(_ backend: String, _ outcome: String) -> String? {
      value("lbcheck_requests_total", ",backend=\"\(backend)\",outcome=\"\(outcome)\"")
    }
    #expect(requests("a\\\"b\\\\\\\\c", "succeeded") == "4" || requests("a\\\"b\\\\c", "succeeded") == "4", "\(lines)")
    #expect(requests("", "succeeded") == "1" && requests("", "failed") == "2")
    #expect(value("lbcheck_failures_total", ",kind=\"reset\"") == "2")
    #expect(value("lbcheck_failures_total", ",kind=\"tls\"") == "0")
    func bucket(_ bound: String) -> String? { value("lbcheck_latency_seconds_bucket", ",le=\"\(bound)\"") }
    #expect(bucket("0.0025") == "1" && bucket("0.005") == "3" && bucket("0.5") == "3")
    #expect(bucket("1.0") == "4" && bucket("10.0") == "4" && bucket("+Inf") == "5")
    #expect(value("lbcheck_latency_seconds_count", "") == "5" && value("lbcheck_latency_seconds_sum", "") == "20.707")
    // Each family is said once, before its samples.
    for family in [
      "lbcheck_requests_total counter", "lbcheck_failures_total counter", "lbcheck_latency_seconds histogram",
    ] {
      #expect(lines.count { $0 == "# TYPE \(family)" } == 1)
    }
  }
}
