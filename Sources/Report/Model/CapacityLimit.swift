/// What limited a capacity.
public enum CapacityLimit: Sendable, Hashable {
  /// A percentile of the latency missed its objective; above 0 and below 100.
  case percentile(Double)
  /// Too many requests failed, or nothing was answered.
  case failed
  /// A queue in front of the target grew without end, or requests that were due were not sent.
  case queue
  /// The generator fell behind.
  case generator
  /// No higher rate was allowed.
  case maxRate
  /// There was no time for more.
  case budget
  case interrupted

  /// Its name in reports: `p99.9`, `maxRate`.
  public var name: String {
    switch self {
    case .percentile(let value): value == value.rounded() ? "p\(Int(value))" : "p\(value)"
    case .failed: "failed"
    case .queue: "queue"
    case .generator: "generator"
    case .maxRate: "maxRate"
    case .budget: "budget"
    case .interrupted: "interrupted"
    }
  }

  /// `nil` for a name that no limit has.
  public init?(name: String) {
    if let limit = ([.failed, .queue, .generator, .maxRate, .budget, .interrupted] as [Self]).first(where: {
      $0.name == name
    }) {
      self = limit
    } else if name.hasPrefix("p"), let value = Double(name.dropFirst()), value > 0, value < 100 {
      self = .percentile(value)
    } else {
      return nil
    }
  }

  /// Whether it is about the target; where it is not, that nothing held says nothing of the target.
  public var isTargets: Bool {
    switch self {
    case .percentile, .failed, .queue, .maxRate: true
    case .generator, .budget, .interrupted: false
    }
  }
}

extension CapacityLimit: CodableByName {
  public static var expectation: String { "what limits a capacity, such as p99, failed or generator" }
}
