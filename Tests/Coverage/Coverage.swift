import Glibc
import Statistics

/// How often the 95 % interval of a percentile holds the true one, for many kinds of simulated delays.
@main enum Coverage {
  private static let percentiles = [50.0, 90, 99]
  /// Where fewer sequences have an interval, those that have one are a choice, and only wrong intervals are counted.
  private static let knownShare = 0.9

  static func main() {
    let runs = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 1_000
    let delays: [SimulatedDelays] = [
      .autoregressive(correlation: 0), .autoregressive(correlation: 0.5), .autoregressive(correlation: 0.8),
      .autoregressive(correlation: 0.9), .autoregressive(correlation: 0.97), .onOff(on: 20, off: 80, slowness: 10),
      .onOff(on: 10, off: 190, slowness: 20), .onOff(on: 200, off: 200, slowness: 3),
      .heavyTailed(exponent: 1.5, window: 1),
      .heavyTailed(exponent: 1.5, window: 5), .queue(utilization: 0.5), .queue(utilization: 0.8),
    ]
    var isWrong = false
    print("| delays | requests | p50 | p90 | p99 |\n| --- | --- | --- | --- | --- |")
    for count in [3_000, 10_000, 50_000] {
      for kind in delays {
        let cells = kind.coverage(of: percentiles, count: count, runs: runs).map { found in
          let known = Double(found.known) / Double(runs)
          let isGood = known < knownShare ? Double(found.missed) <= 0.07 * Double(runs) : 0.93...0.97 ~= found.share
          isWrong = isWrong || !isGood
          let share = known == 0 ? "" : "\((found.share * 1_000).rounded() / 10) % of "
          return "\(share)\((known * 1_000).rounded() / 10) %\(isGood ? "" : " ✗")"
        }
        print("| \(kind) | \(count) | \(cells.joined(separator: " | ")) |")
      }
    }
    exit(isWrong ? 1 : 0)
  }
}
