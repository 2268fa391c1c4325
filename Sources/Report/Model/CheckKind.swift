/// A check by the name that its command and its reports have, in the order in which help lists them.
public enum CheckKind: String, CaseIterable, Sendable {
  case fairness
  case sessions
  case reloadTest = "reload-test"
  case watch
  case failover
  case capacity
  case gate
  case compare
  case load
  case inspect

  /// Whether it measures a target itself and comes to an end, so that a gate can run it.
  public var measures: Bool {
    switch self {
    case .inspect, .load, .fairness, .sessions, .reloadTest, .failover, .capacity: true
    // It ends when somebody ends it, which no gate does.
    case .watch, .gate, .compare: false
    }
  }

  /// Whether its report has the figures of traffic.
  public var makesTraffic: Bool {
    switch self {
    case .load, .fairness, .sessions, .reloadTest, .watch, .failover, .capacity: true
    case .inspect, .gate, .compare: false
    }
  }

  /// Whether its report has phases: it acts on its target, or sees others do so.
  public var hasPhases: Bool {
    switch self {
    case .reloadTest, .watch, .failover: true
    case .inspect, .load, .fairness, .sessions, .capacity, .gate, .compare: false
    }
  }
}

extension CheckKind: CustomStringConvertible {
  public var description: String { rawValue }
}

extension CheckKind: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let name = try container.decode(String.self)
    guard let check = CheckKind(rawValue: name) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "expected a check: \(CheckKind.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    self = check
  }
}
