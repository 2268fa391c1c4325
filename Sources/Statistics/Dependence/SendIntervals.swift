/// The intervals between the moments when requests were sent, beside those that were asked for.
public struct SendIntervals: Sendable, Equatable {
  /// The schedule that the intervals are tested against.
  public enum Schedule: Sendable, Equatable {
    /// All intervals alike.
    case constant
    /// Independent and exponential.
    case poisson
  }

  /// How many intervals there are, at least 5.
  public let count: Int
  /// In the same unit as ``asked``.
  public let mean: Double
  /// Root mean square distance from the asked interval, in units of it: 0 is a perfect constant schedule, about 1 a Poisson one.
  public let spread: Double
  /// The share, 0…1, of the intervals that are off by more than a tenth of the asked one.
  public let offShare: Double
  /// Whether the intervals are exponential; nil for a constant schedule.
  public let exponential: AndersonDarling?

  /// - Parameters:
  ///   - times: when requests were sent, in nanoseconds; they are sorted first.
  ///   - asked: the mean interval of the schedule, in nanoseconds, above 1.
  /// - Returns: nil for fewer than six moments or an asked interval out of range.
  public init?(_ times: [UInt64], asked: Double, schedule: Schedule) {
    self.init(stretches: [times], asked: asked, schedule: schedule)
  }

  /// - Parameters:
  ///   - stretches: when requests were sent, in nanoseconds, in stretches of time between which nothing is known.
  ///   - asked: the mean interval of the schedule, in nanoseconds, above 1.
  /// - Returns: nil for fewer than five intervals or an asked interval out of range.
  public init?(stretches: [[UInt64]], asked: Double, schedule: Schedule) {
    let intervals = stretches.flatMap { times in
      let sorted = times.sorted()
      return zip(sorted, sorted.dropFirst()).map { Double($1 - $0) }
    }
    guard intervals.count >= 5, asked > 1, asked.isFinite else { return nil }
    count = intervals.count
    mean = intervals.reduce(0, +) / Double(intervals.count)
    let squares = intervals.reduce(0) { $0 + ($1 / asked - 1) * ($1 / asked - 1) }
    spread = (squares / Double(intervals.count)).squareRoot()
    offShare = Double(intervals.count { abs($0 / asked - 1) > 0.1 }) / Double(intervals.count)
    exponential =
      switch schedule {
      case .constant: nil
      case .poisson: AndersonDarling(exponential: intervals, mean: asked, resolution: 1)
      }
  }
}
