internal import Load
internal import Report
internal import Statistics

extension Measurements {
  /// Whether the intervals between requests were those of the pace; nil where that is not to be known: for other paces, and
  /// where some requests were not sent, or had to wait for a connection or for a second try.
  func sentAsAsked(_ pacer: Pacer) -> Assertion? {
    guard error == nil, pauses.isEmpty, !wasStopped, failed == 0, counters.unsent == 0, counters.abandoned == 0,
      counters.waitedForConnection == 0, counters.waitedForStream == 0, counters.retried == 0,
      let found = sends?.intervals(pacer)
    else { return nil }
    return found.asAsked(
      every: pacer.meanRate(over: 1).map { 1e9 / $0 } ?? found.mean,
      late: Double(lateness.value(atPercentile: 99) ?? 0))
  }
}

extension SendIntervals {
  /// What is 1 ms: no more than a thread's time slice.
  private static let slice = 1e6
  /// One right sample in ten thousand is refused.
  private static let level = 1e-4

  /// Whether they are those of the pace.
  ///
  /// The schedule itself is exact. Only lateness can spoil it, so what a test finds of less than a time slice is no more than the
  /// clock's grain at a high rate, and is told, not held against the run.
  ///
  /// - Parameters:
  ///   - asked: the mean interval that was asked for, in nanoseconds, above 0.
  ///   - late: how late 99 of 100 requests were sent at most, in nanoseconds.
  func asAsked(every asked: Double, late: Double) -> Assertion {
    let intervals = Formatting.count(count, "interval")
    func milliseconds(_ time: Double) -> String { "\(Formatting.milliseconds(time / 1e6)) ms" }
    guard let exponential else {
      let off = spread * asked
      let isFine = off < Self.slice
      let detail = "They are off by more than an interval, but by less than 1 ms, which does not count."
      return Assertion(
        .evidence(.sentAsAsked), verdict: spread < 1 || isFine ? .pass : .inconclusive,
        expected: "every \(milliseconds(asked))",
        actual: "every \(milliseconds(mean)) ± \(milliseconds(off)), by \(intervals)",
        detail: spread < 1 || !isFine ? nil : detail)
    }
    let isExponential = exponential.pValue >= Self.level
    let test = "Anderson–Darling p \(Formatting.pValue(exponential.pValue))"
    let found =
      isExponential ? "\(test), by \(intervals)" : "by \(intervals), requests ≤ \(milliseconds(late)) late (p99)"
    let size = late < Self.slice ? "less than 1 ms, which does not count" : "1 ms or more, which counts"
    return Assertion(
      .evidence(.sentAsAsked), verdict: isExponential || late < Self.slice ? .pass : .inconclusive,
      expected: "at random times, \(milliseconds(asked)) apart", actual: "\(milliseconds(mean)) apart, \(found)",
      detail: isExponential
        ? nil
        : "Requests were due at random times as asked. They left later than due, as the intervals show (\(test)), by \(size)."
    )
  }
}
