package import Load
package import Platform
internal import Report
internal import Statistics

/// A percentile of the latency, and its limit.
package struct LatencyObjective: Sendable, Equatable {
  /// Above 0 and below 100.
  package let percentile: Double
  package let limit: Nanoseconds

  package init(percentile: Double, limit: Nanoseconds) {
    self.percentile = percentile
    self.limit = limit
  }

  /// `p99`, `p99.9`.
  package var name: String { CapacityLimit.percentile(percentile).name }

  /// The number of requests of which 30 are beyond the percentile; fewer say little about it.
  var leastRequests: Double { 30 / (1 - percentile / 100) }
}

/// What a capacity check looks for, and how far it goes.
package struct CapacityPlan: Sendable, Equatable {
  /// Limits of the percentiles that have options of their own.
  package var limits: [Double: Nanoseconds] = [:]
  /// Limits of other percentiles.
  package var percentiles: [LatencyObjective] = []
  /// The share of requests that may fail, 0…1.
  package var failedShare = 0.001
  /// The gap between the highest rate that holds and the lowest that fails at which the search ends, as a share of the lower;
  /// above 0.
  package var precision = 0.05
  /// The first rate; `nil` derives it from how fast one connection is answered.
  package var startRate: Double?
  /// The highest rate that may be tried.
  package var maxRate = 100_000.0
  /// The shortest step; a step lasts longer where its percentile needs more requests.
  package var shortestStep: Nanoseconds = 3_000_000_000
  /// How long the whole check may take.
  package var budget: Nanoseconds = 300_000_000_000
  /// The rate that has to hold for the check to pass; `nil` demands none.
  package var demandedRate: Double?
  /// Rates to try instead of searching.
  package var ladder: [Pacer.Step]?
  /// Numbers of backends to repeat it with, in rising order; empty leaves the backends alone.
  package var scale: [Int] = []

  /// The default traffic of each step.
  package static var defaultTraffic: TrafficOptions {
    var traffic = TrafficOptions()
    traffic.connections = 256
    return traffic
  }

  package init() {}

  /// The percentiles that have to hold, in rising order; at least one.
  var objectives: [LatencyObjective] {
    let given = limits.map { LatencyObjective(percentile: $0.key, limit: $0.value) } + percentiles
    return given.isEmpty
      ? [LatencyObjective(percentile: 99, limit: 200_000_000)] : given.sorted { $0.percentile < $1.percentile }
  }

  /// Sets the default objective where none is given.
  package mutating func complete() {
    if limits.isEmpty, percentiles.isEmpty { limits = [99: 200_000_000] }
  }

  /// How long a step at a rate takes, in nanoseconds.
  func stepLength(at rate: Double) -> Nanoseconds {
    let requests = objectives.map(\.leastRequests).max() ?? 0
    return max(shortestStep, Nanoseconds((min(requests / rate, 86_400) * 1e9).rounded()))
  }

  /// The fewest requests that show that a rate holds: 30 beyond each percentile, and enough that the 95 % limit of a failed
  /// share of which none was seen is within the allowed one (3 / n, the rule of three; J. A. Hanley and A. Lippman-Hand, "If
  /// Nothing Goes Wrong, Is Everything All Right?", JAMA 249, 1983). Where none may fail, no number shows it.
  var leastRequests: Int {
    let ofShare = failedShare > 0 ? 3 / failedShare : 0
    return Int(min(((objectives.map(\.leastRequests) + [ofShare]).max() ?? 0).rounded(), 1e15))
  }

  /// The limit of the generator's own lateness, at the 99th percentile: a quarter of the strictest objective, from 1 to 10 ms.
  var latenessLimit: Nanoseconds {
    min(max((objectives.map(\.limit).min() ?? 0) / 4, 1_000_000), LoadCheck.latenessLimit)
  }

  /// Whether a rate meets the demanded one; any does where none is demanded.
  func isMet(by rate: Double?) -> Bool { (rate ?? 0) >= (demandedRate ?? 0) * (1 - 1e-9) }

  /// The error for a demand above the highest rate to try; `nil` where it can be met.
  func impossibleDemand(above highest: Double, _ option: String) -> String? {
    guard let demandedRate, demandedRate > highest else { return nil }
    return
      "--expect-rate \(Formatting.plannedRate(demandedRate)) is above \(option) \(Formatting.plannedRate(highest)), "
      + "so no rate tried could meet it"
  }

  /// What has to hold, in words.
  var objectivesInWords: [String] {
    objectives.map { "\($0.name) ≤ \(Formatting.milliseconds(nanoseconds: $0.limit, decimals: 6))" }
      + ["failed ≤ \(Formatting.shortPercent(failedShare))"]
  }

}
