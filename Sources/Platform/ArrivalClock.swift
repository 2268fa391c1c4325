/// Tells by CLOCK_MONOTONIC when the kernel received something, of which it notes CLOCK_REALTIME.
///
/// Both clocks advance at the same rate, whatever adjusts it. Their distance is therefore the same to a nanosecond until the wall
/// clock is set, or the machine is suspended. It is looked at with each stamp: where it is not what it was, nobody knows
/// whether what was then on its way came before that or after, and no time is told of it.
///
///     var clock = ArrivalClock(.system)
///     let sent = MonotonicClock.now()
///     …
///     let arrived = clock.time(of: stamp, readAt: MonotonicClock.now())
///     if let arrived, clock.isPossible(arrived, after: sent) { … }
public struct ArrivalClock: Sendable {
  /// By how much a distance may be off, in nanoseconds: smaller steps of the wall clock are not seen.
  static let tolerance: Int64 = 1_000

  private let clock: TimeSource
  /// How far CLOCK_REALTIME is ahead: the least that was seen, since the time between two readings only adds to it.
  private var distance: Int64
  /// Since when that is known.
  private var holdsSince: Nanoseconds

  public init(_ clock: TimeSource) {
    self.clock = clock
    let reading = Self.read(clock)
    distance = reading.most
    holdsSince = reading.time
  }

  /// When something came.
  ///
  /// - Parameters:
  ///   - stamp: nanoseconds since 1970; 0 where the kernel noted nothing.
  ///   - now: the clock, as it was read just before.
  /// - Returns: a time up to `now`; `nil` where the stamp tells none.
  public mutating func time(of stamp: Int64, readAt now: Nanoseconds) -> Nanoseconds? {
    let seen = clock.wall() &- Int64(bitPattern: now)
    if seen < distance, seen >= distance - Self.tolerance { distance = seen }
    if seen < distance || seen > distance + Self.tolerance { look() }
    guard stamp > 0 else { return nil }
    let (time, now) = (stamp &- distance, Int64(bitPattern: now))
    guard time >= 0, time <= now &+ Self.tolerance else { return nil }
    return Nanoseconds(min(time, now))
  }

  /// Whether a time can be that of the answer to what was sent at another.
  public func isPossible(_ time: Nanoseconds, after sent: Nanoseconds) -> Bool { sent >= holdsSince && time >= sent }

  /// Finds out whether the wall clock was set, or the thread only held up between two readings.
  @inline(never)
  private mutating func look() {
    let reading = Self.read(clock)
    if reading.least <= distance + Self.tolerance, reading.most >= distance - Self.tolerance {
      distance = min(distance, reading.most)
    } else {
      distance = reading.most
      holdsSince = reading.time
    }
  }

  /// Between what the clocks' distance is, and when that was found.
  private static func read(_ clock: TimeSource) -> (least: Int64, most: Int64, time: Nanoseconds) {
    var (least, most) = (Int64.min, Int64.max)
    var time: Nanoseconds = 0
    // Three readings without an interruption take less than 0.1 µs.
    for _ in 0..<8 where most == .max || most - least > Self.tolerance / 2 {
      let before = clock.now()
      let wall = clock.wall()
      time = clock.now()
      (least, most) = (wall &- Int64(bitPattern: time), wall &- Int64(bitPattern: before))
    }
    return (least, most, time)
  }
}
