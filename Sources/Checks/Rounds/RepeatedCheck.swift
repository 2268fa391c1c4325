internal import Load
package import Report

/// Makes the same check in several rounds, one after another, and adds up what they lose.
///
/// Each round is measured and judged by itself, with a baseline of its own. The first one that cannot be measured ends it.
package struct RepeatedCheck<Round: RepeatablePhases>: Check {
  private let rounds: Int
  private let watch: CheckWatch
  private let make: (CheckWatch) -> Round

  /// - Parameters:
  ///   - rounds: how many, of ``Repetition/range``.
  ///   - make: makes the check of one round.
  package init(rounds: Int, watch: CheckWatch, _ make: @escaping (CheckWatch) -> Round) {
    self.rounds = rounds
    self.watch = watch
    self.make = make
  }

  package func measure() throws(CheckError) -> RepeatedFindings {
    var findings = RepeatedFindings(asked: rounds)
    findings.course = try Repetition(rounds, word: RepeatedFindings.word, watch: watch).run {
      make($1)
    } _: { judged, measured, check in
      findings.add(judged, measured, check.hasToLoseNothing)
    }
    return findings
  }

  package func report(on findings: RepeatedFindings) -> ReportDocument {
    RoundsJudgement(findings).report
  }
}

/// What the rounds of a check measured, each judged.
package struct RepeatedFindings {
  struct JudgedRound {
    var judged: JudgedReport
    let row: RoundSection
    /// The worst verdict of the assertions about lost requests, also before any action; `nil` where the round has none.
    let losing: Verdict?

    var isInterrupted: Bool { judged.document.interrupted == true }
  }

  /// What one is called.
  static let word = "round"

  let asked: Int
  private(set) var rounds: [JudgedRound] = []
  private(set) var traffic = TrafficOfRounds()
  var course = Repetition.Course()
  /// When the first round's traffic began, in nanoseconds since 1970.
  private var began: Int64?

  init(asked: Int) { self.asked = asked }

  mutating func add(_ judged: JudgedReport, _ findings: CheckFindings, _ hasToLoseNothing: (PhaseSection) -> Bool) {
    var judged = judged
    traffic.add(findings, keepsOrder: true)
    let start = findings.stages.first?.started ?? 0
    began = began ?? start
    let phases = (judged.document.phases ?? []).map { $0.delayed(bySeconds: Double(start - (began ?? start)) / 1e9) }
    judged.document.phases = phases
    let demanded = phases.filter(hasToLoseNothing)
    // Losses before the action may be the last round's late ones.
    let losing = judged.document.assertions.filter {
      if case .lostNoRequest = $0.kind { true } else { $0.kind == .evidence(.baselineWithoutFailure) }
    }
    rounds.append(
      JudgedRound(
        judged: judged,
        row: RoundSection(
          round: rounds.count + 1, startedAt: judged.document.startedAt, verdict: judged.document.verdict,
          requests: demanded.reduce(0) { $0 + $1.traffic.requests.scheduled },
          lost: demanded.reduce(0) { $0 + $1.traffic.requests.failed }, methods: demanded.map(\.traffic).methodSums,
          longestGapSeconds: demanded.map(\.longestGapSeconds).max() ?? 0, phases: phases),
        losing: losing.isEmpty ? nil : Verdict.worst(of: losing.map(\.verdict))))
  }
}
