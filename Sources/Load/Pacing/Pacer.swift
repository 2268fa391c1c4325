internal import Glibc
internal import Platform

/// Decides when each request is due: pure arithmetic, no clock and no socket.
///
/// In closed loop the next request follows an answer; all other paces are open loop, where the n-th request is due at a fixed
/// time from the run's start however slow the answers are. Rates are requests a second.
public enum Pacer: Sendable, Equatable {
  case closedLoop
  /// Request n is due at n / rate.
  case constant(rate: Double)
  /// From one rate to another in a straight line over `seconds`, then on at the latter.
  case ramp(from: Double, to: Double, seconds: Double)
  /// One constant rate after another; the schedule ends with the last.
  case steps([Step])
  /// Arrivals as from many independent users: exponential gaps with mean 1 / rate, the same for the same seed.
  case poisson(rate: Double, seed: UInt64)

  public struct Step: Sendable, Equatable {
    public let rate: Double
    public let seconds: Double

    public init(rate: Double, seconds: Double) {
      self.rate = rate
      self.seconds = seconds
    }
  }

  /// The highest rate accepted, requests a second.
  public static let highestRate = 10_000_000.0

  public var isOpenLoop: Bool { self != .closedLoop }

  /// When request `index` (from 0) is due, in seconds from the start; `nil` if never.
  ///
  /// Not for `closedLoop`, where nothing is due, nor for `poisson`, which is drawn in order by ``Schedule``.
  func due(_ index: Int) -> Double? {
    switch self {
    case .closedLoop, .poisson: return nil
    case .constant(let rate): return Double(index) / rate
    case .ramp(let from, let to, let seconds):
      // The integral of the rate, from·t + (to − from)·t² / 2·seconds, solved for t in its stable form.
      let inRamp = (from + to) / 2 * seconds
      guard Double(index) < inRamp else {
        return to > 0 ? seconds + (Double(index) - inRamp) / to : nil
      }
      guard index > 0 else { return 0 }
      let slope = (to - from) / seconds
      return 2 * Double(index) / (from + (from * from + 2 * slope * Double(index)).squareRoot())
    case .steps(let steps):
      var start = 0.0
      var before = 0.0
      for step in steps {
        let within = step.rate * step.seconds
        if Double(index) < before + within { return start + (Double(index) - before) / step.rate }
        start += step.seconds
        before += within
      }
      return nil
    }
  }

  /// The mean rate over the first `seconds`, requests a second; `nil` in closed loop.
  public func meanRate(over seconds: Double) -> Double? {
    guard seconds > 0 else { return nil }
    switch self {
    case .closedLoop: return nil
    case .constant(let rate), .poisson(let rate, _): return rate
    case .ramp(let from, let to, let length):
      let ramped = min(seconds, length)
      let reached = from + (to - from) * ramped / length
      return ((from + reached) / 2 * ramped + to * max(0, seconds - length)) / seconds
    case .steps(let steps):
      var left = seconds
      var sum = 0.0
      for step in steps {
        sum += step.rate * min(left, step.seconds)
        left = max(0, left - step.seconds)
      }
      return sum / seconds
    }
  }

  /// How long the pace itself lasts, in seconds; `nil` if it has no end of its own.
  public var length: Double? {
    if case .steps(let steps) = self { return steps.reduce(0) { $0 + $1.seconds } }
    return nil
  }

  func validate() throws(LoadError) {
    func check(_ rate: Double, from lowest: Double) throws(LoadError) {
      guard rate >= lowest, rate <= Pacer.highestRate else {
        throw .plan("a rate must be above 0 and at most 10,000,000 requests a second, not \(rate)")
      }
    }
    let lowest = 1e-6
    switch self {
    case .closedLoop: break
    case .constant(let rate), .poisson(let rate, _): try check(rate, from: lowest)
    case .ramp(let from, let to, let seconds):
      try check(from, from: 0)
      try check(to, from: 0)
      try check(max(from, to), from: lowest)
      guard seconds > 0, seconds.isFinite else { throw .plan("a ramp needs a duration above 0") }
    case .steps(let steps):
      guard !steps.isEmpty else { throw .plan("steps need at least one RATE:DURATION") }
      for step in steps {
        try check(step.rate, from: lowest)
        guard step.seconds > 0, step.seconds.isFinite else { throw .plan("a step needs a duration above 0") }
      }
    }
  }
}

/// The due times of every `stride`-th request of a pace, in order, as one worker takes them.
///
/// Together the schedules with offsets 0 to stride − 1 give exactly the requests of the pace.
struct Schedule {
  private let pacer: Pacer
  private let stride: Int
  private var index: Int
  private var arrivals: PoissonArrivals?

  init(_ pacer: Pacer, offset: Int, stride: Int) {
    self.pacer = pacer
    self.stride = stride
    index = offset
    if case .poisson(let rate, let seed) = pacer {
      arrivals = PoissonArrivals(rate: rate, seed: seed)
      arrivals?.skip(offset)
    }
  }

  /// The next due time in nanoseconds from the start; `nil` after the last.
  mutating func next() -> Nanoseconds? {
    let due: Double?
    if arrivals != nil {
      due = arrivals!.next()
      arrivals!.skip(stride - 1)
    } else {
      due = pacer.due(index)
    }
    index += stride
    // Beyond a thousand years nothing is due.
    return due.flatMap { $0 < 3e10 ? Nanoseconds($0 * 1e9) : nil }
  }
}
