internal import Load
internal import Report
internal import Statistics

/// The traffic of several rounds, or runs, of a check, added up without single requests.
struct TrafficOfRounds {
  private(set) var fold = FindingsFold()
  /// How long traffic was sent, in seconds: between the rounds there is none.
  private var seconds = 0.0

  /// - Parameter keepsOrder: whether the latencies of all are one sequence.
  mutating func add(_ findings: CheckFindings, keepsOrder: Bool) {
    var findings = findings
    for index in findings.stages.indices {
      seconds += Double(findings.stages[index].measured.duration) / 1e9
      findings.stages[index].measured.records = []
      findings.stages[index].measured.openDues = []
      if !keepsOrder { findings.stages[index].measured.latencies = LatencySequence() }
    }
    fold.add(findings)
  }

  /// - Parameters:
  ///   - completed: how many requests have an outcome.
  ///   - offered: the rate that was asked for; `nil` in closed loop.
  func rate(of completed: Int, offered: Double?) -> RateSection {
    RateSection(offered: offered, achieved: seconds > 0 ? Double(completed) / seconds : 0)
  }
}
