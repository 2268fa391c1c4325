internal import Load
internal import Report
internal import Statistics

extension Measurements {
  /// Whether a percentile of the latency is known as well as was asked for, by all answers.
  func known(_ aim: PercentileAim) -> Assertion {
    let name = Formatting.percentile(aim.percentile)
    func percent(_ share: Double) -> String { Formatting.number(share * 100, decimals: 1) + "%" }
    let found = aim.distance(of: latency, in: latencies)
    let actual =
      switch found {
      case .success(let distance):
        "\(name) \(Formatting.milliseconds(Double(latency.value(atPercentile: aim.percentile) ?? 0) / 1e6)) ms, "
          + "within \(percent(distance))"
      case .failure(let shortage): "not known: \(shortage.inWords)"
      }
    let isMet = if case .success(let distance) = found { distance <= aim.margin } else { false }
    return Assertion(
      .evidence(.knownWellEnough), verdict: isMet ? .pass : .inconclusive,
      expected: "\(name) within \(percent(aim.margin))", actual: actual,
      detail: isMet ? nil : "The run came to its end before that.")
  }
}
