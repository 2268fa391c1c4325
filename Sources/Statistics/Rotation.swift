import Glibc

/// The rotation that a serial sequence of answers shows, if it shows one.
///
/// ```swift
/// Rotation(segments: [[7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9]]).period  // [7, 8, 9]
/// ```
///
/// A period is claimed only if
/// - at least three whole periods were seen, or five if they are not all alike,
/// - the agreement of positions one period apart, corrected for chance, is at least 0.8: it takes a disturbance every
///   few periods, such as a retry or another client's request, but not more,
/// - independent choices with the same shares would give such an agreement with a probability of at most 1e-4,
/// - neighbours differ at least twice as often as positions one period apart, which rules out long stays.
///
/// Periods of up to 512 requests are found. The cost is that of 512 passes over the sequence.
public struct Rotation: Sendable, Equatable {
  /// The backend ids of one turn, in order; empty if there is no rotation.
  ///
  /// The turn begins where nginx begins from rest if the order is that of ``smoothWeightedOrder(weights:)`` for the
  /// same counts (backends by descending count, then ascending id), otherwise so that it is lexicographically smallest.
  public let period: [Int]

  /// The share, 0…1, of positions with the same backend as one period earlier, not corrected for chance.
  ///
  /// Without a period it is the share at a distance of as many positions as there are backends.
  public let score: Double

  /// True if something like a rotation was seen, but not often enough to claim it.
  let isSuspected: Bool

  /// True if a rotation was found.
  public var isPeriodic: Bool { !period.isEmpty }

  /// Looks for a rotation.
  ///
  /// - Parameter segments: backend ids in the order of the requests, one segment a connection or other serial client.
  ///   The period is common to all segments; each may be in a phase of its own.
  public init(segments: [[Int]]) {
    self.init(SerialSequence(segments))
  }

  init(_ sequence: SerialSequence) {
    let survey = LagSurvey(sequence)
    if let best = survey.best, let turn = sequence.turn(ofLength: best.lag) {
      period = Self.canonical(turn)
      score = turn.count == best.lag ? best.score : sequence.agreement(atLag: turn.count).score
      isSuspected = false
    } else {
      period = []
      score = sequence.agreement(atLag: Swift.max(sequence.backends.count, 1)).score
      isSuspected = survey.isSuspicious
    }
  }
}

/// What the agreements at all lags say.
private struct LagSurvey {
  private static let longestPeriod = 512
  private static let fewestAgreement = 0.8
  private static let suspiciousAgreement = 0.3
  private static let logSignificance = log(1e-4)
  private static let logSuspicion = log(1e-2)

  /// The agreement at the period, if there is one.
  private(set) var best: LagAgreement?
  private(set) var isSuspicious = false

  init(_ sequence: SerialSequence) {
    guard sequence.backends.count > 1 else { return }
    let chance = sequence.chanceAgreement
    let neighbours = sequence.agreement(atLag: 1)
    var plausible: [LagAgreement] = []
    var lagsTried = 0
    for lag in 2...Self.longestPeriod {
      let agreement = sequence.agreement(atLag: lag)
      guard agreement.pairs >= lag else { break }
      // Pairs worth two periods are what a single segment of three periods has. Disturbances near its ends can make
      // a wrong lag agree in so few, so a lag that is not perfect has to be seen in five.
      let isSeenOften = agreement.pairs >= lag * (agreement.matches == agreement.pairs ? 2 : 4)
      if agreement.pairs >= 2 * lag { lagsTried += 1 }
      let corrected = agreement.corrected(forChance: chance)
      let logChance = agreement.logChance(chance)
      let isPeak = 2 * agreement.disagreement < neighbours.disagreement
      if corrected >= Self.suspiciousAgreement, logChance <= Self.logSignificance { isSuspicious = true }
      guard corrected >= Self.fewestAgreement, isPeak else { continue }
      if logChance <= Self.logSuspicion { isSuspicious = true }
      if isSeenOften { plausible.append(agreement) }
    }
    // The more lags are tried, the likelier one agrees by chance.
    let limit = Self.logSignificance - log(Double(Swift.max(lagsTried, 1)))
    let candidates = plausible.filter { $0.logChance(chance) <= limit }
    guard let closest = candidates.min(by: { $0.disagreement < $1.disagreement }) else { return }
    // With disturbances a multiple of the period may by luck agree a little better than the period.
    best = candidates.first { candidate in
      closest.lag.isMultiple(of: candidate.lag) && candidate.disagreement <= 1.5 * closest.disagreement
    }
  }
}
