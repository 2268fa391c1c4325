/// The requests that a check sent beside the traffic that its report shows. The server's count is the sum of both, and of
/// the retried ones, which the traffic counts once.
public struct PreparationSection: Codable, Sendable, Equatable {
  /// What the requests were for, with how many each.
  public private(set) var purposes: [PreparationPurpose: Int]
  /// Requests by method, such as `GET`.
  public private(set) var methods: [String: Int]
  /// All of them; a request that was sent again on a fresh connection counts twice.
  public private(set) var requests: Int

  /// Nothing was sent.
  public init() {
    purposes = [:]
    methods = [:]
    requests = 0
  }

  /// Adds requests of one purpose and method.
  ///
  /// - Parameter count: 0 or more.
  public mutating func add(_ count: Int, for purpose: PreparationPurpose, method: String) {
    guard count > 0 else { return }
    purposes[purpose] = Self.sum(purposes[purpose] ?? 0, count)
    methods[method] = Self.sum(methods[method] ?? 0, count)
    requests = Self.sum(requests, count)
  }

  /// Adds what another part of the same check sent.
  public mutating func add(_ other: PreparationSection) {
    purposes.merge(other.purposes, uniquingKeysWith: Self.sum)
    methods.merge(other.methods, uniquingKeysWith: Self.sum)
    requests = Self.sum(requests, other.requests)
  }

  /// Whether the counts are consistent: none negative, and the same total by purpose and by method.
  public var addsUp: Bool {
    func total(_ counts: some Sequence<Int>) -> Int? {
      var sum = 0
      for count in counts {
        let (next, isTooMany) = sum.addingReportingOverflow(count)
        guard count >= 0, !isTooMany else { return nil }
        sum = next
      }
      return sum
    }
    return total(purposes.values) == requests && total(methods.values) == requests
  }

  private static func sum(_ a: Int, _ b: Int) -> Int {
    let (sum, isTooMany) = a.addingReportingOverflow(b)
    return isTooMany ? .max : sum
  }
}

/// What a request beside the traffic is for. The raw value is its name in reports.
public enum PreparationPurpose: String, Codable, CodingKeyRepresentable, Sendable, CaseIterable {
  /// Whether an address answers.
  case reachability
  /// Which header identifies backends.
  case headerSearch = "header search"
  /// Which backends there are, where the header is known.
  case discovery
  /// `inspect`: what the target answers.
  case inspection
  /// `inspect`: what is answered where there is nothing.
  case unknownPath = "unknown path"
  /// `fairness`: who answers one request after another on one connection.
  case serialStage = "serial look"
  /// `fairness`: who answers first on one new connection after another.
  case freshStage = "fresh connections"
  /// `fairness`: whether what looks like chance does so with many requests at a time, too.
  case burst
  /// `fairness`: whether connections that met one backend each only kept in step with a rotation.
  case shuffledLook = "shuffled connections"
  /// `fairness --unequal`: whether backends that are busy get fewer requests.
  case unequalLook = "unequal look"
  /// `fairness`: what the choice of a backend depends on.
  case stickyProbe = "sticky probe"
  /// `fairness`: a sample that a second one replaced.
  case discardedSample = "discarded sample"
  /// `capacity`: how fast one connection is answered.
  case startRate = "start rate"
  /// `capacity`: steps that the report's traffic does not show.
  case capacityStep = "capacity step"
  /// `capacity --scale`: whether only the backends that run answer.
  case scaling
  /// Whether the target answers again.
  case recovery
  /// `--wait-up`: whether the target answers yet.
  case waiting = "waiting for the target"
}
