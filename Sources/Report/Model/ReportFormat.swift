/// A further format in which other programs take a report's figures.
public enum ReportFormat: String, Sendable, Equatable, CaseIterable {
  /// `requests.csv`: every request, one a row; `series.csv`: every second; `histogram.csv`: how often each latency was met.
  case csv
  /// `latency.hgrm` and `service-time.hgrm`: HdrHistogram's percentiles as text.
  case hgrm
  /// `metrics.prom`: the figures for node_exporter's textfile collector.
  case prometheus
  /// `junit.xml`: a test case an assertion, for CI servers.
  case junit

  /// What a report's folder has because of it, but for `requests.csv`, which is written during the run.
  var files: [String] {
    switch self {
    case .csv: [HistogramTableWriter.file, SeriesTableWriter.file]
    case .hgrm: [HistogramTextWriter.latencyFile, HistogramTextWriter.serviceTimeFile]
    case .prometheus: [PrometheusWriter.file]
    case .junit: [JUnitWriter.file]
    }
  }
}
