/// Looks for the highest rate that holds: up by doubling to the first that does not, then by halving the gap.
///
///     var search = CapacitySearch(start: 100, precision: 0.05, highest: 10_000)
///     while let rate = search.next { search.record(rate, holds: measure(rate)) }
///     // search.highestHeld … search.lowestFailed, at most 5 % apart
///
/// Knows nothing of time or requests. A start that does not hold is followed downwards, by halving as well.
public struct CapacitySearch: Sendable, Equatable {
  /// The factor from one rate to the next while none has failed.
  public static let growth = 2.0
  /// How far below its start it searches before it gives up.
  public static let deepest = 1.0 / 4096

  /// The highest rate that held; `nil` before one did.
  public var highestHeld: Double? { held.last }
  /// The lowest rate that did not hold; `nil` before one did not.
  public private(set) var lowestFailed: Double?

  /// In rising order.
  private var held: [Double] = []
  private let start: Double
  private let precision: Double
  private let highest: Double

  /// - Parameters:
  ///   - start: the first rate, above 0.
  ///   - precision: how far apart, as a share of the lower, the two ends may stay; above 0.
  ///   - highest: no rate above it is tried.
  public init(start: Double, precision: Double, highest: Double) {
    self.start = min(start, highest)
    self.precision = precision
    self.highest = highest
  }

  /// The rate to try next; `nil` when there is nothing left to find out.
  public var next: Double? {
    switch (highestHeld, lowestFailed) {
    case (nil, nil): start
    case (let held?, nil): held >= highest ? nil : min(held * Self.growth, highest)
    case (nil, let failed?): failed / Self.growth < start * Self.deepest ? nil : failed / Self.growth
    case (let held?, let failed?):
      // The geometric mean halves the ratio that the precision limits.
      failed <= held * (1 + precision) ? nil : (held * failed).squareRoot()
    }
  }

  /// Whether nothing it was allowed to try has failed, so that the highest held is a lower bound only.
  public var reachedHighest: Bool { lowestFailed == nil && (highestHeld ?? 0) >= highest }

  /// Records the outcome of a rate.
  public mutating func record(_ rate: Double, holds: Bool) {
    // What is measured later counts, as when a rate is confirmed.
    if holds {
      held.append(rate)
      held.sort()
      if let failed = lowestFailed, failed <= rate { lowestFailed = nil }
    } else {
      lowestFailed = min(lowestFailed ?? .infinity, rate)
      held.removeAll { $0 >= rate }
    }
  }
}
