internal import Platform

/// The clocks at one moment, which show whether a thread and its machine kept running.
struct ClockReading: Equatable {
  /// From the run's start by CLOCK_MONOTONIC, which goes on while a process is stopped and not while the machine is suspended.
  var time: Nanoseconds
  /// The thread's own processor time.
  var worked: Nanoseconds
  /// How far CLOCK_BOOTTIME is ahead of CLOCK_MONOTONIC; `nil` if that could not be read.
  var suspended: Int64?

  /// - Parameters:
  ///   - start: the clock's reading at which the run began.
  ///   - clock: what `time` is read from.
  static func now(since start: Nanoseconds, by clock: TimeSource) -> ClockReading {
    ClockReading(
      time: clock.now() - start, worked: MonotonicClock.threadProcessorTime(),
      suspended: MonotonicClock.suspendedTime())
  }
}

/// Detects from clock readings that a worker was paused: values in, values out.
///
/// A worker waits a tenth of a second at most and is seen again after each event. Where it was not seen for far longer it was
/// either busy with one thing, which shows in the thread's processor time, or the thread did not run. A host that takes the
/// processor away without telling the guest looks like the former.
struct PauseWatch {
  /// A gap this long in which the thread did not run is a pause. Tens of milliseconds are a virtual machine's noise, and up to
  /// 100 ms the loop's own wait; shorter gaps show in the lateness.
  static let threshold: Nanoseconds = 500_000_000
  /// Shorter suspensions are not reported; the readings are exact to a millisecond.
  static let suspensionThreshold: Int64 = 100_000_000
  /// How often, at least, the clocks are read while turns are short.
  static let interval: Nanoseconds = 50_000_000

  private var last: ClockReading

  init(_ first: ClockReading) { last = first }

  /// When the clocks are to be read again.
  var next: Nanoseconds { last.time + Self.interval }

  /// - Parameter seen: when the worker was last seen at work; the latest reading is at most ``interval`` older.
  mutating func pause(since seen: Nanoseconds, at reading: ClockReading) -> GeneratorPause? {
    let before = last
    last = reading
    if reading.suspended == nil { last.suspended = before.suspended }
    if let now = reading.suspended, let then = before.suspended, now - then >= Self.suspensionThreshold {
      return GeneratorPause(.suspended, start: seen, end: reading.time, length: Nanoseconds(now - then))
    }
    let gap = reading.time - min(seen, reading.time)
    let worked = reading.worked - min(before.worked, reading.worked)
    guard gap >= Self.threshold, gap - min(worked, gap) >= Self.threshold, worked <= gap / 4 else { return nil }
    return GeneratorPause(.stopped, start: seen, end: reading.time, length: gap)
  }
}
