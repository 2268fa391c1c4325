import Glibc
import Report
import Statistics
import Support
import Testing

@testable import Checks

/// What a report says of the intervals between requests.
@Suite struct SendIntervalsReportTests {
  /// Exponential intervals with a mean of 0.2 ms, all of whose beginnings are moved to the next multiple of a step.
  private func random(stepOf step: UInt64) throws -> SendIntervals {
    var (generator, time, times) = (SplitMix64(seed: 9), 0.0, [UInt64]())
    for _ in 0..<5_000 {
      time += 200_000 * -log(1 - generator.nextShare())
      times.append((UInt64(time) / step + 1) * step)
    }
    return try #require(SendIntervals(times, asked: 200_000, schedule: .poisson))
  }

  @Test("Random times that pass a test say so, and nothing more")
  func exponential() throws {
    let right = try random(stepOf: 1).asAsked(every: 200_000, late: 50_000)
    #expect(right.verdict == .pass && right.detail == nil)
    #expect(right.expected == "at random times, 0.200 ms apart")
    #expect(right.actual.hasSuffix(", by 4,999 intervals"), "\(right.actual)")
    #expect(right.actual.hasPrefix("0.198 ms apart, Anderson–Darling p = 0."))
  }

  @Test("What a test finds is named with its size, and why it does not count, or does")
  func late() throws {
    let found = try random(stepOf: 300_000)
    let fine = found.asAsked(every: 200_000, late: 300_000)
    #expect(fine.verdict == .pass && fine.actual.hasSuffix("by 4,999 intervals, requests ≤ 0.300 ms late (p99)"))
    #expect(!fine.actual.contains("Anderson"), "\(fine.actual)")
    #expect(
      fine.detail
        == "Requests were due at random times as asked. They left later than due, as the intervals show "
        + "(Anderson–Darling p < 0.001), by less than 1 ms, which does not count.")
    let coarse = found.asAsked(every: 200_000, late: 2_000_000)
    #expect(coarse.verdict == .inconclusive)
    #expect(coarse.detail?.hasSuffix("by 1 ms or more, which counts.") == true)
  }

  @Test("A constant rate may be off by more than its interval where that is less than 1 ms")
  func constant() throws {
    func judged(_ asked: UInt64, inBurstsOf size: UInt64) throws -> Assertion {
      let times = (0..<2_000 as Range<UInt64>).map { $0 / size * size * asked }
      return try #require(SendIntervals(times, asked: Double(asked), schedule: .constant))
        .asAsked(every: Double(asked), late: 0)
    }
    let even = try judged(200_000, inBurstsOf: 1)
    #expect(even.verdict == .pass && even.detail == nil)
    let fine = try judged(200_000, inBurstsOf: 10)
    #expect(fine.verdict == .pass && fine.actual.contains(" ms ± 0.599 ms, by 1,999 intervals"), "\(fine.actual)")
    #expect(fine.detail == "They are off by more than an interval, but by less than 1 ms, which does not count.")
    let bursts = try judged(5_000_000, inBurstsOf: 10)
    #expect(bursts.verdict == .inconclusive && bursts.detail == nil)
  }
}
