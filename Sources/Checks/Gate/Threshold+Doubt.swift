internal import Report
internal import Statistics

extension Threshold {
  /// Why a percentile of the latency, held against a limit, is not decided though it lies on one side of it: a sentence, or `nil`
  /// where it is.
  ///
  /// - Parameter judged: the threshold's assertion by the percentile alone.
  func doubt(_ judged: Assertion?, _ document: ReportDocument) -> String? {
    guard let judged, case .percentile(let percentile, let times) = quantity.kind,
      times == .latency, case .compare(let comparison, .value(let limit)) = demand, comparison.isLimit,
      let traffic = traffic(in: document)
    else { return nil }
    let straddles = straddling(percentile, limit, traffic)
    guard straddles == nil, comparison.isUpperLimit else { return straddles }
    return switch judged.verdict {
    case .pass: part(percentile, limit, comparison, traffic)
    case .fail: lateness(percentile, limit, comparison, traffic)
    case .inconclusive: nil
    }
  }

  /// That the percentile may as well lie on the other side of its limit.
  private func straddling(_ percentile: Double, _ limit: Double, _ traffic: TrafficSection) -> String? {
    let key = LatencySummary.percentiles.first { $0.percentile == percentile }?.key
    guard let range = key.flatMap({ traffic.latency?.intervals?[$0] }), range.lowerBound < limit,
      limit < range.upperBound
    else { return nil }
    return "The limit lies within the \(Formatting.shortPercent(PercentilePrecision.level)) interval, "
      + "\(words(range.lowerBound)) to \(words(range.upperBound)): a longer run decides it."
  }

  /// That the limit was broken in nearly each second of the first or of the second half: the percentile of the whole mixes two
  /// states.
  ///
  /// The median of a few requests' percentile is no higher than the percentile of all, so that most seconds break a limit only
  /// where the half does.
  private func part(
    _ percentile: Double, _ limit: Double, _ comparison: Operator, _ traffic: TrafficSection
  ) -> String? {
    // Of a second the report has these two.
    guard percentile <= 50 || percentile >= 99 else { return nil }
    let values = (traffic.series ?? []).compactMap { percentile <= 50 ? $0.p50 : $0.p99 }
    let halves = [values.prefix(values.count / 2), values.suffix(values.count / 2)]
    for (half, name) in zip(halves, ["first", "second"]) where half.count >= Self.fewestSeconds {
      let broken = half.count { !comparison.holds($0, limit) }
      if Double(broken) >= Self.mostSeconds * Double(half.count) {
        let middle = half.sorted()[half.count / 2]
        return "In the \(name) half of the run \(percentile <= 50 ? "p50" : "p99") was above it, "
          + "\(words(middle)) in half of the intervals: the figure of the whole mixes two states."
      }
    }
    return nil
  }

  private static let fewestSeconds = 5
  private static let mostSeconds = 0.9

  /// That lbcheck's own lateness makes a percentile fail that the target's answers meet.
  private func lateness(
    _ percentile: Double, _ limit: Double, _ comparison: Operator, _ traffic: TrafficSection
  ) -> String? {
    guard let late = traffic.lateness.flatMap({ Self.milliseconds(percentile, $0) }),
      let service = traffic.serviceTime.flatMap({ Self.milliseconds(percentile, $0) }),
      let whole = traffic.latency.flatMap({ Self.milliseconds(percentile, $0) }),
      late > service, comparison.holds(service, limit), comparison.holds(whole - late, limit)
    else { return nil }
    return "lbcheck itself sent requests up to \(words(late)) late, and the answers took \(words(service)): "
      + "use more --workers, a lower rate, or a machine of its own."
  }
}
