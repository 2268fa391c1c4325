/// Writes a report's figures in Prometheus's text exposition format, for node_exporter's textfile collector.
///
/// All series carry the check and the target, so that the files of several checks may lie in one folder. Counts are gauges
/// without `_total`: they are those of one run, and the next file's may be anything. As counters, which promtool's linter wants
/// to be called `_total` and nothing else to be, `rate()` would take the difference of two runs for traffic. The latency
/// summaries are complete distributions of one run for the same reason.
public struct PrometheusWriter: Sendable {
  static let file = "metrics.prom"

  public init() {}

  /// The figures as text in UTF-8.
  ///
  /// - Parameter secondsSince1970: when the report was written.
  public func write(_ document: ReportDocument, secondsSince1970: Double) -> String {
    var page = MetricsPage(common: [("check", document.check.rawValue), ("target", document.target.url)])
    page.family("lbcheck_report_timestamp_seconds", "When the report was written, in seconds since 1970.")
    page.sample("lbcheck_report_timestamp_seconds", secondsSince1970)
    page.family("lbcheck_check_duration_seconds", "How long the check took.")
    page.sample("lbcheck_check_duration_seconds", document.durationSeconds)
    page.family("lbcheck_check_verdict", "1 for the check's verdict, 0 for every other verdict.")
    for verdict in Verdict.allCases {
      page.sample("lbcheck_check_verdict", document.verdict == verdict ? 1 : 0, [("verdict", verdict.rawValue)])
    }
    if !document.assertions.isEmpty {
      page.family(
        "lbcheck_assertion_verdict", "1 for an assertion's verdict, 0 for every other verdict.")
    }
    var named: Set<String> = []
    for assertion in document.assertions where named.insert(Escaping.visible(assertion.name)).inserted {
      for verdict in Verdict.allCases {
        page.sample(
          "lbcheck_assertion_verdict", assertion.verdict == verdict ? 1 : 0,
          [("assertion", assertion.name), ("verdict", verdict.rawValue)])
      }
    }
    if let traffic = document.traffic { write(traffic, to: &page) }
    if let backends = document.backends { write(backends, to: &page) }
    return page.text
  }

  private func write(_ traffic: TrafficSection, to page: inout MetricsPage) {
    let requests = traffic.requests
    page.family("lbcheck_requests", "Requests of the run by outcome.")
    for (outcome, count) in [
      ("succeeded", requests.succeeded), ("failed", requests.failed), ("unsent", requests.unsent),
    ] {
      page.sample("lbcheck_requests", Double(count), [("outcome", outcome)])
    }
    page.family("lbcheck_retried_requests", "Requests sent once more, since their connection had been closed.")
    page.sample("lbcheck_retried_requests", Double(requests.retried))
    if let retried = requests.upstreamRetried {
      page.family(
        "lbcheck_upstream_retried_requests", "Answers that the balancer got only after a failed try of another backend."
      )
      page.sample("lbcheck_upstream_retried_requests", Double(retried))
    }
    page.family("lbcheck_failures", "Failed requests of the run by kind of failure.", "kind", traffic.failures)
    page.family("lbcheck_responses", "Complete responses of the run by status.", "status", traffic.statuses)
    if let offered = traffic.rate.offered {
      page.family("lbcheck_offered_requests_per_second", "Requests a second that were due.")
      page.sample("lbcheck_offered_requests_per_second", offered)
    }
    page.family("lbcheck_completed_requests_per_second", "Requests a second that had their outcome.")
    page.sample("lbcheck_completed_requests_per_second", traffic.rate.achieved)
    let count = requests.succeeded
    page.summary(
      "lbcheck_latency_seconds", "From due to the last byte, of successful requests.", traffic.latency, count)
    page.summary(
      "lbcheck_service_time_seconds", "From sent to the last byte, of successful requests.", traffic.serviceTime, count)
    page.summary(
      "lbcheck_first_byte_seconds", "From sent to the first byte, of successful requests.", traffic.firstByte, count)
    if let bytes = traffic.bytes {
      page.family("lbcheck_bytes", "Bytes over the connections, heads included, without what TLS adds.")
      page.sample("lbcheck_bytes", Double(bytes.sent), [("direction", "sent")])
      page.sample("lbcheck_bytes", Double(bytes.received), [("direction", "received")])
    }
  }

  private func write(_ backends: [BackendSection], to page: inout MetricsPage) {
    func counts(_ count: (BackendSection) -> Int) -> [String: Int] {
      Dictionary(backends.map { ($0.name, count($0)) }, uniquingKeysWith: +)
    }
    page.family(
      "lbcheck_backend_requests", "Responses of the run that named the backend.", "backend", counts(\.requests))
    page.family(
      "lbcheck_backend_failures", "Those of them that were not as expected.", "backend", counts(\.failed))
  }
}
