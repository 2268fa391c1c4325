package import Report

/// A demand on a report's figures, as written in a profile: `p99 < 200ms`, `failed == 0`, `share(app-1) within 5%`.
///
///     threshold  = [ check ":" ] quantity ( operator bound | "within" share [ "of" "baseline" ] )
///     quantity   = name [ "(" argument ")" ]
///     operator   = "<" | "<=" | "==" | "!=" | ">=" | ">"
///     bound      = value | number "*" "baseline" | "baseline" [ "*" number ]
///     value      = number [ "us" | "ms" | "s" | "m" | "%" | "/s" ]
///
/// Without a check's name it holds for every check whose report has the figure.
package struct Threshold: Sendable, Equatable {
  /// What is measured, with what it is about.
  struct Quantity: Sendable, Equatable {
    let kind: Kind
    /// A phase, a backend or a status.
    let argument: String?
  }

  enum Kind: Sendable, Equatable {
    /// In percent.
    case percentile(Double, of: TrafficTimes)
    case minimum(of: TrafficTimes)
    case mean(of: TrafficTimes)
    case maximum(of: TrafficTimes)
    case bytesSent, bytesReceived
    case failed, retried, upstreamRetried, unsent, requests
    case rate, capacity
    case share
    case outage, gap, stale
    case status
    case rotationScore, maxDeviation
    /// Of a sessions check: the part of the visitors who stayed.
    case kept
  }

  /// What a figure is counted in.
  enum Dimension: Sendable, Equatable {
    /// Milliseconds.
    case time
    case count
    /// 0…1.
    case share
    /// A second.
    case rate
    case bytes
  }

  enum Operator: String, Sendable, CaseIterable {
    case lessOrEqual = "<="
    case equal = "=="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case less = "<"
    case greater = ">"

    /// Whether it sets a highest value.
    var isUpperLimit: Bool { self == .less || self == .lessOrEqual }
    /// Whether it sets a highest or a lowest value.
    var isLimit: Bool { isUpperLimit || self == .greater || self == .greaterOrEqual }

    func holds(_ value: Double, _ bound: Double) -> Bool {
      switch self {
      case .less: value < bound
      case .lessOrEqual: value <= bound
      case .equal: value == bound
      case .notEqual: value != bound
      case .greaterOrEqual: value >= bound
      case .greater: value > bound
      }
    }
  }

  enum Bound: Sendable, Equatable {
    /// A figure in the dimension's own unit.
    case value(Double)
    /// This many times the baseline's figure.
    case baseline(factor: Double)
  }

  enum Demand: Sendable, Equatable {
    case compare(Operator, Bound)
    /// At most this far from the expected share, as a difference of shares.
    case withinExpected(Double)
    /// At most this share away from the baseline's figure.
    case withinBaseline(Double)
  }

  /// As it was written.
  package let text: String
  /// The part after the quantity, such as `< 200ms`.
  let demandText: String
  /// The only check it is about; `nil` for all that have the figure.
  package let check: CheckKind?
  let quantity: Quantity
  /// The unit of the bound: a count may be demanded as a share.
  let dimension: Dimension
  let demand: Demand

  /// Whether it cannot be judged without another report.
  package var needsBaseline: Bool {
    switch demand {
    case .compare(_, .baseline), .withinBaseline: true
    default: false
    }
  }

  /// - Throws: ``ThresholdError`` with the place of the fault.
  package init(_ text: String) throws(ThresholdError) {
    var parser = ThresholdParser(text)
    self = try parser.threshold()
  }

  init(
    text: String, demandText: String, check: CheckKind?, quantity: Quantity, dimension: Dimension, demand: Demand
  ) {
    self.text = text
    self.demandText = demandText
    self.check = check
    self.quantity = quantity
    self.dimension = dimension
    self.demand = demand
  }

  /// The quantities by name, with the kind of their argument; for suggestions and messages.
  static let names: [(name: String, kind: Kind, argument: Argument)] = [
    ("min", .minimum(of: .latency), .phase), ("mean", .mean(of: .latency), .phase),
    ("max", .maximum(of: .latency), .phase), ("failed", .failed, .phase),
    ("retried", .retried, .phase), ("upstreamRetried", .upstreamRetried, .phase), ("unsent", .unsent, .phase),
    ("requests", .requests, .phase), ("rate", .rate, .phase), ("capacity", .capacity, .none),
    ("share", .share, .backend), ("outage", .outage, .phaseNeeded), ("gap", .gap, .phaseNeeded),
    ("stale", .stale, .phaseNeeded), ("status", .status, .status), ("rotationScore", .rotationScore, .none),
    ("maxDeviation", .maxDeviation, .none), ("bytesSent", .bytesSent, .none), ("bytesReceived", .bytesReceived, .none),
    ("kept", .kept, .none),
  ]

  enum Argument { case none, phase, phaseNeeded, backend, status }

  /// The checks that can have a figure.
  package func isKnown(to check: CheckKind) -> Bool {
    if let only = self.check { return only == check }
    switch quantity.kind {
    case .outage, .gap, .stale: return check.hasPhases
    case .capacity: return check == .capacity
    case .rotationScore, .maxDeviation: return check == .fairness
    case .kept: return check == .sessions
    case .share, .bytesSent, .bytesReceived: return check.makesTraffic
    case .minimum, .mean, .maximum, .percentile, .failed, .retried, .upstreamRetried, .unsent, .requests, .rate,
      .status:
      return check.makesTraffic && (quantity.argument == nil || quantity.kind == .status || check.hasPhases)
    }
  }
}

/// Where a threshold cannot be read, and what was expected there.
package struct ThresholdError: Error, Equatable {
  package let text: String
  package let expectation: String
  /// Where the fault begins, in characters from 0, and how many it covers.
  package let position: Int
  package let length: Int

  /// The threshold, and a line with carets under the fault.
  package var marked: [String] {
    let carets = "^" + String(repeating: "~", count: max(0, length - 1))
    return ["  " + text, "  " + String(repeating: " ", count: position) + carets]
  }
}
