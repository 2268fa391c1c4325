internal import Load
internal import Report
internal import Statistics

/// Whether the slowest answers of a phase became slower than before it, beyond what chance and a busy machine make of few of
/// them: values in, values out.
///
/// A finding is only what lies beyond the limit for sure: the lower end of the phase's p99 against the upper end of what the
/// limit makes of the baseline's. Each end may be wrong in one case of eighty.
struct TailComparison {
  let assertion: Assertion

  /// Requests closer in time than this meet the same state of the machine, and count as one, in nanoseconds.
  private static let sameMoment: Nanoseconds = 100_000_000
  private static let level = 0.975
  /// Below this, in milliseconds, a factor compares noise.
  private static let leastLimit = 1.0

  /// - Parameters:
  ///   - factor: by which the p99 may exceed the baseline's, 1 or more.
  ///   - lateness: by how much the generator itself began one request in a hundred late, or later.
  /// - Returns: nil where one of the phases has no answers.
  init?(before: PhaseAnalysis, during: PhaseAnalysis, factor: Double, lateness: Nanoseconds) {
    guard let own = before.latency.value(atPercentile: 99), let other = during.latency.value(atPercentile: 99),
      let highest = before.latency.max
    else { return nil }
    // Where too few answers bound it, the slowest that was seen does.
    let usual = Self.interval(before)?.upper ?? highest
    let limit = max(Self.milliseconds(own) * factor, Self.leastLimit)
    let sureLimit = max(Self.milliseconds(usual) * factor, Self.leastLimit) + Self.milliseconds(lateness)
    let least = Self.interval(during)?.lower.map(Self.milliseconds) ?? 0
    let isLate = lateness > LoadCheck.latenessLimit
    let isBeyond = least > sureLimit
    var detail: String?
    if isBeyond, isLate {
      detail = "The generator itself was late: p99 of lateness \(Self.rounded(Self.milliseconds(lateness))) ms."
    } else if !isBeyond, Self.milliseconds(other) > limit {
      detail =
        "Not beyond chance: so few answers show a p99 of \(Self.rounded(least)) ms or more, and before "
        + "\(Self.rounded(Self.milliseconds(usual))) ms or less."
    }
    assertion = Assertion(
      name: "p99DuringReload", verdict: !isBeyond ? .pass : isLate ? .inconclusive : .fail,
      expected: "≤ \(Self.rounded(limit)) ms (\(factor) × baseline)",
      actual: "\(Self.rounded(Self.milliseconds(other))) ms", detail: detail)
  }

  private static func interval(_ phase: PhaseAnalysis) -> (lower: UInt64?, upper: UInt64?)? {
    let moments = phase.section.durationSeconds * 1e9 / Double(sameMoment)
    return phase.latency.interval(
      ofPercentile: 99, level: level, effectiveCount: Int(max(1, min(moments, Double(phase.latency.count)))))
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e6 }

  private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
