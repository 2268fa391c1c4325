/// The pictures of pages.
extension Page {
  /// The chart that shows best what a check is about; `nil` for one without any.
  static func mainChart(_ document: ReportDocument) -> PageChart? {
    switch document.check {
    case .fairness, .sessions: shares(document, tolerance: nil)
    case .reloadTest, .watch, .failover: timeline(document) ?? course(document)
    case .capacity: document.capacity.map(capacity)
    case .load: course(document) ?? distribution(document)
    case .compare: document.comparison.map(comparison)
    case .gate, .inspect: nil
    }
  }

  static func shares(_ document: ReportDocument, tolerance: Double?) -> PageChart? {
    guard let backends = document.backends, !backends.isEmpty else { return nil }
    return PageChart(
      file: SharesChart.file, alternative: "Share of successful answers by backend, beside what was expected"
    ) {
      SharesChart(tolerance: tolerance).write(backends, $0)
    }
  }

  private static func timeline(_ document: ReportDocument) -> PageChart? {
    let phases = document.rounds?.telling?.phases ?? document.phases ?? []
    return phases.isEmpty ? nil : timeline(phases, of: document)
  }

  /// - Parameter phases: those of the document, or of one of its rounds.
  static func timeline(_ phases: [PhaseSection], of document: ReportDocument) -> PageChart {
    let shown = document.check == .watch ? WatchWording.charted(phases) : phases
    let chart = TimelineChart(
      pauses: document.generatorPauses ?? [], silences: document.watch.map(WatchWording.silences) ?? [])
    return PageChart(file: TimelineChart.file, alternative: "Which generation answered when, with actions and outages")
    {
      chart.write(shown, $0)
    }
  }

  static func capacity(_ capacity: CapacitySection) -> PageChart {
    PageChart(file: CapacityChart.file, alternative: "Latency and achieved rate by offered rate") {
      CapacityChart().write(capacity, $0)
    }
  }

  static func scalability(_ scalability: ScalabilitySection) -> PageChart {
    PageChart(file: ScalabilityChart.file, alternative: "Capacity by number of backends, with the fitted law") {
      ScalabilityChart().write(scalability, $0)
    }
  }

  static func comparison(_ comparison: ComparisonSection) -> PageChart {
    PageChart(file: ComparisonChart.file, alternative: "Each figure's change, with its interval and the margin") {
      ComparisonChart().write(comparison, $0)
    }
  }

  /// How long successful requests took; `nil` where there was none.
  static func distribution(_ document: ReportDocument) -> PageChart? {
    guard let latency = document.traffic?.latency, !latency.histogram.isEmpty else { return nil }
    return PageChart(file: HistogramChart.file, alternative: "How many requests took how long") {
      HistogramChart().write(latency, $0)
    }
  }

  /// How the requests went over time; `nil` for a run of one interval, and for several rounds or runs, of which each has its own time.
  static func course(_ document: ReportDocument) -> PageChart? {
    guard document.rounds == nil, document.runs == nil, let traffic = document.traffic, let series = traffic.series,
      series.count > 1
    else { return nil }
    let interval = traffic.seriesIntervalSeconds ?? 1
    let unit = interval == 1 ? "second" : interval == 60 ? "minute" : "\(interval) seconds"
    let actions = (document.phases ?? []).compactMap(\.action)
    let lasted = lasted(document, traffic)
    return PageChart(
      file: CourseChart.file, alternative: "Requests, latency and shares by the \(unit) in which requests were due"
    ) {
      CourseChart(every: interval, lasted: lasted, actions: actions).write(series, $0)
    }
  }

  /// When the last request was due, or later, in seconds from the run's start.
  private static func lasted(_ document: ReportDocument, _ traffic: TrafficSection) -> Double {
    if document.check != .watch, let last = document.phases?.last { return last.startSeconds + last.durationSeconds }
    if let offered = traffic.rate.offered, offered > 0 { return Double(traffic.requests.scheduled) / offered }
    return traffic.rate.achieved > 0 ? Double(traffic.requests.completed) / traffic.rate.achieved : .infinity
  }
}
