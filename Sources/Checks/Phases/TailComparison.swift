internal import Load
internal import Platform
internal import Report
internal import Statistics

/// Whether the slowest answers of a phase became slower than before it, beyond what chance and a busy machine explain: values
/// in, values out.
///
/// Only a certain excess over the limit is a finding: the lower end of the phase's p99 against the upper end of what the limit
/// makes of the baseline's, or a share of answers above that which is more than one in a hundred, over many moments. Each end
/// may be wrong in one case of eighty.
struct TailComparison {
  let assertion: Assertion

  /// Requests closer in time than this meet the same state of the machine, and count as one, in nanoseconds.
  private static let sameMoment: Nanoseconds = 100_000_000
  private static let level = 0.975
  /// A machine that stalls a few times makes answers slow in fewer moments than this.
  private static let fewestMoments = 10
  /// Below this, in milliseconds, a factor compares the noise of the machine: half of what people take for immediate
  /// (Nielsen, Usability Engineering, 1993: 0.1 s).
  private static let leastLimit = 50.0

  /// - Parameters:
  ///   - factor: by which the p99 may exceed the baseline's, 1 or more.
  ///   - lateness: by how much the generator itself began one request in a hundred late, or later.
  /// - Returns: nil where one of the phases has no answers.
  init?(before: PhaseAnalysis, during: PhaseAnalysis, factor: Double, lateness: Nanoseconds) {
    guard let own = before.latency.value(atPercentile: 99), let other = during.latency.value(atPercentile: 99),
      let highest = before.latency.max
    else { return nil }
    // Where too few answers bound it, the slowest one does.
    let usual = Self.interval(before)?.upper ?? highest
    let limit = max(Self.milliseconds(own) * factor, Self.leastLimit)
    let sureLimit = max(Self.milliseconds(usual) * factor, Self.leastLimit) + Self.milliseconds(lateness)
    let least = Self.interval(during)?.lower.map(Self.milliseconds) ?? 0
    let isLate = lateness > LoadCheck.latenessLimit
    func isBeyond(_ limit: Double) -> Bool {
      least > limit || Self.slow(during, beyond: limit).isSure
    }
    let isSure = isBeyond(sureLimit)
    // A limit widened by the generator's own lateness proves nothing.
    let isHidden = !isSure && isLate && isBeyond(sureLimit - Self.milliseconds(lateness))
    let shortage = during.isShortOfConnections ? Self.shortage : nil
    var detail: String?
    if isSure || isHidden, isLate {
      detail =
        "The generator itself was late: p99 of lateness \(Formatting.milliseconds(Self.milliseconds(lateness))) ms."
    } else if isSure {
      detail = shortage ?? Self.slow(during, beyond: sureLimit).inWords
    } else if Self.milliseconds(other) > limit {
      detail =
        "Not beyond chance: \(Self.slow(during, beyond: limit).inWords), and beyond \(Formatting.milliseconds(sureLimit)) ms, by the "
        + "slowest before, only \(Formatting.count(Self.slow(during, beyond: sureLimit).count))."
    }
    assertion = Assertion(
      .figure(.p99DuringReload),
      verdict: !isSure && !isHidden ? .pass : isLate || shortage != nil ? .inconclusive : .fail,
      expected: "≤ \(Formatting.milliseconds(limit, beside: Self.milliseconds(other))) (\(factor) × baseline)",
      actual: Formatting.milliseconds(Self.milliseconds(other), beside: limit), detail: detail)
  }

  private static let shortage =
    "All of the generator's own connections were busy for part of the phase: use more --connections."

  /// The answers of a phase that took longer than a limit, in milliseconds.
  ///
  /// Those of one moment have one cause, so they count as one, as do all answers. Their share of the whole is then a proportion
  /// of independent cases.
  private static func slow(
    _ phase: PhaseAnalysis, beyond limit: Double
  ) -> (count: Int, isSure: Bool, inWords: String) {
    let slow = phase.answers.filter { milliseconds(UInt64($0.latency)) > limit }
    let moments = Set(slow.map { $0.due / sameMoment }).count
    let (count, total) = (slow.count, phase.answers.count)
    let words =
      "\(Formatting.count(count)) of \(Formatting.count(total, "answer")) took more than \(Formatting.milliseconds(limit)) ms, in \(moments) moments of 0.1 s"
    guard moments >= fewestMoments else { return (count, false, words) }
    let share = Proportion(Double(moments), of: Double(total) * Double(moments) / Double(count))
    return (count, (share?.interval(level: level).lowerBound ?? 0) > 0.01, words)
  }

  /// From the order of the answers; of a phase that is too short for that, as if those of one moment counted as one, so that a
  /// short stretch of slow answers is still found.
  private static func interval(_ phase: PhaseAnalysis) -> (lower: UInt64?, upper: UInt64?)? {
    if let precision = phase.precision,
      case .success(let found) = phase.latency.interval(ofPercentile: 99, level: level, precision)
    {
      return (found.lowerBound, found.upperBound)
    }
    let moments = phase.section.durationSeconds * 1e9 / Double(sameMoment)
    return phase.latency.interval(
      ofPercentile: 99, level: level, effectiveCount: Int(max(1, min(moments, Double(phase.latency.count)))))
  }

  private static func milliseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds) / 1e6 }

}
