import Glibc
import Statistics

/// Delays that depend on those before, in nanoseconds, with true percentiles from closed forms.
enum SimulatedDelays: Sendable, CustomStringConvertible {
  /// e to the power of an autoregressive sequence of order 1 with standard normal values: delays of 1 ms in the middle.
  case autoregressive(correlation: Double)
  /// Exponential delays of 1 ms while it is off, `slowness` times as long while it is on; both last geometric numbers of requests
  /// with these means.
  case onOff(on: Double, off: Double, slowness: Double)
  /// The largest of the last `window` Pareto variables with this exponent, the smallest of them 1 ms.
  case heavyTailed(exponent: Double, window: Int)
  /// The time in a queue with one server, exponential times between arrivals and of service, the latter 1 ms.
  case queue(utilization: Double)

  var description: String {
    switch self {
    case .autoregressive(let correlation): "AR(1) \(correlation)"
    case .onOff(let on, let off, let slowness): "on/off \(Int(on))/\(Int(off)) × \(Int(slowness))"
    case .heavyTailed(let exponent, let window): "Pareto \(exponent), window \(window)"
    case .queue(let utilization): "M/M/1 \(utilization)"
    }
  }

  private static let unit = 1e6

  /// - Parameter change: makes of a position and a delay, in milliseconds, another delay.
  func sequence(
    of count: Int, limit: Int = LatencySequence.limit, _ random: inout SplitMix64,
    change: (Int, Double) -> Double = { $1 }
  ) -> LatencySequence {
    var sequence = LatencySequence(limit: limit)
    var position = 0
    func append(_ delay: Double) {
      sequence.append(UInt64(min(change(position, delay) * Self.unit, 1e18)))
      position += 1
    }
    switch self {
    case .autoregressive(let correlation):
      let innovation = (1 - correlation * correlation).squareRoot()
      var value = random.normal()
      for _ in 0..<count {
        value = correlation * value + innovation * random.normal()
        append(exp(value))
      }
    case .onOff(let on, let off, let slowness):
      var isOn = random.unit() < on / (on + off)
      for _ in 0..<count {
        if random.unit() < 1 / (isOn ? on : off) { isOn.toggle() }
        append(random.exponential(mean: isOn ? slowness : 1))
      }
    case .heavyTailed(let exponent, let window):
      var last = (0..<window).map { _ in pow(random.unit(), -1 / exponent) }
      for index in 0..<count {
        last[index % window] = pow(random.unit(), -1 / exponent)
        append(last.max() ?? 0)
      }
    case .queue(let utilization):
      var time = random.exponential(mean: 1 / (1 - utilization))
      for _ in 0..<count {
        append(time)
        time = max(0, time - random.exponential(mean: 1 / utilization)) + random.exponential(mean: 1)
      }
    }
    return sequence
  }

  /// The true percentile, in nanoseconds.
  func percentile(_ percentile: Double) -> Double {
    let share = percentile / 100
    switch self {
    case .autoregressive: return exp(NormalDistribution.quantile(share)) * Self.unit
    case .onOff(let on, let off, let slowness):
      var (low, high) = (0.0, 1e6)
      for _ in 0..<100 {
        let middle = (low + high) / 2
        let beyond = (on * exp(-middle / slowness) + off * exp(-middle)) / (on + off)
        if beyond > 1 - share { low = middle } else { high = middle }
      }
      return low * Self.unit
    case .heavyTailed(let exponent, let window):
      return pow(1 - pow(share, 1 / Double(window)), -1 / exponent) * Self.unit
    // Kleinrock, Queueing Systems I (1975), section 5.12.
    case .queue(let utilization): return -log(1 - share) / (1 - utilization) * Self.unit
    }
  }

  /// How often the 95 % interval of a percentile was known in many sequences, and how often it then held the true one.
  struct Coverage {
    var known = 0
    var covered = 0

    var share: Double { Double(covered) / Double(max(known, 1)) }
    var missed: Int { known - covered }
  }

  func coverage(of percentiles: [Double], count: Int, runs: Int) -> [Coverage] {
    var random = SplitMix64(seed: 7)
    var found = percentiles.map { _ in Coverage() }
    for _ in 0..<runs {
      let sequence = sequence(of: count, &random)
      for (index, interval) in sequence.intervals(ofPercentiles: percentiles, level: 0.95).enumerated() {
        guard case .success(let interval) = interval else { continue }
        found[index].known += 1
        if interval.contains(UInt64(percentile(percentiles[index]))) { found[index].covered += 1 }
      }
    }
    return found
  }
}
