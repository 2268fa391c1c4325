internal import Report
internal import Statistics

extension RoundsSection.Outcome {
  /// What rounds show together.
  ///
  /// - Parameters:
  ///   - verdicts: of the losses of each round that was made to its end or lost something; `nil` for one that shows nothing.
  ///   - asked: how many rounds were to be made.
  init(_ verdicts: [Verdict?], asked: Int) {
    let (lossy, lossless) = (verdicts.count { $0 == .fail }, verdicts.count { $0 == .pass })
    self =
      lossy > 0
      ? (lossless > 0 ? .varies : .loses) : lossless == verdicts.count && lossless >= asked ? .noneSeen : .undecided
  }
}

extension RoundsSection {
  /// The confidence of the bounds.
  static let level = 0.95

  init(_ findings: RepeatedFindings) {
    let (rounds, rows) = (findings.rounds, findings.rounds.map(\.row))
    // Of one that was interrupted only a loss is known.
    let verdicts = rounds.map { $0.isInterrupted && $0.losing != .fail ? nil : $0.losing }
    let lossy = verdicts.count { $0 == .fail }
    let (requests, lost) = (rows.reduce(0) { $0 + $1.requests }, rows.reduce(0) { $0 + $1.lost })
    let methods = rows.flatMap { $0.methods ?? [] }.added
    self.init(
      asked: findings.asked, made: rounds.count { !$0.isInterrupted }, lossy: lossy,
      outcome: Outcome(verdicts, asked: findings.asked), problem: findings.course.problem, requests: requests,
      lost: lost,
      methods: methods.isEmpty ? nil : methods,
      longestGapSeconds: rows.map(\.longestGapSeconds).max() ?? 0, confidence: Self.level,
      lossyRounds: Self.bound(lossy, of: verdicts.count { $0 == .fail || $0 == .pass }),
      lostRequests: Self.bound(lost, of: requests), rows: rows)
  }

  private static func bound(_ count: Int, of total: Int) -> Bound? {
    Proportion(count, of: total).map { Bound($0.rareInterval(level: level)) }
  }
}
