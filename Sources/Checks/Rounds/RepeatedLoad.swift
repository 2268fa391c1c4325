internal import Load
package import Report
internal import Statistics

/// Makes the same load several times, one run after another, and tells what varies between runs from what varies within one.
///
/// Each run has connections of its own, and draws its own random choices. The first one that cannot be measured ends it.
package struct RepeatedLoad<Run: RepeatableCheck>: Check {
  private let runs: Int
  private let settings: CheckSettings
  private let watch: CheckWatch
  private let make: (CheckSettings, CheckWatch) -> Run

  /// - Parameters:
  ///   - runs: how many, of ``Repetition/range``.
  ///   - settings: of each run.
  ///   - make: makes one run.
  package init(
    runs: Int, _ settings: CheckSettings, watch: CheckWatch, _ make: @escaping (CheckSettings, CheckWatch) -> Run
  ) {
    self.runs = runs
    self.settings = settings
    self.watch = watch
    self.make = make
  }

  package func measure() throws(CheckError) -> RunsFindings {
    var findings = RunsFindings(asked: runs)
    findings.course = try Repetition(runs, word: RunsFindings.word, watch: watch).run {
      make(settings.drawn(by: $0), $1)
    } _: { judged, measured, _ in
      findings.add(judged, measured)
    }
    return findings
  }

  package func report(on findings: RunsFindings) -> ReportDocument { RunsJudgement(findings, settings).report }
}

extension CheckSettings {
  /// The same with random choices of its own for each run, which else would all have the same arrivals.
  ///
  /// - Parameter run: from 1, which keeps those of a single run.
  func drawn(by run: Int) -> CheckSettings {
    var settings = self
    guard run > 1 else { return settings }
    // Seeds at a fixed distance could give the same sequence, shifted.
    var seeds = SplitMix64(seed: ~traffic.seed)
    for _ in 1..<run { settings.traffic.seed = seeds.next() }
    if case .poisson(let rate, _) = pacer { settings.pacer = .poisson(rate: rate, seed: settings.traffic.seed) }
    return settings
  }
}

/// What the runs of a load measured, each judged.
package struct RunsFindings {
  /// What one is called.
  static let word = "run"

  let asked: Int
  private(set) var runs: [(judged: JudgedReport, row: RunSection)] = []
  private(set) var traffic = TrafficOfRounds()
  var course = Repetition.Course()

  init(asked: Int) { self.asked = asked }

  /// How many were made to their end.
  var made: Int { runs.count { $0.judged.document.interrupted != true } }

  mutating func add(_ judged: JudgedReport, _ findings: CheckFindings) {
    self.traffic.add(findings, keepsOrder: false)
    let document = judged.document
    guard var traffic = document.traffic else { preconditionFailure("a load has traffic") }
    (traffic.series, traffic.seriesIntervalSeconds) = (nil, nil)
    let row = RunSection(
      run: runs.count + 1, startedAt: document.startedAt, verdict: document.verdict, traffic: traffic,
      steadiness: document.steadiness)
    runs.append((judged, row))
  }
}
