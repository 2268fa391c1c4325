internal import Platform
public import Statistics

/// When requests were sent, in stretches that are spread evenly over a run, to be tested against the pace that was asked for.
///
/// All workers keep those of the same stretches, so that together nothing is missing there.
public struct SendSample: Sendable, Equatable {
  /// About as many moments are kept in all.
  private static let aim = 8_192.0
  private static let stretches = 16.0
  private static let room = 4 * Int(aim)

  /// A stretch is the beginning of a period, in nanoseconds from the run's start.
  private let period: Nanoseconds
  private let length: Nanoseconds
  /// The beginning of the period that was last met.
  private var begin: Nanoseconds = 0
  private var times: [Nanoseconds] = []
  /// Whether there were so many that some are missing.
  private var isShort = false

  /// - Returns: nil for a pace whose intervals are not known beforehand, and for a part of a plan.
  init?(_ plan: Plan) {
    guard plan.shard == .whole, let asked = plan.pacer.meanInterval else { return nil }
    let counts = [
      plan.traffic.requests.map(Double.init), plan.traffic.duration.map { Double($0) / asked },
    ].compactMap(\.self)
    guard let count = counts.min(), count > 0 else { return nil }
    let share = Self.aim / count
    guard share < 1 else {
      (period, length) = (.max, .max)
      return
    }
    let period = max(count * asked / Self.stretches, 1)
    (self.period, length) = (Nanoseconds(min(period, 1e18)), Nanoseconds(min(period * share, 1e18)))
  }

  /// Makes room, so that noting takes no allocation.
  mutating func reserve() { times.reserveCapacity(Self.room) }

  /// Notes that a request was sent, if that was in one of the stretches.
  mutating func note(_ sent: Nanoseconds) {
    // One of the period before wraps to a large number, and finds its own again.
    if sent &- begin >= period { begin = sent / period * period }
    guard sent - begin < length else { return }
    guard times.count < Self.room else { return isShort = true }
    times.append(sent)
  }

  /// Adds what another worker of the same run noted.
  mutating func add(_ other: SendSample) {
    times += other.times
    isShort = isShort || other.isShort
  }

  /// The intervals beside those that a pace asks for; nil for a pace without any, and where moments are missing.
  public func intervals(_ pacer: Pacer) -> SendIntervals? {
    guard !isShort, let asked = pacer.meanInterval else { return nil }
    let stretches = Dictionary(grouping: times) { $0 / period }
    return SendIntervals(
      stretches: stretches.keys.sorted().map { stretches[$0] ?? [] }, asked: asked,
      schedule: pacer.isRandom ? .poisson : .constant)
  }
}

extension Pacer {
  /// The mean time between two requests, in nanoseconds, where it is the same all the time.
  fileprivate var meanInterval: Double? {
    switch self {
    case .constant(let rate), .poisson(let rate, _): rate > 0 ? 1e9 / rate : nil
    case .closedLoop, .ramp, .steps: nil
    }
  }

  /// Whether requests are due at random times.
  public var isRandom: Bool {
    switch self {
    case .poisson: true
    case .closedLoop, .constant, .ramp, .steps: false
    }
  }
}
