import Glibc

/// Whether a share is the expected one, decided as soon as the answers seen so far allow it.
///
/// Two sequential probability ratio tests run side by side, one against a larger share and one against a smaller: the share
/// is as expected once both have accepted it, and different once either has rejected it.
///
/// ```swift
/// var test = SequentialShareTest(expectedShare: 0.05, margin: 0.025, falseAlarm: 0.001, miss: 0.001)!
/// for answer in answers where test.decision == .undecided { test.add(isHit: answer == "v2") }
/// ```
///
/// Sources: A. Wald, "Sequential Tests of Statistical Hypotheses", Annals of Mathematical Statistics 16 (1945); for two sides
/// M. Sobel and A. Wald, "A Sequential Decision Procedure for Choosing One of Three Hypotheses", the same, 20 (1949).
public struct SequentialShareTest: Sendable, Equatable {
  public enum Decision: Sendable, Equatable {
    case undecided
    case asExpected
    case larger
    case smaller
  }

  public private(set) var decision = Decision.undecided
  /// The answers counted; none is counted after the decision.
  public private(set) var count = 0
  /// Those of them that had the property.
  public private(set) var hits = 0
  public let expectedShare: Double
  /// The distance at which a share is found to be another.
  public let margin: Double

  private var larger: LikelihoodRatio
  private var smaller: LikelihoodRatio

  /// - Parameters:
  ///   - expectedShare: 0…1 exclusive.
  ///   - margin: how far off another share is at least, above 0; both `expectedShare` ± `margin` lie within 0…1 exclusive.
  ///   - falseAlarm: the highest chance of rejecting a share that is as expected, 0…0.5 exclusive.
  ///   - miss: the highest chance of accepting one that is off by `margin`, 0…0.5 exclusive.
  /// - Returns: `nil` for parameters out of range.
  public init?(expectedShare: Double, margin: Double, falseAlarm: Double, miss: Double) {
    guard margin > 0, expectedShare - margin > 0, expectedShare + margin < 1, (0..<0.5).contains(falseAlarm),
      falseAlarm > 0, (0..<0.5).contains(miss), miss > 0
    else { return nil }
    self.expectedShare = expectedShare
    self.margin = margin
    larger = LikelihoodRatio(expectedShare, against: expectedShare + margin, falseAlarm / 2, miss)
    smaller = LikelihoodRatio(expectedShare, against: expectedShare - margin, falseAlarm / 2, miss)
  }

  /// Counts one more answer; after the decision nothing changes.
  public mutating func add(isHit: Bool) {
    guard decision == .undecided else { return }
    count += 1
    if isHit { hits += 1 }
    larger.add(isHit)
    smaller.add(isHit)
    switch (larger.isRefused, smaller.isRefused) {
    case (true, _): decision = .larger
    case (_, true): decision = .smaller
    case (false, false): if larger.isAccepted, smaller.isAccepted { decision = .asExpected }
    }
  }

  /// The answers that a decision takes on average where the share is as expected, by Wald's approximation: the more of the two
  /// tests.
  public var expectedCount: Int { Int(max(larger.expectedCount, smaller.expectedCount).rounded(.up)) }
}

/// One sequential probability ratio test of a share against another.
private struct LikelihoodRatio: Equatable {
  /// What one answer with the property, and one without it, adds to the logarithm of the ratio.
  private let hit: Double
  private let other: Double
  /// At or above this, the expected share is rejected.
  private let upper: Double
  /// At or below this, it is accepted.
  private let lower: Double
  private let share: Double
  private let falseAlarm: Double
  private var sum = 0.0
  private(set) var isRefused = false
  private(set) var isAccepted = false

  init(_ share: Double, against alternative: Double, _ falseAlarm: Double, _ miss: Double) {
    hit = log(alternative / share)
    other = log((1 - alternative) / (1 - share))
    upper = log((1 - miss) / falseAlarm)
    lower = log(miss / (1 - falseAlarm))
    self.share = share
    self.falseAlarm = falseAlarm
  }

  mutating func add(_ isHit: Bool) {
    guard !isRefused, !isAccepted else { return }
    sum += isHit ? hit : other
    isRefused = sum >= upper
    isAccepted = sum <= lower
  }

  var expectedCount: Double {
    ((1 - falseAlarm) * lower + falseAlarm * upper) / (share * hit + (1 - share) * other)
  }
}
