internal import Load
internal import Report
internal import Statistics

extension Measurements {
  /// What is 1 ms: no more than a thread's time slice.
  private static let slice = 1e6
  /// One right sample in ten thousand is refused.
  private static let level = 1e-4

  /// Whether the intervals between requests were those of the pace; nil where that is not to be known: for other paces, and
  /// where some requests were not sent, or had to wait for a connection or for a second try.
  ///
  /// The schedule itself is exact. Only lateness can spoil it, so what a test finds of less than a time slice is no more than the
  /// clock's grain at a high rate, and is told, not held against the run.
  func sentAsAsked(_ pacer: Pacer) -> Assertion? {
    guard error == nil, pauses.isEmpty, !wasStopped, failed == 0, counters.unsent == 0, counters.abandoned == 0,
      counters.waitedForConnection == 0, counters.retried == 0, let found = sends?.intervals(pacer)
    else { return nil }
    let asked = pacer.meanRate(over: 1).map { 1e9 / $0 } ?? found.mean
    let late = Double(lateness.value(atPercentile: 99) ?? 0)
    let count = Formatting.count(found.count, "interval")
    func milliseconds(_ time: Double) -> String { "\(Formatting.milliseconds(time / 1e6)) ms" }
    guard let test = found.exponential else {
      let off = found.spread * asked
      return Assertion(
        .evidence(.sentAsAsked), verdict: found.spread < 1 || off < Self.slice ? .pass : .inconclusive,
        expected: "every \(milliseconds(asked))",
        actual: "every \(milliseconds(found.mean)) ± \(milliseconds(off)), by \(count)")
    }
    return Assertion(
      .evidence(.sentAsAsked), verdict: test.pValue >= Self.level || late < Self.slice ? .pass : .inconclusive,
      expected: "at random times, \(milliseconds(asked)) apart",
      actual: "\(milliseconds(found.mean)) apart, Anderson–Darling p \(Formatting.pValue(test.pValue)), by \(count)")
  }
}
